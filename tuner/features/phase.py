"""How firmly spikes keep to a phase: of a stimulus of known frequency, or of the rhythm of a population.

The rhythm is a population's rate in bins of 1 ms, passed forwards and backwards through a Butterworth band-pass filter;
its phase is that of the analytic signal (Hilbert transform), interpolated at the spikes. Where a spiking cell belongs
to the rhythm's population, each spike's own share in the rhythm is taken out first, for it draws the phase to itself:
ten Poisson cells of 10 Hz have a phase_consistency of 0.5 with it, of 0.01 without. A rhythm that few spikes show has
an uncertain phase, which lowers the locking to it; the less so, the narrower the band.
"""

from functools import partial

import numpy as np

from tuner.features.registry import PopulationName, Window, feature
from tuner.recording import ALL, EDGE, Binned, Recording

Band = tuple[float, float]
# Of the same population.
SAME = PopulationName("")
BIN_MS = 1.0
FILTER_ORDER = 2
# The filter's memory, and so its cost, grows with 1 / width.
NARROWEST_BAND_HZ = 0.1
# Below this part of the rhythm's largest amplitude its phase is that of rounding errors.
LEAST_AMPLITUDE = 1e-9


def _check(frequency_hz: float | None, rhythm: str, band: Band) -> None:
    if frequency_hz is not None and not frequency_hz > 0:
        raise ValueError(f"frequency_hz is {frequency_hz:g}, must be above 0")
    if frequency_hz is not None and rhythm:
        raise ValueError(f"frequency_hz stands beside rhythm {rhythm!r}; keep one of the two")
    if not 0 < band[0] < band[1] < 500.0 / BIN_MS:
        raise ValueError(f"band is [{band[0]:g}, {band[1]:g}], must rise, from above 0 to below {500.0 / BIN_MS:g} Hz")
    if not band[1] - band[0] >= NARROWEST_BAND_HZ:
        raise ValueError(f"band is [{band[0]:g}, {band[1]:g}], must be at least {NARROWEST_BAND_HZ:g} Hz wide")


def _reach(band: Band) -> int:
    """How far the filter reaches [bins]: it has forgotten nearly all after two over the width of its band."""
    return round(2000.0 / ((band[1] - band[0]) * BIN_MS))


def _analytic(signal: np.ndarray, band: Band) -> np.ndarray:
    """Analytic signal within a band of a signal that is 0 beyond its ends, (n_bins,), complex."""
    from scipy.signal import butter, hilbert, sosfiltfilt

    passing = butter(FILTER_ORDER, band, "bandpass", fs=1000.0 / BIN_MS, output="sos")
    reach = _reach(band)
    analytic: np.ndarray = hilbert(sosfiltfilt(passing, np.pad(signal, reach), padtype=None))
    return analytic[reach : reach + len(signal)]


def _own_share(offsets: np.ndarray, band: Band) -> np.ndarray:
    """What an impulse in one bin adds to the analytic signal, at offsets from its middle [bins], -1 to 1; complex."""
    reach = _reach(band)
    impulse = _analytic((np.arange(2 * reach + 1) == reach).astype(float), band)
    share: np.ndarray = np.interp(offsets, [-1.0, 0.0, 1.0], impulse[reach - 1 : reach + 2])
    return share


def _has_rhythm(binned: Binned, band: Band) -> bool:
    """Whether there is room for the band's longest period, and a rate that changes."""
    return binned.n_cells > 0 and binned.n_bins * BIN_MS * band[0] >= 1000.0 and np.ptp(binned.rate) > 0


def _to_rhythm(recording: Recording, population: str, window_ms: Window, rhythm: str, band: Band) -> np.ndarray:
    """Phase of the rhythm at each spike as a complex number of length 1; spikes at which it has none are left out."""
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
    """Phase at each spike as a complex number of length 1, (n_spikes,)."""
    _check(frequency_hz, rhythm, band)
    spikes, rhythm = recording.spikes(population, window_ms), rhythm or population
    if frequency_hz is not None:
        return np.exp(2j * np.pi * frequency_hz / 1000.0 * spikes.times)
    if not spikes.times.size:
        return spikes.times
    to_rhythm = partial(_to_rhythm, recording, population, window_ms, rhythm, band)
    return spikes.shared(("phases", rhythm, band), to_rhythm)


@feature("1")
def phase_locking(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    frequency_hz: float | None = None,
    rhythm: PopulationName = SAME,
    band: tuple[float, float] = (20.0, 80.0),
) -> float:
    """Vector strength of the spikes, length of the mean of exp(i phase) over all spikes of the population [1].

    1 where all spikes come at one phase; for Poisson spikes whose rate a sine modulates by a part m, m / 2. The phase
    is that of a stimulus of `frequency_hz` (0 at time 0, the run's start) if that is given, else that of the rhythm
    within `band` [Hz] of the population `rhythm`, "" being the same population. n spikes without any locking have
    about 0.9 / sqrt(n), not 0: phase_consistency has not this bias. nan for fewer than two spikes with a phase, and
    where the rhythm's rate never changes or the window is shorter than the band's longest period.

    Source: Goldberg & Brown 1969, J. Neurophysiol. 32:613.
    """
    phases = _phases(recording, population, window_ms, frequency_hz, rhythm, band)
    return float(np.abs(phases.mean())) if len(phases) > 1 else np.nan


@feature("1")
def phase_consistency(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    frequency_hz: float | None = None,
    rhythm: PopulationName = SAME,
    band: tuple[float, float] = (20.0, 80.0),
) -> float:
    """Pairwise phase consistency: mean cosine of the difference of phase over all pairs of spikes [1].

    In the mean the square of the vector strength of endlessly many such spikes, however few there are; it may be
    negative by chance. For n spikes whose phase_locking is R: (n R^2 - 1) / (n - 1). Phases, arguments and what is nan
    are those of phase_locking.

    Source: Vinck et al. 2010, NeuroImage 51:112.
    """
    phases = _phases(recording, population, window_ms, frequency_hz, rhythm, band)
    n_spikes = len(phases)
    if n_spikes < 2:
        return np.nan
    return float((np.abs(phases.sum()) ** 2 - n_spikes) / (n_spikes * (n_spikes - 1.0)))
