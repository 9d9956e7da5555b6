import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest

from tests.samples import recording
from tuner.features import FEATURES
from tuner.recording import ALL, Recording

TUTORIAL = Path(__file__).parent.parent / "data" / "net_tut_optimization.json"
IRREGULARITY = ("cv_isi", "cv2", "lv")


@pytest.fixture(autouse=True)
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def compute(name, raster, population=ALL, window_ms=None, **arguments):
    return FEATURES[name].compute(raster, population, window_ms, **arguments)


def train(*intervals, start=0.0):
    return start + np.cumsum([0.0, *intervals])


# Cell 0 fires at 100, 200 ... 900 ms, cell 1 at 150 and 650, cell 2 never.
THREE = recording(np.arange(100, 901, 100), [150, 650], [], A=[0, 1], B=[2])


@pytest.mark.parametrize(
    ("name", "population", "window_ms", "expected"),
    [
        ("rate", ALL, None, 11 / 3),
        ("rate", "A", None, 5.5),
        ("rate", "B", None, 0.0),
        ("rate", "A", (100.0, 200.0), 15.0),
        ("rate", "A", (101.0, 199.0), 1 / 2 / 0.098),
        ("rate_std", "A", None, 3.5),
        ("rate_std", ALL, None, math.sqrt((81 + 4) / 3 - (11 / 3) ** 2)),
        ("rate_percentile", ALL, None, 2.0),
        ("rate_percentile", "A", None, 5.5),
        ("active_fraction", ALL, None, 2 / 3),
        ("active_fraction", "A", (100.0, 120.0), 0.5),
        ("first_spike", ALL, None, 125.0),
        ("first_spike", "A", (140.0, 1000.0), (60 + 10) / 2),
        ("isi_mean", "A", None, 300.0),
        ("isi_mean", "A", (0.0, 500.0), 100.0),
        ("cv_isi", "A", None, 0.0),
    ],
)
def test_hand_computed(name, population, window_ms, expected):
    assert compute(name, THREE, population, window_ms) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("percentile", "expected"), [(0, 0.0), (25, 1.0), (75, 5.5), (100, 9.0)])
def test_percentiles_are_interpolated(percentile, expected):
    assert compute("rate_percentile", THREE, percentile=percentile) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("interval", [5.0, 12.5, 100.0])
def test_a_regular_train_has_no_irregularity(interval):
    regular = recording(np.arange(0.0, 1000.0, interval))
    assert compute("rate", regular) == pytest.approx(1000 / interval, rel=1e-12)
    assert compute("isi_mean", regular) == pytest.approx(interval, rel=1e-12)
    assert [compute(name, regular) for name in IRREGULARITY] == pytest.approx([0, 0, 0], abs=1e-12)


@pytest.mark.parametrize(("a", "b"), [(10.0, 30.0), (5.0, 6.0), (1.0, 99.0)])
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
    assert compute("rate", poisson) == pytest.approx(5000 / 60.0, rel=1e-12)


def test_gamma_trains_are_more_regular():
    random = np.random.default_rng(2)
    trains = [np.cumsum(random.gamma(4.0, 2.5, 5000)) for _ in range(20)]
    gamma = recording(*trains, duration_ms=60000.0)
    # A gamma process of order k has CV = 1 / sqrt(k) and LV = 3 / (2 k + 1).
    assert compute("cv_isi", gamma) == pytest.approx(0.5, abs=0.01)
    assert compute("lv", gamma) == pytest.approx(3 / 9, abs=0.01)


SILENT = {"rate": 0.0, "rate_std": 0.0, "rate_percentile": 0.0, "active_fraction": 0.0}


@pytest.mark.parametrize("window_ms", [None, (100.0, 200.0)])
@pytest.mark.parametrize("name", FEATURES)
def test_a_silent_population(name, window_ms):
    value = compute(name, recording([], [], [500.0], A=[0, 1], B=[2]), "A", window_ms)
    assert isinstance(value, float)
    assert value == SILENT[name] if name in SILENT else math.isnan(value)


@pytest.mark.parametrize("name", FEATURES)
def test_a_population_without_cells(name):
    assert math.isnan(compute(name, recording([1.0], A=[0], B=[]), "B"))


@pytest.mark.parametrize("name", [name for name in FEATURES if name not in SILENT])
def test_too_few_spikes_define_nothing(name):
    enough = {"first_spike": 1, "isi_mean": 2}.get(name, 3)
    for n in range(4):
        value = compute(name, recording(np.arange(1.0, n + 1)))
        assert math.isnan(value) == (n < enough), f"{n} spikes"


@pytest.mark.parametrize("name", IRREGULARITY)
def test_spikes_of_one_instant_give_no_warning(name):
    value = compute(name, recording([5.0, 5.0, 5.0]))
    assert math.isnan(value) or value == 0


@pytest.mark.parametrize("name", FEATURES)
def test_order_of_spikes_and_ids_of_cells_do_not_matter(name):
    random = np.random.default_rng(3)
    times, cells = random.uniform(0, 1000, 300), random.integers(0, 10, 300)
    order = random.permutation(300)
    sorted_ = Recording(times, cells, {"A": np.arange(10)}, 1000.0)
    shuffled = Recording(times[order], cells[order] * 7 + 100, {"A": np.arange(10) * 7 + 100}, 1000.0)
    assert compute(name, sorted_) == pytest.approx(compute(name, shuffled), rel=1e-12)


def test_rates_are_netpynes():
    """Spikes and rates that NetPyNE 1.1.1 gave for eleven networks of its optimisation tutorial."""
    results = json.loads(TUTORIAL.read_text())["results"]
    assert len(results) == 11
    for result in results:
        spikes = [json.loads(x) if isinstance(x, str) else x for x in (result["spkt"], result["spkid"])]
        raster = Recording(*map(np.array, spikes), {"S": np.arange(20), "M": np.arange(20, 40)}, 1000.0)
        assert len(raster.spike_times) == result["n_spikes"]
        rates = {name: compute("rate", raster, name) for name in (ALL, "S", "M")}
        assert rates == pytest.approx({ALL: result["avgRate_Hz"], **result["popRate_Hz"]}, rel=1e-12)


class TestRecording:
    def test_is_sorted_by_cell_then_time(self):
        raster = Recording([3.0, 1.0, 2.0, 0.5], [1, 0, 1, 0], {"A": [0, 1]}, 10.0)
        assert raster.spike_times.tolist() == [0.5, 1.0, 2.0, 3.0]
        assert raster.spike_cells.tolist() == [0, 0, 1, 1]

    def test_all_is_every_cell_once(self):
        assert recording([], [], [], A=[0, 2], B=[1, 2]).cells_of(ALL).tolist() == [0, 1, 2]

    def test_windows_hold_both_ends(self):
        spikes = THREE.spikes("A", (100.0, 200.0))
        assert (spikes.times.tolist(), spikes.cells.tolist()) == ([100, 200, 150], [0, 0, 1])
        assert spikes.seconds == pytest.approx(0.1)
        assert spikes.counts.tolist() == [2, 1]

    def test_the_same_selection_is_the_same_object(self):
        assert THREE.spikes("A", (0.0, 9.0)) is THREE.spikes("A", (0.0, 9.0))

    def test_intervals_do_not_cross_cells(self):
        intervals, cells = recording([1.0, 3.0], [4.0, 9.0, 10.0]).spikes().intervals
        assert (intervals.tolist(), cells.tolist()) == ([2, 5, 1], [0, 1, 1])

    @pytest.mark.parametrize(
        ("shift", "cell", "same"), [(0.0, 1, True), (9e-7, 1, True), (2e-6, 1, False), (0.0, 0, False)]
    )
    def test_same_raster(self, shift, cell, same):
        one = Recording([1.0, 2.0], [0, 1], {"A": [0, 1]}, 10.0)
        other = Recording([2.0 + shift, 1.0], [cell, 0], {"A": [0, 1]}, 10.0)
        assert one.same_raster(other) is same
        assert not one.same_raster(recording([1.0]))
