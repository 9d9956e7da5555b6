"""Compute a loss from recordings: the feature and the term of each target, and the objectives."""

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tuner.errors import StudyError
from tuner.objective.targets import Target
from tuner.recording import Recording

# Functions that combine the losses under several seeds.
COMBINATIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "mean": statistics.fmean,
    "median": statistics.median,
    "worst": max,
}


@dataclass(frozen=True)
class Loss:
    """Represent the distance of a simulation from the targets; lower is better, and all numbers are without a unit.

    `parts` are the unweighted terms of the targets, by name. `total` and `objectives` are sums of weight times term.
    `violation` is the weighted sum, over the constraints (targets with `must`), of the number of tolerances by which
    they are missed.
    """

    total: float
    parts: dict[str, float]
    objectives: dict[str, float]
    violation: float = 0.0


def measure(targets: Iterable[Target], recordings: Mapping[str, Recording]) -> dict[str, float]:
    """Return the feature of each target, by the target's name, in the feature's unit.

    A feature that the recording does not define is nan.

    Parameters
    ----------
    recordings
        Recordings by protocol.

    Raises
    ------
    StudyError
        If a feature or its reference does not fit the recording.
    """
    return {target.name: _measure(target, recordings[target.protocol]) for target in targets}


def _measure(target: Target, recording: Recording) -> float:
    try:
        return target.measure(recording)
    except StudyError as error:
        raise StudyError(f"targets.{target.name}: {error}") from None


@dataclass(frozen=True)
class Objectives:
    """Define the objectives that the terms of the targets are summed to.

    Targets with the same objective name are summed. The targets without a name are summed to one objective, "loss".
    With `split`, each of them is a separate objective, named after the target.
    """

    targets: tuple[Target, ...]
    split: bool = False

    @property
    def names(self) -> list[str]:
        """Return the names of the objectives, in the order of the targets."""
        return list(dict.fromkeys(map(self._name, self._counting))) or ["loss"]

    def judge(self, features: Mapping[str, float]) -> Loss:
        """Return the loss of features, which are given by target name."""
        parts = {target.name: target.part(features[target.name]) for target in self.targets}
        objectives = self._sums(parts)
        violation = math.fsum(target.weight * target.violation(features[target.name]) for target in self.targets)
        return Loss(math.fsum(objectives.values()), parts, objectives, violation)

    def judge_aborted(self, severity: float) -> Loss:
        """Return the loss of a run that was stopped early, without terms.

        Each objective is its largest possible sum times 1 + severity. With a severity above 0, this loss is larger than
        every loss that `judge` returns: in the total, in each objective and in the violation.
        """
        largest = self._sums({target.name: largest_part(target) for target in self.targets})
        # If all weights are 0, the largest sum is 0 too, and 1 takes its place.
        objectives = {name: most + (most or 1.0) * severity for name, most in largest.items()}
        violation = math.fsum(target.weight * target.cap for target in self.targets if target.must) * (1.0 + severity)
        return Loss(math.fsum(objectives.values()), {}, objectives, violation)

    @property
    def _counting(self) -> list[Target]:
        return [target for target in self.targets if target.counts]

    def _name(self, target: Target) -> str:
        return target.objective or (target.name if self.split else "loss")

    def _sums(self, parts: Mapping[str, float]) -> dict[str, float]:
        objectives = dict.fromkeys(self.names, 0.0)
        for target in self._counting:
            objectives[self._name(target)] += target.weight * parts[target.name]
        return objectives


def combine(losses: Sequence[Loss], how: str, number: int | None = None) -> Loss:
    """Combine the losses of several runs of one candidate into one loss.

    Each term, each objective and the violation are combined by the function `how`. With `number`, missing runs count as
    a loss of 0, which gives a lower bound of the final loss.
    """
    missing = [0.0] * ((number or len(losses)) - len(losses))

    def of_all(values: Iterable[float]) -> float:
        return COMBINATIONS[how]([*values, *missing])

    objectives = {name: of_all(loss.objectives[name] for loss in losses) for name in losses[0].objectives}
    parts = {name: of_all(loss.parts[name] for loss in losses) for name in losses[0].parts}
    return Loss(math.fsum(objectives.values()), parts, objectives, of_all(loss.violation for loss in losses))


def combine_features(targets: Iterable[Target], runs: Sequence[Mapping[str, float]], how: str) -> dict[str, float]:
    """Combine the features of several runs of one candidate by the function `how`.

    Undefined values are left out; the result is nan if no run defines the feature. With "worst", the result is the
    value with the largest term.
    """
    return {target.name: _combined(target, [run[target.name] for run in runs], how) for target in targets}


def _combined(target: Target, values: Sequence[float], how: str) -> float:
    if how == "worst":
        return max(values, key=target.part)
    defined = [value for value in values if not math.isnan(value)]
    return COMBINATIONS[how](defined) if defined else math.nan


def largest_part(target: Target) -> float:
    """Return the largest possible term of a target."""
    return target.max if target.form == "exponential" else target.cap
