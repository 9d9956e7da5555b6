import math

import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import recording
from tuner.features.counts import correlation, fano, spike_contrast, synchrony

pytestmark = pytest.mark.filterwarnings("error")

NOBODY = recording([], duration_ms=1.0)


def poisson(random, rate_hz, duration_ms):
    return np.sort(random.uniform(0, duration_ms, random.poisson(rate_hz * duration_ms / 1000)))


def poissons(seed, n_cells, rate_hz, duration_ms):
    random = np.random.default_rng(seed)
    return [poisson(random, rate_hz, duration_ms) for _ in range(n_cells)]


def with_counts(*counts, bin_ms=10.0):
    """A recording in which a cell has so many spikes in each bin."""
    trains = [np.repeat((np.arange(len(each)) + 0.5) * bin_ms, each) for each in counts]
    return recording(*trains, duration_ms=len(counts[0]) * bin_ms)


class TestFano:
    def test_a_regular_train_has_none(self):
        assert fano(recording(np.arange(0.0, 1000.0, 10.0))) == 0.0

    def test_is_hand_computed(self):
        # Mean 1 and variance 1; mean 2 and variance 4; the silent cell is left out.
        raster = with_counts([2, 0, 2, 0], [4, 0, 4, 0], [0, 0, 0, 0])
        assert fano(raster, bin_ms=10.0) == pytest.approx((1 + 2) / 2, rel=1e-12)
        assert fano(raster, bin_ms=20.0) == 0.0
        assert math.isnan(fano(raster, bin_ms=40.0)), "one bin has no variance"

    def test_what_lies_beyond_the_last_full_bin_does_not_count(self):
        raster = recording([5.0, 15.0, 21.0, 22.0, 23.0], [24.0], duration_ms=25.0)
        assert fano(raster, bin_ms=10.0) == 0.0

    @pytest.mark.parametrize("bin_ms", [10.0, 100.0])
    def test_of_poisson_trains_is_1(self, bin_ms):
        raster = recording(*poissons(1, 20, 30.0, 100000.0), duration_ms=100000.0)
        # The variance of n counts of mean m has the standard error sqrt((2 + 1 / m) / n) of itself.
        error = math.sqrt((2 + 1000 / (30 * bin_ms)) / (20 * 100000 / bin_ms))
        assert fano(raster, bin_ms=bin_ms) == pytest.approx(1.0, abs=5 * error)


class TestCorrelation:
    def test_of_copies_is_1(self):
        train = poissons(2, 1, 20.0, 5000.0)[0]
        assert correlation(recording(train, train, train, duration_ms=5000.0)) == pytest.approx(1.0, rel=1e-12)

    def test_of_cells_that_take_turns_is_minus_1(self):
        assert correlation(with_counts([1, 0, 1, 0], [0, 1, 0, 1])) == pytest.approx(-1.0, rel=1e-12)

    def test_is_that_of_all_pairs(self):
        counts = np.random.default_rng(3).poisson(0.7, (6, 50))
        theirs = np.corrcoef(counts)[np.triu_indices(6, 1)].mean()
        assert correlation(with_counts(*counts)) == pytest.approx(theirs, rel=1e-9)

    def test_cells_that_never_vary_are_left_out(self):
        counts = [[2, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0], [3, 3, 3, 3]]
        theirs = np.corrcoef(counts[:2])[0, 1]
        assert correlation(with_counts(*counts)) == pytest.approx(theirs, rel=1e-12)
        assert math.isnan(correlation(with_counts(*counts[1:])))

    def test_of_independent_cells_is_0(self):
        raster = recording(*poissons(4, 20, 20.0, 100000.0), duration_ms=100000.0)
        # Each of 190 pairs has the standard error 1 / sqrt(10000 bins).
        assert correlation(raster) == pytest.approx(0.0, abs=5 * 0.01 / math.sqrt(190))

    def test_of_a_shared_input_is_its_part(self):
        random = np.random.default_rng(5)
        shared = poisson(random, 6.0, 100000.0)
        raster = recording(
            *[np.concatenate([shared, poisson(random, 14.0, 100000.0)]) for _ in range(10)], duration_ms=100000.0
        )
        # That of one pair has the standard error 1 / sqrt(10000 bins); pairs share their input.
        assert correlation(raster) == pytest.approx(0.3, abs=0.03)


class TestSynchrony:
    def test_of_copies_is_1(self):
        train = poissons(6, 1, 20.0, 5000.0)[0]
        assert synchrony(recording(train, train, train, duration_ms=5000.0)) == pytest.approx(1.0, rel=1e-12)

    def test_silent_cells_are_signals_too(self):
        # Half of the cells carry all: the mean signal has v / 4, the mean variance is v / 2.
        raster = with_counts([1, 0, 2, 0], [1, 0, 2, 0], [0, 0, 0, 0], [0, 0, 0, 0], bin_ms=5.0)
        assert synchrony(raster) == pytest.approx(math.sqrt(1 / 2), rel=1e-12)

    def test_of_cells_that_take_turns_is_0(self):
        assert synchrony(with_counts([1, 0, 1, 0], [0, 1, 0, 1]), bin_ms=10.0) == 0.0

    @pytest.mark.parametrize("n_cells", [4, 25])
    def test_of_independent_cells_falls_with_their_number(self, n_cells):
        raster = recording(*poissons(7, n_cells, 50.0, 100000.0), duration_ms=100000.0)
        # Both variances are of 20000 counts of mean 0.25: sqrt(6 / 20000) of themselves, and half of that under a root.
        assert synchrony(raster) == pytest.approx(1 / math.sqrt(n_cells), rel=5 * math.sqrt(6 / 20000) / 2)


class TestSpikeContrast:
    def test_of_copies_that_stand_apart_is_1(self):
        assert spike_contrast(recording([100.0, 900.0], [100.0, 900.0])) == pytest.approx(1.0, rel=1e-12)

    def test_of_cells_that_never_meet_is_0(self):
        assert spike_contrast(recording([100.0, 110.0], [900.0, 910.0])) == 0.0

    def test_falls_with_jitter(self):
        random = np.random.default_rng(8)
        volleys = np.arange(50.0, 2000.0, 100.0)
        values = [
            spike_contrast(recording(*(volleys + random.normal(0, jitter, (10, 20))), duration_ms=2000.0))
            for jitter in (1.0, 5.0, 15.0, 40.0)
        ]
        assert values == sorted(values, reverse=True)
        assert (values[0] > 0.9, values[-1] < 0.5) == (True, True)

    def test_windows_without_room_for_bins_have_none(self):
        raster = recording([1.0, 2.0], [1.5, 3.0], duration_ms=19.9)
        assert math.isnan(spike_contrast(raster))


@loop_over("feature", [fano, correlation, synchrony])
@loop_over("bin_ms", [0.0, -5.0, math.nan])
def test_bins_are_wider_than_nothing(feature, bin_ms):
    with pytest.raises(ValueError, match=f"bin_ms is {bin_ms:g}, must be at least 0.001"):
        feature(NOBODY, bin_ms=bin_ms)
