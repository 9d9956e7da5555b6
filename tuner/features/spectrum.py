"""Compute features from the power spectrum of a population's rate, by Welch's method.

The rate, in spikes per cell and second, is taken from `binned(bin_ms)`. The segments are `segment_ms` long, or as long
as the window if the window is shorter. They overlap by half. The mean of each segment is removed, and a Hann window is
applied. The frequency resolution is 1000 / segment_ms [Hz]. The rest of the window after the last whole segment is not
used.

Source: Welch 1967, IEEE Trans. Audio Electroacoust. 15:70.
"""

from typing import Annotated

import numpy as np

from tuner.features.registry import BinWidth, Range, Window, feature
from tuner.recording import ALL, Binned, Recording

Band = tuple[float, float]
# Bins of NARROWEST_BIN_MS resolve up to 500 kHz.
BandArgument = Annotated[Band, Range(at_least=0, at_most=5e5)]
SegmentLength = Annotated[float, Range(at_least=0.001, at_most=1e7)]
ROUNDING = 1e-20
# A spectrum with a smaller relative variation counts as flat, as the spectrum of a single spike.
FLAT = 1e-9


def check_band(band: Band, bin_ms: float) -> None:
    """Raise ValueError unless a band [Hz] increases and is resolved by the bins."""
    low, high = band
    if not low < high:
        raise ValueError(f"band is [{low:g}, {high:g}], must increase")
    if high > 500.0 / bin_ms:
        raise ValueError(f"band is [{low:g}, {high:g}], but bins of {bin_ms:g} ms resolve at most {500 / bin_ms:g} Hz")


def _check_segment(band: Band, segment_ms: float) -> None:
    if not segment_ms * (band[1] - band[0]) >= 1000.0:
        words = f"but segments of {segment_ms:g} ms have a resolution of {1000.0 / segment_ms:g} Hz"
        raise ValueError(f"band is [{band[0]:g}, {band[1]:g}], {words}")


def _spectrum(
    recording: Recording, population: str, window_ms: Window, band: Band, bin_ms: float, segment_ms: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the frequencies above 0 [Hz] and the power [Hz^2/Hz], both (n,).

    Both are empty if the window has too few bins.
    """
    spikes = recording.spikes(population, window_ms)
    binned = spikes.binned(bin_ms)
    check_band(band, bin_ms)
    _check_segment(band, segment_ms)
    n_segment = min(round(segment_ms / bin_ms), binned.n_bins)
    if n_segment < 2 or not binned.n_cells:
        return np.array([]), np.array([])
    return spikes.shared(("spectrum", bin_ms, n_segment), lambda: _welch(binned, n_segment))


def _welch(binned: Binned, n_segment: int) -> tuple[np.ndarray, np.ndarray]:
    from scipy.signal import welch

    # A constant rate becomes exactly 0, and rounding gives no power.
    change = binned.rate - binned.rate[0]
    frequencies, power = welch(change, fs=1000.0 / binned.bin_ms, nperseg=n_segment)
    # Smaller values are rounding errors: between the harmonics of a clock, or for a spike where the Hann window is 0.
    power[power < ROUNDING * np.ptp(binned.rate) ** 2 * binned.bin_ms / 1000.0] = 0.0
    return frequencies[1:], power[1:]


def _refined(frequencies: np.ndarray, power: np.ndarray, place: int) -> float:
    """Return the frequency at the top of a parabola through a largest log power and two neighbours [Hz].

    The power of a pure rhythm, with a Hann window, is nearly a parabola on a logarithmic scale. Without two neighbours
    the frequency of the largest power is returned.
    """
    around = power[place - 1 : place + 2]
    if not 0 < place < len(power) - 1 or around.min() <= 0 or around.argmax() != 1:
        return float(frequencies[place])
    before, top, after = np.log(around)
    shift = 0.5 * (before - after) / (before - 2.0 * top + after)
    return float(frequencies[place] + shift * (frequencies[1] - frequencies[0]))


@feature("Hz", lowest=0)
def peak_frequency(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    band: BandArgument = (5.0, 100.0),
    bin_ms: BinWidth = 1.0,
    segment_ms: SegmentLength = 500.0,
) -> float:
    """Return the frequency in `band` at which the population's rate has the largest power [Hz].

    Parameters
    ----------
    band
        Lower and upper frequency [Hz].
    bin_ms
        Width of a bin [ms]. The bins resolve frequencies up to 500 / bin_ms [Hz].
    segment_ms
        Length of a segment [ms]. The frequency resolution is 1000 / segment_ms [Hz].

    Returns
    -------
    float
        Frequency [Hz]. nan if the power within the band is 0 or the same at all frequencies, as for a silent population
        or a single spike. nan also if the window is too short to resolve a frequency of the band.

    Notes
    -----
    The frequency is the top of the parabola through the logarithms of the largest power and its two neighbours. It
    therefore changes smoothly between the frequencies of the spectrum.
    """
    frequencies, power = _spectrum(recording, population, window_ms, band, bin_ms, segment_ms)
    inside = np.flatnonzero((frequencies >= band[0]) & (frequencies <= band[1]))
    if not inside.size or np.ptp(power[inside]) <= FLAT * power[inside].max():
        return np.nan
    peak = _refined(frequencies, power, inside[np.argmax(power[inside])])
    return min(max(peak, float(band[0])), float(band[1]))


def _power_in(frequencies: np.ndarray, power: np.ndarray, band: Band) -> float:
    """Return the integral of the power over a band [Hz^2], by the trapezoidal rule.

    Only the range that the spectrum covers counts; nan if the band has no such range. The power at the ends of the band
    is interpolated, so the result changes smoothly with the band.
    """
    low, high = np.clip(band, frequencies[0], frequencies[-1]) if frequencies.size else (0.0, 0.0)
    if not low < high:
        return np.nan
    inside = (frequencies > low) & (frequencies < high)
    at = np.concatenate([[low], frequencies[inside], [high]])
    return float(np.trapezoid(np.interp(at, frequencies, power), at))


@feature("Hz^2", lowest=0)
def band_power(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    band: BandArgument = (20.0, 80.0),
    bin_ms: BinWidth = 1.0,
    segment_ms: SegmentLength = 500.0,
) -> float:
    """Return the power of the population's rate in `band`, the integral of the power spectrum [Hz^2].

    The integral over all frequencies is the variance of the rate.

    Parameters
    ----------
    band
        Lower and upper frequency [Hz].
    bin_ms
        Width of a bin [ms]. The bins resolve frequencies up to 500 / bin_ms [Hz].
    segment_ms
        Length of a segment [ms]. The frequency resolution is 1000 / segment_ms [Hz].

    Returns
    -------
    float
        Power [Hz^2]; 0 for a silent population. nan if the window is too short to resolve any range of the band.
    """
    return _power_in(*_spectrum(recording, population, window_ms, band, bin_ms, segment_ms), band)


@feature("1", lowest=0, highest=1)
def relative_band_power(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    band: BandArgument = (20.0, 80.0),
    bin_ms: BinWidth = 1.0,
    segment_ms: SegmentLength = 500.0,
) -> float:
    """Return the power of the population's rate in `band` over the power at all frequencies above 0 [1].

    Parameters
    ----------
    band
        Lower and upper frequency [Hz].
    bin_ms
        Width of a bin [ms]. The bins resolve frequencies up to 500 / bin_ms [Hz].
    segment_ms
        Length of a segment [ms]. The frequency resolution is 1000 / segment_ms [Hz].

    Returns
    -------
    float
        Ratio from 0 to 1. nan if the rate does not vary, as for a silent population, or if the window is too short to
        resolve any range of the band.
    """
    frequencies, power = _spectrum(recording, population, window_ms, band, bin_ms, segment_ms)
    whole = _power_in(frequencies, power, (0.0, np.inf))
    return _power_in(frequencies, power, band) / whole if whole > 0 else np.nan
