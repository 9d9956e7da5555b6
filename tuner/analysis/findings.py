"""Collect the findings of a run from the evaluations alone, as data and as lines of text.

Findings hold for the ranges of the study: a parameter without effect, or a conflict between targets, may be different
in other ranges.
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
from tuner.words import count, quantity

# All values are chosen.
FEWEST = 10  # fewest evaluations for the finding that no parameter changes a feature
# Fractions of a parameter's range: a value is at a bound, and slopes were taken near the best evaluation.
AT_BOUND, NEAR = 0.01, 0.1
MOST_CONFLICTS = 5  # conflicts that are shown, the strongest first


@dataclass(frozen=True)
class Verdict:
    """Store whether the best evaluation reaches a target, and the values of the feature in the run.

    Attributes
    ----------
    feature, miss
        Feature of the best evaluation (nan: undefined), and the signed distance from the target value, in `unit`.
    tolerances
        Absolute distance in tolerances.
    stuck
        True if the feature had the same value, or was undefined, in all evaluations.
    reached_by
        Number of evaluations that reach the target.
    nearest
        Value of the feature closest to the target value, if no evaluation reached the target and all values lie on one
        side of the target value; else None.
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
    """Store a parameter with the best value, in `unit`, at the "upper" or "lower" bound."""

    parameter: str
    value: float
    unit: str
    bound: str


@dataclass(frozen=True)
class Account:
    """Store all findings of a run.

    `evaluations` is the number of simulations that ran to their end. `missed` are the targets of the loss, and the
    constraints, that the best evaluation does not reach.
    """

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
    """Return the findings of a run.

    Parameters
    ----------
    features_of_best
        Features of the best evaluation, by target: those of plain NetPyNE if the evaluation was verified.
    slopes
        Slopes in the manifest, see `LeastSquares.slopes`. Used only if they were taken near the best evaluation.
    units
        Units of the model's values, by name.
    """
    done = [evaluation for evaluation in evaluations if evaluation.done]
    verdicts = [_verdict(t, _number(features_of_best.get(t.name)), done) for t in targets if t.has_goal]
    weighed = [target for target in targets if target.weight > 0 and (target.has_goal or target.is_endless)]
    missed = {verdict.target for verdict in verdicts if not verdict.reached} & {target.name for target in weighed}
    found = sensitivity.of_ranks(space, weighed, done)
    # A target that is minimised or maximised has no tolerance to compare slopes with.
    in_tolerances = all(target.has_goal for target in weighed)
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
    """Return whether evaluation `number` lies near the best one; verification may choose another evaluation as best."""
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
    """Return the value closest to the target value, if all values lie on one side of the target value."""
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
    """Yield the findings as lines of text."""
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
            f"{_listed(conflict.targets)} are in conflict: where one is better, the other is worse"
            f" (rank correlation {conflict.correlation:.2f} in the better half of {found.evaluations} evaluations)"
        )
    if more := len(found.conflicts) - len(strongest):
        yield f"{count(more, 'more pair')} of targets in conflict, with weaker correlations"


def _of_verdict(verdict: Verdict, evaluations: int) -> str:
    if verdict.reached:
        return f"{verdict.target}: reached"
    missed = f"missed by {quantity(verdict.miss, verdict.unit, digits=4)} ({verdict.tolerances:.3g} tolerances)"
    said = "undefined in the best evaluation" if math.isnan(verdict.feature) else missed
    return f"{verdict.target}: {said}{_of_all(verdict, evaluations)}"


def _of_all(verdict: Verdict, evaluations: int) -> str:
    """Return the end of the line of a missed target: the values of the feature in all evaluations."""
    if verdict.stuck:
        value = "undefined" if verdict.nearest is None else quantity(verdict.nearest, verdict.unit, digits=4)
        return f"; no parameter changes the feature: {value} in all {evaluations} evaluations"
    if verdict.reached_by:
        return f"; reached in {verdict.reached_by} of {evaluations} evaluations"
    if verdict.nearest is None:
        return ""
    return f"; closest value in all evaluations: {quantity(verdict.nearest, verdict.unit, digits=4)}"


def _of_sensitivity(found: Sensitivity) -> Iterator[str]:
    if not found.evidence:
        have = "evaluation has" if found.evaluations == 1 else "evaluations have"
        yield f"Sensitivity not resolved: {found.evaluations} {have} defined features, {found.needed} are needed"
    for name in found.idle:
        yield f"No effect of {name} found: no target rises or falls with {name} in {found.evaluations} evaluations"
    for name in found.flat:
        yield f"Almost no effect of {name} near the best evaluation: its range moves no target by half a tolerance"
    where = "Near the best evaluation" if found.evidence == "slopes" else f"In {found.evaluations} evaluations"
    yield from (f"{where} {_of_tie(tie)}" for tie in found.ties)


def _of_tie(tie: Tie) -> str:
    directions = f"{count(tie.directions, 'direction')} of {len(tie.parameters)} parameters"
    return f"the targets fix only {directions}: {_listed(tie.parameters)} can compensate for each other"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
