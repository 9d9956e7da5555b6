"""The rhythm of a population: the power spectrum of its rate, by Welch's method.

The rate is that of `binned(bin_ms)`, spikes per cell and second. Segments of `segment_ms` (the window, if that is
shorter) overlap by half, lose their mean and are weighted by a Hann window; the resolution is 1000 / segment_ms [Hz].
What is left after the last whole segment is not seen.

Source: Welch 1967, IEEE Trans. Audio Electroacoust. 15:70.
"""

import numpy as np

from tuner.features.registry import Window, feature
from tuner.recording import ALL, Binned, Recording

Band = tuple[float, float]
ROUNDING = 1e-20
# A spectrum that varies by less than this part is flat: that of a single spike.
FLAT = 1e-9


def check_band(band: Band, bin_ms: float) -> None:
    """ValueError unless a band [Hz] rises from 0 or more up to what the bins resolve."""
    low, high = band
    if not 0 <= low < high:
        raise ValueError(f"band is [{low:g}, {high:g}], must begin at 0 Hz or above and before it ends")
    if high > 500.0 / bin_ms:
        raise ValueError(f"band is [{low:g}, {high:g}], but bins of {bin_ms:g} ms show only up to {500 / bin_ms:g} Hz")


def _check_segment(band: Band, segment_ms: float) -> None:
    if not segment_ms * (band[1] - band[0]) >= 1000.0:
        resolution = f"{1000.0 / segment_ms:g} Hz" if segment_ms > 0 else "nothing"
        raise ValueError(f"band is [{band[0]:g}, {band[1]:g}], but segments of {segment_ms:g} ms resolve {resolution}")


def _spectrum(
    recording: Recording, population: str, window_ms: Window, band: Band, bin_ms: float, segment_ms: float
) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies above 0 [Hz] and the power there [Hz^2/Hz], both (n,); empty where the window has too few bins."""
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

    # A rate that never changes is exactly 0 then, and has no power by rounding.
    change = binned.rate - binned.rate[0]
    frequencies, power = welch(change, fs=1000.0 / binned.bin_ms, nperseg=n_segment)
    # What is less is rounding too: of a clock between its harmonics, of a spike where the Hann window is 0.
    power[power < ROUNDING * np.ptp(binned.rate) ** 2 * binned.bin_ms / 1000.0] = 0.0
    return frequencies[1:], power[1:]


def _refined(frequencies: np.ndarray, power: np.ndarray, place: int) -> float:
    """Top of the parabola through a largest log power and its neighbours [Hz], or its frequency where it has not two.

    In logarithms the peak of a pure rhythm through a Hann window is nearly a parabola.
    """
    around = power[place - 1 : place + 2]
    if not 0 < place < len(power) - 1 or around.min() <= 0 or around.argmax() != 1:
        return float(frequencies[place])
    before, top, after = np.log(around)
    shift = 0.5 * (before - after) / (before - 2.0 * top + after)
    return float(frequencies[place] + shift * (frequencies[1] - frequencies[0]))


@feature("Hz")
def peak_frequency(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    band: tuple[float, float] = (5.0, 100.0),
    bin_ms: float = 1.0,
    segment_ms: float = 500.0,
) -> float:
    """Frequency within `band` [Hz] at which the population's rate has most power [Hz].

    Between the frequencies of the spectrum by a parabola through the logarithms of the largest power and its two
    neighbours, so that it changes smoothly. nan where the band has no power or the same everywhere, as of a silent
    population and of a single spike, and where the window is too short to resolve a frequency of the band.
    """
    frequencies, power = _spectrum(recording, population, window_ms, band, bin_ms, segment_ms)
    inside = np.flatnonzero((frequencies >= band[0]) & (frequencies <= band[1]))
    if not inside.size or np.ptp(power[inside]) <= FLAT * power[inside].max():
        return np.nan
    peak = _refined(frequencies, power, inside[np.argmax(power[inside])])
    return min(max(peak, float(band[0])), float(band[1]))


def _power_in(frequencies: np.ndarray, power: np.ndarray, band: Band) -> float:
    """Integral over the part of a band that the spectrum covers [Hz^2], by trapezoids; nan where there is no such part.

    The power at the ends of the band is interpolated, so that it changes smoothly with them.
    """
    low, high = np.clip(band, frequencies[0], frequencies[-1]) if frequencies.size else (0.0, 0.0)
    if not low < high:
        return np.nan
    inside = (frequencies > low) & (frequencies < high)
    at = np.concatenate([[low], frequencies[inside], [high]])
    return float(np.trapezoid(np.interp(at, frequencies, power), at))


@feature("Hz^2")
def band_power(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    band: tuple[float, float] = (20.0, 80.0),
    bin_ms: float = 1.0,
    segment_ms: float = 500.0,
) -> float:
    """Power of the population's rate within `band` [Hz], the integral of its power spectrum [Hz^2].

    Over all frequencies this is the variance of the rate. 0 for a silent population; nan where the window is too short
    to resolve a part of the band.
    """
    return _power_in(*_spectrum(recording, population, window_ms, band, bin_ms, segment_ms), band)


@feature("1")
def relative_band_power(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    band: tuple[float, float] = (20.0, 80.0),
    bin_ms: float = 1.0,
    segment_ms: float = 500.0,
) -> float:
    """Share of the power of the population's rate that is within `band` [Hz], of that at all frequencies above 0 [1].

    nan where the rate never changes, as of a silent population, and where the window is too short to resolve a part of
    the band.
    """
    frequencies, power = _spectrum(recording, population, window_ms, band, bin_ms, segment_ms)
    whole = _power_in(frequencies, power, (0.0, np.inf))
    return _power_in(frequencies, power, band) / whole if whole > 0 else np.nan
