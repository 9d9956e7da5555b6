"""From recordings to a loss: every target's feature, its part, and the objectives they add up to."""

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tuner.errors import StudyError
from tuner.objective.targets import Target
from tuner.recording import Recording

# How the losses under several seeds become one.
COMBINATIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "mean": statistics.fmean,
    "median": statistics.median,
    "worst": max,
}


@dataclass(frozen=True)
class Loss:
    """How far a raster is from the wish; lower is better, nothing has a unit.

    `parts` are unweighted, one a target; `total` and `objectives` are sums of weight times part. `violation` is the
    same sum over the targets that must be met: by how many tolerances they are missed.
    """

    total: float
    parts: dict[str, float]
    objectives: dict[str, float]
    violation: float = 0.0


def measure(targets: Iterable[Target], recordings: Mapping[str, Recording]) -> dict[str, float]:
    """The feature of each target, by the target's name, in the feature's unit; nan where undefined.

    `recordings` are by protocol. StudyError where a feature or its reference does not fit the recording.
    """
    return {target.name: _measure(target, recordings[target.protocol]) for target in targets}


def _measure(target: Target, recording: Recording) -> float:
    try:
        return target.measure(recording)
    except StudyError as error:
        raise StudyError(f"targets.{target.name}: {error}") from None


@dataclass(frozen=True)
class Objectives:
    """The objectives that targets add up to.

    Targets that bear the same objective's name are summed. Those that bear none form one objective, "loss"; with
    `split` each of them is an objective of its own, under the target's name.
    """

    targets: tuple[Target, ...]
    split: bool = False

    @property
    def names(self) -> list[str]:
        """Return the names of the objectives, in the order of the targets."""
        return list(dict.fromkeys(map(self._name, self._counting))) or ["loss"]

    def judge(self, features: Mapping[str, float]) -> Loss:
        """Return the loss of features by target name."""
        parts = {target.name: target.part(features[target.name]) for target in self.targets}
        objectives = self._sums(parts)
        violation = math.fsum(target.weight * target.violation(features[target.name]) for target in self.targets)
        return Loss(math.fsum(objectives.values()), parts, objectives, violation)

    def judge_aborted(self, severity: float) -> Loss:
        """Return the loss of a run that was stopped: each objective is its largest possible sum times 1 + severity.

        With a severity above 0 it is behind every loss that `judge` gives, by total, by each objective and by
        violation. There are no parts.
        """
        largest = self._sums({target.name: largest_part(target) for target in self.targets})
        # Where all weights are 0 the largest sum is too.
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
    """The loss of several runs of one candidate: `how` of each part, of each objective and of the violation.

    With `number`, those that are missing count as 0: the least that the loss can become.
    """
    missing = [0.0] * ((number or len(losses)) - len(losses))

    def of_all(values: Iterable[float]) -> float:
        return COMBINATIONS[how]([*values, *missing])

    objectives = {name: of_all(loss.objectives[name] for loss in losses) for name in losses[0].objectives}
    parts = {name: of_all(loss.parts[name] for loss in losses) for name in losses[0].parts}
    return Loss(math.fsum(objectives.values()), parts, objectives, of_all(loss.violation for loss in losses))


def combine_features(targets: Iterable[Target], runs: Sequence[Mapping[str, float]], how: str) -> dict[str, float]:
    """The features of several runs of one candidate: `how` of those that are defined, nan if none is.

    The worst is the feature that has the largest part.
    """
    return {target.name: _combined(target, [run[target.name] for run in runs], how) for target in targets}


def _combined(target: Target, values: Sequence[float], how: str) -> float:
    if how == "worst":
        return max(values, key=target.part)
    defined = [value for value in values if not math.isnan(value)]
    return COMBINATIONS[how](defined) if defined else math.nan


def largest_part(target: Target) -> float:
    """What a target's part is at most."""
    return target.max if target.form == "exponential" else target.cap
