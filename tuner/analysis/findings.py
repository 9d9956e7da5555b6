"""What a run has met and what it could not meet, from its evaluations alone, and the lines in which a person reads it.

What is said holds for what was evaluated: that a parameter does nothing, or targets oppose each other, is a finding
about this study's ranges.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuner.analysis import sensitivity
from tuner.analysis.conflicts import Conflict, find_conflicts
from tuner.analysis.sensitivity import Sensitivity, Tie, moves
from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.study.space import Parameter, SearchSpace
from tuner.words import quantity

# Evaluations without which nothing is said to be unreachable.
FEWEST = 10
# Of a parameter's range.
AT_BOUND, NEAR = 0.01, 0.1
MOST_CONFLICTS = 5


@dataclass(frozen=True)
class Verdict:
    """How a target stands: its `feature` in the best (nan: undefined) and by how much that misses, both in `unit`.

    It is `stuck` where the feature was the same, or undefined, in all evaluations; `reached_by` counts those that
    reached it. If none did and all lay on one side of the wish, `nearest` is the feature that came nearest.
    """

    target: str
    unit: str
    reached: bool
    feature: float
    miss: float
    tolerances: float
    stuck: bool
    reached_by: int
    nearest: float | None


@dataclass(frozen=True)
class AtBound:
    """A parameter whose best value, in `unit`, lies at its "upper" or "lower" bound."""

    parameter: str
    value: float
    unit: str
    bound: str


@dataclass(frozen=True)
class Account:
    """The findings; `evaluations` counts those that came to their end, `missed` the targets that were to be met."""

    evaluations: int
    missed: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    conflicts: tuple[Conflict, ...]
    at_bounds: tuple[AtBound, ...]
    sensitivity: Sensitivity


def account(
    space: SearchSpace,
    targets: Sequence[Target],
    evaluations: Sequence[Evaluation],
    best: Evaluation,
    features_of_best: Mapping[str, float | None],
    slopes: Mapping[str, Any] | None = None,
    units: Mapping[str, str] | None = None,
) -> Account:
    """The account of a run; `features_of_best` are plain NetPyNE's where it was verified.

    `slopes` are those of the manifest, which count if they were taken near the best; `units` are the model's.
    """
    done = [evaluation for evaluation in evaluations if evaluation.done]
    verdicts = [_verdict(t, _number(features_of_best.get(t.name)), done) for t in targets if t.has_wish]
    weighed = [target for target in targets if target.weight > 0 and (target.has_wish or target.is_endless)]
    missed = {verdict.target for verdict in verdicts if not verdict.reached} & {target.name for target in weighed}
    found = sensitivity.of_ranks(space, weighed, done)
    # What has no end has no tolerance in which slopes could be told.
    in_tolerances = all(target.has_wish for target in weighed)
    if in_tolerances and slopes and _is_near(space, best, done, slopes["number"]):
        found = sensitivity.of_slopes(space, weighed, slopes["slopes"], found)
    return Account(
        evaluations=len(done),
        missed=tuple(target.name for target in weighed if target.name in missed),
        verdicts=tuple(verdicts),
        conflicts=tuple(find_conflicts(weighed, done, missed)),
        at_bounds=tuple(_at_bounds(space, best.values, units or {})),
        sensitivity=found,
    )


def _is_near(space: SearchSpace, best: Evaluation, done: Sequence[Evaluation], number: int | None) -> bool:
    """Whether the evaluation of this number lies near the best one, which the verification may have put before it."""
    values = next((evaluation.values for evaluation in done if evaluation.number == number), None)
    return values is not None and bool(np.abs(space.encode(values) - space.encode(best.values)).max() <= NEAR)


def _number(feature: float | None) -> float:
    return math.nan if feature is None else feature


def _verdict(target: Target, feature: float, done: Sequence[Evaluation]) -> Verdict:
    seen = np.array([_number(evaluation.features.get(target.name)) for evaluation in done], float)
    reached, reached_by = target.reached(feature), sum(map(target.reached, seen.tolist()))
    return Verdict(
        target=target.name,
        unit=target.unit,
        reached=reached,
        feature=feature,
        miss=target.miss(feature),
        tolerances=abs(target.miss(feature)) / target.tolerance,
        stuck=not reached and not reached_by and len(done) >= FEWEST and not moves(seen),
        reached_by=reached_by,
        nearest=None if reached_by else _nearest(target, seen[np.isfinite(seen)].tolist()),
    )


def _nearest(target: Target, seen: Sequence[float]) -> float | None:
    """The feature that came nearest to the wish; None if there is none, or if they lie on both sides."""
    if len({target.miss(feature) > 0 for feature in seen}) != 1:
        return None
    return min(seen, key=lambda feature: abs(target.miss(feature)))


def _at_bounds(space: SearchSpace, values: Mapping[str, Any], units: Mapping[str, str]) -> Iterator[AtBound]:
    for parameter in space.parameters:
        if not parameter.fixed and parameter.kind != "choice" and (bound := _bound(parameter, values[parameter.name])):
            yield AtBound(parameter.name, values[parameter.name], parameter.unit_among(units), bound)


def _bound(parameter: Parameter, value: float) -> str:
    low, high, place = map(parameter.to_scaled, (*parameter.bounds, value))
    if place >= high - AT_BOUND * (high - low):
        return "upper"
    return "lower" if place <= low + AT_BOUND * (high - low) else ""


def lines(found: Account) -> Iterator[str]:
    """The account as a person reads it."""
    yield from (_of_verdict(verdict, found.evaluations) for verdict in found.verdicts)
    yield from _of_conflicts(found)
    for one in found.at_bounds:
        question = ": widen it?" if found.missed else ""
        value = quantity(float(one.value), one.unit, digits=4)
        yield f"{one.parameter} = {value} is at its {one.bound} bound{question}"
    yield from _of_sensitivity(found.sensitivity)


def _of_conflicts(found: Account) -> Iterator[str]:
    strongest = sorted(found.conflicts, key=lambda conflict: conflict.correlation)[:MOST_CONFLICTS]
    for conflict in strongest:
        yield (
            f"{_listed(conflict.targets)} pull against each other: where one is better the other is worse"
            f" (rank correlation {conflict.correlation:.2f} in the better half of {found.evaluations} evaluations)"
        )
    if more := len(found.conflicts) - len(strongest):
        yield f"{more} more pairs of targets pull against each other, less strongly"


def _of_verdict(verdict: Verdict, evaluations: int) -> str:
    if verdict.reached:
        return f"{verdict.target}: reached"
    missed = f"missed by {quantity(verdict.miss, verdict.unit, digits=4)} ({verdict.tolerances:.3g} tolerances)"
    said = "undefined in the best" if math.isnan(verdict.feature) else missed
    return f"{verdict.target}: {said}{_of_all(verdict, evaluations)}"


def _of_all(verdict: Verdict, evaluations: int) -> str:
    """What all evaluations say of a target that the best misses."""
    if verdict.stuck:
        value = "undefined" if verdict.nearest is None else quantity(verdict.nearest, verdict.unit, digits=4)
        return f"; it cannot be reached by any of the parameters: it was {value} in all {evaluations} evaluations"
    if verdict.reached_by:
        return f"; {verdict.reached_by} of {evaluations} evaluations reached it"
    if verdict.nearest is None:
        return ""
    return f"; the nearest of all evaluations: {quantity(verdict.nearest, verdict.unit, digits=4)}"


def _of_sensitivity(found: Sensitivity) -> Iterator[str]:
    if not found.evidence:
        few = f"{found.evaluations} evaluations define the targets, {found.needed} are needed"
        yield f"Which parameters matter cannot be said: {few}"
    for name in found.idle:
        yield f"{name} seems not to matter: no target rises or falls with it in {found.evaluations} evaluations"
    for name in found.flat:
        yield f"{name} does not matter near the best: over its whole range it moves no target by half a tolerance"
    near = "near the best" if found.evidence == "slopes" else f"as far as {found.evaluations} evaluations show"
    yield from (f"{near} {_of_tie(tie)}" for tie in found.ties)


def _of_tie(tie: Tie) -> str:
    directions = f"{tie.directions} direction{'s' * (tie.directions > 1)} of {len(tie.parameters)} parameters"
    return f"the targets fix {directions}: {_listed(tie.parameters)} can make up for each other"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
