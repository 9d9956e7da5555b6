"""Working copies: there as long as their process lives, wherever it lives, and gone after it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commands import ROOT

# In another PID namespace, a process has a number that is another process here, or none.
HOLDER = """
import os, sys
from pathlib import Path
os.getpid = lambda: int(sys.argv[2])
from tuner.model import sandbox
print(sandbox.working_copy(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def model(tmp_path) -> Path:
    folder = tmp_path / "models" / "mine"
    folder.mkdir(parents=True)
    (folder / "cfg.py").touch()
    (tmp_path / "temporary").mkdir()
    return folder


@pytest.fixture
def temporary(model) -> Path:
    return model.parents[1] / "temporary"


def _dead() -> int:
    ended = subprocess.Popen(["true"])
    ended.wait()
    return ended.pid


@contextmanager
def _holder(model: Path, temporary: Path) -> Iterator[tuple[subprocess.Popen, Path]]:
    """A process with a working copy, and the copy; at the end, the process ends of itself."""
    command = [sys.executable, "-c", HOLDER, str(model), str(_dead())]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen(command, **pipes, cwd=ROOT, env=environment) as process:
        yield process, Path(process.stdout.readline().strip())


def test_a_copy_stays_while_its_process_lives_in_another_pid_namespace(model, temporary):
    with _holder(model, temporary) as (_, first), _holder(model, temporary) as (_, second):
        assert (first / "cfg.py").exists() and (second / "cfg.py").exists() and first != second
    assert list(temporary.iterdir()) == []


def test_the_copy_of_a_process_that_was_killed_goes_with_the_next_copy(model, temporary):
    with _holder(model, temporary) as (process, first):
        process.kill()
    assert first.exists()
    with _holder(model, temporary) as (_, second):
        assert sorted(path.name for path in temporary.iterdir()) == [second.parent.name, f"{second.parent.name}.lock"]


def test_a_copy_that_an_earlier_version_has_left_goes_after_a_day(model, temporary):
    old, new = (temporary / f"netpyne-tuner-{_dead()}-{letters}" for letters in ("abcdefgh", "bcdefghi"))
    for folder, age_s in ((old, 90_000), (new, 80_000)):
        folder.mkdir(mode=0o700)
        os.utime(folder, (time.time() - age_s,) * 2)
    with _holder(model, temporary):
        assert (old.exists(), new.exists()) == (False, True)
