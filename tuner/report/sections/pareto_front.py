"""Draw the Pareto front of two objectives."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from tuner.evaluation import Evaluation
from tuner.optimizers.pareto.nondominated import pareto_front
from tuner.report.markup import Markup, picture
from tuner.report.pictures.style import BEST, GREY, LONGEST_NAME, draw, plain
from tuner.report.registry import section
from tuner.report.result_data import RunData


@section("pareto_front", place=80)
def pareto_picture(run: RunData) -> Markup:
    """Return the front as a picture, or nothing unless there are two objectives."""
    best = run.best_evaluation
    if best is None or len(best.objectives) != 2:
        return Markup()
    return picture(run, "Pareto front", "pareto.png", pareto(run.evaluations, best))


def pareto(evaluations: Sequence[Evaluation], best: Evaluation | None) -> bytes:
    """Return a PNG of all evaluations in the plane of the two objectives, with the front as a line."""
    return draw(lambda figure: _paint(figure, evaluations, best), 6.5, 5)


def _paint(figure: Figure, evaluations: Sequence[Evaluation], best: Evaluation | None) -> None:
    axes = figure.subplots()
    ran = [e for e in evaluations if e.loss is not None]
    front = pareto_front(ran)
    names = list(ran[0].objectives)
    for label, violates, face in (("evaluation", False, GREY), ("violates a constraint", True, "none")):
        if some := [list(e.objectives.values()) for e in ran if bool(e.violation) is violates]:
            axes.plot(*np.array(some).T, "o", color=GREY, markerfacecolor=face, markersize=4, label=label)
    front_x, front_y = np.array([list(e.objectives.values()) for e in front]).T
    axes.step(front_x, front_y, where="post", marker="o", markersize=5, color=BEST, label="Pareto front")
    if best is not None:
        axes.plot(*best.objectives.values(), "*", color="black", markersize=13, label="best: least sum")
    first, second = (plain(name, LONGEST_NAME) for name in names)
    axes.set(xlabel=f"{first} (loss)", ylabel=f"{second} (loss)")
    axes.set_xscale("symlog", linthresh=1.0)
    axes.set_yscale("symlog", linthresh=1.0)
    # A target that is maximised has losses below 0.
    lowest_x, lowest_y = np.array([list(e.objectives.values()) for e in ran]).min(axis=0)
    axes.set_xlim(left=-0.1 if lowest_x >= 0 else None)
    axes.set_ylim(bottom=-0.1 if lowest_y >= 0 else None)
    axes.legend()
