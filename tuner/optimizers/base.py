"""What an optimiser is, and what it is made for."""

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.study.schema import Key
from tuner.study.space import SearchSpace


@dataclass(frozen=True)
class Problem:
    """What is searched, and for what. `start` is the point where the search begins (None: anywhere), `base` the point
    that fixed parameters have their places of (None: the middle). So many points of the first generation are `given`:
    what is asked in their places is not evaluated."""

    space: SearchSpace
    targets: tuple[Target, ...] = ()
    objectives: tuple[str, ...] = ("loss",)
    start: np.ndarray | None = None
    base: np.ndarray | None = None
    given: int = 0


class Optimizer(ABC):
    """Asks for points in the unit cube and is told their evaluations.

    What it asks depends on its seed and on what it was told, on nothing else. What a failed evaluation means is each
    optimiser's affair.
    """

    SETTINGS: ClassVar[dict[str, Key]]
    MULTI_OBJECTIVE: ClassVar[bool] = False
    # Whether it keeps fixed parameters itself; for all others `make` leaves them out of the search.
    KEEPS_FIXED: ClassVar[bool] = False
    # Whether a first generation of given points serves it; all others begin at one point.
    TAKES_POPULATION: ClassVar[bool] = False

    @classmethod
    def summary(cls) -> str:
        """What it is, in one line."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]

    @property
    def done(self) -> bool:
        """Whether it has nothing left to ask."""
        return False

    @property
    def survivors(self) -> list[int]:
        """Numbers of the evaluations that its population keeps, below 0 those of another run; none if it has none."""
        return []

    def slopes(self) -> dict[str, Any] | None:
        """How features change with parameters at the best point, as `LeastSquares.slopes`; None if it does not know."""
        return None

    @classmethod
    def conditions(cls, settings: Mapping[str, Any], objectives: int) -> dict[str, tuple[bool, str]]:
        """For settings that depend on others, or on the number of objectives that targets name: whether they hold, and
        the words for the error if not."""
        elites, size = settings.get("num_elites", 0), settings.get("population_size", 1)
        return {"num_elites": (elites < size, f"must be below population_size ({size})")}

    @classmethod
    def n_points(cls, space: SearchSpace, settings: Mapping[str, Any]) -> float:
        """How many points it asks for before it has nothing left, without a start point; inf if it goes on."""
        return math.inf

    @classmethod
    def splits(cls, settings: Mapping[str, Any]) -> bool:
        """Whether targets without an objective's name are an objective each."""
        return cls.MULTI_OBJECTIVE

    @abstractmethod
    def __init__(self, problem: Problem, seed: int, **settings: Any) -> None: ...

    @abstractmethod
    def ask(self) -> np.ndarray:
        """The points of the next generation, (n_points, n_parameters), in the unit cube."""

    @abstractmethod
    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Takes the evaluations of a whole generation, in the order of the points (n_points, n_parameters).

        The points may be others than were asked for (a start point). Before the first `ask`, they are any number of
        points that are known from another run.
        """
