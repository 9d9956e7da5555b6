"""Compute features from spike counts in bins: variability, correlation and synchrony.

The bins have equal width and follow one another from the start of the window. An incomplete last bin is left out.
"""

from collections.abc import Iterator

import numpy as np

from tuner.features.registry import BinWidth, Window, feature
from tuner.recording import ALL, MOST_BINS, Recording, Spikes, run_lengths

# Bin widths of Spike-contrast as in the source and in elephant: each width is 0.9 of the one before.
SMALLEST_BIN_MS = 10.0
SHRINK = 0.9


@feature("1", lowest=0)
def fano(recording: Recording, population: str = ALL, window_ms: Window = None, bin_ms: BinWidth = 100.0) -> float:
    """Return the mean Fano factor of the cells' spike counts [1].

    The Fano factor of a cell is the variance of the counts in bins over their mean. A Poisson train has 1.

    Parameters
    ----------
    bin_ms
        Width of a bin [ms].

    Returns
    -------
    float
        Mean over the cells that spike in at least one full bin. nan if there is no such cell, or if there are fewer
        than two bins.

    Notes
    -----
    The variance is taken over all bins (divided by n, not by n - 1). This equals elephant's `fanofactor` of one cell
    that is cut into windows.

    Source: Fano 1947, Phys. Rev. 72:26.
    """
    binned = recording.spikes(population, window_ms).binned(bin_ms)
    spiking = binned.totals > 0
    if binned.n_bins < 2 or not spiking.any():
        return np.nan
    return float(np.mean(binned.spreads[spiking] / (binned.n_bins * binned.totals[spiking])))


@feature("1", lowest=-1, highest=1)
def correlation(
    recording: Recording, population: str = ALL, window_ms: Window = None, bin_ms: BinWidth = 10.0
) -> float:
    """Return the mean pairwise correlation of the cells' spike counts [1].

    This is Pearson's correlation of the counts in bins, averaged over all pairs of cells.

    Parameters
    ----------
    bin_ms
        Width of a bin [ms].

    Returns
    -------
    float
        Mean over all pairs of cells with varying counts. nan if fewer than two cells have varying counts.

    Notes
    -----
    Let z be the counts of a cell minus their mean, divided by their standard deviation, and S the sum of z over the N
    cells. The result is then (mean of S^2 - N) / (N (N - 1)).
    """
    binned = recording.spikes(population, window_ms).binned(bin_ms)
    varying = binned.spreads > 0
    n_varying = np.count_nonzero(varying)
    if n_varying < 2:
        return np.nan
    deviations = np.sqrt(np.where(varying, binned.spreads, np.inf)) / binned.n_bins
    sums = np.bincount(binned.bins, binned.counts / deviations[binned.cells], binned.n_bins)
    return float((np.var(sums) - n_varying) / (n_varying * (n_varying - 1)))


@feature("1", lowest=0, highest=1)
def synchrony(recording: Recording, population: str = ALL, window_ms: Window = None, bin_ms: BinWidth = 5.0) -> float:
    """Return Golomb's synchrony measure chi of the cells' spike counts [1].

    chi is the square root of a ratio of variances over time. The numerator is the variance of the cells' mean count.
    The denominator is the mean over cells of the variance of the count. chi is 1 if all cells fire alike, and 1 /
    sqrt(n_cells) if they fire independently.

    Parameters
    ----------
    bin_ms
        Width of a bin [ms]. chi depends on the width.

    Returns
    -------
    float
        chi of all cells; silent cells count as signals without variance. nan if no count varies, or for fewer than two
        cells.

    Notes
    -----
    The sources define chi for membrane potentials. Here the signals are spike counts, so chi also depends on `bin_ms`.

    Source: Golomb & Rinzel 1994, Physica D 72:259; Golomb 2007, Scholarpedia 2(1):1347.
    """
    binned = recording.spikes(population, window_ms).binned(bin_ms)
    if binned.n_cells < 2 or not binned.spreads.any():
        return np.nan
    means = np.bincount(binned.bins, binned.counts, binned.n_bins) / binned.n_cells
    return float(np.sqrt(np.var(means) / (np.mean(binned.spreads) / binned.n_bins**2)))


@feature("1", lowest=0, highest=1)
def spike_contrast(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Return the Spike-contrast of the cells, a synchrony measure without a fixed time scale [1].

    The contrast is computed for many bin widths, and the largest value is returned. It is large if many cells fire in
    the same bins and few in the neighbouring bins.

    Returns
    -------
    float
        Largest contrast over all bin widths. nan for fewer than two cells, if no cell has two spikes, or if the window
        is too short for such bins.

    Notes
    -----
    The bins overlap by half. The largest width is half the window, and each width is 0.9 of the one before. The
    smallest width is half the shortest inter-spike interval of any cell, but at least 10 ms, as in elephant's
    `spike_contrast`.

    Source: Ciba et al. 2018, J. Neurosci. Methods 293:136.
    """
    spikes = recording.spikes(population, window_ms)
    intervals = spikes.intervals[0]
    if spikes.n_cells < 2 or not intervals.size:
        return np.nan
    if spikes.end_ms - spikes.start_ms > MOST_BINS * SMALLEST_BIN_MS:
        raise ValueError(f"a window of {spikes.end_ms - spikes.start_ms:g} ms is too long; give a shorter window_ms")
    shortest = intervals.min()
    widths = _widths((spikes.end_ms - spikes.start_ms) / 2.0, max(shortest / 2.0, SMALLEST_BIN_MS))
    return float(max((_contrast(spikes, width, shortest) for width in widths), default=np.nan))


def _widths(largest_ms: float, smallest_ms: float) -> Iterator[float]:
    width = largest_ms
    while width >= smallest_ms:
        yield width
        width *= SHRINK


def _contrast(spikes: Spikes, bin_ms: float, margin_ms: float) -> float:
    """Return the contrast of neighbouring bins times the share of cells active in a bin [1]; bins overlap by half."""
    half, first = bin_ms / 2.0, spikes.start_ms - margin_ms
    n_halves = len(np.arange(first, spikes.end_ms + margin_ms + half, half)) - 1
    halves = np.minimum(((spikes.times - first) / half).astype(int), n_halves - 1)
    counts = _in_pairs(np.bincount(halves, minlength=n_halves))
    # Number the half bins of all cells. One number is skipped between cells, so that no two cells are neighbours.
    numbers = spikes.cells * (n_halves + 1) + halves
    occupied = run_lengths(numbers)[0]
    in_both = np.diff(numbers[occupied]) == 1
    cells = _in_pairs(np.bincount(halves[occupied], minlength=n_halves))
    cells = cells - np.bincount(halves[occupied][:-1][in_both], minlength=n_halves - 1)
    share = (np.sum(cells * counts) / np.sum(counts) - 1.0) / (spikes.n_cells - 1)
    return float(share * np.sum(np.abs(np.diff(counts))) / (2.0 * len(spikes.times)))


def _in_pairs(halves: np.ndarray) -> np.ndarray:
    pairs: np.ndarray = halves[:-1] + halves[1:]
    return pairs
