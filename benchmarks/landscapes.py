"""Define the landscapes that are searched: sigmoid rates with a known solution, and simulated networks.

Both give an optimiser the features of every evaluation.
"""

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
    """Describe the interface of a landscape: parameters, targets, and the evaluation of a point.

    `noisy` is True if the features of a point are noisy.
    """

    space: SearchSpace
    targets: tuple[Target, ...]
    noisy: bool

    def evaluation(self, number: int, generation: int, point: np.ndarray, random: np.random.Generator) -> Evaluation:
        """Evaluate a point (n_parameters,) of the unit cube.

        `random` draws the noise, if the landscape has noise.
        """


@dataclass(frozen=True)
class SigmoidRates:
    """Compute rates as sigmoid functions of the parameters, with the rates at a known point as targets.

    The rates at x, (n_parameters,), are 60 / (1 + exp(-(W (2x - 1) - 1))) Hz. W, (n_rates, n_parameters), is drawn from
    normal(0, 1.2), and 3 is added to every W_ii. Then the known point is drawn uniformly from 0.2 to 0.8. The tolerance
    of a rate is 10 %, at least 0.5 Hz. It is also the width of the exponential loss function.

    `noise_hz` is the standard deviation of the noise that is added to every rate of every evaluation. `form` is the
    loss function of all targets. The target values [Hz] in `instead` replace the first rates at the known point.
    """

    n_parameters: int
    n_rates: int
    seed: int
    noise_hz: float = 0.0
    form: str = "z"
    instead: tuple[float, ...] = ()

    @property
    def noisy(self) -> bool:
        """Return whether the rates of a point differ from one evaluation to the next."""
        return self.noise_hz > 0.0

    @cached_property
    def _drawn(self) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(self.seed)
        weights = random.normal(0.0, 1.2, (self.n_rates, self.n_parameters))
        return weights + 3.0 * np.eye(*weights.shape), random.uniform(0.2, 0.8, self.n_parameters)

    @property
    def weights(self) -> np.ndarray:
        """Return W, (n_rates, n_parameters)."""
        return self._drawn[0]

    @property
    def known(self) -> np.ndarray:
        """Return the known point, (n_parameters,)."""
        return self._drawn[1]

    def rates(self, point: np.ndarray) -> np.ndarray:
        """Return the rates at a point without noise [Hz], (n_rates,)."""
        return CEILING_HZ / (1.0 + np.exp(1.0 - self.weights @ (2.0 * point - 1.0)))

    @cached_property
    def space(self) -> SearchSpace:
        """Return a search space with the parameters x1, x2 ... from 0 to 1."""
        return SearchSpace(tuple(Parameter(f"x{number}", 0.0, 1.0) for number in range(1, self.n_parameters + 1)))

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """Return the targets rate1, rate2 ..."""
        goals = (*self.instead, *self.rates(self.known)[len(self.instead) :].tolist())
        names = (f"rate{number}" for number in range(1, self.n_rates + 1))
        made = (Target(name, "rate", unit="Hz", form=self.form) for name in names)
        return tuple(wishing(target, goal) for target, goal in zip(made, goals, strict=True))

    def evaluation(self, number: int, generation: int, point: np.ndarray, random: np.random.Generator) -> Evaluation:
        """Evaluate a point (n_parameters,) of the unit cube."""
        rates = self.rates(point) + self.noise_hz * random.normal(size=self.n_rates)
        features = dict(zip((target.name for target in self.targets), rates.tolist(), strict=True))
        loss = Objectives(tuple(self.targets)).judge(features)
        judged = {"loss": loss.total, "objectives": loss.objectives, "parts": loss.parts, "features": features}
        return Evaluation(number, generation, self.space.decode(point), self.seed, **judged)


@dataclass(frozen=True)
class Simulated:
    """Simulate the network of the study of a task.

    All evaluations have the same seeds. The landscape is noisy nevertheless, because spike counts jump with the
    parameters.
    """

    task: Task
    noisy: ClassVar[bool] = True

    @property
    def space(self) -> SearchSpace:
        """Return the search space of the study."""
        return self.task.study.space

    @property
    def targets(self) -> tuple[Target, ...]:
        """Return the targets of the study."""
        return self.task.study.targets

    def evaluation(self, number: int, generation: int, point: np.ndarray, random: np.random.Generator) -> Evaluation:
        """Simulate and evaluate a point (n_parameters,) of the unit cube in this process."""
        return evaluate(self.task.at(number, generation, self.space.decode(point), raster_below=0.0)).evaluation


def wishing(target: Target, rate_hz: float) -> Target:
    """Return the target with the given rate as target value.

    Tolerance and width are 10 % of the rate, at least 0.5 Hz.
    """
    tolerance = max(TOLERANCE * rate_hz, SMALLEST_TOLERANCE_HZ)
    return replace(target, value=rate_hz, tolerance=tolerance, width=tolerance)


def all_reached(targets: tuple[Target, ...], features: Mapping[str, float]) -> bool:
    """Return whether the features of all targets are present and within tolerance."""
    return all(target.name in features and target.reached(features[target.name]) for target in targets)
