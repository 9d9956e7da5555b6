"""From a recording to a loss: every target's feature, its part, and the objectives they add up to."""

import math
from collections.abc import Iterable, Mapping
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


def judge(targets: Iterable[Target], features: Mapping[str, float], each_its_own: bool = False) -> Loss:
    """The loss of features by target name.

    Targets that bear the same objective's name are summed. Those that bear none form one objective, "loss"; with
    `each_its_own` each is an objective of its own, under the target's name.
    """
    parts, objectives = {}, {}
    for target in targets:
        parts[target.name] = target.part(features[target.name])
        name = target.objective or (target.name if each_its_own else "loss")
        objectives[name] = objectives.get(name, 0.0) + target.weight * parts[target.name]
    return Loss(math.fsum(objectives.values()), parts, objectives)
