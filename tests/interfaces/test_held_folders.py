"""Held folders: seen by nobody else, there as long as their process lives, and gone after it."""

import contextlib
import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands import ROOT
from tuner.interfaces.held_folders import held_folder, release, sweep

PREFIX = "held-"
HOLDER = """
import os, subprocess, sys, time
from pathlib import Path
from tuner.interfaces.held_folders import held_folder
folder = held_folder(Path(sys.argv[1]), "held-")
{child}
print(folder, flush=True)
time.sleep(600)
"""
CHILDREN = {
    "none": "",
    "forked": "if os.fork() == 0: time.sleep(600)",
    "executed": "subprocess.Popen(['sleep', '600'], close_fds=False)",
}


class Holder:
    """A process that holds a folder in `parent`, for a `with` block; it and its child have a group of their own."""

    def __init__(self, parent: Path, child: str = "") -> None:
        command = [sys.executable, "-c", HOLDER.format(child=child), str(parent)]
        options = {"stdout": subprocess.PIPE, "text": True, "cwd": ROOT, "start_new_session": True}
        self.process = subprocess.Popen(command, **options)
        self.folder = Path(self.process.stdout.readline().strip())

    def __enter__(self) -> "Holder":
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def _left(parent: Path) -> list[str]:
    return sorted(path.name for path in parent.iterdir())


def _old(folder: Path, age_s: float = 90_000, mode: int = 0o700) -> Path:
    folder.mkdir()
    folder.chmod(mode)
    os.utime(folder, (time.time() - age_s,) * 2)
    return folder


def test_folder_and_lock_are_for_the_user_alone_and_go_with_release(tmp_path):
    folder = held_folder(tmp_path, PREFIX)
    lock = folder.with_name(f"{folder.name}.lock")
    assert folder.name.startswith(PREFIX) and len(folder.name) == len(PREFIX) + 8
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, lock)] == [0o700, 0o600]
    (folder / "file").touch()
    release(folder)
    assert _left(tmp_path) == []


def test_own_folders_survive_a_sweep(tmp_path):
    folder = held_folder(tmp_path, PREFIX)
    sweep(tmp_path, PREFIX)
    assert folder.is_dir()
    release(folder)


def test_what_this_process_does_not_hold_is_not_released(tmp_path):
    release(_old(tmp_path / "held-abcdefgh"))
    assert _left(tmp_path) == ["held-abcdefgh"]


@pytest.mark.parametrize("child", CHILDREN)
def test_a_folder_stays_while_its_process_lives_and_goes_after_kill_9(child, tmp_path):
    with Holder(tmp_path, CHILDREN[child]) as holder:
        sweep(tmp_path, PREFIX)
        assert _left(tmp_path) == [holder.folder.name, f"{holder.folder.name}.lock"]
        holder.kill()
        sweep(tmp_path, "other-")
        assert holder.folder.is_dir()
        sweep(tmp_path, PREFIX)
        assert _left(tmp_path) == []


def test_a_forked_child_does_not_release_the_folder(tmp_path):
    folder = held_folder(tmp_path, PREFIX)
    child = os.fork()
    if child == 0:
        release(folder)
        os._exit(0)
    os.waitpid(child, 0)
    assert folder.is_dir()
    release(folder)


def test_a_folder_without_a_lock_file_goes_after_a_day(tmp_path):
    _old(tmp_path / "held-abcdefgh")
    kept = ["held-aaaaaaaa", "held-bbbbbbbb", "held-results-of-may"]
    _old(tmp_path / kept[0], age_s=80_000)
    _old(tmp_path / kept[1], mode=0o755)
    _old(tmp_path / kept[2])
    sweep(tmp_path, PREFIX)
    assert _left(tmp_path) == kept


def test_links_are_not_followed(tmp_path):
    target = _old(tmp_path / "target")
    (target / "held-file").touch()
    (tmp_path / "held-abcdefgh").symlink_to(target)
    (tmp_path / "held-bbbbbbbb").symlink_to(target)
    (tmp_path / "held-bbbbbbbb.lock").touch()
    (tmp_path / "held-cccccccc.lock").symlink_to(target / "held-file")
    before = _left(tmp_path)
    sweep(tmp_path, PREFIX)
    assert _left(tmp_path) == before and _left(target) == ["held-file"]


def test_what_belongs_to_another_user_stays(tmp_path, monkeypatch):
    _old(tmp_path / "held-abcdefgh")
    with Holder(tmp_path) as holder:
        holder.kill()
    before = _left(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    sweep(tmp_path, PREFIX)
    assert _left(tmp_path) == before and len(before) == 3


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_where_there_are_no_locks_folders_are_made_and_none_is_removed(code, tmp_path, monkeypatch):
    def flock(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", flock)
    folder = held_folder(tmp_path, PREFIX)
    monkeypatch.setattr("tuner.interfaces.held_folders._held", {})
    sweep(tmp_path, PREFIX)
    assert folder.is_dir()


@pytest.mark.parametrize("is_held", [False, True])
def test_a_lock_file_that_a_sweep_takes_before_its_owner_is_given_up(is_held, tmp_path, monkeypatch):
    locked, real = [], fcntl.flock

    def flock(descriptor: int, how: int) -> None:
        locked.append(descriptor)
        if len(locked) == 1:
            next(tmp_path.iterdir()).unlink()
            if is_held:
                raise BlockingIOError
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    folder = held_folder(tmp_path, PREFIX)
    assert _left(tmp_path) == [folder.name, f"{folder.name}.lock"]
    release(folder)


def test_a_folder_whose_lock_file_is_replaced_during_a_sweep_stays(tmp_path, monkeypatch):
    lock = tmp_path / "held-abcdefgh.lock"
    lock.touch()
    (tmp_path / "held-abcdefgh").mkdir()
    real = fcntl.flock

    def flock(descriptor: int, how: int) -> None:
        lock.unlink()
        lock.touch()
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    sweep(tmp_path, PREFIX)
    assert _left(tmp_path) == ["held-abcdefgh", "held-abcdefgh.lock"]
