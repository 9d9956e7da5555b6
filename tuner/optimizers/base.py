"""Define the interface of an optimiser, and the problem that an optimiser solves."""

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
    """Describe a search: parameters, targets, objectives and start point.

    A point is a place in the unit cube, (n_parameters,). Each axis is a parameter from its lower bound (0) to its upper
    bound (1), on the parameter's scale.

    Attributes
    ----------
    space
        Parameters in the order of the axes.
    targets
        Targets of weight above 0; only optimisers that read features need them.
    objectives
        Names of the objectives to minimise, the keys of `Evaluation.objectives`.
    start
        Start point: the first point that the run evaluates. None if the study has no start point.
    base
        Point that holds the values of the fixed parameters. None stands for the middle of the cube.
    repeats_start
        Whether a grid repeats the start point as a combination, as runs of earlier versions do.
    given
        Number of candidates in the study's `optimizer.first`. The loop replaces as many points of the first generation
        by these candidates, so the optimiser need not draw random numbers for them.
    """

    space: SearchSpace
    targets: tuple[Target, ...] = ()
    objectives: tuple[str, ...] = ("loss",)
    start: np.ndarray | None = None
    base: np.ndarray | None = None
    given: int = 0
    repeats_start: bool = False


class Optimizer(ABC):
    """Ask for points in the unit cube, and learn from the evaluations of these points.

    A subclass sets SETTINGS, and implements `__init__`, `ask` and `tell`. The class methods are called while a study is
    read, before an instance exists.

    Notes
    -----
    **Order of calls.** `tuner.search.loop.run` makes one instance and calls:

    1. `tell`, once, if evaluations of another run are known (`optimizer.start_from`): any number of points, before the
       first `ask`. The numbers of these evaluations are below 0.
    2. `done`; if true, the run ends.
    3. `ask`, which returns the points of the next generation, (n_points, n_parameters), n_points at least 1. In the
       first generation the loop overwrites the first rows of this array with the start point and the candidates of
       `optimizer.first`. So return a copy of an array that the optimiser still needs.
    4. `tell`, with the points of step 3 and one evaluation for each, in the same order.
    5. `survivors`, for progress reports; then step 2 again.

    A generation that the budget cuts short is not told. At the end of the run `slopes` is read.

    **Without generations** (`asynchronous = true`, `tuner.search.asynchronous.run`) each `ask` returns one point and
    each `tell` has one point. `ask` is called `in_flight` times before the first `tell`, then once after each `tell`.
    Points are told in the order of completion, not in the order of `ask`; `Evaluation.number` counts the calls of
    `ask` from 0. `done` is not read.

    **Determinism.** The points depend on the arguments of `__init__` and on the calls so far, on nothing else: no
    global random state, no clock, no `Evaluation.seconds`. A resumed run depends on this. An optimiser is never saved:
    a new instance gets the same calls with the stored evaluations, and must ask for the same points, bit for bit.

    **Status of an evaluation.** No status may raise an error or stop the search; every subclass says in its docstring
    how it ranks evaluations without a loss.

    - "done": the simulation ran to its end. `loss` and `objectives` are numbers; a feature is nan where undefined.
      With racing, a candidate that cannot be the best runs under fewer seeds (`repeats`), and its loss is theirs.
    - "aborted": a rule stopped the simulation. `loss` and `objectives` are above those of every "done" evaluation, and
      lower if the candidate was closer to the rule's limit. `features` and `parts` are empty.
    - "failed" (an error) and "timeout": `loss` is None, `objectives`, `features` and `parts` are empty.

    `Evaluation.ranking_loss` is the number to minimise: inf without a loss, and above all others where a constraint is
    violated. `Evaluation.ranking_objectives` is the same for each objective, and empty without a loss.

    **Start points.** `Problem.start` is one point to begin with, without an evaluation: the model's own values or the
    best of another run. Known points (step 1) have evaluations already. An optimiser may use them in place of a first
    generation; the run does not count them.

    Examples
    --------
    >>> from tuner.evaluation import Evaluation
    >>> from tuner.optimizers.base import Problem
    >>> from tuner.optimizers.registry import OPTIMIZERS
    >>> from tuner.study.space import Parameter, SearchSpace
    >>> space = SearchSpace((Parameter("weight", 0.0, 1.0), Parameter("delay", 1.0, 9.0)))
    >>> optimizer = OPTIMIZERS["cma_es"](Problem(space), seed=1)
    >>> for generation in range(40):
    ...     points = optimizer.ask()
    ...     losses = ((points - 0.25) ** 2).sum(axis=1).tolist()
    ...     optimizer.tell(points, [Evaluation(n, generation, {}, seed=1, loss=x) for n, x in enumerate(losses)])
    >>> {name: round(value, 2) for name, value in space.decode(points[0]).items()}
    {'weight': 0.25, 'delay': 3.0}
    """

    SETTINGS: ClassVar[dict[str, Key]]
    MULTI_OBJECTIVE: ClassVar[bool] = False
    # True if the optimiser handles fixed parameters; for all others `of_kind` leaves them out of the space.
    KEEPS_FIXED: ClassVar[bool] = False
    # True if the optimiser can use several given points as its first generation; all others begin at one point.
    TAKES_POPULATION: ClassVar[bool] = False

    @classmethod
    def summary(cls) -> str:
        """Return the first line of the class docstring, for `netpyne-tuner optimizers`."""
        return (inspect.getdoc(cls) or "").partition("\n")[0]

    @property
    def done(self) -> bool:
        """Return whether no point is left to ask for; only `grid` comes to an end."""
        return False

    @property
    def survivors(self) -> list[int]:
        """Return the numbers of the evaluations in the population, below 0 for another run's; [] without population."""
        return []

    @classmethod
    def fills_space(cls, settings: Mapping[str, Any]) -> bool:
        """Return whether the points fill the cube evenly and depend on no evaluation, like the points of a design."""
        return False

    def slopes(self) -> dict[str, Any] | None:
        """Return the slopes of the features at the best point (see `LeastSquares.slopes`), if the optimiser has any."""
        return None

    @classmethod
    def conditions(cls, settings: Mapping[str, Any], objectives: int) -> dict[str, tuple[bool, str]]:
        """Check the settings that depend on other settings or on the number of objectives.

        Returns
        -------
        For each such setting whether its condition holds, and the end of the error message if not ("must be ...").
        """
        elites, size = settings.get("num_elites", 0), settings.get("population_size", 1)
        return {"num_elites": (elites < size, f"must be below population_size ({size})")}

    @classmethod
    def n_points(cls, space: SearchSpace, settings: Mapping[str, Any]) -> float:
        """Return the number of points until `done`, without a start point; inf for a search without end."""
        return math.inf

    @classmethod
    def has_start(cls, space: SearchSpace, settings: Mapping[str, Any]) -> bool:
        """Return whether every start point is one of the points until `done`."""
        return False

    @classmethod
    def splits(cls, settings: Mapping[str, Any]) -> bool:
        """Return whether each target without a named objective becomes a separate objective."""
        return cls.MULTI_OBJECTIVE

    @abstractmethod
    def __init__(self, problem: Problem, seed: int, **settings: Any) -> None: ...

    @abstractmethod
    def ask(self) -> np.ndarray:
        """Return the points of the next generation, (n_points, n_parameters), in the unit cube."""

    @abstractmethod
    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Take the evaluations of a whole generation, in the order of the points (n_points, n_parameters).

        In the first generation some points are not the points that `ask` returned (start point, `optimizer.first`).
        Before the first `ask` the points are any number of known points of another run.
        """
