"""Define the rows of the table of benchmarks/evaluation.py: cost of the tuner, cost of a peer, and ratio."""

from collections.abc import Callable
from dataclasses import dataclass

from common import Cost


def cpu_saved(ours: Cost, peer: Cost) -> float:
    """Return the CPU time of the peer over the CPU time of the tuner."""
    return peer.cpu_s / ours.cpu_s


def wall_saved(ours: Cost, peer: Cost) -> float:
    """Return the wall time of the peer over the wall time of the tuner."""
    return peer.wall_s / ours.wall_s


def cpu_over(ours: Cost, peer: Cost) -> float:
    """Return the CPU time of the tuner over the CPU time of the peer."""
    return ours.cpu_s / peer.cpu_s


@dataclass(frozen=True)
class Row:
    """Compare the cost of the tuner with the cost of a peer.

    `ratio` computes the figure that the benchmark reports as `key`. `reach` is the goal for the figure, as text.
    """

    what: str
    ours: Cost
    peer: Cost
    key: str
    reach: str
    ratio: Callable[[Cost, Cost], float] = cpu_saved

    @property
    def figure(self) -> float:
        """Return the ratio."""
        return self.ratio(self.ours, self.peer)

    def cells(self) -> list[str]:
        """Return the cells of the row in the table."""
        seconds = (self.ours.cpu_s, self.ours.wall_s, self.peer.cpu_s, self.peer.wall_s)
        return [self.what, *(f"{s:.3f}" for s in seconds), f"{self.figure:.2f}", self.reach, self.key]
