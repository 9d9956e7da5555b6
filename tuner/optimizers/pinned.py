"""Fixed parameters, for optimisers that know nothing of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tuner.evaluation import Evaluation
from tuner.optimizers.base import Optimizer, Problem
from tuner.study.space import SearchSpace


class Pinned(Optimizer):
    """An optimiser of the class `kind` for the free parameters; the fixed ones stay where the problem's base is."""

    SETTINGS = {}

    def __init__(self, kind: type[Optimizer], problem: Problem, seed: int, **settings: Any) -> None:
        self._free = ~problem.space.fixed
        self._base = np.full(len(problem.space), 0.5) if problem.base is None else problem.base
        space = SearchSpace(tuple(p for p in problem.space.parameters if not p.fixed))
        start = None if problem.start is None else problem.start[self._free]
        self.optimizer = kind(replace(problem, space=space, start=start), seed, **settings)

    @property
    def done(self) -> bool:
        """Whether the optimiser has nothing left to ask."""
        return self.optimizer.done

    @property
    def survivors(self) -> list[int]:
        """Those of the optimiser."""
        return self.optimizer.survivors

    def slopes(self) -> dict[str, Any] | None:
        """Those of the optimiser, of the free parameters."""
        return self.optimizer.slopes()

    def ask(self) -> np.ndarray:
        """The optimiser's points, with the fixed parameters put in."""
        free = self.optimizer.ask()
        points = np.tile(self._base, (len(free), 1))
        points[:, self._free] = free
        return points

    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Tells the optimiser of the free parameters."""
        self.optimizer.tell(points[:, self._free], evaluations)
