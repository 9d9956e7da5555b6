"""Run adaptive stochastic descent (ASD), as NetPyNE does."""

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

# Draws of a direction until one is not blocked by a bound: `maxrangeiters` of NetPyNE's asd().
TRIES = 100
# Least divisor of a relative gain: `eps` of NetPyNE's asd().
LEAST_LOSS = 1e-12


@dataclass
class Walker:
    """Store the state of one walker in n parameters.

    There are 2n directions: the first n increase a parameter, the others decrease it. `place` (n,) and `steps` (2n,)
    are on the parameters' scales, `chances` (2n,) are the probabilities of the directions. `direction` is the last one
    tried. `gains` has a pair for each step: the reduction of the loss, absolute and relative to the new loss.
    """

    place: np.ndarray
    loss: float
    steps: np.ndarray
    chances: np.ndarray
    direction: int = 0
    gains: list[tuple[float, float]] = field(default_factory=list)


@OPTIMIZERS.entering("asd", place=9)
class ASD(Optimizer):
    """Search with adaptive stochastic descent: change one parameter at a time, prefer directions that helped before.

    `population_size` walkers run side by side, each with its own step sizes, probabilities and history. (NetPyNE counts
    the successes of all walkers for the direction of the last one. With one walker the candidates are NetPyNE's.)

    - The first step in a direction is `stepsize` times the parameter's value.
    - A step that reduces the loss multiplies the direction's step by `sinc` and its probability by `pinc`. Every other
      step, a failed evaluation included, divides them by `sdec` and `pdec`.
    - A walker restarts at a random point if its first evaluation has no loss. It also restarts where NetPyNE would end
      the search: when the last `stalliters` steps (default 10 per parameter) reduced the loss by less than `abstol` on
      average, or by less than the fraction `reltol` in total.
    - With points known from another run the walkers begin at the best of them.

    Source: Kerr et al. 2018, PLoS ONE 13:e0192944; NetPyNE's variant.
    """

    # Defaults of NetPyNE's asd(). The upper limits of 1000 are chosen: far above useful values.
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
        # The same generator as NumPy's global one, which NetPyNE draws from.
        self._random = np.random.RandomState(seed)
        self._stalliters = stalliters or 10 * len(problem.space)  # default of NetPyNE's asd()
        self._settings = settings
        # None for a walker without a place: it restarts at a random point.
        self._walkers: list[Walker | None] = [None] * population_size
        self._known: list[tuple[float, np.ndarray]] = []
        self._has_asked = False

    def ask(self) -> np.ndarray:
        """Return the next place of each walker: random at first, then a step from the walker's best place."""
        if not self._has_asked:
            self._begin_where_known()
        self._has_asked = True
        return self._scales.points(np.array([self._next_place(walker) for walker in self._walkers]))

    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Move each walker with a better new place, and adapt step sizes and probabilities."""
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
        """Draw a direction of the walker and return the place one step away, at most at the bound."""
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
    """Return the first steps of all directions (2n,): the fraction `stepsize` of the values at a place (n,).

    A value of 0 gets the mean step of the other parameters, or `stepsize` if all values are 0. On a log scale a step is
    log10(1 + stepsize) decades.
    """
    on_log = np.array([parameter.scale == "log" for parameter in space.parameters])
    steps = np.where(on_log, math.log10(1.0 + stepsize), np.abs(stepsize * place))
    if not steps.all():
        steps[steps == 0.0] = steps[steps > 0.0].mean() if steps.any() else stepsize
    return np.tile(steps, 2)


def least_step(parameter: Parameter, place: float) -> float:
    """Return the least step that changes the value at a place on the parameter's scale; 0 for a float parameter."""
    if parameter.kind == "float":
        return 0.0
    on_log = parameter.kind == "int" and parameter.scale == "log"
    return math.log10(1.0 + 10.0**-place) if on_log else 1.0
