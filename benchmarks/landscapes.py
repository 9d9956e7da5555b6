"""What is searched: sigmoid rates, whose solution is known, and simulated networks; both show all their features."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Protocol

import numpy as np

from tuner.evaluate.evaluate import evaluate
from tuner.evaluate.task import Task
from tuner.evaluation import Evaluation
from tuner.objective.loss import Objectives
from tuner.objective.targets import Target
from tuner.study.space import Parameter, SearchSpace

CEILING_HZ = 60.0
TOLERANCE, SMALLEST_TOLERANCE_HZ = 0.1, 0.5


class Landscape(Protocol):
    """Parameters, targets, whether features are noisy, and what comes of a point (n_parameters,) in the unit cube."""

    space: SearchSpace
    targets: tuple[Target, ...]
    noisy: bool

    def evaluation(self, number: int, generation: int, point: np.ndarray, random: np.random.Generator) -> Evaluation:
        """The point's record; `random` draws the noise, if there is any."""


@dataclass(frozen=True)
class SigmoidRates:
    """Rates of 60 / (1 + exp(-(W (2x - 1) - 1))) Hz at x, (n_parameters,), to be brought to those at a known point.

    W, (n_rates, n_parameters), is normal(0, 1.2) with 3 added to every W_ii; then the known point is uniform in 0.2 to
    0.8. A rate's tolerance is 10 %, at least 0.5 Hz, which is also the width of the exponential form. `noise_hz` is the
    standard deviation of what is added to every rate of every evaluation. The wishes [Hz] in `instead` take the place
    of the first rates at the known point.
    """

    n_parameters: int
    n_rates: int
    seed: int
    noise_hz: float = 0.0
    form: str = "z"
    instead: tuple[float, ...] = ()

    @property
    def noisy(self) -> bool:
        """Whether a point's rates differ from one evaluation to the next."""
        return self.noise_hz > 0.0

    @cached_property
    def _drawn(self) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(self.seed)
        weights = random.normal(0.0, 1.2, (self.n_rates, self.n_parameters))
        return weights + 3.0 * np.eye(*weights.shape), random.uniform(0.2, 0.8, self.n_parameters)

    @property
    def weights(self) -> np.ndarray:
        """W, (n_rates, n_parameters)."""
        return self._drawn[0]

    @property
    def known(self) -> np.ndarray:
        """The known point, (n_parameters,)."""
        return self._drawn[1]

    def rates(self, point: np.ndarray) -> np.ndarray:
        """The rates [Hz] at a point, without noise, (n_rates,)."""
        return CEILING_HZ / (1.0 + np.exp(1.0 - self.weights @ (2.0 * point - 1.0)))

    @cached_property
    def space(self) -> SearchSpace:
        """Parameters x1, x2 ... from 0 to 1."""
        return SearchSpace(tuple(Parameter(f"x{number}", 0.0, 1.0) for number in range(1, self.n_parameters + 1)))

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """Targets rate1, rate2 ..."""
        wishes = (*self.instead, *self.rates(self.known)[len(self.instead) :].tolist())
        names = (f"rate{number}" for number in range(1, self.n_rates + 1))
        made = (Target(name, "rate", unit="Hz", form=self.form) for name in names)
        return tuple(wishing(target, wish) for target, wish in zip(made, wishes, strict=True))

    def evaluation(self, number: int, generation: int, point: np.ndarray, random: np.random.Generator) -> Evaluation:
        """The point's record."""
        rates = self.rates(point) + self.noise_hz * random.normal(size=self.n_rates)
        features = dict(zip((target.name for target in self.targets), rates.tolist(), strict=True))
        loss = Objectives(tuple(self.targets)).judge(features)
        judged = {"loss": loss.total, "objectives": loss.objectives, "parts": loss.parts, "features": features}
        return Evaluation(number, generation, self.space.decode(point), self.seed, **judged)


@dataclass(frozen=True)
class Simulated:
    """The network of a task's study; the same seeds at every evaluation, but spike counts that jump are like noise."""

    task: Task
    noisy: ClassVar[bool] = True

    @property
    def space(self) -> SearchSpace:
        """The study's parameters."""
        return self.task.study.space

    @property
    def targets(self) -> tuple[Target, ...]:
        """The study's targets."""
        return self.task.study.targets

    def evaluation(self, number: int, generation: int, point: np.ndarray, random: np.random.Generator) -> Evaluation:
        """The point's record, made in this process."""
        return evaluate(self.task.at(number, generation, self.space.decode(point), raster_below=0.0)).evaluation


def wishing(target: Target, rate_hz: float) -> Target:
    """The target with that rate for its value, and a tolerance and width of 10 %, at least 0.5 Hz."""
    tolerance = max(TOLERANCE * rate_hz, SMALLEST_TOLERANCE_HZ)
    return replace(target, value=rate_hz, tolerance=tolerance, width=tolerance)


def all_reached(targets: tuple[Target, ...], features: Mapping[str, float]) -> bool:
    """Whether every target's feature is there and within its tolerance."""
    return all(target.name in features and target.reached(features[target.name]) for target in targets)
