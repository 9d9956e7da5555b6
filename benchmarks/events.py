"""Simulate many workers and one master as events in time, to find the share of busy time of the workers.

The master is serial. Each evaluation that has finished costs the master some time, and only then its worker gets the
next evaluation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np


@dataclass(frozen=True)
class Schedule:
    """Store the start and the duration of each evaluation [s], and the end of the master's work [s].

    `end_s` is the time at which the master has handled the last evaluation.
    """

    workers: int
    starts_s: np.ndarray
    seconds: np.ndarray
    end_s: float

    @property
    def utilisation(self) -> float:
        """Return the share of the workers' time until `end_s` that was spent on evaluations."""
        return self.seconds.sum() / (self.workers * self.end_s)

    @property
    def busy_until_last_start(self) -> float:
        """Return the share of the workers' time until the last start that was spent on evaluations.

        After the last start some workers are idle, however the evaluations are distributed. nan if all evaluations
        start at once.
        """
        last_s = self.starts_s.max()
        busy_s = np.minimum(self.seconds, last_s - self.starts_s).sum()
        return busy_s / (self.workers * last_s) if last_s else float("nan")


def simulate(
    seconds: Sequence[float], workers: int, master_s: float = 0.0, population_size: int | None = None
) -> Schedule:
    """Simulate evaluations of given durations [s], which start in the given order.

    Each evaluation costs the master `master_s` when it has finished. With a population size, a generation starts when
    all evaluations of the previous generation have finished. Without a population size, there are as many evaluations
    in flight as workers, and the next one starts as soon as one has finished.
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
    """Return the duration below which evaluations wait for the master [s].

    During one evaluation, the master must handle one evaluation of every other worker.
    """
    return (workers - 1) * master_s
