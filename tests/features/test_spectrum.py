import math

import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import recording
from tuner.features.spectrum import band_power, peak_frequency, relative_band_power

pytestmark = pytest.mark.filterwarnings("error")

FEATURES = (peak_frequency, band_power, relative_band_power)
NOBODY = recording([], duration_ms=1.0)
SECONDS = 4.0


def rhythm(frequency_hz, modulation=0.5, rate_hz=20000.0):
    """One cell whose spikes come exactly as often as a rate that a sine modulates has it, without chance."""
    t = np.linspace(0.0, SECONDS, 400001)
    angle = 2 * np.pi * frequency_hz
    expected = rate_hz * (t + modulation * (1 - np.cos(angle * t)) / angle)
    times = np.interp(np.arange(0.5, expected[-1]), expected, t)
    return recording(1000 * times, duration_ms=1000 * SECONDS)


def poisson(seed, n_cells, rate_hz, duration_ms):
    random = np.random.default_rng(seed)
    n_spikes = random.poisson(n_cells * rate_hz * duration_ms / 1000, 1)[0]
    cells = random.integers(0, n_cells, n_spikes)
    times = random.uniform(0, duration_ms, n_spikes)
    return recording(*[times[cells == cell] for cell in range(n_cells)], duration_ms=duration_ms)


@loop_over("frequency", [20.0, 36.0, 37.0, 37.3, 38.5, 81.4])
def test_the_peak_is_where_the_rhythm_is(frequency):
    """Ten times nearer than the resolution of 2 Hz."""
    assert peak_frequency(rhythm(frequency)) == pytest.approx(frequency, abs=0.1)


def test_the_peak_moves_smoothly():
    sweep = np.linspace(38.0, 42.0, 17)
    steps = np.diff([peak_frequency(rhythm(frequency)) for frequency in sweep])
    assert steps == pytest.approx(np.full(16, 0.25), abs=0.06)


def test_the_peak_of_poisson_spikes_with_a_rhythm():
    random = np.random.default_rng(1)
    times = random.uniform(0, 10000, 20000)
    kept = times[random.uniform(0, 2, 20000) < 1 + 0.8 * np.sin(2 * np.pi * 0.043 * times)]
    assert peak_frequency(recording(kept, duration_ms=10000.0)) == pytest.approx(43.0, abs=1.0)


def test_the_peak_stays_in_its_band():
    raster = rhythm(40.0)
    assert peak_frequency(raster, band=(10.0, 40.0)) == pytest.approx(40.0, abs=0.01)
    assert peak_frequency(raster, band=(10.0, 38.0)) == 38.0
    assert peak_frequency(raster, band=(42.0, 60.0)) == 42.0


@pytest.mark.parametrize("modulation", [0.1, 0.5])
def test_the_power_of_a_rhythm_is_half_its_amplitude_squared(modulation):
    raster = rhythm(41.0, modulation)
    assert band_power(raster) == pytest.approx((20000 * modulation) ** 2 / 2, rel=0.01)
    assert band_power(raster, band=(60.0, 100.0)) < 1e-3 * band_power(raster)


def test_the_share_of_a_rhythm_is_all_but_that_of_whole_spikes():
    """Counts are whole numbers: rounding adds the variance 1 / 6 a bin, of differences of two uniform numbers."""
    signal, rounding = (20000 * 0.5) ** 2 / 2, 1000**2 / 6
    assert relative_band_power(rhythm(41.0)) == pytest.approx(signal / (signal + rounding), abs=1e-3)


def test_the_power_of_poisson_spikes_is_the_same_at_all_frequencies():
    raster = poisson(2, 5, 40.0, 100000.0)
    # 2 rate / n_cells at every frequency; 100 s have 6000 independent ones in 60 Hz.
    error = 5 / math.sqrt(6000)
    assert band_power(raster) == pytest.approx(2 * 40 / 5 * 60, rel=error)
    assert relative_band_power(raster) == pytest.approx(60 / 498, rel=error)


def test_the_power_at_all_frequencies_is_the_variance():
    raster = poisson(3, 5, 40.0, 100000.0)
    variance = np.var(raster.spikes().binned(1.0).rate)
    assert band_power(raster, band=(0.0, 500.0)) == pytest.approx(variance, rel=0.01)
    assert relative_band_power(raster, band=(0.0, 500.0)) == pytest.approx(1.0, rel=1e-12)


def test_bands_add_up():
    raster = poisson(4, 3, 20.0, 3000.0)
    parts = [band_power(raster, band=band) for band in ((10.0, 33.3), (33.3, 35.7), (35.7, 80.0))]
    assert sum(parts) == pytest.approx(band_power(raster, band=(10.0, 80.0)), rel=1e-12)


def test_a_rate_that_never_changes_has_no_power():
    raster = recording(np.arange(0.5, 1000.0))
    assert math.isnan(peak_frequency(raster))
    assert band_power(raster) == 0.0
    assert math.isnan(relative_band_power(raster))


def test_short_windows_shorten_the_segments():
    raster = rhythm(40.0)
    assert peak_frequency(raster, window_ms=(0.0, 200.0)) == pytest.approx(40.0, abs=0.5)
    assert math.isnan(peak_frequency(raster, window_ms=(0.0, 9.0), band=(20.0, 80.0))), "111 Hz and above"
    assert math.isnan(band_power(raster, window_ms=(0.0, 9.0)))


@loop_over("feature", FEATURES)
@loop_over(
    ("arguments", "sentence"),
    [
        ({"band": (80.0, 20.0)}, r"band is \[80, 20\], must increase"),
        ({"band": (-1.0, 20.0)}, r"band is \[-1, 20\], must be at least 0"),
        ({"band": (20.0, 600.0)}, r"band is \[20, 600\], but bins of 1 ms resolve at most 500 Hz"),
        ({"bin_ms": 10.0, "band": (20.0, 80.0)}, "but bins of 10 ms resolve at most 50 Hz"),
        ({"band": (40.0, 41.0)}, r"band is \[40, 41\], but segments of 500 ms have a resolution of 2 Hz"),
        ({"segment_ms": 0.0}, "segment_ms is 0, must be at least 0.001"),
        ({"bin_ms": 0.0}, "bin_ms is 0, must be at least 0.001"),
    ],
)
def test_arguments_without_sense(feature, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        feature(NOBODY, **arguments)


class TestNoPeak:
    """Rounding is no rhythm, and the spectrum of one spike is flat."""

    @pytest.mark.parametrize(
        ("period", "band"), [(10.0, (20.0, 80.0)), (50.0, (25.0, 35.0))], ids=["below the clock", "between harmonics"]
    )
    def test_of_a_clock_beside_its_harmonics(self, period, band):
        clock = recording(np.arange(3.0, 1000.0, period))
        assert np.isnan(peak_frequency(clock, band=band))
        assert peak_frequency(clock, band=(5.0, 1000.0 / period + 5.0)) == pytest.approx(1000.0 / period, abs=1e-3)

    @loop_over("time", [100.0, 154.5, 200.0, 400.0, 401.0])
    @loop_over("band", [(5.0, 100.0), (10.0, 80.0)])
    def test_of_one_spike(self, time, band):
        assert np.isnan(peak_frequency(recording([time]), band=band))

    def test_of_spikes_where_the_window_has_no_weight(self):
        assert np.isnan(peak_frequency(recording([0.2, 0.5, 0.7], duration_ms=400.0)))
