"""Draw the fitness over evaluations and generations: the losses, the best so far, median and spread."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tuner.evaluation import Evaluation
from tuner.report.markup import Markup, picture
from tuner.report.pictures.style import BEST, COLORS, GREY, draw
from tuner.report.registry import section
from tuner.report.result_data import RunData

LOG_RANGE = 30.0


@section("fitness", place=90)
def fitness_picture(run: RunData) -> Markup:
    """Return the losses of the run as a picture."""
    return picture(run, "Fitness", "fitness.png", fitness(run.evaluations))


def fitness(evaluations: Sequence[Evaluation]) -> bytes:
    """Return a PNG of the losses against evaluations (left) and generations (right).

    Failed and aborted evaluations are marks at the top. The right panel shows only evaluations that violate no
    constraint, if there are any.
    """
    return draw(lambda figure: _paint(figure, evaluations), 10, 3.8)


def _paint(figure: Figure, evaluations: Sequence[Evaluation]) -> None:
    left, right = figure.subplots(1, 2, sharey=True)
    ran = [e for e in evaluations if e.done]
    _paint_evaluations(left, evaluations, ran)
    _paint_generations(right, [e for e in ran if not e.violation] or ran)
    _, losses = _points(ran)
    sizes = [abs(loss) for loss in losses if loss]
    if sizes and max(sizes) > LOG_RANGE * min(sizes):
        left.set_yscale("log" if min(losses) >= 0 else "symlog")
    left.set(xlabel="evaluation", ylabel="loss (fitness; lower is better)", title="every evaluation")
    right.set(xlabel="generation", title="every generation")
    for axes in (left, right):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _paint_evaluations(axes: Axes, evaluations: Sequence[Evaluation], ran: Sequence[Evaluation]) -> None:
    allowed, violating = ([e for e in ran if bool(e.violation) is violates] for violates in (False, True))
    for label, some, face in (("evaluation", allowed, GREY), ("violates a constraint", violating, "none")):
        if some:
            axes.plot(*_points(some), "o", color=GREY, markerfacecolor=face, markersize=4, label=label)
    top = axes.get_xaxis_transform()
    for label, marker, places in (
        ("failed", "x", [e.number for e in evaluations if e.loss is None]),
        ("aborted", "v", [e.number for e in evaluations if e.status == "aborted"]),
    ):
        if places:
            axes.plot(places, [1.0] * len(places), marker, color="black", label=label, transform=top, clip_on=False)
    if allowed:
        numbers, losses = _points(allowed)
        axes.step(numbers, np.minimum.accumulate(losses), where="post", color=BEST, label="best so far")
    axes.legend()


def _points(evaluations: Sequence[Evaluation]) -> tuple[list[int], list[float]]:
    points = [(evaluation.number, evaluation.loss) for evaluation in evaluations if evaluation.loss is not None]
    return [number for number, _ in points], [loss for _, loss in points]


def _paint_generations(axes: Axes, ran: Sequence[Evaluation]) -> None:
    by_generation: dict[int, list[float]] = {}
    for evaluation in ran:
        if evaluation.loss is not None:
            by_generation.setdefault(evaluation.generation, []).append(evaluation.loss)
    if not by_generation:
        return
    generations = sorted(by_generation)
    low, median, high = np.array([np.percentile(by_generation[g], [25, 50, 75]) for g in generations]).T
    best = [min(by_generation[g]) for g in generations]
    axes.fill_between(generations, low, high, color=COLORS[0], alpha=0.2, label="middle half")
    axes.plot(generations, median, color=COLORS[0], label="median", marker="o", markersize=4)
    axes.plot(generations, best, color=BEST, label="best of the generation", marker="o", markersize=4)
    axes.set_xlim(-0.3, max(math.ceil(generations[-1]), 1) + 0.3)
    axes.legend()
