"""Measure the peak memory of this process and the available memory, and count the workers that fit."""

import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC, GROUPS = Path("/proc"), Path("/sys/fs/cgroup")
KIB_MB = 1024 / 1e6
# By version of the control groups: mount points, then the names of limit, usage, and the reclaimable share of usage.
VERSIONS = {
    2: (("", "unified"), "memory.max", "memory.current", "inactive_file"),
    1: (("memory",), "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}


@dataclass(frozen=True)
class Held:
    """Represent the peak memory of a process [MB], and the share in files that workers have in common."""

    peak_mb: float
    shared_mb: float = 0.0


@dataclass(frozen=True)
class Room:
    """Represent the memory for this process and all workers [MB].

    `is_all` is True if `mb` is the memory of the whole machine, because the available memory is unknown.
    """

    mb: float
    is_all: bool = False


@dataclass(frozen=True)
class Demand:
    """Represent the memory that a number of workers needs if each reaches the peak of one.

    `room` is None if the available memory is unknown. `is_of_rank` is True if the peak is of an MPI rank.
    """

    held: Held
    workers: int
    room: Room | None = None
    is_of_rank: bool = False

    @property
    def mb(self) -> float:
        """Return the memory of all workers together [MB]; shared files count once."""
        return self.held.shared_mb + self.workers * (self.held.peak_mb - self.held.shared_mb)

    @property
    def fitting(self) -> int:
        """Return the number of workers that fit into the memory, at most `workers`."""
        if self.room is None or self.mb <= self.room.mb:
            return self.workers
        return max(0, int((self.room.mb - self.held.shared_mb) / (self.held.peak_mb - self.held.shared_mb)))


def held(proc: Path = PROC, *, with_children: bool = False) -> Held | None:
    """Return the peak memory of this process, or of the largest ended child. None if the system does not tell."""
    found = _table(proc / "self" / "status")
    if "VmHWM" in found:
        children_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if with_children else 0
        return Held(max(found["VmHWM"], children_kib) * KIB_MB, found.get("RssFile", 0) * KIB_MB)
    # On other systems than macOS, ru_maxrss may be the peak of the parent process.
    if sys.platform == "darwin":
        return Held(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
    return None


def room(proc: Path = PROC, groups: Path = GROUPS) -> Room | None:
    """Return the available memory within the limits of all control groups of this process. None if unknown."""
    found = _table(proc / "meminfo")
    if "MemAvailable" in found:
        return Room(min(found["MemAvailable"] * KIB_MB, *_left_in_groups(proc, groups), float("inf")))
    if "SC_PHYS_PAGES" in os.sysconf_names:
        return Room(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6, is_all=True)
    return None


def _left_in_groups(proc: Path, groups: Path) -> Iterator[float]:
    """Yield the memory that is left in each control group of this process [MB]."""
    for line in _lines(proc / "self" / "cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        mounts, *files = VERSIONS[1 if controllers else 2]
        inner = Path(path.lstrip("/"))
        # In a container the path may be valid only outside of it. Then its upper folders are tried, up to the root.
        for folder in (groups / mount / place for mount in mounts for place in (inner, *inner.parents)):
            left = _left(folder, *files)
            if left is not None:
                yield left


def _left(group: Path, limit: str, usage: str, returnable: str) -> float | None:
    """Return the memory that is left in a control group [MB]. None if there is no limit."""
    try:
        left = int((group / limit).read_text()) - int((group / usage).read_text())
    except (OSError, ValueError):
        # Without a limit, the file is missing or contains "max".
        return None
    return (left + _table(group / "memory.stat").get(returnable, 0)) / 1e6


def _table(file: Path) -> dict[str, int]:
    """Return the whole numbers of a file by name; lines are `NAME NUMBER` or `NAME: NUMBER`, others are skipped."""
    words = (line.replace(":", " ").split() for line in _lines(file))
    return {found[0]: int(found[1]) for found in words if len(found) > 1 and found[1].isdigit()}


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []
