"""Features of a raster: a recording in, a number out. nan says that the raster does not define the feature.

Every feature takes the recording, a population ("all" is the whole network) and a window (start, end) [ms] (None is the
whole run); what it takes beyond these is its own argument in a target.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tuner.recording import ALL, Recording

Window = tuple[float, float] | None
COMMON_ARGUMENTS = ("recording", "population", "window_ms")


@dataclass(frozen=True)
class Feature:
    """A named feature: its function, and the unit of what it returns ("1": a plain number)."""

    name: str
    unit: str
    compute: Callable[..., float]

    @property
    def arguments(self) -> dict[str, type]:
        """Names and types of its own arguments."""
        parameters = inspect.signature(self.compute).parameters.values()
        return {p.name: p.annotation for p in parameters if p.name not in COMMON_ARGUMENTS}

    @property
    def required(self) -> list[str]:
        """Names of its own arguments that have no default."""
        parameters = inspect.signature(self.compute).parameters
        return [name for name in self.arguments if parameters[name].default is inspect.Parameter.empty]

    @property
    def summary(self) -> str:
        """What it gives, in one line."""
        return inspect.getdoc(self.compute).splitlines()[0]


FEATURES: dict[str, Feature] = {}


def feature(unit: str) -> Callable[[Callable], Callable]:
    """Enters a function into FEATURES under its own name."""

    def enter(compute: Callable[..., float]) -> Callable[..., float]:
        FEATURES[compute.__name__] = Feature(compute.__name__, unit, compute)
        return compute

    return enter


def _cell_rates(recording: Recording, population: str, window_ms: Window) -> np.ndarray:
    spikes = recording.spikes(population, window_ms)
    return spikes.counts / spikes.seconds


def _mean_over_cells(per_interval: np.ndarray, cells: np.ndarray, n_cells: int) -> float:
    """Mean over cells of each cell's mean; nan if no cell has an entry."""
    counts = np.bincount(cells, minlength=n_cells)
    sums = np.bincount(cells, weights=per_interval, minlength=n_cells)
    some = counts > 0
    return float(np.mean(sums[some] / counts[some])) if some.any() else np.nan


@feature("Hz")
def rate(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Mean firing rate of the cells [Hz].

    NetPyNE's average rate of a network or population: spikes divided by cells and time; a silent one has 0.
    """
    rates = _cell_rates(recording, population, window_ms)
    return float(rates.mean()) if rates.size else np.nan


@feature("Hz")
def rate_std(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Standard deviation of the cells' firing rates [Hz], over all cells (no n - 1)."""
    rates = _cell_rates(recording, population, window_ms)
    return float(rates.std()) if rates.size else np.nan


@feature("Hz")
def rate_percentile(
    recording: Recording, population: str = ALL, window_ms: Window = None, percentile: float = 50.0
) -> float:
    """Percentile (0 to 100; 50 is the median) of the cells' firing rates [Hz], interpolated linearly."""
    rates = _cell_rates(recording, population, window_ms)
    return float(np.percentile(rates, percentile)) if rates.size else np.nan


@feature("1")
def active_fraction(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Fraction of the cells that spike at least once [1]."""
    counts = recording.spikes(population, window_ms).counts
    return float(np.mean(counts > 0)) if counts.size else np.nan


@feature("ms")
def first_spike(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Mean time from the window's start to a cell's first spike [ms]; silent cells are left out."""
    spikes = recording.spikes(population, window_ms)
    firsts = np.unique(spikes.cells, return_index=True)[1]
    return float(np.mean(spikes.times[firsts]) - spikes.start_ms) if firsts.size else np.nan


@feature("ms")
def isi_mean(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Mean over cells of the mean inter-spike interval [ms]; cells with fewer than two spikes are left out."""
    spikes = recording.spikes(population, window_ms)
    return _mean_over_cells(*spikes.intervals, spikes.n_cells)


@feature("1")
def cv_isi(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Mean coefficient of variation of the inter-spike intervals of the cells [1].

    Cells with fewer than three spikes are left out; nan if none is left.

    Source: Softky & Koch 1993, J. Neurosci. 13:334.
    """
    spikes = recording.spikes(population, window_ms)
    intervals, cells = spikes.intervals
    counts = np.bincount(cells, minlength=spikes.n_cells)
    # Spikes at one instant have no mean interval to compare with.
    enough = (counts >= 2) & (np.bincount(cells, intervals, spikes.n_cells) > 0)
    if not enough.any():
        return np.nan
    means = np.bincount(cells, intervals, spikes.n_cells)[enough] / counts[enough]
    means_of_cells = np.zeros(spikes.n_cells)
    means_of_cells[enough] = means
    squares = np.bincount(cells, (intervals - means_of_cells[cells]) ** 2, spikes.n_cells)[enough]
    return float(np.mean(np.sqrt(squares / counts[enough]) / means))


def _neighbours(recording: Recording, population: str, window_ms: Window) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Successive intervals of one cell: first, second [ms] and the cell, all (n_pairs,)."""
    intervals, cells = recording.spikes(population, window_ms).intervals
    comparable = (cells[1:] == cells[:-1]) & (intervals[1:] + intervals[:-1] > 0)
    return intervals[:-1][comparable], intervals[1:][comparable], cells[1:][comparable]


@feature("1")
def cv2(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Mean over cells of the local variation of neighbouring intervals, 2 |I2 - I1| / (I2 + I1) [1].

    Unlike cv_isi it does not see slow changes of rate. Cells with fewer than three spikes are left out.

    Source: Holt et al. 1996, J. Neurophysiol. 75:1806, eq. 1.
    """
    first, second, cells = _neighbours(recording, population, window_ms)
    n_cells = recording.spikes(population, window_ms).n_cells
    return _mean_over_cells(2.0 * np.abs(second - first) / (second + first), cells, n_cells)


@feature("1")
def lv(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Mean over cells of the local variation, 3 (I1 - I2)^2 / (I1 + I2)^2 [1]; 1 for a Poisson train.

    Cells with fewer than three spikes are left out.

    Source: Shinomoto et al. 2003, Neural Comput. 15:2823, eq. 2.2.
    """
    first, second, cells = _neighbours(recording, population, window_ms)
    n_cells = recording.spikes(population, window_ms).n_cells
    return _mean_over_cells(3.0 * (first - second) ** 2 / (first + second) ** 2, cells, n_cells)
