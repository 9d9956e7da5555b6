"""Between the spikes of a cell: length and irregularity of its inter-spike intervals, and its bursts."""

import numpy as np

from tuner.features.registry import Window, feature
from tuner.recording import ALL, Recording, run_lengths


def _mean_over_cells(per_interval: np.ndarray, cells: np.ndarray, n_cells: int) -> float:
    """Mean over cells of each cell's mean; nan if no cell has an entry."""
    counts = np.bincount(cells, minlength=n_cells)
    sums = np.bincount(cells, weights=per_interval, minlength=n_cells)
    some = counts > 0
    return float(np.mean(sums[some] / counts[some])) if some.any() else np.nan


@feature("ms")
def isi_mean(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Mean over cells of the mean inter-spike interval [ms]; cells with fewer than two spikes are left out."""
    spikes = recording.spikes(population, window_ms)
    return _mean_over_cells(*spikes.intervals, spikes.n_cells)


@feature("ms")
def isi(recording: Recording, population: str = ALL, window_ms: Window = None, number: int = 1) -> float:
    """Mean over cells of one inter-spike interval, the first, second ...; -1 is the last, -2 the one before [ms].

    Cells with fewer intervals are left out; nan if none is left.
    """
    if number == 0:
        raise ValueError("number is 0, must be 1, 2 ... or -1, -2 ...")
    spikes = recording.spikes(population, window_ms)
    intervals, cells = spikes.intervals
    counts = np.bincount(cells, minlength=spikes.n_cells)
    enough = counts >= abs(number)
    ends = np.cumsum(counts)
    places = (ends - counts + number - 1 if number > 0 else ends + number)[enough]
    return float(np.mean(intervals[places])) if len(places) else np.nan


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


def _check_burst(burst_ms: float) -> None:
    if not burst_ms > 0:
        raise ValueError(f"burst_ms is {burst_ms:g}, must be above 0")


@feature("1")
def burst_index(recording: Recording, population: str = ALL, window_ms: Window = None, burst_ms: float = 10.0) -> float:
    """Fraction of a cell's inter-spike intervals that are shorter than `burst_ms`, mean over cells [1].

    Cells with fewer than two spikes are left out; nan if none is left. A Poisson train of rate r has
    1 - exp(-r burst_ms / 1000). A common index; what is short differs from paper to paper.
    """
    _check_burst(burst_ms)
    spikes = recording.spikes(population, window_ms)
    intervals, cells = spikes.intervals
    return _mean_over_cells(intervals < burst_ms, cells, spikes.n_cells)


@feature("Hz")
def burst_rate(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    burst_ms: float = 10.0,
    least_spikes: int = 3,
) -> float:
    """Bursts of a cell per second, mean over all cells [Hz].

    A burst is a longest run of at least `least_spikes` spikes of one cell with no interval above `burst_ms`. 0 where
    no cell bursts, silent or not.

    Source: the MaxInterval method (of the program NeuroExplorer; Cotterill et al. 2016, J. Neurophysiol. 116:306, hold
    it against others), with one limit for a burst's first, inner and last intervals, and without that method's least
    duration of a burst and least gap between two.
    """
    _check_burst(burst_ms)
    if least_spikes < 2:
        raise ValueError(f"least_spikes is {least_spikes}, must be at least 2")
    spikes = recording.spikes(population, window_ms)
    if not spikes.n_cells or not spikes.seconds > 0:
        return np.nan
    intervals, cells = spikes.intervals
    # Every cell's intervals that are short have one number, its long ones another.
    short = intervals <= burst_ms
    firsts, lengths = run_lengths(2 * cells + short)
    bursts = np.count_nonzero(short[firsts] & (lengths >= least_spikes - 1))
    return float(bursts / (spikes.n_cells * spikes.seconds))
