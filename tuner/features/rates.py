"""How much the cells fire."""

import numpy as np

from tuner.features.registry import Window, feature
from tuner.recording import ALL, Recording, run_lengths


def _cell_rates(recording: Recording, population: str, window_ms: Window) -> np.ndarray:
    """Rate of each cell [Hz], (n_cells,); nobody's where the window has no length."""
    spikes = recording.spikes(population, window_ms)
    return spikes.counts / spikes.seconds if spikes.seconds > 0 else np.array([])


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
def rate_median(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Median firing rate of the cells [Hz]; silent cells count with 0."""
    rates = _cell_rates(recording, population, window_ms)
    return float(np.median(rates)) if rates.size else np.nan


@feature("1")
def rate_cv(recording: Recording, population: str = ALL, window_ms: Window = None) -> float:
    """Standard deviation of the cells' firing rates over their mean [1]: how unequally the cells fire.

    Over all cells (no n - 1); nan for a silent population.
    """
    rates = _cell_rates(recording, population, window_ms)
    return float(rates.std() / rates.mean()) if rates.any() else np.nan


@feature("Hz")
def rate_percentile(
    recording: Recording, population: str = ALL, window_ms: Window = None, percentile: float = 50.0
) -> float:
    """Percentile (0 to 100; 50 is the median) of the cells' firing rates [Hz], interpolated linearly."""
    if not 0 <= percentile <= 100:
        raise ValueError(f"percentile is {percentile:g}, must be between 0 and 100")
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
    firsts = run_lengths(spikes.cells)[0]
    return float(np.mean(spikes.times[firsts]) - spikes.start_ms) if firsts.size else np.nan
