"""Compute features from inter-spike intervals: length, irregularity and bursts."""

from typing import Annotated

import numpy as np

from tuner.features.registry import Length, Range, Window, feature
from tuner.recording import ALL, Recording, run_lengths


def _mean_over_cells(per_interval: np.ndarray, cells: np.ndarray, n_cells: int) -> float:
    """Return the mean over cells of the mean of each cell's entries; nan if there are no entries."""
    counts = np.bincount(cells, minlength=n_cells)
    sums = np.bincount(cells, weights=per_interval, minlength=n_cells)
    some = counts > 0
    return float(np.mean(sums[some] / counts[some])) if some.any() else np.nan


@feature("ms", lowest=0)
def isi_mean(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Return the mean over cells of the mean inter-spike interval [ms].

    Returns
    -------
    float
        Mean over the cells with at least two spikes [ms]; nan if there is no such cell.
    """
    spikes = recording.spikes(population, window_ms)
    return _mean_over_cells(*spikes.intervals, spikes.n_cells)


@feature("ms", lowest=0)
def isi(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    number: Annotated[int, Range(at_least=-(10**6), at_most=10**6)] = 1,
) -> float:
    """Return the mean over cells of one inter-spike interval, selected by position [ms].

    Parameters
    ----------
    number
        Position of the interval in the train: 1 is the first, 2 the second. Negative numbers count from the end: -1 is
        the last, -2 the one before.

    Returns
    -------
    float
        Mean over the cells that have this interval [ms]; nan if there is no such cell.
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


@feature("1", lowest=0)
def cv_isi(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Return the mean coefficient of variation of the cells' inter-spike intervals [1].

    The coefficient of variation is the standard deviation over the mean. A Poisson train has 1, a regular train 0.

    Returns
    -------
    float
        Mean over the cells with at least three spikes; nan if there is no such cell. A cell whose spikes all come at
        the same time is left out.

    Notes
    -----
    The standard deviation is taken over all intervals (divided by n, not by n - 1).

    Source: Softky & Koch 1993, J. Neurosci. 13:334.
    """
    spikes = recording.spikes(population, window_ms)
    intervals, cells = spikes.intervals
    counts = np.bincount(cells, minlength=spikes.n_cells)
    # Spikes at the same time have a mean interval of 0, by which nothing can be divided.
    enough = (counts >= 2) & (np.bincount(cells, intervals, spikes.n_cells) > 0)
    if not enough.any():
        return np.nan
    means = np.bincount(cells, intervals, spikes.n_cells)[enough] / counts[enough]
    means_of_cells = np.zeros(spikes.n_cells)
    means_of_cells[enough] = means
    squares = np.bincount(cells, (intervals - means_of_cells[cells]) ** 2, spikes.n_cells)[enough]
    return float(np.mean(np.sqrt(squares / counts[enough]) / means))


def _neighbours(recording: Recording, population: str, window_ms: Window) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return successive intervals of the same cell: first [ms], second [ms] and the cell, all (n_pairs,)."""
    intervals, cells = recording.spikes(population, window_ms).intervals
    comparable = (cells[1:] == cells[:-1]) & (intervals[1:] + intervals[:-1] > 0)
    return intervals[:-1][comparable], intervals[1:][comparable], cells[1:][comparable]


@feature("1", lowest=0, highest=2)
def cv2(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Return the mean over cells of CV2, the local variation of neighbouring inter-spike intervals [1].

    For two neighbouring intervals I1 and I2, CV2 is 2 abs(I2 - I1) / (I2 + I1). Unlike `cv_isi`, CV2 is insensitive to
    slow changes of the rate.

    Returns
    -------
    float
        Mean over pairs of intervals, then over the cells with at least three spikes. nan if there is no such cell.

    Notes
    -----
    Source: Holt et al. 1996, J. Neurophysiol. 75:1806, eq. 1.
    """
    first, second, cells = _neighbours(recording, population, window_ms)
    n_cells = recording.spikes(population, window_ms).n_cells
    return _mean_over_cells(2.0 * np.abs(second - first) / (second + first), cells, n_cells)


@feature("1", lowest=0, highest=3)
def lv(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Return the mean over cells of the local variation LV of the inter-spike intervals [1].

    For two neighbouring intervals I1 and I2, LV is 3 (I1 - I2)^2 / (I1 + I2)^2. A Poisson train has 1, a regular train
    0.

    Returns
    -------
    float
        Mean over pairs of intervals, then over the cells with at least three spikes. nan if there is no such cell.

    Notes
    -----
    Source: Shinomoto et al. 2003, Neural Comput. 15:2823, eq. 2.2.
    """
    first, second, cells = _neighbours(recording, population, window_ms)
    n_cells = recording.spikes(population, window_ms).n_cells
    return _mean_over_cells(3.0 * (first - second) ** 2 / (first + second) ** 2, cells, n_cells)


@feature("1", lowest=0, highest=1)
def burst_index(
    recording: Recording, population: str = ALL, window_ms: Window = None, burst_ms: Length = 10.0
) -> float:
    """Return the mean fraction of a cell's inter-spike intervals that are shorter than `burst_ms` [1].

    A Poisson train of rate r [Hz] has 1 - exp(-r burst_ms / 1000).

    Parameters
    ----------
    burst_ms
        Upper limit of a short interval [ms], above 0.

    Returns
    -------
    float
        Mean over the cells with at least two spikes; nan if there is no such cell.

    Notes
    -----
    This index is in common use; the limit differs between publications.
    """
    spikes = recording.spikes(population, window_ms)
    intervals, cells = spikes.intervals
    return _mean_over_cells(intervals < burst_ms, cells, spikes.n_cells)


@feature("Hz", lowest=0)
def burst_rate(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    burst_ms: Length = 10.0,
    least_spikes: Annotated[int, Range(at_least=2, at_most=10**6)] = 3,
) -> float:
    """Return the mean number of bursts of a cell per second [Hz].

    A burst is a longest possible sequence of spikes of one cell in which no interval is longer than `burst_ms`.

    Parameters
    ----------
    burst_ms
        Longest interval within a burst [ms], above 0.
    least_spikes
        Smallest number of spikes of a burst, at least 2.

    Returns
    -------
    float
        Mean over all cells [Hz]. 0 if no cell bursts, also for a silent population. nan if the population has no cells
        or the window has no length.

    Notes
    -----
    This is the MaxInterval method of the program NeuroExplorer with three simplifications. The limit is the same for
    the first, the inner and the last interval of a burst. There is no minimum duration of a burst. There is no minimum
    gap between two bursts.

    Source: the MaxInterval method, compared with other methods by Cotterill et al. 2016, J. Neurophysiol. 116:306.
    """
    spikes = recording.spikes(population, window_ms)
    if not spikes.n_cells or not spikes.seconds > 0:
        return np.nan
    intervals, cells = spikes.intervals
    # Short and long intervals of each cell get different numbers, so that a run of equal numbers is a burst.
    short = intervals <= burst_ms
    firsts, lengths = run_lengths(2 * cells + short)
    bursts = np.count_nonzero(short[firsts] & (lengths >= least_spikes - 1))
    return float(bursts / (spikes.n_cells * spikes.seconds))
