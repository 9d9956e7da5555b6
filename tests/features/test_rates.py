import json
import math
from pathlib import Path

import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import recording
from tuner.features.registry import FEATURES
from tuner.recording import ALL, Recording

pytestmark = pytest.mark.filterwarnings("error")

TUTORIAL = Path(__file__).parent.parent / "data" / "net_tut_optimization.json"
MODULES = ("rates", "intervals", "counts", "spectrum", "phase", "responses")
OF_SPIKES = [name for name, entry in FEATURES.items() if entry.compute.__module__.rpartition(".")[2] in MODULES]
STIMULUS = {"stimulus_ms": (500.0,)}


def compute(name, raster, population=ALL, window_ms=None, **arguments):
    needed = {key: STIMULUS[key] for key in FEATURES[name].required}
    return FEATURES[name].compute(raster, population, window_ms, **needed | arguments)


# Cell 0 fires at 100, 200 ... 900 ms, cell 1 at 150 and 650, cell 2 never.
THREE = recording(np.arange(100, 901, 100), [150, 650], [], A=[0, 1], B=[2])


@loop_over(
    ("name", "population", "window_ms", "expected"),
    [
        ("rate", ALL, None, 11 / 3),
        ("rate", "A", None, 5.5),
        ("rate", "B", None, 0.0),
        ("rate", "A", (100.0, 200.0), 15.0),
        ("rate", "A", (101.0, 199.0), 1 / 2 / 0.098),
        ("rate_std", "A", None, 3.5),
        ("rate_std", ALL, None, math.sqrt((81 + 4) / 3 - (11 / 3) ** 2)),
        ("rate_median", ALL, None, 2.0),
        ("rate_median", "A", None, 5.5),
        ("rate_cv", "A", None, 3.5 / 5.5),
        ("rate_cv", "A", (400.0, 500.0), 1.0),
        ("rate_percentile", ALL, None, 2.0),
        ("rate_percentile", "A", None, 5.5),
        ("active_fraction", ALL, None, 2 / 3),
        ("active_fraction", "A", (100.0, 120.0), 0.5),
        ("first_spike", ALL, None, 125.0),
        ("first_spike", "A", (140.0, 1000.0), (60 + 10) / 2),
    ],
)
def test_hand_computed(name, population, window_ms, expected):
    assert compute(name, THREE, population, window_ms) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@loop_over(("percentile", "expected"), [(0, 0.0), (25, 1.0), (75, 5.5), (100, 9.0)])
def test_percentiles_are_interpolated(percentile, expected):
    assert compute("rate_percentile", THREE, percentile=percentile) == pytest.approx(expected, rel=1e-12)


@loop_over(("percentile", "bound"), [(-0.1, "at least 0"), (120.0, "at most 100"), (math.nan, "at least 0")])
def test_percentiles_are_between_0_and_100(percentile, bound):
    with pytest.raises(ValueError, match=f"percentile is {percentile:g}, must be {bound}$"):
        compute("rate_percentile", recording([], duration_ms=1.0), percentile=percentile)


def test_rates_of_poisson_cells_differ_as_chance_has_it():
    counts = np.random.default_rng(4).poisson(40.0, 2000)
    raster = recording(*[np.linspace(0.0, 1000.0, n) for n in counts])
    # The standard error of a standard deviation of n values is 1 / sqrt(2 n) of it.
    assert compute("rate_cv", raster) == pytest.approx(1 / math.sqrt(40), rel=5 / math.sqrt(4000))
    assert compute("rate_median", raster) == np.median(counts)


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


# The edges of all features of spikes: what each raster defines; it defines none of the others.
SILENT = recording([], [], [500.0], A=[0, 1], B=[2])
ONE = recording([520.0])
PAIR = recording([520.0, 525.0])
NO_RATES = dict.fromkeys(("rate", "rate_std", "rate_median", "rate_percentile", "active_fraction", "burst_rate"), 0.0)
ONE_RATE = {"rate_std": 0.0, "rate_cv": 0.0, "active_fraction": 1.0, "burst_rate": 0.0}
# Of the spectrum only that there is a number is said; that of one spike is flat and has no peak.
SOME = {"band_power": None, "relative_band_power": None}
EDGES = {
    "silent": (SILENT, "A", None, {**NO_RATES, "band_power": 0.0, "evoked_rate": 0.0}),
    "silent in the window": (SILENT, "A", (100.0, 200.0), {**NO_RATES, "band_power": 0.0}),
    "silent for 1 ms": (recording([], duration_ms=1.0), ALL, None, NO_RATES),
    "no cells": (recording([1.0], A=[0], B=[]), "B", None, {}),
    "one spike": (
        ONE,
        ALL,
        None,
        {
            **ONE_RATE,
            **dict.fromkeys(("rate", "rate_median", "rate_percentile"), 1.0),
            **SOME,
            "first_spike": 520.0,
            "fano": 0.9,
            "evoked_rate": 10.0,
            "response_latency": 20.5 - 3 * math.sqrt(2 * math.log(2)),
            "response_width": 6 * math.sqrt(2 * math.log(2)),
        },
    ),
    "two spikes": (
        PAIR,
        ALL,
        (510.0, 530.0),
        {
            **ONE_RATE,
            **dict.fromkeys(("rate", "rate_median", "rate_percentile"), 100.0),
            **SOME,
            "peak_frequency": 50.0,
            "first_spike": 10.0,
            "isi_mean": 5.0,
            "isi": 5.0,
            "burst_index": 1.0,
        },
    ),
    "shorter than a bin": (
        ONE,
        ALL,
        (520.0, 520.5),
        {**ONE_RATE, **dict.fromkeys(("rate", "rate_median", "rate_percentile"), 2000.0), "first_spike": 0.0},
    ),
    "no length": (ONE, ALL, (520.0, 520.0), {"active_fraction": 1.0, "first_spike": 0.0}),
    "one instant": (
        recording([520.0, 520.0, 520.0]),
        ALL,
        (520.0, 521.0),
        {
            **ONE_RATE,
            **dict.fromkeys(("rate", "rate_median", "rate_percentile"), 3000.0),
            "first_spike": 0.0,
            "isi_mean": 0.0,
            "isi": 0.0,
            "burst_index": 1.0,
            "burst_rate": 1000.0,
        },
    ),
}


@loop_over("edge", EDGES)
@loop_over("name", OF_SPIKES)
def test_edges(name, edge):
    raster, population, window_ms, defined = EDGES[edge]
    value = compute(name, raster, population, window_ms)
    assert isinstance(value, float)
    if name not in defined:
        assert math.isnan(value)
    elif defined[name] is None:
        assert math.isfinite(value)
    else:
        assert value == pytest.approx(defined[name], rel=5e-3, abs=1e-12)


@loop_over("name", OF_SPIKES)
def test_order_of_spikes_and_ids_of_cells_do_not_matter(name):
    random = np.random.default_rng(3)
    times, cells = random.uniform(0, 1000, 300), random.integers(0, 10, 300)
    order = random.permutation(300)
    sorted_ = Recording(times, cells, {"A": np.arange(10)}, 1000.0)
    shuffled = Recording(times[order], cells[order] * 7 + 100, {"A": np.arange(10) * 7 + 100}, 1000.0)
    value = compute(name, sorted_)
    assert math.isfinite(value)
    assert value == pytest.approx(compute(name, shuffled), rel=1e-12)


@loop_over("name", OF_SPIKES)
def test_a_window_is_a_run_of_its_own(name):
    """Spikes before and after a window do not matter, and times count from its start; but an onset's are the run's."""
    random = np.random.default_rng(6)
    times, cells = random.uniform(0, 3000, 900), random.integers(0, 10, 900)
    inside = (times >= 1000) & (times <= 2000)
    run = Recording(times, cells, {"A": np.arange(10)}, 3000.0)
    alone = Recording(times[inside] - 1000, cells[inside], {"A": np.arange(10)}, 1000.0)
    moved = {"stimulus_ms": (1500.0,)} if FEATURES[name].required else {}
    assert compute(name, run, "A", (1000.0, 2000.0), **moved) == pytest.approx(compute(name, alone), rel=1e-9)
