"""Collect the findings of a run from evaluations, probes and slopes, as plain data.

Findings hold for the ranges of the study, and state measurements. `finding_lines` writes the text.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuner.analysis import local_slopes
from tuner.analysis.conflicts import Conflict, find_conflicts
from tuner.analysis.excursions import SAME
from tuner.analysis.scatter import scatters
from tuner.analysis.sensitivity import Sensitivity, sensitivity
from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.runs.probe_file import Probe
from tuner.study.space import Parameter, SearchSpace

# All values are chosen.
FEWEST = 10  # fewest evaluations for the finding that no parameter changes a feature
AT_BOUND = 0.01  # fraction of a parameter's range: a value is at a bound


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
    constraints, that the best evaluation does not reach. Without a target in the loss no evaluation is the best, so
    there are no conflicts, bounds or effects.
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
    probes: Sequence[Probe] = (),
    design: Sequence[Evaluation] = (),
) -> Account:
    """Return the findings of a run.

    Parameters
    ----------
    features_of_best
        Features of the best evaluation, by target: those of plain NetPyNE if the evaluation was verified.
    slopes
        Slopes in the manifest, see `LeastSquares.slopes`. Used only if they were taken near the best evaluation; if
        not, slopes are fitted to the evaluations.
    units
        Units of the model's values, by name.
    probes
        Probes of the run: simulations with one parameter at a bound.
    design
        Those of the evaluations that fill the search space evenly, independent of the results.
    """
    done = [evaluation for evaluation in evaluations if evaluation.done]
    probed = [probe for probe in probes if probe.status == "done"]
    verdicts = [_verdict(t, _number(features_of_best.get(t.name)), done, probed) for t in targets if t.has_goal]
    weighed = [target for target in targets if target.weight > 0 and (target.has_goal or target.is_endless)]
    missed = {verdict.target for verdict in verdicts if not verdict.reached} & {target.name for target in weighed}
    counts = any(target.counts for target in weighed)
    fit = None if design else local_slopes.fit_table(space, weighed, done, best, slopes)
    local = local_slopes.of_fit(space, weighed, best, fit) or local_slopes.of_design(space, weighed, design, best)
    known = scatters(weighed, best, fit)
    conflicts = find_conflicts(weighed, evaluations, best, design, local, missed) if counts else ()
    return Account(
        evaluations=len(done),
        missed=tuple(target.name for target in weighed if target.name in missed),
        verdicts=tuple(verdicts),
        conflicts=tuple(conflicts),
        at_bounds=tuple(_at_bounds(space, best.values, units or {})) if counts else (),
        sensitivity=sensitivity(space, weighed, evaluations, best, probes, design, local, known),
    )


def moves(values: np.ndarray) -> bool:
    """Return whether a feature (n_evaluations,) differs between evaluations; nan counts as one more value."""
    defined = values[np.isfinite(values)]
    if len(defined) < len(values):
        return len(defined) > 0
    return bool(np.ptp(values) > SAME * np.abs(values).max()) if len(values) else False


def _number(feature: float | None) -> float:
    return math.nan if feature is None else feature


def _verdict(target: Target, feature: float, done: Sequence[Evaluation], probes: Sequence[Probe]) -> Verdict:
    seen = np.array([_number(evaluation.features.get(target.name)) for evaluation in done], float)
    every = np.append(seen, [_number(probe.features.get(target.name)) for probe in probes])
    reached, reached_by = target.reached(feature), sum(map(target.reached, seen.tolist()))
    return Verdict(
        target=target.name,
        unit=target.unit,
        reached=reached,
        feature=feature,
        miss=target.miss(feature),
        tolerances=abs(target.miss(feature)) / target.tolerance,
        stuck=not reached and not reached_by and len(done) >= FEWEST and not moves(every),
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
