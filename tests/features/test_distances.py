import math
import os
import subprocess
import sys
import warnings

import numpy as np
import pytest

from tests.commands import ROOT
from tests.loops import loop_over
from tests.samples import recording
from tuner.errors import StudyError
from tuner.features.references import Reference
from tuner.features.registry import FEATURES
from tuner.recording import ALL, Recording

DISTANCES = ("rate_distance", "psth_distance", "victor_purpura", "van_rossum", "spike_distance")
PAIRED = DISTANCES[2:]
OF_RASTERS = DISTANCES[1:]


@pytest.fixture(autouse=True)
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def compute(name, raster, reference, population=ALL, window_ms=None, **arguments):
    if isinstance(reference, Recording):
        reference = Reference("data.npz", reference)
    return FEATURES[name].compute(raster, population, window_ms, reference=reference, **arguments)


def random_trains(seed, *sizes, end_ms=1000.0):
    random = np.random.default_rng(seed)
    return [np.sort(random.uniform(0, end_ms, size)) for size in sizes]


def with_rates(*rates):
    return recording(*(np.linspace(1.0, 999.0, rate) if rate else [] for rate in rates))


@loop_over("name", DISTANCES)
def test_all_are_registered_as_comparing(name):
    assert FEATURES[name].needs_reference
    assert "reference" not in FEATURES[name].arguments


@loop_over("window_ms", [None, (200.0, 700.0)])
@loop_over("name", DISTANCES)
def test_identical_rasters_are_no_distance_apart(name, window_ms):
    trains = random_trains(1, 30, 0, 7, 200)
    assert compute(name, recording(*trains), recording(*trains), ALL, window_ms) == 0.0


class TestRates:
    @loop_over(
        ("ours", "theirs", "expected"),
        [
            ((3, 10, 25), (5, 12, 27), 2.0),
            ((3, 10, 25), (25, 3, 10), 0.0),
            ((0, 0), (5, 7), 6.0),
            ((10,), (0, 10, 20), 20 / 3),
            # The cumulative distributions differ by 1/2 from 0 to 1, 1/6 to 2, 1/6 to 6, 1/3 to 9.
            ((0, 6), (1, 2, 9), 1 / 2 + 1 / 6 + 4 / 6 + 3 / 3),
        ],
    )
    def test_by_hand(self, ours, theirs, expected):
        assert compute("rate_distance", with_rates(*ours), with_rates(*theirs)) == pytest.approx(expected, rel=1e-12)
        rates = Reference("rates.txt", rates_hz=np.array(theirs, float))
        assert compute("rate_distance", with_rates(*ours), rates) == pytest.approx(expected, rel=1e-12)

    def test_both_are_counted_in_the_window(self):
        ours, theirs = recording([100, 200, 300, 900]), recording([250, 260, 270, 280, 290], duration_ms=500.0)
        assert compute("rate_distance", ours, theirs, ALL, (200.0, 400.0)) == pytest.approx((5 - 2) / 0.2, rel=1e-12)


class TestPsth:
    def test_by_hand(self):
        # Bins of 100 ms and 2 cells: 5 Hz a spike. Differences 5, -10, 0; beyond the third bin nothing counts.
        ours, theirs = recording([10, 110], [20, 205, 320]), recording([10, 110], [120, 130, 299])
        value = compute("psth_distance", ours, theirs, ALL, (0.0, 350.0), bin_ms=100.0)
        assert value == pytest.approx(math.sqrt((5**2 + 10**2) / 3), rel=1e-12)

    def test_rates_are_per_cell(self):
        ours, theirs = recording([5, 15], [5, 15], [5, 15]), recording([5, 15])
        assert compute("psth_distance", ours, theirs) == 0.0

    def test_ten_milliseconds_unless_the_study_says(self):
        ours, theirs = recording([5.0], duration_ms=20.0), recording([15.0], duration_ms=20.0)
        assert compute("psth_distance", ours, theirs) == pytest.approx(100.0, rel=1e-12)
        assert compute("psth_distance", ours, theirs, bin_ms=20.0) == 0.0


class TestTrains:
    @loop_over(("shift_ms", "expected"), [(0.0, 0.0), (5.0, 0.5), (19.0, 1.9), (21.0, 2.0), (400.0, 2.0)])
    def test_a_moved_spike_costs_its_way_and_at_most_two(self, shift_ms, expected):
        ours, theirs = recording([100.0], [7.0]), recording([100.0 + shift_ms], [7.0])
        assert compute("victor_purpura", ours, theirs) == pytest.approx(expected / 2, abs=1e-9)

    @loop_over(("cost_per_s", "expected"), [(0.0, 1.0), (10.0, 1.1), (1e9, 3.0)])
    def test_costs(self, cost_per_s, expected):
        ours, theirs = recording([100.0, 500.0]), recording([110.0])
        value = compute("victor_purpura", ours, theirs, cost_per_s=cost_per_s)
        assert value == pytest.approx(expected, rel=1e-9)

    @loop_over("tau_ms", [1.0, 10.0, 300.0])
    def test_van_rossum_of_a_spike_more_is_one(self, tau_ms):
        trains = random_trains(3, 20)
        more = np.sort(np.append(trains[0], 512.3))
        assert compute("van_rossum", recording(more), recording(*trains), tau_ms=tau_ms) == pytest.approx(1, rel=1e-6)

    @loop_over("shift_ms", [1.0, 10.0, 50.0])
    def test_van_rossum_of_a_moved_spike(self, shift_ms):
        value = compute("van_rossum", recording([100.0]), recording([100.0 + shift_ms]), tau_ms=10.0)
        assert value == pytest.approx(math.sqrt(2 * (1 - math.exp(-shift_ms / 10.0))), rel=1e-9)

    def test_spike_distance_of_a_regular_train_that_is_late(self):
        # Every spike is 10 ms from the other train's nearest: S = 10 / 100 but for what is near the window's ends.
        times = np.arange(100.0, 901.0, 100.0)
        value = compute("spike_distance", recording(times), recording(times + 10.0), ALL, (200.0, 800.0))
        assert value == pytest.approx(0.1, abs=0.01)

    @loop_over("name", PAIRED)
    def test_the_mean_over_cells(self, name):
        ours, theirs = random_trains(4, 20, 15, 0), random_trains(5, 22, 0, 0)
        each = [compute(name, recording(a), recording(b)) for a, b in zip(ours, theirs, strict=True)]
        assert compute(name, recording(*ours), recording(*theirs)) == pytest.approx(np.mean(each), rel=1e-9)
        assert each[0] > 0

    @loop_over("name", PAIRED)
    def test_cells_are_paired_by_place_in_the_population(self, name):
        ours = Recording([10.0, 20.0, 30.0], [5, 6, 7], {"A": [5, 7], "B": [6]}, 1000.0)
        theirs = Recording([10.0, 30.0, 40.0], [0, 1, 2], {"A": [0, 1], "B": [2]}, 1000.0)
        assert compute(name, ours, theirs, "A") == 0.0
        assert compute(name, ours, theirs, "B") > 0.0

    @loop_over("name", PAIRED)
    def test_unequal_numbers_of_cells(self, name):
        with pytest.raises(StudyError) as error:
            compute(name, recording([1.0], [2.0], S=[0, 1]), recording([1.0], S=[0]), "S")
        assert str(error.value) == (
            "data.npz: has 1 cells, but S has 2; spike trains are compared cell by cell"
            " (in a text file, the comment '# cells = N' includes silent cells)"
        )

    @loop_over("name", PAIRED)
    def test_only_the_window_counts(self, name):
        trains = random_trains(6, 30, end_ms=500.0)
        ours, theirs = recording(np.append(trains[0], 700.0)), recording(np.append(trains[0], 900.0))
        assert compute(name, ours, theirs, ALL, (0.0, 600.0)) == 0.0
        assert compute(name, ours, theirs) > 0.0


@loop_over("name", DISTANCES)
def test_edge_cases(name):
    silent, once = recording([], []), recording([500.0], [])
    assert compute(name, silent, silent) == 0.0
    assert compute(name, once, silent) > 0.0
    assert compute(name, silent, once) == pytest.approx(compute(name, once, silent), rel=1e-12)
    assert compute(name, recording([5.0, 5.0]), recording([5.0, 5.0])) == 0.0
    assert math.isnan(compute(name, recording([1.0], A=[0], B=[]), recording([1.0], A=[0], B=[]), "B"))
    assert isinstance(compute(name, once, silent), float)


def test_bins_longer_than_the_window():
    assert math.isnan(compute("psth_distance", recording([1.0]), recording([1.0]), bin_ms=1001.0))


@loop_over("name", OF_RASTERS)
def test_a_distribution_of_rates_is_no_raster(name):
    with pytest.raises(StudyError, match="rates.txt: has rates only, but a raster is needed"):
        compute(name, recording([1.0]), Reference("rates.txt", rates_hz=np.ones(1)))


@loop_over("name", DISTANCES)
def test_a_reference_that_ends_too_early(name):
    with pytest.raises(StudyError, match="data.npz: ends at 500 ms, before 1000 ms; give window_ms an earlier end"):
        compute(name, recording([1.0]), recording([1.0], duration_ms=500.0))


@loop_over(
    ("name", "arguments", "says"),
    [
        ("psth_distance", {"bin_ms": 0.0}, "bin_ms is 0, must be at least 0.001"),
        ("victor_purpura", {"cost_per_s": -1.0}, "cost_per_s is -1, must be at least 0"),
        ("van_rossum", {"tau_ms": 0.0}, "tau_ms is 0, must be at least 0.001"),
    ],
)
def test_arguments_that_make_no_sense(name, arguments, says):
    silent = recording([], duration_ms=1.0)
    with pytest.raises(ValueError, match=f"^{says}$"):
        compute(name, silent, silent, **arguments)


@pytest.mark.parametrize(
    ("name", "module", "package"),
    [
        ("victor_purpura", "elephant.spike_train_dissimilarity", "elephant"),
        ("van_rossum", "elephant.spike_train_dissimilarity", "elephant"),
        ("spike_distance", "pyspike", "pyspike"),
    ],
)
def test_a_library_that_is_missing_is_named_when_a_silent_cell_is_tried(monkeypatch, name, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    silent = recording([], duration_ms=1.0)
    with pytest.raises(StudyError) as error:
        compute(name, silent, Reference("data.npz", silent).silent(ALL))
    assert str(error.value) == f"{name} needs {package}: pip install 'netpyne-tuner[distances]'"


WITHOUT_MPI = """
from tests.features.test_distances import compute
from tests.samples import recording
print(compute("victor_purpura", recording([10.0, 20.0]), recording([10.0])))
"""


@pytest.mark.long
def test_elephant_needs_no_mpi():
    environment = {**os.environ, "MPI4PY_LIBMPI": "/there/is/none", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", WITHOUT_MPI], capture_output=True, text=True, env=environment)
    assert (done.stdout.strip(), done.stderr) == ("1.0", "")
