"""Draw the best loss so far against the number of evaluations, for optimisers that `search.py` compares.

Run `python benchmarks/search_picture.py FILE.png`.
"""

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from common import processes, say
from contestants import Found, Search, run_all
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from search import RACES, WORKERS

from tuner.report.pictures.style import COLORS, draw

# Title and number of evaluations of each panel.
PANELS = {"sigmoid_6": ("six sigmoid rates", 300), "sensory_motor": ("the study sensory_motor", 60)}
CURVES = {
    "ours": "least squares on features (netpyne-tuner)",
    "cma_es": "CMA-ES",
    "optuna_tpe": "Optuna's TPE",
    "particleSwarm": "particle swarm",
    "netpyne_custom": "NetPyNE's custom",
    "random": "random points",
}


def curves(name: str) -> dict[str, list[Found]]:
    """Run the searches of a panel, and return the results by contestant.

    The searches do not stop when all targets are reached, only at the number of evaluations of the panel.
    """
    say(f"searches for the panel {name}")
    with processes(WORKERS) as pool:
        landscape = RACES[name].landscape(pool)
        seeds, cap = range(1, RACES[name].seeds + 1), PANELS[name][1]
        return run_all(pool, [Search(c, landscape, seed, cap, stops=False) for c in CURVES for seed in seeds])


def paint(found: Mapping[str, dict[str, list[Found]]], drawing: Figure) -> None:
    """Draw the panels side by side, with the legend below."""
    panels = drawing.subplots(1, len(found))
    for axes, (name, runs) in zip(panels, found.items(), strict=True):
        paint_curves(axes, runs)
        axes.set(title=f"{PANELS[name][0]}, {RACES[name].seeds} seeds", xlabel="evaluations", xlim=(1, PANELS[name][1]))
    panels[0].set_ylabel("best loss so far (sum of |z|)")
    drawing.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)


def paint_curves(axes: Axes, runs: Mapping[str, Sequence[Found]]) -> None:
    """Draw medians and quartiles of the best loss so far.

    A dot marks the median number of evaluations until all targets are reached, if most searches reach them.
    """
    for (name, label), color in zip(CURVES.items(), COLORS, strict=False):
        low, middle, high = np.quantile([each.best_losses for each in runs[name]], (0.25, 0.5, 0.75), axis=0)
        evaluations = np.arange(1, len(middle) + 1)
        axes.fill_between(evaluations, low, high, color=color, alpha=0.15, linewidth=0)
        axes.plot(evaluations, middle, color=color, label=label)
        reached = np.median([each.evaluations or np.inf for each in runs[name]])
        if np.isfinite(reached):
            axes.plot(reached, middle[int(reached) - 1], "o", color=color)
    axes.set(yscale="log")


def save_picture(file: Path) -> None:
    """Run the searches, draw the picture and save the file."""
    found = {name: curves(name) for name in PANELS}
    file.write_bytes(draw(partial(paint, found), 10.0, 4.8))


if __name__ == "__main__":
    save_picture(Path(sys.argv[1]))
