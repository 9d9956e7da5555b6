"""Counts of spikes in bins: how they vary, and how alike they are from cell to cell.

Bins are full and follow one another from the window's start; what lies beyond the last full one is left out.
"""

from collections.abc import Iterator

import numpy as np

from tuner.features.registry import Window, feature
from tuner.recording import ALL, Recording, Spikes, run_lengths

# Spike-contrast's widths of bins, as its source and elephant have them: each is 0.9 of the one before.
SMALLEST_BIN_MS = 10.0
SHRINK = 0.9


@feature("1")
def fano(recording: Recording, population: str = ALL, window_ms: Window = None, bin_ms: float = 100.0) -> float:
    """Mean over cells of the Fano factor of their counts in bins, variance over mean [1]; 1 for a Poisson train.

    Variance over all bins (no n - 1), as elephant's `fanofactor` of one cell cut into windows. Cells without a spike in
    a full bin are left out; nan if none is left or there are fewer than two bins.

    Source: Fano 1947, Phys. Rev. 72:26.
    """
    binned = recording.spikes(population, window_ms).binned(bin_ms)
    spiking = binned.totals > 0
    if binned.n_bins < 2 or not spiking.any():
        return np.nan
    return float(np.mean(binned.spreads[spiking] / (binned.n_bins * binned.totals[spiking])))


@feature("1")
def correlation(recording: Recording, population: str = ALL, window_ms: Window = None, bin_ms: float = 10.0) -> float:
    """Mean over pairs of cells of Pearson's correlation of their counts in bins [1].

    Cells whose count never varies are left out; nan if fewer than two are left. With z each cell's counts in units of
    their standard deviation from their mean, S their sum over the N cells: (mean of S^2 - N) / (N (N - 1)).
    """
    binned = recording.spikes(population, window_ms).binned(bin_ms)
    varying = binned.spreads > 0
    n_varying = np.count_nonzero(varying)
    if n_varying < 2:
        return np.nan
    deviations = np.sqrt(np.where(varying, binned.spreads, np.inf)) / binned.n_bins
    sums = np.bincount(binned.bins, binned.counts / deviations[binned.cells], binned.n_bins)
    return float((np.var(sums) - n_varying) / (n_varying * (n_varying - 1)))


@feature("1")
def synchrony(recording: Recording, population: str = ALL, window_ms: Window = None, bin_ms: float = 5.0) -> float:
    """Golomb's chi of the counts in bins [1]: 1 where all cells fire alike, 1 / sqrt(n_cells) where independently.

    Square root of the variance over time of the cells' mean count, over the cells' mean variance. Silent cells count
    as signals that do not vary; nan if no cell's count varies, or for fewer than two cells.

    Source: Golomb & Rinzel 1994, Physica D 72:259; Golomb 2007, Scholarpedia 2(1):1347. There the signals are membrane
    potentials; here they are counts, so that chi also depends on `bin_ms`.
    """
    binned = recording.spikes(population, window_ms).binned(bin_ms)
    if binned.n_cells < 2 or not binned.spreads.any():
        return np.nan
    means = np.bincount(binned.bins, binned.counts, binned.n_bins) / binned.n_cells
    return float(np.sqrt(np.var(means) / (np.mean(binned.spreads) / binned.n_bins**2)))


@feature("1")
def spike_contrast(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Spike-contrast of the cells [1]: how sharply they fire together, on the time scale where it is largest.

    The bins are half overlapping, from half the window down to half the shortest inter-spike interval of a cell, or to
    10 ms if that is more, as elephant's `spike_contrast` has them. nan for fewer than two cells, where no cell has two
    spikes, and where the window has no room for such bins.

    Source: Ciba et al. 2018, J. Neurosci. Methods 293:136.
    """
    spikes = recording.spikes(population, window_ms)
    intervals = spikes.intervals[0]
    if spikes.n_cells < 2 or not intervals.size:
        return np.nan
    shortest = intervals.min()
    widths = _widths((spikes.end_ms - spikes.start_ms) / 2.0, max(shortest / 2.0, SMALLEST_BIN_MS))
    return float(max((_contrast(spikes, width, shortest) for width in widths), default=np.nan))


def _widths(largest_ms: float, smallest_ms: float) -> Iterator[float]:
    width = largest_ms
    while width >= smallest_ms:
        yield width
        width *= SHRINK


def _contrast(spikes: Spikes, bin_ms: float, margin_ms: float) -> float:
    """Contrast of neighbouring bins times share of the cells that fire in a bin [1]; bins overlap by half."""
    half, first = bin_ms / 2.0, spikes.start_ms - margin_ms
    n_halves = len(np.arange(first, spikes.end_ms + margin_ms + half, half)) - 1
    halves = np.minimum(((spikes.times - first) / half).astype(int), n_halves - 1)
    counts = _in_pairs(np.bincount(halves, minlength=n_halves))
    # A number for each half bin of each cell, one left out between cells.
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
