"""Run CMA-ES of the package `cmaes`, with restarts and discrete parameters."""

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

# First standard deviation, and the least one of a restart. Chosen: a quarter of the range of every parameter.
SIGMA = 0.25
# Known points give a distribution if there are at least 10: cmaes takes the best tenth (gamma = 0.1) as promising. At
# most 100 parameters (chosen): with more, the determinant of the covariance may be too small for a float.
FEWEST_KNOWN, MOST_PARAMETERS = 10, 100


@OPTIMIZERS.entering("cma_es", place=17)
class CmaEs(Optimizer):
    """Search with CMA-ES: sample a normal distribution that adapts to the losses.

    The first mean is the start point, or the middle of the cube without one. The first distribution has the standard
    deviation `sigma` in every direction, or the `covariance` (n_parameters, n_parameters) that another search found.
    With points known from another run the first mean is the best of them. With ten or more known points mean and
    covariance are estimated from the best tenth.

    A search that has converged, or whose losses are all equal, restarts at a random point. Each restart multiplies the
    population by `growth`, and has a `sigma` of at least 0.25. Evaluations without a loss rank behind all others.
    `population_size` is by default 4 + 3 ln n for n parameters, rounded down.

    Source: Hansen & Ostermeier 2001, Evol. Comput. 9:159; population size: Hansen 2016, arXiv:1604.00772, eq. 48;
    restarts: Auger & Hansen 2005, IEEE Congr. Evol. Comput.: 1769; choices and whole numbers of a linear scale: Hamano,
    Saito, Nomura & Shirakawa 2022, GECCO: 639; known points: Nomura, Watanabe, Akimoto, Ozaki & Onishi 2021, AAAI
    35:9188.
    """

    SETTINGS = {
        "population_size": Key("whole", at_least=4),
        "sigma": Key("number", SIGMA, above=0, at_most=1),
        # Auger & Hansen 2005, section 2: each restart doubles the population.
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
        self._size = population_size or 4 + int(3 * math.log(n))  # eq. 48
        self._start = np.full(n, 0.5) if problem.start is None else problem.start
        self._steps = np.array([_step(parameter) for parameter in problem.space.parameters])
        # The outermost values of a discrete parameter lie half a step inside the cube.
        self._bounds = np.stack([self._steps / 2, 1.0 - self._steps / 2], axis=1)
        self._known: list[tuple[np.ndarray, float]] = []
        self._search: CMAwM | None = None
        self._asked = self._sampled = np.empty((0, n))
        self._restarts = 0
        self._worst = 0.0

    def ask(self) -> np.ndarray:
        """Return a sample of the distribution."""
        if self._search is None:
            self._search = self._first()
        elif self._search.should_stop():
            self._search = self._restarted()
        samples = [self._search.ask() for _ in range(self._search.population_size)]
        self._asked, self._sampled = np.swapaxes(samples, 0, 1)
        return self._asked.copy()

    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Update mean and covariance of the distribution."""
        losses = [evaluation.ranking_loss for evaluation in evaluations]
        if self._search is None:
            self._known += [told for told in zip(points, losses, strict=True) if math.isfinite(told[1])]
            return
        # cmaes needs the sampled place of a discrete parameter, between two values, not the value that was asked for.
        same = (points == self._asked).all(axis=1, keepdims=True)
        places = np.where(same, self._sampled, points)
        self._search.tell(list(zip(places, self._finite(losses), strict=True)))

    def _finite(self, losses: list[float]) -> list[float]:
        """Return the losses; inf becomes a finite loss above all losses so far, since cmaes subtracts losses."""
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
    """Return the width of one value in the unit cube; 0 for floats, log scales and parameters of one value."""
    if parameter.kind == "float" or parameter.scale == "log":
        return 0.0
    low, high = parameter.scaled_bounds
    return 1.0 / (high - low) if high - low > 1.0 else 0.0
