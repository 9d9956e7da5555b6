import math

import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import recording
from tuner.features.intervals import burst_index, burst_rate
from tuner.features.registry import FEATURES
from tuner.recording import ALL

pytestmark = pytest.mark.filterwarnings("error")

IRREGULARITY = ("cv_isi", "cv2", "lv")


def compute(name, raster, population=ALL, window_ms=None, **arguments):
    return FEATURES[name].compute(raster, population, window_ms, **arguments)


def train(*intervals, start=0.0):
    return start + np.cumsum([0.0, *intervals])


@pytest.mark.parametrize(("window_ms", "expected"), [(None, 300.0), ((0.0, 500.0), 100.0)])
def test_mean_intervals_are_hand_computed(window_ms, expected):
    raster = recording(np.arange(100, 901, 100), [150, 650], [])
    assert compute("isi_mean", raster, window_ms=window_ms) == pytest.approx(expected, rel=1e-12)


@loop_over(
    ("number", "expected"),
    [(1, (10 + 7 + 3) / 3), (2, (20 + 5) / 2), (3, 40.0), (4, math.nan), (-1, (40 + 5 + 3) / 3), (-2, (20 + 7) / 2)],
)
def test_an_interval_by_its_number(number, expected):
    raster = recording(train(10.0, 20.0, 40.0), [], train(7.0, 5.0, start=2.0), [9.0], train(3.0))
    assert compute("isi", raster, number=number) == pytest.approx(expected, rel=1e-12, nan_ok=True)
    assert math.isnan(compute("isi", recording([1.0], []), number=number))


def test_intervals_are_numbered_within_the_window():
    assert compute("isi", recording(train(10.0, 20.0, 40.0)), window_ms=(5.0, 100.0), number=1) == 20.0
    with pytest.raises(ValueError, match="number is 0"):
        compute("isi", recording([1.0, 2.0]), number=0)


@loop_over("interval", [5.0, 12.5, 100.0])
def test_a_regular_train_has_no_irregularity(interval):
    regular = recording(np.arange(0.0, 1000.0, interval))
    assert compute("isi_mean", regular) == pytest.approx(interval, rel=1e-12)
    assert [compute(name, regular) for name in IRREGULARITY] == pytest.approx([0, 0, 0], abs=1e-12)


@loop_over(("a", "b"), [(10.0, 30.0), (5.0, 6.0), (1.0, 99.0)])
def test_alternating_intervals(a, b):
    contrast = abs(a - b) / (a + b)
    alternating = recording(train(*[a, b] * 5), duration_ms=10 * (a + b))
    expected = {"cv_isi": contrast, "cv2": 2 * contrast, "lv": 3 * contrast**2, "isi_mean": (a + b) / 2}
    assert {name: compute(name, alternating) for name in expected} == pytest.approx(expected, rel=1e-12)


def test_cells_are_averaged_not_their_intervals_pooled():
    mixed = recording(train(*[10.0] * 90), train(10.0, 30.0, 10.0, 30.0), [1.0, 2.0], [5.0], [])
    assert compute("cv_isi", mixed) == pytest.approx((0 + 0.5) / 2, rel=1e-12)
    assert compute("cv2", mixed) == pytest.approx((0 + 1.0) / 2, rel=1e-12)
    assert compute("lv", mixed) == pytest.approx((0 + 0.75) / 2, rel=1e-12)
    assert compute("isi_mean", mixed) == pytest.approx((10 + 20 + 1) / 3, rel=1e-12)


def test_poisson_trains_are_as_irregular_as_chance():
    random = np.random.default_rng(1)
    trains = [np.cumsum(random.exponential(10.0, 5000)) for _ in range(20)]
    poisson = recording(*trains, duration_ms=60000.0)
    # Of 100,000 intervals the standard errors are below 0.005; LV has variance 1.8 or so a pair.
    assert {name: compute(name, poisson) for name in IRREGULARITY} == pytest.approx(
        {"cv_isi": 1.0, "cv2": 1.0, "lv": 1.0}, abs=0.02
    )


def test_gamma_trains_are_more_regular():
    random = np.random.default_rng(2)
    trains = [np.cumsum(random.gamma(4.0, 2.5, 5000)) for _ in range(20)]
    gamma = recording(*trains, duration_ms=60000.0)
    # A gamma process of order k has CV = 1 / sqrt(k) and LV = 3 / (2 k + 1).
    assert compute("cv_isi", gamma) == pytest.approx(0.5, abs=0.01)
    assert compute("lv", gamma) == pytest.approx(3 / 9, abs=0.01)


@loop_over(("name", "enough"), [("isi_mean", 2), ("burst_index", 2), *((n, 3) for n in IRREGULARITY)])
def test_too_few_spikes_define_nothing(name, enough):
    for n in range(4):
        value = compute(name, recording(np.arange(1.0, n + 1)))
        assert math.isnan(value) == (n < enough), f"{n} spikes"


@loop_over("name", IRREGULARITY)
def test_spikes_of_one_instant_give_no_warning(name):
    value = compute(name, recording([5.0, 5.0, 5.0]))
    assert math.isnan(value) or value == 0


def test_burst_index_is_hand_computed():
    # Two of four intervals are below 10 ms, then one of one; a single spike and silence say nothing.
    raster = recording(train(5.0, 10.0, 9.0, 50.0), train(3.0), [7.0], [])
    assert burst_index(raster) == pytest.approx((2 / 4 + 1) / 2, rel=1e-12)
    assert burst_index(raster, burst_ms=4.0) == pytest.approx((0 + 1) / 2, rel=1e-12)
    assert burst_index(raster, burst_ms=1000.0) == 1.0


def test_burst_index_of_poisson_trains():
    random = np.random.default_rng(5)
    raster = recording(*[np.cumsum(random.exponential(50.0, 2000)) for _ in range(20)], duration_ms=2e5)
    expected = 1 - math.exp(-10 / 50)
    assert burst_index(raster) == pytest.approx(expected, abs=5 * math.sqrt(expected * (1 - expected) / 40000))


@loop_over(
    ("trains", "bursts"),
    [
        ([train(5.0, 5.0)], 1),
        ([train(5.0)], 0),
        ([train(10.0, 10.0)], 1),
        ([train(5.0, 10.1, 5.0)], 0),
        ([train(5.0, 5.0, 50.0, 5.0, 5.0, 5.0)], 2),
        ([train(50.0, 5.0, 5.0, 50.0)], 1),
        ([train(5.0, start=0.0), train(5.0, start=6.0)], 0),
        ([train(5.0, 5.0), train(5.0, 5.0, start=11.0)], 2),
        ([train(5.0, 5.0), [], []], 1),
        ([[], []], 0),
    ],
)
def test_bursts_are_counted(trains, bursts):
    """In 2 s, of as many cells; a burst does not go on in another cell."""
    assert burst_rate(recording(*trains, duration_ms=2000.0)) == pytest.approx(bursts / 2 / len(trains), rel=1e-12)


def test_bursts_of_more_spikes_are_fewer():
    raster = recording(train(5.0, 5.0, 50.0, 5.0, 5.0, 5.0, 50.0, 5.0))
    assert [burst_rate(raster, least_spikes=n) for n in (2, 3, 4, 5)] == [3, 2, 1, 0]
    assert burst_rate(raster, burst_ms=50.0) == 1


@loop_over("feature", [burst_index, burst_rate])
@loop_over("burst_ms", [0.0, -1.0, math.nan])
def test_short_intervals_are_longer_than_nothing(feature, burst_ms):
    with pytest.raises(ValueError, match=f"burst_ms is {burst_ms:g}, must be above 0"):
        feature(recording([], duration_ms=1.0), burst_ms=burst_ms)


@loop_over("least_spikes", [1, 0, -3])
def test_a_burst_has_two_spikes_at_least(least_spikes):
    with pytest.raises(ValueError, match=f"least_spikes is {least_spikes}, must be at least 2"):
        burst_rate(recording([], duration_ms=1.0), least_spikes=least_spikes)
