"""Hold fixed parameters constant, for optimisers that only handle free parameters."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tuner.evaluation import Evaluation
from tuner.optimizers.base import Optimizer, Problem
from tuner.study.space import SearchSpace


class Pinned(Optimizer):
    """Wrap an optimiser of class `kind` for the free parameters; fixed parameters keep the values of `Problem.base`."""

    SETTINGS = {}

    def __init__(self, kind: type[Optimizer], problem: Problem, seed: int, **settings: Any) -> None:
        self._free = ~problem.space.fixed
        self._base = np.full(len(problem.space), 0.5) if problem.base is None else problem.base
        space = SearchSpace(tuple(p for p in problem.space.parameters if not p.fixed))
        start = None if problem.start is None else problem.start[self._free]
        self.optimizer = kind(replace(problem, space=space, start=start), seed, **settings)

    @property
    def done(self) -> bool:
        """Return whether the wrapped optimiser has no point left."""
        return self.optimizer.done

    @property
    def survivors(self) -> list[int]:
        """Return the survivors of the wrapped optimiser."""
        return self.optimizer.survivors

    def slopes(self) -> dict[str, Any] | None:
        """Return the slopes of the wrapped optimiser, for the free parameters."""
        return self.optimizer.slopes()

    def ask(self) -> np.ndarray:
        """Return the points of the wrapped optimiser, with the fixed parameters inserted."""
        free = self.optimizer.ask()
        points = np.tile(self._base, (len(free), 1))
        points[:, self._free] = free
        return points

    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Pass the free parameters and the evaluations on to the wrapped optimiser."""
        self.optimizer.tell(points[:, self._free], evaluations)
