"""What an optimiser is, and what it is made for."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tuner.evaluation import Evaluation
from tuner.schema import Key
from tuner.space import SearchSpace
from tuner.targets import Target


@dataclass(frozen=True)
class Problem:
    """What is searched: a space, what it is searched for, and `start`, the point where the search begins (None:
    anywhere)."""

    space: SearchSpace
    targets: tuple[Target, ...] = ()
    objectives: tuple[str, ...] = ("loss",)
    start: np.ndarray | None = None


class Optimizer(ABC):
    """Asks for points in the unit cube and is told their evaluations.

    What it asks depends on its seed and on what it was told, on nothing else. `done` says that it has nothing left to
    ask. What a failed evaluation means is each optimiser's affair.
    """

    SETTINGS: ClassVar[dict[str, Key]]
    MULTI_OBJECTIVE: ClassVar[bool] = False
    # Whether it keeps fixed parameters itself; for all others `make` leaves them out of the search.
    KEEPS_FIXED: ClassVar[bool] = False
    done = False

    @abstractmethod
    def __init__(self, problem: Problem, seed: int, **settings: object) -> None: ...

    @abstractmethod
    def ask(self) -> np.ndarray:
        """The points of the next generation, (n_points, n_parameters), in the unit cube."""

    @abstractmethod
    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Takes the evaluations of a whole generation, in the order of the points (n_points, n_parameters).

        The points may be others than were asked for (a start point). Before the first `ask`, they are any number of
        points that are known from another run.
        """
