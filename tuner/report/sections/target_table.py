"""Show each target: the target value beside the feature of the best evaluation."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tuner.objective.targets import Target
from tuner.protocols import DEFAULT
from tuner.report.markup import Markup, table, template, titled
from tuner.report.registry import section
from tuner.report.result_data import RunData
from tuner.report.summary import under_seeds
from tuner.words import quantity

HEADS = ("target", "feature", "population", "target value", "best evaluation", "plain NetPyNE", "outcome")
OUTCOME = template('<span class="{{ outcome }}">{{ outcome }}{{ by }}</span>{{ seeds }}')


@section("targets", place=10)
def target_table(run: RunData) -> Markup:
    """Return a table with a row for each target; with several seeds also the range of the feature."""
    best = run.best_evaluation
    features = best.features if best else {}
    plain = run.verified_features
    runs = best.runs if best else []
    rows = []
    for target in run.study.targets:
        feature = features.get(target.name, math.nan)
        verified = plain.get(target.name)
        cells = [
            target.name,
            _feature(target),
            target.population,
            target.goal + (", must be met" if target.must else ""),
            quantity(feature, target.unit),
            quantity(math.nan if verified is None else verified, target.unit) if plain else "not yet",
            _outcome(target, feature if verified is None else verified, under_seeds(target, runs)),
        ]
        rows.append([*cells, _spread(target, runs)] if runs else cells)
    return titled("Targets", table(rows, [*HEADS, f"over {len(runs)} seeds"] if runs else HEADS))


def _feature(target: Target) -> str:
    window = f", {target.window_ms[0]:g}-{target.window_ms[1]:g} ms" if target.window_ms else ""
    return target.feature + window + (f", {target.protocol}" if target.protocol != DEFAULT else "")


def _outcome(target: Target, feature: float, seeds: str) -> str:
    outcome = target.outcome(feature)
    if outcome not in ("reached", "missed"):
        return outcome + seeds
    by = f" by {target.missed_by(feature)}" if outcome == "missed" else ""
    return OUTCOME(outcome=outcome, by=by, seeds=seeds)


def _spread(target: Target, runs: Sequence[Mapping[str, Any]]) -> str:
    values = [run["features"].get(target.name, math.nan) for run in runs]
    defined = [value for value in values if not math.isnan(value)]
    if not defined:
        return "undefined"
    undefined = f", {len(values) - len(defined)} undefined" if len(defined) < len(values) else ""
    return f"{min(defined):.5g} to {quantity(max(defined), target.unit)}{undefined}"
