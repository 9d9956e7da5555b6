"""Compute features from the firing rates of the cells."""

from typing import Annotated

import numpy as np

from tuner.features.registry import Range, Window, feature
from tuner.recording import ALL, Recording, run_lengths


def _cell_rates(recording: Recording, population: str, window_ms: Window) -> np.ndarray:
    """Return the rate of each cell [Hz], (n_cells,); empty if the window has no length."""
    spikes = recording.spikes(population, window_ms)
    return spikes.counts / spikes.seconds if spikes.seconds > 0 else np.array([])


@feature("Hz", lowest=0)
def rate(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Return the mean firing rate of the cells [Hz].

    Returns
    -------
    float
        Number of spikes over the number of cells and the length of the window [Hz]; 0 for a silent population. This is
        the average rate that NetPyNE prints. nan if the population has no cells or the window has no length.
    """
    rates = _cell_rates(recording, population, window_ms)
    return float(rates.mean()) if rates.size else np.nan


@feature("Hz", lowest=0)
def rate_std(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Return the standard deviation over cells of the firing rates [Hz].

    Returns
    -------
    float
        Standard deviation over all cells (divided by n, not by n - 1) [Hz]. nan if the population has no cells or the
        window has no length.
    """
    rates = _cell_rates(recording, population, window_ms)
    return float(rates.std()) if rates.size else np.nan


@feature("Hz", lowest=0)
def rate_median(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Return the median over cells of the firing rates [Hz].

    Returns
    -------
    float
        Median over all cells; a silent cell has 0 Hz. nan if the population has no cells or the window has no length.
    """
    rates = _cell_rates(recording, population, window_ms)
    return float(np.median(rates)) if rates.size else np.nan


@feature("1", lowest=0)
def rate_cv(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Return the coefficient of variation over cells of the firing rates [1].

    This is the standard deviation of the rates over their mean: large if some cells fire much more than others.

    Returns
    -------
    float
        Coefficient of variation over all cells (divided by n, not by n - 1). nan for a silent population, if there are
        no cells, or if the window has no length.
    """
    rates = _cell_rates(recording, population, window_ms)
    return float(rates.std() / rates.mean()) if rates.any() else np.nan


@feature("Hz", lowest=0)
def rate_percentile(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    percentile: Annotated[float, Range(at_least=0, at_most=100)] = 50.0,
) -> float:
    """Return a percentile over cells of the firing rates [Hz].

    Parameters
    ----------
    percentile
        0 to 100; 50 is the median. Values between two cells are interpolated linearly.

    Returns
    -------
    float
        Percentile over all cells [Hz]. nan if the population has no cells or the window has no length.
    """
    rates = _cell_rates(recording, population, window_ms)
    return float(np.percentile(rates, percentile)) if rates.size else np.nan


@feature("1", lowest=0, highest=1)
def active_fraction(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Return the fraction of the cells that spike at least once [1].

    Returns
    -------
    float
        0 for a silent population; nan if the population has no cells.
    """
    counts = recording.spikes(population, window_ms).counts
    return float(np.mean(counts > 0)) if counts.size else np.nan


@feature("ms", lowest=0)
def first_spike(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Return the mean time from the start of the window to a cell's first spike [ms].

    Returns
    -------
    float
        Mean over the cells that spike [ms]; nan if no cell spikes.
    """
    spikes = recording.spikes(population, window_ms)
    firsts = run_lengths(spikes.cells)[0]
    return float(np.mean(spikes.times[firsts]) - spikes.start_ms) if firsts.size else np.nan
