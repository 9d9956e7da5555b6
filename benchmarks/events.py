"""Many workers and one master as events in time: how much of the workers' time is spent on evaluations.

The master is serial: each evaluation that lands costs it some time, and only then has its worker another one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np


@dataclass(frozen=True)
class Schedule:
    """When each evaluation has started and how long it took [s], and when the master was done with the last of them."""

    workers: int
    starts_s: np.ndarray
    seconds: np.ndarray
    end_s: float

    @property
    def utilisation(self) -> float:
        """Share of the workers' time, to the very end, that was spent on evaluations."""
        return self.seconds.sum() / (self.workers * self.end_s)

    @property
    def busy_until_last_start(self) -> float:
        """The same to the last start, as all that comes later is there however the work is given out.

        nan if all start at once.
        """
        last_s = self.starts_s.max()
        busy_s = np.minimum(self.seconds, last_s - self.starts_s).sum()
        return busy_s / (self.workers * last_s) if last_s else float("nan")


def simulate(
    seconds: Sequence[float], workers: int, master_s: float = 0.0, population_size: int | None = None
) -> Schedule:
    """Evaluations that take so many seconds each, in their order; each costs the master `master_s` when it lands.

    With a population size a generation starts when all of the last have landed; without one, where as many evaluations
    are in flight as there are workers, another is asked for as soon as one has landed.
    """
    starts_s: list[float] = []
    running: list[float] = []
    asked = population_size or workers
    now_s = 0.0
    for landed in range(1, len(seconds) + 1):
        while len(starts_s) < min(asked, len(seconds)) and len(running) < workers:
            heappush(running, now_s + seconds[len(starts_s)])
            starts_s.append(now_s)
        now_s = max(now_s, heappop(running)) + master_s
        if population_size is None:
            asked += 1
        elif landed == asked:
            asked += population_size
    return Schedule(workers, np.array(starts_s), np.asarray(seconds, float), now_s)


def saturated_below_s(workers: int, master_s: float) -> float:
    """Shorter evaluations [s] wait for the master, who must handle one of every other worker meanwhile."""
    return (workers - 1) * master_s
