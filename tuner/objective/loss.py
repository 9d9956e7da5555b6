"""From recordings to a loss: every target's feature, its part, and the objectives they add up to."""

import math
import statistics
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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


def judge(targets: Collection[Target], features: Mapping[str, float], each_its_own: bool = False) -> Loss:
    """The loss of features by target name.

    Targets that bear the same objective's name are summed. Those that bear none form one objective, "loss"; with
    `each_its_own` each is an objective of its own, under the target's name.
    """
    parts = {target.name: target.part(features[target.name]) for target in targets}
    objectives = _objectives(targets, parts, each_its_own)
    violation = math.fsum(target.weight * target.violation(features[target.name]) for target in targets)
    return Loss(math.fsum(objectives.values()), parts, objectives, violation)


def judge_aborted(targets: Collection[Target], severity: float, each_its_own: bool = False) -> Loss:
    """The loss of a run that was stopped: each objective is its largest possible sum times 1 + severity.

    With a severity above 0 it is behind every loss that `judge` gives, by total, by each objective and by violation.
    There are no parts.
    """
    largest = _objectives(targets, {target.name: largest_part(target) for target in targets}, each_its_own)
    # Where all weights are 0 the largest sum is too.
    objectives = {name: most + (most or 1.0) * severity for name, most in largest.items()}
    violation = math.fsum(target.weight * target.cap for target in targets if target.must) * (1.0 + severity)
    return Loss(math.fsum(objectives.values()), {}, objectives, violation)


def combine(losses: Sequence[Loss], how: str, number: int | None = None) -> Loss:
    """The loss of several runs of one candidate: `how` of each part, of each objective and of the violation.

    With `number`, those that are missing count as 0: the least that the loss can become.
    """
    missing = [0.0] * ((number or len(losses)) - len(losses))

    def of_all(read: Callable[[Loss], float]) -> float:
        return COMBINATIONS[how]([read(loss) for loss in losses] + missing)

    objectives = {name: of_all(lambda loss, name=name: loss.objectives[name]) for name in losses[0].objectives}
    parts = {name: of_all(lambda loss, name=name: loss.parts[name]) for name in losses[0].parts}
    return Loss(math.fsum(objectives.values()), parts, objectives, of_all(lambda loss: loss.violation))


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


def names_of_objectives(targets: Iterable[Target], each_its_own: bool) -> list[str]:
    """The objectives that targets add up to, in order."""
    return list(dict.fromkeys(_name(target, each_its_own) for target in targets if target.counts)) or ["loss"]


def largest_part(target: Target) -> float:
    """What a target's part is at most."""
    return target.max if target.form == "exponential" else target.cap


def _objectives(targets: Iterable[Target], parts: Mapping[str, float], each_its_own: bool) -> dict[str, float]:
    objectives = dict.fromkeys(names_of_objectives(targets, each_its_own), 0.0)
    for target in targets:
        if target.counts:
            objectives[_name(target, each_its_own)] += target.weight * parts[target.name]
    return objectives


def _name(target: Target, each_its_own: bool) -> str:
    return target.objective or (target.name if each_its_own else "loss")
