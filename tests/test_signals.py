"""Signals: how a command ends by one at any moment, and whether a process is alive."""

import configparser
import functools
import importlib
import importlib.machinery
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import LONGEST_S, ROOT, main
from tests.loops import loop_over
from tuner import cli, signals
from tuner.executors.processes import Processes
from tuner.signals import is_alive

DOORS = {
    "script": [sys.executable, str(ROOT / "tuner" / "run.py")],
    "console": [sys.executable, "-c", "import sys; from tuner.run import main; sys.exit(main())"],
}
ENDS = {
    "SIGINT": (130, "netpyne-tuner: interrupted\n"),
    "SIGTERM": (130, "netpyne-tuner: interrupted\n"),
    "SIGUSR1": (75, "netpyne-tuner: stopped\n"),
}
# Stands in for a module that the command line imports. An exception of the handler becomes another one, as in C code.
STAND_IN = """
import os, signal, sys
try:
    os.kill(os.getpid(), signal.{name})
except KeyboardInterrupt:
    raise ImportError("argparse") from None
os.write(1, b"went on")
os._exit(0)
"""


@pytest.fixture(autouse=True)
def in_the_foreground() -> Iterator[None]:
    """Tests that a shell has put into the background have SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _with_stand_in(command: list[str], name: str, folder: Path) -> subprocess.CompletedProcess:
    folder.joinpath("argparse.py").write_text(STAND_IN.format(name=name))
    environment = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=LONGEST_S, check=False)


@pytest.fixture
def heeded(monkeypatch) -> Iterator[None]:
    """Signals as a command heeds them."""
    monkeypatch.setattr(signals, "received", [])
    before = {number: signal.getsignal(number) for number in signals.HEEDED}
    signals.heed()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@loop_over(("door", "name"), [(door, name) for door in DOORS for name in ENDS])
def test_a_signal_during_the_imports_ends_with_one_line(door, name, tmp_path):
    done = _with_stand_in([*DOORS[door], "features"], name, tmp_path)
    assert (done.returncode, done.stderr, done.stdout) == (*ENDS[name], "")


@loop_over("door", DOORS)
def test_a_sigint_that_is_ignored_at_the_start_stays_ignored_during_the_imports(door, tmp_path):
    words = ["bash", "-c", "trap '' INT; exec \"$@\"", "bash", *DOORS[door], "features"]
    done = _with_stand_in(words, "SIGINT", tmp_path)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "went on")


@loop_over("name", ENDS)
def test_a_signal_while_python_ends_changes_nothing(name):
    code = (
        "import atexit, os, signal, sys; from tuner.run import main;"
        f" atexit.register(os.kill, os.getpid(), signal.{name}); sys.exit(main())"
    )
    command = [sys.executable, "-c", code, "features"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=LONGEST_S, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_installed_command_is_the_door_that_heeds_signals_first():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    assert setup["options.entry_points"]["console_scripts"].strip() == "netpyne-tuner = tuner.run:main"


def test_importing_the_door_changes_neither_signals_nor_the_module_path():
    code = """
import signal, sys
def state():
    return [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)], list(sys.path)
before = state()
import tuner.run, tuner.cli
print(state() == before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "True\n"


def test_an_error_that_a_signal_has_turned_into_another_is_no_traceback(monkeypatch):
    def function(arguments: object) -> int:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError("numpy") from None

    monkeypatch.setattr(signals, "received", [])
    monkeypatch.setitem(cli.LISTS, "features", ("words", function))
    assert main("features") == (130, "", "netpyne-tuner: interrupted\n")


class _Number(int):
    """Stands in for a module: the module of C code `signal.raise_signal`, which runs when it is imported."""


class _Loader:
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> _Number:
        return _Number(signal.SIGTERM)

    exec_module = staticmethod(signal.raise_signal)


def test_a_signal_while_c_code_is_imported_waits_for_the_end_of_the_import(heeded):
    spec, imported = importlib.machinery.ModuleSpec("number", _Loader()), []
    with pytest.raises(KeyboardInterrupt):
        imported.append(importlib._bootstrap._load(spec))
        time.sleep(LONGEST_S)
    assert imported == [signal.SIGTERM]


class _Sender:
    """Sends a signal when it is pickled, on the way to a worker."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple:
        signal.raise_signal(self.number)
        return functools.partial, (int,)


@loop_over("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_while_a_worker_starts_waits_for_the_end_of_the_start(number, heeded):
    started = []
    with Processes(1, _Sender(number)) as pool, pytest.raises(KeyboardInterrupt):
        pool.start()
        started.append(number)
        time.sleep(LONGEST_S)
    assert started == [number]


def test_processes_that_run_are_alive_and_those_that_ended_are_not():
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert [is_alive(pid) for pid in (os.getpid(), 1, ended.pid)] == [True, True, False]


@loop_over("pid", [0, -1, 2**70, "1", None, 1.0])
def test_what_is_no_process_number_is_not_alive(pid):
    assert not is_alive(pid)
