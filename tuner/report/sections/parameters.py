"""Draw the parameters over generations, within the bounds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from tuner.evaluation import Evaluation
from tuner.report.markup import Markup, picture
from tuner.report.pictures.style import BEST, draw, label, plain
from tuner.report.registry import section
from tuner.report.result_data import RunData
from tuner.study.space import Parameter, SearchSpace
from tuner.words import quantity

COLUMNS = 3
SEEN_LOSSES = (0, 75)


@section("parameters", place=100)
def parameters_picture(run: RunData) -> Markup:
    """Return the parameters of the run as a picture."""
    png = parameters(run.study.space, run.units, run.evaluations, run.best_evaluation)
    return picture(run, "Parameters", "parameters.png", png)


def parameters(
    space: SearchSpace, units: dict[str, str], evaluations: Sequence[Evaluation], best: Evaluation | None
) -> bytes:
    """Return a PNG with a panel for each parameter; the axis spans the bounds, and the loss colours the dots."""
    rows = -(-len(space) // COLUMNS)
    return draw(lambda figure: _paint(figure, rows, space, units, evaluations, best), 10, 0.6 + 2.5 * rows)


def _paint(
    figure: Figure,
    rows: int,
    space: SearchSpace,
    units: dict[str, str],
    evaluations: Sequence[Evaluation],
    best: Evaluation | None,
) -> None:
    panels = figure.subplots(rows, min(COLUMNS, len(space)), squeeze=False, sharex=True).ravel()
    ran = [e for e in evaluations if e.loss is not None]
    drawn = None
    for axes, parameter in zip(panels, space.parameters, strict=False):
        drawn = _paint_parameter(axes, parameter, ran, best)
        axes.set_title(label(parameter, units))
    for axes in panels[len(space) :]:
        axes.set_axis_off()
    for axes in panels[max(0, len(space) - COLUMNS) : len(space)]:
        axes.set_xlabel("generation")
        axes.tick_params(labelbottom=True)
    if ran and drawn is not None:
        figure.colorbar(drawn, ax=panels.tolist(), label="loss", extend="max", aspect=30)


def _paint_parameter(
    axes: Axes, parameter: Parameter, ran: Sequence[Evaluation], best: Evaluation | None
) -> PathCollection:
    losses = np.array([e.loss for e in ran])
    low, high = np.percentile(losses, SEEN_LOSSES) if len(ran) else (0, 1)
    # The dots of a generation are side by side; good evaluations are drawn on top of bad ones.
    sizes: dict[int, int] = {}
    places = []
    for evaluation in ran:
        place = sizes[evaluation.generation] = sizes.get(evaluation.generation, -1) + 1
        places.append(place)
    widths = [sizes[e.generation] + 1 for e in ran]
    x = [e.generation + 0.7 * (place / width - 0.5) for e, place, width in zip(ran, places, widths, strict=True)]
    y = [_height(parameter, e.values[parameter.name]) for e in ran]
    order = np.argsort(-losses)
    dots = axes.scatter(
        np.array(x)[order], np.array(y)[order], s=14, clip_on=False, zorder=3,
        c=losses[order], cmap="viridis_r", vmin=low, vmax=max(high, low + 1e-9),
    )  # fmt: skip
    if best is not None:
        value = best.values[parameter.name]
        axes.axhline(_height(parameter, value), color=BEST, linewidth=1)
        text = plain(f"best: {quantity(value, digits=4)}")
        axes.annotate(
            text, (1, _height(parameter, value)), (-2, 3), xycoords=("axes fraction", "data"),
            textcoords="offset points", ha="right", color=BEST, fontsize=9,
        )  # fmt: skip
    _scale(axes, parameter)
    axes.locator_params(axis="x", integer=True)
    return dots


def _height(parameter: Parameter, value: Any) -> float:
    return float(parameter.choices.index(value)) if parameter.kind == "choice" else float(value)


def _scale(axes: Axes, parameter: Parameter) -> None:
    if parameter.kind == "choice":
        axes.set_yticks(range(len(parameter.choices)), [plain(str(choice)) for choice in parameter.choices])
        axes.set_ylim(-0.5, len(parameter.choices) - 0.5)
        return
    axes.set_yscale(parameter.scale)
    axes.set_ylim(parameter.low, parameter.high)
