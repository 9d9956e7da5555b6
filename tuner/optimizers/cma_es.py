"""CMA-ES, as the package `cmaes` has it, with restarts and whole numbers."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tuner.evaluation import Evaluation
from tuner.optimizers.base import Optimizer, Problem
from tuner.optimizers.registry import OPTIMIZERS
from tuner.study.schema import Key
from tuner.study.space import Parameter

if TYPE_CHECKING:
    from cmaes import CMAwM

SIGMA = 0.25
# The tenth part of the known points is taken for the good ones. With more parameters the determinant of their
# distribution may be too small for a float.
FEWEST_KNOWN, MOST_PARAMETERS = 10, 100


@OPTIMIZERS.entering("cma_es", place=17)
class CmaEs(Optimizer):
    """Samples a normal distribution in the unit cube that learns the way and the shape of the valley.

    It begins at the start point, or in the middle, with the standard deviation `sigma`, or the `covariance`
    (n_parameters, n_parameters) that another search has found; where points are known from
    another run, at the best of them, and with ten or more in the distribution of the good ones. A search that has
    converged, or has nothing to go by, starts again at a random point with a population `growth` times as large, and
    with a sigma of at least 0.25. Failed evaluations rank behind all others. `population_size` is by default
    4 + 3 ln n for n parameters, rounded down.

    Source: Hansen & Ostermeier 2001, Evol. Comput. 9:159; restarts: Auger & Hansen 2005, IEEE Congr. Evol. Comput.:
    1769; choices and whole numbers of a linear scale: Hamano, Saito, Nomura & Shirakawa 2022, GECCO: 639; known points:
    Nomura, Watanabe, Akimoto, Ozaki & Onishi 2021, AAAI 35:9188.
    """

    SETTINGS = {
        "population_size": Key("whole", at_least=4),
        "sigma": Key("number", SIGMA, above=0, at_most=1),
        "growth": Key("number", 2.0, at_least=1),
    }

    def __init__(
        self,
        problem: Problem,
        seed: int,
        sigma: float = SIGMA,
        population_size: int | None = None,
        growth: float = 2.0,
        covariance: np.ndarray | None = None,
    ) -> None:
        n = len(problem.space)
        self._seed, self._sigma, self._growth, self._covariance = seed, sigma, growth, covariance
        self._size = population_size or 4 + int(3 * math.log(n))
        self._start = np.full(n, 0.5) if problem.start is None else problem.start
        self._steps = np.array([_step(parameter) for parameter in problem.space.parameters])
        # Discrete parameters have their outermost values half a step inside.
        self._bounds = np.stack([self._steps / 2, 1.0 - self._steps / 2], axis=1)
        self._known: list[tuple[np.ndarray, float]] = []
        self._search: CMAwM | None = None
        self._asked = self._sampled = np.empty((0, n))
        self._restarts = 0
        self._worst = 0.0

    def ask(self) -> np.ndarray:
        """A sample of the distribution."""
        if self._search is None:
            self._search = self._first()
        elif self._search.should_stop():
            self._search = self._restarted()
        samples = [self._search.ask() for _ in range(self._search.population_size)]
        self._asked, self._sampled = np.swapaxes(samples, 0, 1)
        return self._asked.copy()

    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Moves and shapes the distribution."""
        losses = [evaluation.ranking_loss for evaluation in evaluations]
        if self._search is None:
            self._known += [told for told in zip(points, losses, strict=True) if math.isfinite(told[1])]
            return
        # A place between two values is told as it was sampled, not as the value that was asked for.
        same = (points == self._asked).all(axis=1, keepdims=True)
        places = np.where(same, self._sampled, points)
        self._search.tell(list(zip(places, self._finite(losses), strict=True)))

    def _finite(self, losses: list[float]) -> list[float]:
        """The losses, with one behind all that were ever told for those that failed: cmaes subtracts them."""
        self._worst = max(self._worst, *filter(math.isfinite, losses), 0.0)
        return [loss if math.isfinite(loss) else 2.0 * self._worst + 1.0 for loss in losses]

    def _first(self) -> "CMAwM":
        from cmaes import get_warm_start_mgd

        if len(self._known) >= FEWEST_KNOWN and len(self._start) <= MOST_PARAMETERS:
            mean, sigma, covariance = get_warm_start_mgd(self._known)
            return self._made(mean, sigma, covariance, self._seed)
        mean = min(self._known, key=lambda told: told[1])[0] if self._known else self._start
        if self._covariance is None:
            return self._made(mean, self._sigma, None, self._seed)
        sigma = math.sqrt(np.trace(self._covariance) / len(mean))
        return self._made(mean, sigma, self._covariance / sigma**2, self._seed)

    def _restarted(self) -> "CMAwM":
        self._restarts += 1
        random = np.random.default_rng((self._seed, self._restarts))
        return self._made(random.random(len(self._start)), max(self._sigma, SIGMA), None, int(random.integers(2**31)))

    def _made(self, mean: np.ndarray, sigma: float, covariance: np.ndarray | None, seed: int) -> "CMAwM":
        from cmaes import CMAwM

        size = round(self._size * self._growth**self._restarts)
        mean = np.clip(mean, *self._bounds.T)
        return CMAwM(mean, sigma, self._bounds, self._steps, seed=seed, population_size=size, cov=covariance)


def _step(parameter: Parameter) -> float:
    """The stretch that one value owns in the unit cube; 0 where stretches differ or there is only one."""
    if parameter.kind == "float" or parameter.scale == "log":
        return 0.0
    low, high = parameter.scaled_bounds
    return 1.0 / (high - low) if high - low > 1.0 else 0.0
