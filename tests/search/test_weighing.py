"""The memory that a check says is that of the process which has evaluated the start point."""

import os
import re
import threading
from pathlib import Path

import pytest

from tests.commands import SMALL, children
from tuner.search import preparation
from tuner.study.study import Study

pytestmark = [
    pytest.mark.simulation,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc"),
]


class Watcher:
    """Reads, as long as the `with` block lasts, the peaks of this process's workers [MB]."""

    def __init__(self):
        self.peaks = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._done.set()
        self._thread.join()

    def _watch(self):
        while not self._done.wait(0.02):
            for pid in children(os.getpid()):
                try:
                    text = Path(f"/proc/{pid}/status").read_text()
                except OSError:
                    continue
                if found := re.search(r"VmHWM:\s*(\d+) kB", text):
                    self.peaks[pid] = int(found[1]) * 1024 / 1e6


def test_peak_is_that_of_the_worker():
    study = Study.load(SMALL, ["simulation.engine=neuron"])
    with Watcher() as watcher:
        found = preparation.check(study, "processes", 3)
    # The other two have nothing to do.
    assert len(watcher.peaks) == 1
    (peak,) = watcher.peaks.values()
    assert peak > 100
    assert found.memory.held.peak_mb == pytest.approx(peak, rel=0.1)
    assert 0.1 * peak < found.memory.held.shared_mb < 0.7 * peak
    (line,) = (line for line in found.lines() if "emory" in line)
    shown = re.match(r"Memory: 3 workers need about (\d+) MB \((\d+) MB each, peak at the start point", line)
    total, each = map(float, shown.groups())
    assert each == pytest.approx(peak, rel=0.1)
    assert total == pytest.approx(found.memory.mb, abs=6)


def test_workers_that_do_not_fit_are_said(monkeypatch):
    study = Study.load(SMALL, ["simulation.engine=neuron"])
    monkeypatch.setattr(preparation.memory, "room", lambda: preparation.memory.Room(500.0))
    found = preparation.check(study, "processes", 40)
    assert 1 <= found.memory.fitting <= 4
    last = list(found.lines())[-1]
    assert last.startswith("NOT enough memory: 40 workers need about ")
    assert last.endswith(f"500 MB are available: use --workers {found.memory.fitting}")


def test_this_very_process_is_not_judged(monkeypatch):
    monkeypatch.setattr(preparation.memory, "room", lambda: preparation.memory.Room(1.0))
    found = preparation.check(Study.load(SMALL, ["simulation.engine=neuron"]), "inline")
    assert found.memory.room is None
    assert re.match(r"Memory: about .* for each worker, peak at the start point$", list(found.lines())[-1])
