"""Create folders for temporary files that this process holds, and remove the folders of processes that were killed.

A folder is held by a lock on the file FOLDER.lock beside the folder (flock). The kernel gives the lock up when the
process ends, however that happens. Process numbers are not used: in another PID namespace they mean other processes.

A program that is started by this process does not hold the lock. A forked child does not hold the lock either: if it
outlives this process, the folder may be removed. Only a child that C code has forked holds the lock until its own end.
"""

import fcntl
import glob
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

LOCK = ".lock"
# The characters that `tempfile` adds to a prefix.
RANDOM = "[a-z0-9_]" * 8
# Age [s] from which a folder without a lock file is removed.
OLD_S = 86_400

# The descriptor of the lock of each folder that this process holds.
_held: dict[Path, int] = {}


def held_folder(parent: Path, prefix: str) -> Path:
    """Create a folder with an unpredictable name and mode 700 in `parent`, and hold the folder until this process ends.

    The path is absolute, without links. Where the file system has no locks, nobody removes the folder but `release`.
    """
    while True:
        # The lock comes first: there is no moment at which the folder exists and is not held.
        descriptor, name = tempfile.mkstemp(LOCK, prefix, parent.resolve())
        if _locks_here(descriptor, name):
            folder = Path(name.removesuffix(LOCK))
            _held[folder] = descriptor
            folder.mkdir(0o700)
            return folder
        os.close(descriptor)


def release(folder: Path) -> None:
    """Remove a folder that this process holds, and the lock file; do nothing to any other folder."""
    descriptor = _held.pop(folder, None)
    if descriptor is not None:
        _remove(folder)
        os.close(descriptor)


def sweep(parent: Path, prefix: str) -> None:
    """Remove the folders of this user in `parent` with a prefix and eight random characters that no process holds.

    A folder without a lock file, as earlier versions have left, is removed if older than a day.
    """
    names = glob.escape(prefix) + RANDOM
    for lock in parent.glob(names + LOCK):
        _sweep(lock)
    for folder in parent.glob(names):
        if not os.path.lexists(f"{folder}{LOCK}") and _is_left(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _sweep(lock: Path) -> None:
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    try:
        found = os.fstat(descriptor)
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and _lock(descriptor, lock):
            _remove(lock.with_name(lock.name.removesuffix(LOCK)))
    except OSError:
        # The file system has no locks, so nobody knows who holds the folder.
        pass
    finally:
        os.close(descriptor)


def _locks_here(descriptor: int, lock: str) -> bool:
    """Return whether a new file is locked by this process, or cannot be locked on this file system."""
    try:
        return _lock(descriptor, lock)
    except OSError:
        return True


def _lock(descriptor: int, lock: str | Path) -> bool:
    """Lock an open file; return False if another process has the lock, or has removed or replaced the file."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), os.lstat(lock))
    except (BlockingIOError, FileNotFoundError):
        return False


def _remove(folder: Path) -> None:
    """Remove a folder, then the lock file; the lock is held until both are gone."""
    if _own(folder):
        shutil.rmtree(folder, ignore_errors=True)
    if not os.path.lexists(folder):
        Path(f"{folder}{LOCK}").unlink(missing_ok=True)


def _own(folder: Path) -> os.stat_result | None:
    """Return the status of a folder of this user; None for links, other files and folders of other users."""
    try:
        found = os.lstat(folder)
    except OSError:
        return None
    return found if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() else None


def _is_left(folder: Path) -> bool:
    """Return whether an earlier version may have made a folder more than a day ago."""
    found = _own(folder)
    return found is not None and stat.S_IMODE(found.st_mode) == 0o700 and time.time() - found.st_mtime > OLD_S


def _forget() -> None:
    """Give up all folders in a forked child, so that the locks end with the parent."""
    for descriptor in _held.values():
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_forget)
