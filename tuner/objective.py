"""From a recording to a loss: every target's feature, its part, and the objectives they add up to."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tuner.recording import Recording
from tuner.targets import Target


@dataclass(frozen=True)
class Loss:
    """How far a raster is from the wish; lower is better, nothing has a unit.

    `parts` are unweighted, one a target; `total` and `objectives` are sums of weight times part.
    """

    total: float
    parts: dict[str, float]
    objectives: dict[str, float]


def measure(targets: Iterable[Target], recording: Recording) -> dict[str, float]:
    """The feature of each target, by the target's name, in the feature's unit; nan where undefined."""
    return {target.name: target.measure(recording) for target in targets}


def judge(targets: Collection[Target], features: Mapping[str, float], each_its_own: bool = False) -> Loss:
    """The loss of features by target name.

    Targets that bear the same objective's name are summed. Those that bear none form one objective, "loss"; with
    `each_its_own` each is an objective of its own, under the target's name.
    """
    parts = {target.name: target.part(features[target.name]) for target in targets}
    objectives = _objectives(targets, parts, each_its_own)
    return Loss(math.fsum(objectives.values()), parts, objectives)


def judge_aborted(targets: Collection[Target], severity: float, each_its_own: bool = False) -> Loss:
    """The loss of a run that was stopped: each objective is its largest possible sum times 1 + severity.

    With a severity above 0 it is behind every loss that `judge` gives, by total and by each objective. There are no
    parts.
    """
    largest = _objectives(targets, {target.name: largest_part(target) for target in targets}, each_its_own)
    # Where all weights are 0 the largest sum is too.
    objectives = {name: most + (most or 1.0) * severity for name, most in largest.items()}
    return Loss(math.fsum(objectives.values()), {}, objectives)


def names_of_objectives(targets: Iterable[Target], each_its_own: bool) -> list[str]:
    """The objectives that targets add up to, in order."""
    return list(dict.fromkeys(_name(target, each_its_own) for target in targets if target.weight)) or ["loss"]


def largest_part(target: Target) -> float:
    """What a target's part is at most."""
    return target.max if target.form == "exponential" else target.cap


def _objectives(targets: Iterable[Target], parts: Mapping[str, float], each_its_own: bool) -> dict[str, float]:
    objectives = dict.fromkeys(names_of_objectives(targets, each_its_own), 0.0)
    for target in targets:
        if target.weight:
            objectives[_name(target, each_its_own)] += target.weight * parts[target.name]
    return objectives


def _name(target: Target, each_its_own: bool) -> str:
    return target.objective or (target.name if each_its_own else "loss")
