"""Draw a sweep: each feature against the swept parameters, and all inter-spike intervals against one parameter."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.optimizers.designs import combination
from tuner.report import sweeps
from tuner.report.markup import Markup, picture
from tuner.report.pictures.style import COLORS, GREY, LONGEST_TITLE, WANTED, draw, label, plain, with_unit
from tuner.report.registry import section
from tuner.report.result_data import RunData
from tuner.report.sweeps import Intervals
from tuner.study.resolved import ResolvedStudy
from tuner.study.space import Parameter

COLUMNS = 2
MOST_TICKS = 8
# The least relative span of an axis; smaller differences are only the error of the solver.
LEAST_SPAN = 1e-6


@section("sweep", place=50)
def sweep_picture(run: RunData) -> Markup:
    """Return each feature of a sweep as lines (one parameter) or maps (two parameters)."""
    study, parameters = run.study, sweeps.swept(run.study)
    evaluations = run.evaluations
    if len(parameters) == 2 and sweeps.is_sweep(study):
        evaluations = _of_grid(study, parameters, evaluations)
    if not evaluations or not sweeps.is_sweep(study):
        return Markup()
    if len(parameters) == 1:
        png = lines(parameters[0], run.units, study.targets, evaluations)
    else:
        png = maps(parameters, run.units, study.targets, evaluations)
    return picture(run, "Sweep", sweeps.FEATURES, png)


def _of_grid(
    study: ResolvedStudy, parameters: Sequence[Parameter], evaluations: Sequence[Evaluation]
) -> list[Evaluation]:
    """Return the evaluations of the grid: the start point, evaluation 0, only as one of the combinations."""
    starts = [e for e in evaluations if study.optimizer.start_point and e.number == 0]
    kept = [e for e in evaluations if e not in starts]
    for start in starts:
        if values := combination(parameters, study.optimizer.own["points"], start.values):
            kept.append(replace(start, values={**start.values, **values}))
    return kept


@section("intervals", place=60)
def intervals_picture(run: RunData) -> Markup:
    """Return the inter-spike intervals of a sweep of one parameter."""
    study, parameters = run.study, sweeps.swept(run.study)
    if len(parameters) != 1 or not sweeps.is_sweep(study):
        return Markup()
    found = sweeps.intervals(study, run.folder, run.evaluations)
    if not found:
        return Markup()
    return picture(run, "Intervals", sweeps.INTERVALS, bifurcation(parameters[0], run.units, run.evaluations, found))


def lines(
    parameter: Parameter, units: Mapping[str, str], targets: Sequence[Target], evaluations: Sequence[Evaluation]
) -> bytes:
    """Return a PNG with a panel for each target: the feature against the parameter, the target value in green."""

    def paint(figure: Figure) -> None:
        for axes, target in _panels(figure, targets):
            _paint_line(axes, parameter, target, evaluations)
            axes.set_xlabel(label(parameter, units))

    return draw(paint, 10, 0.3 + 2.8 * _rows(targets))


def maps(
    parameters: Sequence[Parameter],
    units: Mapping[str, str],
    targets: Sequence[Target],
    evaluations: Sequence[Evaluation],
) -> bytes:
    """Return a PNG with a panel for each target: the feature as a map over both parameters.

    A ring marks each point where the target is reached. Undefined features and missing evaluations are grey.
    """

    def paint(figure: Figure) -> None:
        for axes, target in _panels(figure, targets):
            _paint_map(figure, axes, parameters, target, evaluations)
            axes.set(xlabel=label(parameters[0], units), ylabel=label(parameters[1], units))

    return draw(paint, 10, 0.3 + 3.6 * _rows(targets))


def bifurcation(
    parameter: Parameter,
    units: Mapping[str, str],
    evaluations: Sequence[Evaluation],
    found: Sequence[Intervals],
) -> bytes:
    """Return a PNG with a panel for each population and window: every inter-spike interval [ms] is a dot."""

    def paint(figure: Figure) -> None:
        places = {e.number: _place(parameter, e.values[parameter.name]) for e in evaluations}
        for axes, each in zip(figure.subplots(len(found), 1, squeeze=False)[:, 0], found, strict=True):
            size = 5.0 if len(places) <= 40 else 2.5
            x = [places[number] for number in each.numbers.tolist()]
            axes.plot(x, each.intervals_ms, "o", color=COLORS[0], markersize=size, alpha=0.5, markeredgewidth=0)
            axes.set(ylabel="inter-spike interval [ms]", ylim=(0, None), title=plain(each.label, LONGEST_TITLE))
            axes.set_xlabel(label(parameter, units))
            _scale(axes, parameter, list(places.values()))

    return draw(paint, 8, 0.3 + 4.0 * len(found))


def _rows(targets: Sequence[Target]) -> int:
    return -(-len(targets) // COLUMNS)


def _panels(figure: Figure, targets: Sequence[Target]) -> list[tuple[Axes, Target]]:
    columns = min(COLUMNS, len(targets))
    panels = figure.subplots(_rows(targets), columns, squeeze=False).ravel().tolist()
    for axes in panels[len(targets) :]:
        axes.set_axis_off()
    for axes, target in zip(panels, targets, strict=False):
        axes.set_title(plain(target.what, LONGEST_TITLE), fontsize=9)
    return list(zip(panels, targets, strict=False))


def _feature(evaluation: Evaluation, target: Target) -> float:
    return evaluation.features.get(target.name, math.nan)


def _is_numeric(parameter: Parameter) -> bool:
    return all(map(_is_number, parameter.choices))


def _place(parameter: Parameter, value: Any) -> float:
    """Return the place of a value on an axis: the number, or the index of a choice that is not a number."""
    return float(value) if _is_numeric(parameter) else parameter.to_scaled(value)


def _scale(axes: Axes, parameter: Parameter, places: Sequence[float]) -> None:
    """Scale the parameter's axis to span all places, and mark each place, also without data."""
    axes.plot(places, [0.0] * len(places), "|", color=GREY, markersize=8, transform=axes.get_xaxis_transform())
    if not _is_numeric(parameter):
        axes.set_xticks(range(len(parameter.choices)), [plain(str(choice)) for choice in parameter.choices])
        axes.set_xlim(-0.5, len(parameter.choices) - 0.5)
    elif parameter.scale == "log":
        axes.set_xscale("log")


def _paint_line(axes: Axes, parameter: Parameter, target: Target, evaluations: Sequence[Evaluation]) -> None:
    placed = sorted((_place(parameter, e.values[parameter.name]), _feature(e, target), e.done) for e in evaluations)
    axes.plot([x for x, _, _ in placed], [y for _, y, _ in placed], "o-", color=COLORS[0], markersize=4, linewidth=1)
    if broken := [x for x, _, done in placed if not done]:
        axes.plot(broken, [0.0] * len(broken), "kx", transform=axes.get_xaxis_transform(), label="failed or aborted")
        axes.legend()
    axes.set_ylabel(with_unit(target.name, target.unit))
    axes.ticklabel_format(axis="y", useOffset=False)
    if values := [y for _, y, _ in placed if math.isfinite(y)]:
        axes.update_datalim([(placed[0][0], bound) for bound in _span(values)])
        axes.autoscale_view()
    _scale(axes, parameter, [x for x, _, _ in placed])
    _paint_goal(axes, target)


def _paint_goal(axes: Axes, target: Target) -> None:
    if target.value is not None:
        axes.axhspan(target.value - target.tolerance, target.value + target.tolerance, color=WANTED, alpha=0.2)
        axes.axhline(target.value, color=WANTED, linewidth=1)
    elif target.has_goal:
        bounds = [bound for bound in (target.low, target.high) if bound is not None]
        bottom, top = min(axes.get_ylim()[0], *bounds), max(axes.get_ylim()[1], *bounds)
        # An open range continues beyond the picture; a margin shows some of the range behind the bound.
        margin = 0.1 * (top - bottom)
        low, high = (bottom - 2 * margin, top + 2 * margin)
        axes.axhspan(
            low if target.low is None else target.low, high if target.high is None else target.high,
            color=WANTED, alpha=0.2,
        )  # fmt: skip
        axes.set_ylim(bottom - margin, top + margin)


def _paint_map(
    figure: Figure, axes: Axes, parameters: Sequence[Parameter], target: Target, evaluations: Sequence[Evaluation]
) -> None:
    across, up = ([e.values[p.name] for e in evaluations] for p in parameters)
    columns, rows = (sorted(set(values), key=p.to_scaled) for values, p in zip((across, up), parameters, strict=True))
    features = np.full((len(rows), len(columns)), np.nan)
    for x, y, evaluation in zip(across, up, evaluations, strict=True):
        features[rows.index(y), columns.index(x)] = _feature(evaluation, target)
    axes.set_facecolor(GREY)
    low, high = _span(features[np.isfinite(features)].tolist() or [0.0])
    image = axes.imshow(features, origin="lower", aspect="auto", cmap="viridis", vmin=low, vmax=high)
    bar = figure.colorbar(image, ax=axes, label=with_unit(target.name, target.unit))
    bar.ax.ticklabel_format(axis="y", useOffset=False)
    if target.has_goal:
        reached = np.argwhere([[target.reached(feature) for feature in row] for row in features])
        axes.plot(reached[:, 1], reached[:, 0], "o", color=WANTED, markerfacecolor="white", markersize=5)
    axes.set_xticks(*_ticks(columns), rotation=45 if len(columns) > 6 else 0)
    axes.set_yticks(*_ticks(rows))


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Return the lowest and the highest value, widened if the difference is only rounding."""
    middle, half = (max(values) + min(values)) / 2, (max(values) - min(values)) / 2
    half = max(half, LEAST_SPAN * abs(middle)) or 1.0
    return middle - half, middle + half


def _ticks(values: Sequence[Any]) -> tuple[list[int], list[str]]:
    """Return the places on a grid axis that have room for a label, and the labels."""
    places = range(0, len(values), -(-len(values) // MOST_TICKS))
    return list(places), [plain(f"{values[i]:.4g}" if _is_number(values[i]) else str(values[i])) for i in places]


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
