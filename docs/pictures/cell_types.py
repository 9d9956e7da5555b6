"""Draw two pictures for the page about cells: the network of the tutorial, and the two grown trees.

python docs/pictures/cell_types.py    writes nine_cells_tutorial.png and cells_trees.png beside this file
"""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from tuner.library import cells
from tuner.library.netparams import nine_cells
from tuner.mechanisms import libraries
from tuner.report.pictures.style import COLORS, draw
from tuner.report.sections.raster import raster
from tuner.simulation.network.warm import Network
from tuner.simulation.simulate import simulate
from tuner.study.paths import Specs

HERE = Path(__file__).resolve().parent
TREES = ("hh3d", "hh3d_swc")
KINDS = {"soma": "#000000", "dend": COLORS[0], "apic": COLORS[1]}


def draw_tutorial() -> bytes:
    """Draw the raster of the network of nine cells at the tutorial's values."""
    libraries.load(libraries.build(libraries.OWN))
    network = Network()
    values = nine_cells.DEFAULTS
    network.bring_to(Specs(nine_cells.net_params(values), nine_cells.sim_config(values, 1, 1000.0)))
    return raster(simulate(network), [], "as in the tutorial")


def draw_trees(figure: Figure) -> None:
    """Draw both trees from the side, on the same scale."""
    for axes, name in zip(figure.subplots(1, 2, sharex=True, sharey=True), TREES, strict=True):
        _paint_tree(axes, name)


def _paint_tree(axes: Axes, name: str) -> None:
    for section, table in cells.load(name)["secs"].items():
        points = np.array(table["geom"]["pt3d"])
        pieces = np.stack([points[:-1, :2], points[1:, :2]], axis=1)
        color = next(color for kind, color in KINDS.items() if section.startswith(kind))
        axes.add_collection(LineCollection(pieces, linewidths=np.maximum(0.4, points[1:, 3] / 3), colors=color))
    axes.set(aspect="equal", xlabel="x [um]", ylabel="y [um]", title=name)
    axes.autoscale_view()


if __name__ == "__main__":
    (HERE / "nine_cells_tutorial.png").write_bytes(draw_tutorial())
    (HERE / "cells_trees.png").write_bytes(draw(draw_trees, 9, 7))
