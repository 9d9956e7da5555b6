"""Lay out recordings side by side: the panels of each, and the features of each below."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from scipy.ndimage import gaussian_filter1d
from scipy.signal import welch

from tuner.features.lookup import find
from tuner.recording import ALL, Recording
from tuner.report.pictures.style import BEST, COLORS, GREY, with_unit

SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#b8d8ee"])
ONSET_MS, STIMULUS_HZ, STEP_MS = 100.0, 10.0, 0.1
CURRENT_MS = (200.0, 800.0)
Panel = Callable[[Axes, Recording], None]


@dataclass(frozen=True)
class Number:
    """Represent a row under the rasters: a feature, the arguments, and a short text for the arguments."""

    feature: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    word: str = ""

    @property
    def label(self) -> str:
        """Return the feature's name, the short text and the unit."""
        return with_unit(f"{self.feature} {self.word}".strip(), find(self.feature).unit)

    def of(self, recording: Recording) -> float:
        """Return the feature of all cells."""
        return find(self.feature).compute(recording, ALL, None, **self.arguments)


@dataclass(frozen=True)
class Picture:
    """Represent a picture: recordings by title, panels from above with heights [inches], and the numbers below."""

    name: str
    recordings: Mapping[str, Recording]
    panels: Sequence[tuple[float, Panel]]
    numbers: Sequence[Number]

    @property
    def height(self) -> float:
        """Return the height of all panels, labels and rows of numbers [inches]."""
        return sum(height + 0.45 for height, _ in self.panels) + 0.21 * len(self.numbers) + 0.35

    def paint(self, figure: Figure) -> None:
        """Draw a column of panels for each recording, with the numbers below."""
        figure.get_layout_engine().set(w_pad=0.08)
        heights = [*(height for height, _ in self.panels), 0.21 * len(self.numbers)]
        grid = figure.subplots(len(heights), len(self.recordings), squeeze=False, sharey="row", height_ratios=heights)
        values = np.array([[n.of(recording) for recording in self.recordings.values()] for n in self.numbers])
        for column, (title, recording) in enumerate(self.recordings.items()):
            grid[0, column].set_title(title)
            for axes, (_, panel) in zip(grid[:, column], self.panels, strict=False):
                panel(axes, recording)
                axes.locator_params("x", nbins=3)
                if column:
                    axes.set(ylabel="")
            paint_numbers(grid[-1, column], values[:, column], shaded(values)[:, [column]])
        grid[-1, 0].set_yticks(range(len(self.numbers)), [n.label for n in self.numbers], size=9)


def shaded(values: np.ndarray) -> np.ndarray:
    """Return the darkness of each number, 0 to 1; larger numbers of a row are darker."""
    low, high = np.nanmin(values, axis=1, keepdims=True), np.nanmax(values, axis=1, keepdims=True)
    # Small differences are chance, and stay pale.
    span = np.maximum(high - low, np.nanmax(np.abs(values), axis=1, keepdims=True) / 2)
    return np.nan_to_num((values - low) / np.where(span > 0, span, 1.0))


def paint_numbers(axes: Axes, values: np.ndarray, shades: np.ndarray) -> None:
    """Draw a column of numbers."""
    axes.imshow(shades, cmap=SHADES, vmin=0, vmax=1, aspect="auto")
    for row, value in enumerate(values):
        axes.text(0, row, written(value), ha="center", va="center", size=9)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def written(value: float) -> str:
    """Return a number with three digits, without -0."""
    return f"{0.0 if abs(value) < 1e-6 else value:.3g}".replace("-", "\N{MINUS SIGN}")


def raster(axes: Axes, shown: Recording, last_ms: float | None = None, below: Recording | None = None) -> None:
    """Draw the spikes, over the grey spikes of another recording if there is one."""
    for each, color in ((below, "#c8c8c8"), (shown, COLORS[0])):
        if each is not None:
            size = max(90.0 / len(shown.cells_of(ALL)), 3.0)
            axes.plot(each.spike_times, each.spike_cells, "|", color=color, markersize=size, markeredgewidth=1.0)
    axes.set(xlabel="time [ms]", ylabel="cell", xlim=(0, last_ms or shown.duration_ms), yticks=[])


def spectrum(axes: Axes, shown: Recording) -> None:
    """Draw the power of the population's rate, with the default band of band_power shaded."""
    rate_hz = shown.spikes().binned(1.0).rate
    frequencies, power = welch(rate_hz, fs=1000.0, nperseg=500)
    axes.axvspan(20, 80, color=GREY, alpha=0.15, linewidth=0)
    axes.semilogy(frequencies[1:], power[1:], color=COLORS[0])
    axes.set(xlabel="frequency [Hz]", ylabel="power [Hz$^2$/Hz]", xlim=(0, 120))


def phases(axes: Axes, shown: Recording) -> None:
    """Draw the histogram of the spikes over the phase of the stimulus."""
    turns = shown.spike_times * STIMULUS_HZ / 1000.0 % 1.0
    axes.hist(turns, np.linspace(0, 1, 17), color=COLORS[0], weights=np.full(len(turns), 1 / len(turns)))
    axes.set(xlabel="phase [cycles]", ylabel="share", xlim=(0, 1))


def histogram(axes: Axes, shown: Recording) -> None:
    """Draw the rate around the onset, smoothed as in response_latency, with latency and width."""
    rate_hz = gaussian_filter1d(shown.spikes().binned(1.0).rate, 3.0)
    times = np.arange(len(rate_hz)) + 0.5 - ONSET_MS
    axes.plot(times, rate_hz, color=COLORS[0])
    axes.axvline(0.0, color=GREY, linewidth=1.0)
    latency, width = (Number(f"response_{n}", {"stimulus_ms": (ONSET_MS,)}).of(shown) for n in ("latency", "width"))
    if np.isfinite(latency):
        half = np.interp(latency, times, rate_hz)
        axes.plot([latency, latency + width], [half, half], "|-", color=BEST)
    axes.set(xlabel="time after onset [ms]", ylabel="rate [Hz]", xlim=(times[0], times[-1]))


def trace_of_voltage(axes: Axes, shown: Recording) -> None:
    """Draw the voltage, with the time of the current shaded."""
    (voltages,) = shown.traces.values()
    axes.axvspan(*CURRENT_MS, color=GREY, alpha=0.15, linewidth=0)
    axes.plot(np.arange(len(voltages)) * STEP_MS, voltages, color=COLORS[0], linewidth=0.8)
    axes.set(xlabel="time [ms]", ylabel="voltage [mV]", xlim=(0, shown.duration_ms))
