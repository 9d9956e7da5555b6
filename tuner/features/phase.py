"""Compute how strongly spikes are locked to a phase: of a stimulus of known frequency, or of a population's rhythm.

The rhythm is the rate of a population in bins of 1 ms, filtered forwards and backwards by a Butterworth band-pass
filter. The phase is the phase of the analytic signal (Hilbert transform), interpolated at the spikes.

A spike of the rhythm's own population contributes to the rhythm and pulls the phase towards itself. This contribution
is therefore subtracted for each spike. Ten Poisson cells of 10 Hz have a phase_consistency of 0.01 with this
correction, and of 0.5 without.

A rhythm of few spikes has an uncertain phase, which lowers the locking. The effect is smaller for a narrow band.
"""

from functools import partial
from typing import Annotated

import numpy as np

from tuner.features.registry import PopulationName, Range, Window, feature
from tuner.recording import ALL, EDGE, Binned, Recording

Band = tuple[float, float]
# The rhythm is that of the same population.
SAME = PopulationName("")
BIN_MS = 1.0
FILTER_ORDER = 2
# The length of the filter's response, and so the computing time, grows with 1 / width.
NARROWEST_BAND_HZ = 0.1
# Below this fraction of the rhythm's largest amplitude, rounding errors determine the phase.
LEAST_AMPLITUDE = 1e-9


def _check(frequency_hz: float | None, rhythm: str, band: Band) -> None:
    if frequency_hz is not None and rhythm:
        raise ValueError(f"frequency_hz is given together with rhythm {rhythm!r}; keep one of the two")
    if not 0 < band[0] < band[1] < 500.0 / BIN_MS:
        limits = f"from above 0 to below {500.0 / BIN_MS:g} Hz"
        raise ValueError(f"band is [{band[0]:g}, {band[1]:g}], must increase, {limits}")
    if not band[1] - band[0] >= NARROWEST_BAND_HZ:
        raise ValueError(f"band is [{band[0]:g}, {band[1]:g}], must be at least {NARROWEST_BAND_HZ:g} Hz wide")


def _reach(band: Band) -> int:
    """Return the reach of the filter [bins], after which the response is negligible: two over the width of the band."""
    return round(2000.0 / ((band[1] - band[0]) * BIN_MS))


def _analytic(signal: np.ndarray, band: Band) -> np.ndarray:
    """Return the analytic signal (complex) of a signal within a band, (n_bins,); the signal is 0 beyond both ends."""
    from scipy.signal import butter, hilbert, sosfiltfilt

    passing = butter(FILTER_ORDER, band, "bandpass", fs=1000.0 / BIN_MS, output="sos")
    reach = _reach(band)
    analytic: np.ndarray = hilbert(sosfiltfilt(passing, np.pad(signal, reach), padtype=None))
    return analytic[reach : reach + len(signal)]


def _own_share(offsets: np.ndarray, band: Band) -> np.ndarray:
    """Return the contribution (complex) of an impulse in one bin to the analytic signal.

    The offsets [bins] from the middle of the bin are between -1 and 1.
    """
    reach = _reach(band)
    impulse = _analytic((np.arange(2 * reach + 1) == reach).astype(float), band)
    share: np.ndarray = np.interp(offsets, [-1.0, 0.0, 1.0], impulse[reach - 1 : reach + 2])
    return share


def _has_rhythm(binned: Binned, band: Band) -> bool:
    """Return whether the window holds the longest period of the band, and whether the rate varies."""
    return binned.n_cells > 0 and binned.n_bins * BIN_MS * band[0] >= 1000.0 and np.ptp(binned.rate) > 0


def _to_rhythm(recording: Recording, population: str, window_ms: Window, rhythm: str, band: Band) -> np.ndarray:
    """Return the rhythm's phase at each spike as a complex number of length 1, without spikes of undefined phase."""
    spikes = recording.spikes(population, window_ms)
    binned = recording.spikes(rhythm, window_ms).binned(BIN_MS)
    if not _has_rhythm(binned, band):
        return np.array([])
    analytic = _analytic(binned.rate - binned.rate.mean(), band)
    places = (spikes.times - spikes.start_ms) / BIN_MS
    members = np.isin(recording.cells_of(population), recording.cells_of(rhythm))
    spike_height = 1000.0 / (binned.n_cells * BIN_MS)
    own = spike_height * members[spikes.cells] * _own_share((places + EDGE) % 1.0 - 0.5, band)
    signal = (np.interp(places - 0.5, np.arange(binned.n_bins), analytic) - own)[places + EDGE < binned.n_bins]
    signal = signal[np.abs(signal) > LEAST_AMPLITUDE * np.abs(analytic).max()]
    phases: np.ndarray = signal / np.abs(signal)
    return phases


def _phases(
    recording: Recording, population: str, window_ms: Window, frequency_hz: float | None, rhythm: str, band: Band
) -> np.ndarray:
    """Return the phase at each spike as a complex number of length 1, (n_spikes,)."""
    _check(frequency_hz, rhythm, band)
    spikes, rhythm = recording.spikes(population, window_ms), rhythm or population
    if frequency_hz is not None:
        return np.exp(2j * np.pi * frequency_hz / 1000.0 * spikes.times)
    if not spikes.times.size:
        return spikes.times
    to_rhythm = partial(_to_rhythm, recording, population, window_ms, rhythm, band)
    return spikes.shared(("phases", rhythm, band), to_rhythm)


@feature("1", lowest=0, highest=1)
def phase_locking(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    frequency_hz: Annotated[float | None, Range(above=0, at_most=1e6)] = None,
    rhythm: PopulationName = SAME,
    band: Annotated[Band, Range(above=0, at_most=500)] = (20.0, 80.0),
) -> float:
    """Return the vector strength of the spikes: the length of the mean of exp(i phase) over all spikes [1].

    1 means that all spikes come at one phase. Poisson spikes with a rate that a sine modulates by a fraction m
    have m / 2. Without locking, n spikes have about 0.9 / sqrt(n), not 0; `phase_consistency` does not have this bias.

    Parameters
    ----------
    frequency_hz
        Frequency of the stimulus [Hz], above 0. The phase is 0 at time 0, the start of the run. Without this frequency,
        the phase of the rhythm is used.
    rhythm
        Population whose rate is the rhythm; "" is the same population.
    band
        Lower and upper frequency of the rhythm [Hz]; at least 0.1 Hz wide.

    Returns
    -------
    float
        Vector strength of all spikes of the population with a phase. nan for fewer than two such spikes. For a rhythm
        also nan if the rate of the rhythm does not vary, or if the window is shorter than the longest period of the
        band.

    Notes
    -----
    Source: Goldberg & Brown 1969, J. Neurophysiol. 32:613.
    """
    phases = _phases(recording, population, window_ms, frequency_hz, rhythm, band)
    return float(np.abs(phases.mean())) if len(phases) > 1 else np.nan


@feature("1", lowest=-1, highest=1)
def phase_consistency(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    frequency_hz: Annotated[float | None, Range(above=0, at_most=1e6)] = None,
    rhythm: PopulationName = SAME,
    band: Annotated[Band, Range(above=0, at_most=500)] = (20.0, 80.0),
) -> float:
    """Return the pairwise phase consistency: the mean cosine of the phase difference over all pairs of spikes [1].

    The expected value is the square of the vector strength of infinitely many such spikes, for any number of spikes.
    The result may be negative by chance.

    Parameters
    ----------
    frequency_hz
        Frequency of the stimulus [Hz], above 0. The phase is 0 at time 0, the start of the run. Without this frequency,
        the phase of the rhythm is used.
    rhythm
        Population whose rate is the rhythm; "" is the same population.
    band
        Lower and upper frequency of the rhythm [Hz]; at least 0.1 Hz wide.

    Returns
    -------
    float
        (n R^2 - 1) / (n - 1) for n spikes with a `phase_locking` of R. nan in the same cases as `phase_locking`.

    Notes
    -----
    Source: Vinck et al. 2010, NeuroImage 51:112.
    """
    phases = _phases(recording, population, window_ms, frequency_hz, rhythm, band)
    n_spikes = len(phases)
    if n_spikes < 2:
        return np.nan
    return float((np.abs(phases.sum()) ** 2 - n_spikes) / (n_spikes * (n_spikes - 1.0)))
