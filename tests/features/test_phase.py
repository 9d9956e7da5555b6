import math

import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import recording
from tuner.features.phase import phase_consistency, phase_locking
from tuner.recording import ALL

pytestmark = pytest.mark.filterwarnings("error")

BOTH = (phase_locking, phase_consistency)


def modulated(random, n_spikes, frequency_hz, modulation, duration_ms):
    """About half so many Poisson spikes whose rate a sine modulates by a part."""
    times = random.uniform(0, duration_ms, n_spikes)
    wave = 1 + modulation * np.sin(2 * np.pi * frequency_hz * times / 1000)
    return np.sort(times[random.uniform(0, 2, n_spikes) < wave])


def poisson_cells(seed, n_cells, rate_hz=10.0, duration_ms=10000.0):
    random = np.random.default_rng(seed)
    return recording(
        *[random.uniform(0, duration_ms, random.poisson(rate_hz * duration_ms / 1000)) for _ in range(n_cells)],
        duration_ms=duration_ms,
    )


class TestStimulus:
    def test_spikes_at_one_phase(self):
        raster = recording(np.arange(7.0, 1000.0, 25.0), [57.0])
        assert phase_locking(raster, frequency_hz=40.0) == pytest.approx(1.0, rel=1e-12)
        assert phase_consistency(raster, frequency_hz=40.0) == pytest.approx(1.0, rel=1e-12)
        assert phase_locking(raster, frequency_hz=20.0) == pytest.approx(1 / 41, rel=1e-9)

    @loop_over(("degrees", "locking", "consistency"), [(0, 1, 1), (90, 0.5**0.5, 0), (180, 0, -1)])
    def test_two_spikes_are_hand_computed(self, degrees, locking, consistency):
        raster = recording([100.0], [250.0 + degrees / 360 * 50])
        assert phase_locking(raster, frequency_hz=20.0) == pytest.approx(locking, abs=1e-12)
        assert phase_consistency(raster, frequency_hz=20.0) == pytest.approx(consistency, abs=1e-12)

    def test_phase_counts_from_the_start_of_the_run_not_of_the_window(self):
        # Either half is locked to a phase of its own.
        raster = recording([100.0, 200.0, 325.0, 425.0])
        assert phase_locking(raster, window_ms=(90.0, 210.0), frequency_hz=10.0) == pytest.approx(1.0, rel=1e-12)
        assert phase_locking(raster, window_ms=(90.0, 430.0), frequency_hz=10.0) == pytest.approx(0.5**0.5, rel=1e-12)

    @loop_over("modulation", [0.0, 0.3, 1.0])
    def test_poisson_spikes_of_a_modulated_rate(self, modulation):
        times = modulated(np.random.default_rng(1), 200000, 40.0, modulation, 100000.0)
        raster = recording(times, duration_ms=100000.0)
        error = 5 / math.sqrt(2 * len(times))
        assert phase_locking(raster, frequency_hz=40.0) == pytest.approx(modulation / 2, abs=error)
        squared = (modulation / 2) ** 2
        assert phase_consistency(raster, frequency_hz=40.0) == pytest.approx(squared, abs=(modulation + error) * error)

    def test_few_spikes_without_locking_bias_the_strength_not_the_consistency(self):
        random = np.random.default_rng(2)
        rasters = [recording(random.uniform(0, 1000, 10)) for _ in range(1000)]
        strength, consistency = (np.mean([f(raster, frequency_hz=40.0) for raster in rasters]) for f in BOTH)
        # For uniform phases of n spikes R^2 has the mean 1 / n; the consistency the variance 1 / (n (n - 1)).
        assert strength == pytest.approx(math.sqrt(math.pi / 40), rel=0.05)
        assert consistency == pytest.approx(0.0, abs=5 / math.sqrt(90 * 1000))


class TestRhythm:
    def test_cells_follow_a_population(self):
        random = np.random.default_rng(3)
        leaders = modulated(random, 400000, 40.0, 1.0, 20000.0)
        followers = modulated(random, 20000, 40.0, 0.8, 20000.0)
        raster = recording(leaders, followers, duration_ms=20000.0, E=[0], I=[1])
        assert phase_locking(raster, "I", rhythm="E") == pytest.approx(0.4, abs=0.03)
        assert phase_consistency(raster, "I", rhythm="E") == pytest.approx(0.16, abs=0.03)
        assert phase_locking(raster, "I", rhythm="E", band=(100.0, 200.0)) < 0.05

    def test_the_populations_own_rhythm(self):
        random = np.random.default_rng(4)
        trains = [modulated(random, 400, 40.0, 0.8, 20000.0) for _ in range(100)]
        raster = recording(*trains, duration_ms=20000.0)
        assert phase_locking(raster, band=(35.0, 45.0)) == pytest.approx(0.4, abs=0.02)
        assert phase_locking(raster, rhythm="S") == phase_locking(raster)

    def test_a_volley_is_locked_to_itself(self):
        volleys = np.arange(10.0, 2000.0, 25.0)
        assert phase_locking(recording(*[volleys] * 5, duration_ms=2000.0)) == pytest.approx(1.0, abs=0.01)
        assert phase_locking(recording(volleys, duration_ms=2000.0)) == pytest.approx(1.0, abs=0.01)

    @loop_over("n_cells", [1, 10, 100])
    def test_cells_without_a_rhythm_do_not_lock_to_their_own_spikes(self, n_cells):
        """With each spike's own share in the rhythm left in, these would be 0.94, 0.51 and 0.06."""
        values = [phase_consistency(poisson_cells(seed, n_cells)) for seed in range(5)]
        assert np.mean(values) == pytest.approx(0.0, abs=0.03)

    def test_a_spikes_own_share_is_left_in_the_rhythm_of_others(self):
        raster = poisson_cells(6, 2)
        others = recording(*[np.unique(raster.spike_times)] * 2, duration_ms=10000.0, A=[0], B=[1])
        assert phase_consistency(others, "A", rhythm="B") > 0.8
        assert phase_consistency(others, "A", rhythm="A") < 0.1
        assert phase_consistency(others, "A", rhythm=ALL) < phase_consistency(others, "A", rhythm="B")

    def test_no_rhythm_has_no_phase(self):
        steady = recording(np.arange(0.5, 1000.0), [500.0, 600.0], [], A=[0], B=[1], C=[2])
        for rhythm, window_ms in (("A", None), ("C", None), ("B", (480.0, 520.0))):
            assert math.isnan(phase_locking(steady, "B", window_ms, rhythm=rhythm))


@loop_over("feature", BOTH)
@loop_over(
    ("arguments", "sentence"),
    [
        ({"frequency_hz": 0.0}, "frequency_hz is 0, must be above 0"),
        ({"frequency_hz": -4.0}, "frequency_hz is -4, must be above 0"),
        ({"frequency_hz": 4.0, "rhythm": "S"}, "frequency_hz is given together with rhythm 'S'; keep one of the two"),
        ({"band": (40.0, 40.01)}, r"band is \[40, 40.01\], must be at least 0.1 Hz wide"),
        ({"band": (80.0, 20.0)}, r"band is \[80, 20\], must increase, from above 0 to below 500 Hz"),
        ({"band": (0.0, 20.0)}, r"band is \[0, 20\], must be above 0"),
        ({"band": (20.0, 500.0)}, r"band is \[20, 500\], must increase"),
    ],
)
def test_arguments_without_sense(feature, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        feature(recording([], duration_ms=1.0), **arguments)
