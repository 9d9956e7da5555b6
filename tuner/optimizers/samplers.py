"""Wrap Optuna's samplers for ask and tell (Akiba, Sano, Yanase, Ohta & Koyama 2019, KDD: 2623)."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from tuner.evaluation import Evaluation
from tuner.optimizers.base import Optimizer, Problem
from tuner.optimizers.registry import OPTIMIZERS
from tuner.study.schema import Key
from tuner.study.space import Parameter, SearchSpace

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial, Trial

# Chosen: the version of the extra [optuna] in pyproject.toml; the code needs `Trial.set_constraint`.
OLDEST_OPTUNA = 5


@dataclass(frozen=True)
class Sampler:
    """Describe a sampler class of Optuna and the arguments for the class.

    `generation` is the argument for the size of a generation, which is at least `fewest`; "" for a sampler without
    generations. With `splits` each target without a named objective becomes an objective. A sampler with
    `one_objective` supports neither several objectives nor constraints. A sampler that `fills` the space depends on no
    evaluation.
    """

    kind: str
    arguments: tuple[tuple[str, Any], ...] = ()
    generation: str = ""
    fewest: int = 1
    splits: bool = False
    one_objective: bool = False
    fills: bool = False


NO_WARNING = ("warn_independent_sampling", False)
SAMPLERS = {
    "tpe": Sampler("TPESampler"),
    "cma_es": Sampler("CmaEsSampler", (NO_WARNING,), "popsize", fewest=4, one_objective=True),
    "nsga2": Sampler("NSGAIISampler", (), "population_size", fewest=2, splits=True),
    "nsga3": Sampler("NSGAIIISampler", (), "population_size", fewest=2, splits=True),
    "qmc": Sampler("QMCSampler", (("scramble", True), NO_WARNING), fills=True),
    "random": Sampler("RandomSampler", fills=True),
    "gp": Sampler("GPSampler", (NO_WARNING,), one_objective=True),
}


@OPTIMIZERS.entering("optuna", place=22)
class Optuna(Optimizer):
    """Search with a sampler of Optuna: `tpe`, `cma_es`, `nsga2`, `nsga3`, `qmc`, `random` or `gp`.

    Each generation has `population_size` points. `nsga2` and `nsga3` make an objective of each target. An evaluation
    without a loss is a failed trial, and no sampler learns from it. A violated constraint is passed on to samplers that
    support constraints. For the other samplers it raises the loss above all losses without a violation.

    Known points are trials like the others; samplers with generations count them to the first one. `cma_es` only uses
    points that it asked for.
    """

    SETTINGS = {
        "sampler": Key("text", "tpe", one_of=tuple(SAMPLERS)),
        "population_size": Key("whole", 10, at_least=1),
    }
    MULTI_OBJECTIVE = TAKES_POPULATION = True

    def __init__(self, problem: Problem, seed: int, sampler: str, population_size: int) -> None:
        import optuna

        self._objectives, self._size = problem.objectives, population_size
        self._has_constraints = not SAMPLERS[sampler].one_objective
        self._axes = [Axis(parameter) for parameter in problem.space.parameters]
        self._distributions = {axis.name: axis.distribution() for axis in self._axes}
        self._asked = np.empty((0, len(self._axes)))
        self._trials: list[Trial] = []
        with _quiet():
            self._study = optuna.create_study(
                sampler=_sampler(SAMPLERS[sampler], seed, population_size),
                directions=["minimize"] * len(self._objectives),
            )

    @classmethod
    def conditions(cls, settings: Mapping[str, Any], objectives: int) -> dict[str, tuple[bool, str]]:
        """Check that the sampler's packages are installed, and that the sampler supports the number of objectives."""
        words = missing(settings)
        if SAMPLERS[settings["sampler"]].one_objective and objectives > 1:
            several = [name for name, sampler in SAMPLERS.items() if not sampler.one_objective]
            words = f"handles one objective, but the targets name {objectives}; choose {' or '.join(several)}"
        return {"sampler": (not words, f"which {words}")}

    @classmethod
    def splits(cls, settings: Mapping[str, Any]) -> bool:
        """Return whether the sampler is made for many objectives."""
        return SAMPLERS[settings["sampler"]].splits

    @classmethod
    def fills_space(cls, settings: Mapping[str, Any]) -> bool:
        """Return whether the sampler draws points that depend on no evaluation."""
        return settings.get("sampler") in SAMPLERS and SAMPLERS[settings["sampler"]].fills

    def ask(self) -> np.ndarray:
        """Return the next suggestions of the sampler, all drawn before the first evaluation."""
        with _quiet():
            self._trials = [self._study.ask(self._distributions) for _ in range(self._size)]
        self._asked = np.array([[axis.place(trial.params[axis.name]) for axis in self._axes] for trial in self._trials])
        return self._asked.copy()

    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Finish the trials; a point that was not asked for becomes a new trial and replaces the open one."""
        with _quiet():
            if self._trials:
                self._end_trials(points, evaluations)
            else:
                self._add_known(points, evaluations)
        self._asked, self._trials = self._asked[:0], []

    def _end_trials(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        for point, evaluation, asked, trial in zip(points, evaluations, self._asked, self._trials, strict=True):
            if np.array_equal(point, asked):
                self._finish(trial, evaluation)
            else:
                self._add(point, evaluation, self._dropped(trial))

    def _add_known(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        # The attributes of this trial place the known points in the sampler's first generation.
        lender = self._dropped(self._study.ask(self._distributions))
        for point, evaluation in zip(points, evaluations, strict=True):
            self._add(point, evaluation, lender)

    def _finish(self, trial: "Trial", evaluation: Evaluation) -> None:
        values = self._values(evaluation)
        if values is None:
            self._dropped(trial)
            return
        for name, violation in self._constraints(evaluation).items():
            trial.set_constraint(name, violation)
        self._study.tell(trial, values)

    def _dropped(self, trial: "Trial") -> "FrozenTrial":
        from optuna.trial import TrialState

        return self._study.tell(trial, state=TrialState.FAIL)

    def _add(self, point: np.ndarray, evaluation: Evaluation, lender: "FrozenTrial") -> None:
        """Add a trial with the attributes that the sampler stored in the trial `lender`."""
        from optuna.trial import TrialState, create_trial

        values = self._values(evaluation)
        trial = create_trial(
            state=TrialState.FAIL if values is None else TrialState.COMPLETE,
            values=values,
            params={axis.name: axis.suggestion(x) for axis, x in zip(self._axes, point.tolist(), strict=True)},
            distributions=self._distributions,
            system_attrs=lender.system_attrs,
            constraints=self._constraints(evaluation),
        )
        self._study.add_trial(trial)

    def _values(self, evaluation: Evaluation) -> list[float] | None:
        """Return the objectives of an evaluation, if the evaluation has a loss."""
        if evaluation.loss is None:
            return None
        constrained = self._has_constraints
        if len(self._objectives) == 1:
            return [evaluation.loss if constrained else evaluation.ranking_loss]
        objectives = evaluation.objectives if constrained else evaluation.ranking_objectives
        return [objectives[name] for name in self._objectives]

    def _constraints(self, evaluation: Evaluation) -> dict[str, float]:
        violated = self._has_constraints and evaluation.violation > 0
        return {"violation": evaluation.violation} if violated else {}


class Axis:
    """Represent a parameter for Optuna: a float by the place in the unit cube, a whole number, a choice by index."""

    def __init__(self, parameter: Parameter) -> None:
        self.name = parameter.name
        self._parameter, self._space = parameter, SearchSpace((parameter,))

    def distribution(self) -> "BaseDistribution":
        """Return Optuna's distribution of the suggestions."""
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        parameter = self._parameter
        if parameter.kind == "choice":
            return CategoricalDistribution(range(len(parameter.choices)))
        if parameter.kind == "int":
            return IntDistribution(*parameter.whole_bounds, log=parameter.scale == "log")
        return FloatDistribution(0.0, 1.0)

    def place(self, suggestion: float) -> float:
        """Return the place in the unit cube of a suggestion."""
        if self._parameter.kind == "float":
            return suggestion
        value = self._parameter.choices[int(suggestion)] if self._parameter.kind == "choice" else suggestion
        return float(self._space.encode({self.name: value})[0])

    def suggestion(self, place: float) -> float:
        """Return the suggestion of Optuna that corresponds to a place in the unit cube."""
        if self._parameter.kind == "float":
            return place
        value = self._space.decode(np.array([place]))[self.name]
        return round(self._parameter.to_scaled(value)) if self._parameter.kind == "choice" else int(value)


def missing(settings: Mapping[str, Any]) -> str:
    """Return the package that the sampler needs and that is not installed, as "needs ..."; "" if all are installed."""
    try:
        installed = int(version("optuna").partition(".")[0])
    except PackageNotFoundError:
        installed = 0
    if installed < OLDEST_OPTUNA:
        return f'needs optuna {OLDEST_OPTUNA}: pip install "netpyne-tuner[optuna]"'
    if settings["sampler"] == "gp" and find_spec("torch") is None:
        return "needs PyTorch, which does not come with netpyne-tuner: pip install torch"
    return ""


def _sampler(sampler: Sampler, seed: int, population_size: int) -> "BaseSampler":
    import optuna

    generation = {sampler.generation: max(population_size, sampler.fewest)} if sampler.generation else {}
    made: BaseSampler = getattr(optuna.samplers, sampler.kind)(seed=seed, **dict(sampler.arguments), **generation)
    return made


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress Optuna's log lines and warnings about experimental features."""
    from optuna import logging
    from optuna.exceptions import ExperimentalWarning

    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            yield
    finally:
        logging.set_verbosity(verbosity)
