"""Adaptive stochastic descent."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tuner.evaluation import Evaluation
from tuner.optimizers.base import Optimizer, Problem
from tuner.optimizers.registry import OPTIMIZERS
from tuner.optimizers.scales import Scales
from tuner.study.schema import Key
from tuner.study.space import Parameter, SearchSpace

# How often a direction is drawn anew where a bound is in the way.
TRIES = 100
# A smaller loss counts as this one where gains are divided by it.
LEAST_LOSS = 1e-12


@dataclass
class Walker:
    """A walk; of its 2n directions the first n are the parameters upwards, the others downwards.

    `place` is (n,) and `steps` (2n,), on the parameters' own scales; `chances` is (2n,). `direction` was tried last;
    `gains` are what the steps so far have taken from the loss, absolutely and relative to the size of the new loss.
    """

    place: np.ndarray
    loss: float
    steps: np.ndarray
    chances: np.ndarray
    direction: int = 0
    gains: list[tuple[float, float]] = field(default_factory=list)


@OPTIMIZERS.entering("asd", place=9)
class ASD(Optimizer):
    """Adaptive stochastic descent: one parameter at a time, those directions and steps the more that have helped.

    `population_size` walkers go side by side, each with steps, chances and successes of its own (NetPyNE books those of
    all on the direction that the last one took; with one walker the candidates are NetPyNE's). A first step is the
    share `stepsize` of the parameter's value. Success multiplies the direction's step by `sinc` and its chance by
    `pinc`; a step in vain, a failure included, divides them by `sdec` and `pdec`. A walker begins elsewhere if its
    place has failed, and where NetPyNE would end the search: when the last `stalliters` (10 a parameter) steps gained
    less than `abstol` in the mean, or than the share `reltol` in all. Of points that are known from another run the
    best are where the walkers stand.

    Source: Kerr et al. 2018, PLoS ONE 13:e0192944; NetPyNE's variant.
    """

    SETTINGS = {
        "population_size": Key("whole", 1, at_least=1),
        "stepsize": Key("number", 0.1, above=0, at_most=1000),
        "sinc": Key("number", 2.0, at_least=1, at_most=1000),
        "sdec": Key("number", 2.0, at_least=1, at_most=1000),
        "pinc": Key("number", 2.0, at_least=1, at_most=1000),
        "pdec": Key("number", 2.0, at_least=1, at_most=1000),
        "stalliters": Key("whole", at_least=1),
        "abstol": Key("number", 1e-6, at_least=0),
        "reltol": Key("number", 1e-3, at_least=0),
    }
    TAKES_POPULATION = True

    def __init__(
        self, problem: Problem, seed: int, population_size: int, stalliters: int | None = None, **settings: float
    ) -> None:
        self._space = problem.space
        self._scales = Scales(problem.space)
        self._low, self._high = problem.space.scaled_bounds
        # NetPyNE draws from numpy's global state, which is of this kind.
        self._random = np.random.RandomState(seed)
        self._stalliters = stalliters or 10 * len(problem.space)
        self._settings = settings
        # None where a walker has yet to begin.
        self._walkers: list[Walker | None] = [None] * population_size
        self._known: list[tuple[float, np.ndarray]] = []
        self._has_asked = False

    def ask(self) -> np.ndarray:
        """The next place of each walker: random at first, then a step from its best."""
        if not self._has_asked:
            self._begin_where_known()
        self._has_asked = True
        return self._scales.points(np.array([self._next_place(walker) for walker in self._walkers]))

    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Moves the walkers whose new place is better."""
        places = self._scales.places(points)
        losses = [evaluation.ranking_loss for evaluation in evaluations]
        if not self._has_asked:
            self._known += zip(losses, places, strict=True)
            return
        told = zip(self._walkers, places, losses, strict=True)
        self._walkers = [self._begun(*at) if walker is None else self._judged(walker, *at) for walker, *at in told]

    def _begin_where_known(self) -> None:
        ran = [(loss, number) for number, (loss, _) in enumerate(self._known) if loss < math.inf]
        best = sorted(number for _, number in sorted(ran)[: len(self._walkers)])
        for walker, number in enumerate(best):
            loss, place = self._known[number]
            self._walkers[walker] = self._begun(place, loss)

    def _begun(self, place: np.ndarray, loss: float) -> Walker | None:
        if loss == math.inf:
            return None
        steps = first_steps(self._space, place, self._settings["stepsize"])
        return Walker(place, loss, steps, np.ones(len(steps)))

    def _next_place(self, walker: Walker | None) -> np.ndarray:
        if walker is None:
            anywhere: np.ndarray = self._random.uniform(self._low, self._high)
            return anywhere
        walker.chances /= walker.chances.sum()
        for _ in range(TRIES):
            place = self._step(walker)
            if (place != walker.place).any():
                return place
        self._book(walker, success=False)
        return place

    def _step(self, walker: Walker) -> np.ndarray:
        """Draws the walker's direction and goes one step, at most to the bound."""
        n = len(walker.place)
        drawn = np.searchsorted(np.cumsum(walker.chances), self._random.random_sample(), side="right")
        walker.direction = direction = min(int(drawn), 2 * n - 1)
        changed = direction % n
        place = walker.place.copy()
        least = least_step(self._space.parameters[changed], place[changed])
        walker.steps[direction] = step = max(walker.steps[direction], least)
        moved = place[changed] + (step if direction < n else -step)
        place[changed] = min(max(moved, self._low[changed]), self._high[changed])
        return place

    def _judged(self, walker: Walker, place: np.ndarray, loss: float) -> Walker | None:
        gain = max(0.0, walker.loss - loss)
        walker.gains.append((gain, gain / max(abs(loss), LEAST_LOSS)))
        success = loss < walker.loss
        self._book(walker, success=success)
        if success:
            walker.place, walker.loss = place, loss
        return None if self._stalls(walker) else walker

    def _book(self, walker: Walker, *, success: bool) -> None:
        settings, direction = self._settings, walker.direction
        if success:
            walker.chances[direction] *= settings["pinc"]
            walker.steps[direction] *= settings["sinc"]
        else:
            walker.chances[direction] /= settings["pdec"]
            walker.steps[direction] /= settings["sdec"]

    def _stalls(self, walker: Walker) -> bool:
        if len(walker.gains) <= self._stalliters:
            return False
        absolute, relative = np.sum(walker.gains[-self._stalliters :], axis=0)
        return bool(absolute / self._stalliters < self._settings["abstol"] or relative < self._settings["reltol"])


def first_steps(space: SearchSpace, place: np.ndarray, stepsize: float) -> np.ndarray:
    """Steps of all directions (2n,) that are the share `stepsize` of the values at a place (n,).

    A value of 0 has the mean step of the others, `stepsize` if all are 0. On a log scale a step is log10(1 + stepsize).
    """
    on_log = np.array([parameter.scale == "log" for parameter in space.parameters])
    steps = np.where(on_log, math.log10(1.0 + stepsize), np.abs(stepsize * place))
    if not steps.all():
        steps[steps == 0.0] = steps[steps > 0.0].mean() if steps.any() else stepsize
    return np.tile(steps, 2)


def least_step(parameter: Parameter, place: float) -> float:
    """The step from a place on the parameter's own scale to the next value, 0 if it is a real number."""
    if parameter.kind == "float":
        return 0.0
    on_log = parameter.kind == "int" and parameter.scale == "log"
    return math.log10(1.0 + 10.0**-place) if on_log else 1.0
