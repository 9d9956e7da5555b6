"""Memory: what a process has held at most, how much there is for others, and how many workers that is for."""

import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC, GROUPS = Path("/proc"), Path("/sys/fs/cgroup")
KIB_MB = 1024 / 1e6
# By version of the control groups: where they may be mounted, limit, usage, and what of the usage can be given back.
VERSIONS = {
    2: (("", "unified"), "memory.max", "memory.current", "inactive_file"),
    1: (("memory",), "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}


@dataclass(frozen=True)
class Held:
    """The most that a process has held [MB], and how much of it are files that processes of its kind share."""

    peak_mb: float
    shared_mb: float = 0.0


@dataclass(frozen=True)
class Room:
    """Memory for this process and those that it starts [MB]: what is available, or else all that the machine has."""

    mb: float
    is_all: bool = False


@dataclass(frozen=True)
class Demand:
    """What so many workers need, if each comes to hold what one has held; without `room` nobody knows if they fit."""

    held: Held
    workers: int
    room: Room | None = None
    is_of_rank: bool = False

    @property
    def mb(self) -> float:
        """What all workers hold together [MB]; files that they share count once."""
        return self.held.shared_mb + self.workers * (self.held.peak_mb - self.held.shared_mb)

    @property
    def fitting(self) -> int:
        """How many workers there is room for, at most those that are asked for."""
        if self.room is None or self.mb <= self.room.mb:
            return self.workers
        return max(0, int((self.room.mb - self.held.shared_mb) / (self.held.peak_mb - self.held.shared_mb)))


def held(proc: Path = PROC) -> Held | None:
    """Return what this process has held at most; None where the system does not say."""
    found = _table(proc / "self" / "status")
    if "VmHWM" in found:
        return Held(found["VmHWM"] * KIB_MB, found.get("RssFile", 0) * KIB_MB)
    # Elsewhere than on macOS, it may be that of the process which started this one.
    if sys.platform == "darwin":
        return Held(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
    return None


def room(proc: Path = PROC, groups: Path = GROUPS) -> Room | None:
    """Return what is available, within the limits of all control groups around this process; None if nobody says."""
    found = _table(proc / "meminfo")
    if "MemAvailable" in found:
        return Room(min(found["MemAvailable"] * KIB_MB, *_left_in_groups(proc, groups), float("inf")))
    if "SC_PHYS_PAGES" in os.sysconf_names:
        return Room(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6, is_all=True)
    return None


def _left_in_groups(proc: Path, groups: Path) -> Iterator[float]:
    """Yield what each control group around this process has left [MB]."""
    for line in _lines(proc / "self" / "cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        mounts, *files = VERSIONS[1 if controllers else 2]
        inner = Path(path.lstrip("/"))
        # In a container the path may be that outside of it, of which only the root is to be seen.
        for folder in (groups / mount / place for mount in mounts for place in (inner, *inner.parents)):
            left = _left(folder, *files)
            if left is not None:
                yield left


def _left(group: Path, limit: str, usage: str, returnable: str) -> float | None:
    """Return what a control group has left [MB]; None where it has no limit."""
    try:
        left = int((group / limit).read_text()) - int((group / usage).read_text())
    except (OSError, ValueError):
        # Without a limit, the file is not there, or says max.
        return None
    return (left + _table(group / "memory.stat").get(returnable, 0)) / 1e6


def _table(file: Path) -> dict[str, int]:
    """Return the lines of a file that are a name, a colon or not, and a whole number."""
    words = (line.replace(":", " ").split() for line in _lines(file))
    return {found[0]: int(found[1]) for found in words if len(found) > 1 and found[1].isdigit()}


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []
