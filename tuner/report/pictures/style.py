"""Define the style of all pictures, and save pictures as PNG."""

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tuner.study.space import Parameter
from tuner.words import cut, one_line

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

# The colours of Okabe & Ito, which colour-blind readers can tell apart, then some of Paul Tol's colours.
COLORS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31", "#4D4D4D",
    "#332288", "#882255", "#999933", "#44AA99", "#AA4499",
)  # fmt: skip
GREY = "#9a9a9a"
BEST = "#D55E00"
WANTED = "#009E73"
DPI = 130
# Chosen: longer texts are cut, so that room is left for the data [characters].
LONGEST_TICK, LONGEST_NAME, LONGEST_TITLE = 24, 40, 80
SETTINGS: "dict[RcKeyType, Any]" = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


def draw(paint: Callable[[Figure], None], width: float, height: float) -> bytes:
    """Return a PNG of a figure of width x height inches that `paint` fills."""
    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        paint(figure)
        content = io.BytesIO()
        figure.savefig(content, format="png", dpi=DPI)
    return content.getvalue()


def with_unit(name: str, unit: str) -> str:
    """Return a label: the name, and the unit in brackets; no unit for "" and "1"."""
    shown = plain(name, LONGEST_NAME)
    return f"{shown} [{plain(unit)}]" if unit not in ("", "1") else shown


def plain(text: str, most: int = LONGEST_TICK) -> str:
    """Return a label for Matplotlib: one line of at most `most` characters, in which a dollar begins no formula."""
    return cut(one_line(text), most).replace("$", r"\$")


def label(parameter: Parameter, units: Mapping[str, str]) -> str:
    """Return a parameter's name and unit; without a unit in the study, use the unit of the model."""
    return with_unit(parameter.name, parameter.unit_among(units))
