"""Draw a cell type: the voltage at three currents, and the f-I curve."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tuner.recording import Traces
from tuner.report.pictures.style import COLORS, GREY, LONGEST_TITLE, draw, plain, with_unit


@dataclass(frozen=True)
class Response:
    """Hold the response of a cell: `rates` [Hz] at `currents` (n,), and voltage traces [mV] at the `shown` currents.

    `unit` is the unit of the currents. `drive` describes how the current is applied. `celsius` is the temperature [°C].
    """

    currents: np.ndarray
    rates: np.ndarray
    shown: Sequence[float]
    traces: Sequence[Traces]
    unit: str
    drive: str
    celsius: float


def cell(name: str, response: Response) -> bytes:
    """Return a PNG of the voltages and the f-I curve."""
    return draw(lambda figure: _paint(figure, name, response), 10, 4.2)


def _paint(figure: Figure, name: str, response: Response) -> None:
    rows = len(response.shown)
    axes = figure.subplot_mosaic([[f"v{i}", "curve"] for i in range(rows)], width_ratios=[2.2, 1])
    figure.suptitle(plain(f"{name}: {response.drive}, {response.celsius:g} °C", LONGEST_TITLE), x=0.01, ha="left")
    lowest = min(float(trace.values.min()) for trace in response.traces)
    highest = max(float(trace.values.max()) for trace in response.traces)
    for i, (current, trace) in enumerate(zip(response.shown, response.traces, strict=True)):
        _paint_voltage(axes[f"v{i}"], trace, f"{current:g} {response.unit}", COLORS[i])
        axes[f"v{i}"].set_ylim(lowest - 5, highest + 5)
        axes[f"v{i}"].tick_params(labelbottom=i == rows - 1)
    axes[f"v{rows // 2}"].set_ylabel("voltage [mV]")
    axes[f"v{rows - 1}"].set_xlabel("time [ms]")
    _paint_curve(axes["curve"], response)


def _paint_voltage(axes: Axes, trace: Traces, label: str, color: str) -> None:
    axes.plot(trace.times, trace.values[0], color=color, linewidth=0.8)
    axes.set_xlim(trace.times[0], trace.times[-1])
    axes.set_title(plain(label), fontsize=9, color=color)


def _paint_curve(axes: Axes, response: Response) -> None:
    axes.plot(response.currents, response.rates, color=GREY, marker=".", markersize=5)
    for current, color in zip(response.shown, COLORS, strict=False):
        axes.plot(current, response.rates[np.argmin(np.abs(response.currents - current))], "o", color=color)
    axes.set(xlabel=with_unit("current", response.unit), ylabel="rate, 100 to 600 ms [Hz]", title="f-I curve")
    axes.set_ylim(-0.03 * max(1.0, response.rates.max()), None)
