"""Lays out recordings side by side: panels of each, and under them the numbers that our functions give for it."""

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
    """A row under the rasters: a feature, what a target would say beside it, and that in a word."""

    feature: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    word: str = ""

    @property
    def label(self) -> str:
        """Feature, its word and its unit."""
        return with_unit(f"{self.feature} {self.word}".strip(), find(self.feature).unit)

    def of(self, recording: Recording) -> float:
        """The feature of all cells."""
        return find(self.feature).compute(recording, ALL, None, **self.arguments)


@dataclass(frozen=True)
class Picture:
    """Recordings by their titles, panels of each from above, heights [inches], and the numbers below."""

    name: str
    recordings: Mapping[str, Recording]
    panels: Sequence[tuple[float, Panel]]
    numbers: Sequence[Number]

    @property
    def height(self) -> float:
        """All panels, their labels, and the rows of numbers [inches]."""
        return sum(height + 0.45 for height, _ in self.panels) + 0.21 * len(self.numbers) + 0.35

    def paint(self, figure: Figure) -> None:
        """Columns of panels with their numbers below."""
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
    """How dark each number is, 0 to 1: the more it stands out among those of its row."""
    low, high = np.nanmin(values, axis=1, keepdims=True), np.nanmax(values, axis=1, keepdims=True)
    # What differs little is by chance.
    span = np.maximum(high - low, np.nanmax(np.abs(values), axis=1, keepdims=True) / 2)
    return np.nan_to_num((values - low) / np.where(span > 0, span, 1.0))


def paint_numbers(axes: Axes, values: np.ndarray, shades: np.ndarray) -> None:
    """One column of numbers."""
    axes.imshow(shades, cmap=SHADES, vmin=0, vmax=1, aspect="auto")
    for row, value in enumerate(values):
        axes.text(0, row, written(value), ha="center", va="center", size=9)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def written(value: float) -> str:
    """A number with three digits; no -0."""
    return f"{0.0 if abs(value) < 1e-6 else value:.3g}".replace("-", "\N{MINUS SIGN}")


def raster(axes: Axes, shown: Recording, last_ms: float | None = None, below: Recording | None = None) -> None:
    """Spikes, over those of another recording in grey if there is one."""
    for each, color in ((below, "#c8c8c8"), (shown, COLORS[0])):
        if each is not None:
            size = max(90.0 / len(shown.cells_of(ALL)), 3.0)
            axes.plot(each.spike_times, each.spike_cells, "|", color=color, markersize=size, markeredgewidth=1.0)
    axes.set(xlabel="time [ms]", ylabel="cell", xlim=(0, last_ms or shown.duration_ms), yticks=[])


def spectrum(axes: Axes, shown: Recording) -> None:
    """Power of the population's rate, the default band of band_power shaded."""
    rate_hz = shown.spikes().binned(1.0).rate
    frequencies, power = welch(rate_hz, fs=1000.0, nperseg=500)
    axes.axvspan(20, 80, color=GREY, alpha=0.15, linewidth=0)
    axes.semilogy(frequencies[1:], power[1:], color=COLORS[0])
    axes.set(xlabel="frequency [Hz]", ylabel="power [Hz$^2$/Hz]", xlim=(0, 120))


def phases(axes: Axes, shown: Recording) -> None:
    """How many spikes fall on which phase of the stimulus."""
    turns = shown.spike_times * STIMULUS_HZ / 1000.0 % 1.0
    axes.hist(turns, np.linspace(0, 1, 17), color=COLORS[0], weights=np.full(len(turns), 1 / len(turns)))
    axes.set(xlabel="phase [cycles]", ylabel="share", xlim=(0, 1))


def histogram(axes: Axes, shown: Recording) -> None:
    """Rate around the onset as response_latency smoothes it, with latency and width."""
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
    """The voltage, the time of the current shaded."""
    (voltages,) = shown.traces.values()
    axes.axvspan(*CURRENT_MS, color=GREY, alpha=0.15, linewidth=0)
    axes.plot(np.arange(len(voltages)) * STEP_MS, voltages, color=COLORS[0], linewidth=0.8)
    axes.set(xlabel="time [ms]", ylabel="voltage [mV]", xlim=(0, shown.duration_ms))
