"""The rows of benchmarks/evaluation.py: our cost, a peer's, and their ratio."""

from collections.abc import Callable
from dataclasses import dataclass

from common import Cost


def cpu_saved(ours: Cost, peer: Cost) -> float:
    """How many times more CPU time the peer takes."""
    return peer.cpu_s / ours.cpu_s


def wall_saved(ours: Cost, peer: Cost) -> float:
    """How many times more wall time the peer takes."""
    return peer.wall_s / ours.wall_s


def cpu_over(ours: Cost, peer: Cost) -> float:
    """How many times more CPU time we take."""
    return ours.cpu_s / peer.cpu_s


@dataclass(frozen=True)
class Row:
    """Ours against a peer's; their `ratio` is the figure that is reported as `key`, if it has one."""

    what: str
    ours: Cost
    peer: Cost
    key: str
    reach: str
    ratio: Callable[[Cost, Cost], float] = cpu_saved

    @property
    def figure(self) -> float:
        """The ratio."""
        return self.ratio(self.ours, self.peer)

    def cells(self) -> list[str]:
        """The row as the table shows it."""
        seconds = (self.ours.cpu_s, self.ours.wall_s, self.peer.cpu_s, self.peer.wall_s)
        return [self.what, *(f"{s:.3f}" for s in seconds), f"{self.figure:.2f}", self.reach, self.key]
