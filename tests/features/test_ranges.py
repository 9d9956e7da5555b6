"""Ranges of the arguments of features: each number has one, and its ends do no harm."""

import math
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import recording
from tuner.errors import StudyError
from tuner.features.lookup import find
from tuner.features.references import Reference
from tuner.features.registry import FEATURES, Feature, Moment
from tuner.protocols import Protocol
from tuner.recording import Recording
from tuner.study.entries.read_targets import read_targets
from tuner.study.schema import Place

NAMES = [*FEATURES, "efel:AP_amplitude", "efel:depol_block", "efel:time_constant", "efel:ohmic_input_resistance"]
NEEDED = {"trace": "V", "at_ms": 0.5, "to_ms": 0.5, "stimulus_ms": (0.2, 0.4), "stimulus_na": 0.1}


@loop_over("name", NAMES)
def test_every_number_has_a_range(name):
    feature = find(name)
    numbers = {key for key, kind in feature.arguments.items() if ("float" in str(kind) or "int" in str(kind))}
    numbers -= {key for key, kind in feature.arguments.items() if kind is Moment}
    assert feature.ranges.keys() == numbers
    for limits in feature.ranges.values():
        lowest = limits.above if limits.at_least is None else limits.at_least
        assert math.isfinite(lowest) and lowest < limits.at_most < math.inf


def _at_the_ends(feature: Feature) -> Iterator[dict[str, object]]:
    """Yield arguments of which one is at an end of the range."""
    needed = {key: value for key, value in NEEDED.items() if key in feature.arguments}
    for key, limits in feature.ranges.items():
        low = 5e-324 if limits.at_least is None else limits.at_least
        for ends in ((low, low), (low, limits.at_most), (limits.at_most, limits.at_most)):
            yield {**needed, key: ends if "tuple" in str(feature.arguments[key]) else ends[1]}


def _recordings(duration_ms: float) -> Iterator[Recording]:
    random, samples = np.random.default_rng(1), np.arange(0.0, duration_ms, 0.1)
    for n_spikes in (0, 2000):
        cells = random.integers(0, 4, n_spikes)
        voltages = {f"V:{cell}": -65.0 + 60.0 * np.sin(samples / 4.0 + cell) ** 9 * (n_spikes > 0) for cell in range(4)}
        times = random.uniform(0.0, duration_ms, n_spikes)
        yield Recording(times, cells, {"S": np.arange(4)}, duration_ms, voltages)


@loop_over("name", NAMES)
@loop_over("duration_ms", [1.0, 500.0])
@pytest.mark.filterwarnings("ignore")
def test_the_ends_of_a_range_do_no_harm(name, duration_ms):
    feature = find(name)
    random, silent = np.random.default_rng(2), recording([], [], [], [], duration_ms=duration_ms)
    reference = Recording(random.uniform(0, duration_ms, 100), random.integers(0, 4, 100), silent.populations, 500.0)
    given = {"reference": Reference("x", reference)} if feature.needs_reference else {}
    for each in _recordings(duration_ms):
        for arguments in _at_the_ends(feature):
            try:
                assert isinstance(feature.compute(each, "S", None, **given, **arguments), float)
            except ValueError as error:
                assert str(error)


def _refused(entry: dict[str, object], duration_ms: float = 1000.0) -> str:
    with pytest.raises(StudyError) as caught:
        read_targets({"x": {"value": 1, **entry}}, [Protocol("default", duration_ms)], ".", Place("study.toml"))
    return str(caught.value).removeprefix("study.toml: x")


@loop_over(
    ("entry", "words"),
    [
        ({"feature": "isi", "number": 1e308}, ".number: is 1e+308, must be at most 1e+06"),
        ({"feature": "isi", "number": 0}, ": isi cannot be computed: number is 0, must be 1, 2 ... or -1, -2 ..."),
        ({"feature": "fano", "bin_ms": 1e-9}, ".bin_ms: is 1e-09, must be at least 0.001"),
        ({"feature": "burst_rate", "burst_ms": 0}, ".burst_ms: is 0, must be above 0"),
        ({"feature": "peak_frequency", "band": [5, 1e308]}, ".band: is [5, 1e+308], must be at most 500000"),
        ({"feature": "phase_locking", "frequency_hz": 1e308}, ".frequency_hz: is 1e+308, must be at most 1e+06"),
        ({"feature": "evoked_rate", "stimulus_ms": [-1]}, ".stimulus_ms: is [-1], must be at least 0"),
        ({"feature": "efel:AP_amplitude", "cells": 0}, ".cells: is 0, must be at least 1"),
        ({"feature": "trace_value", "trace": "V", "at_ms": 1e308}, ".at_ms: is 1e+308, must lie within 0 to 1000 ms"),
    ],
)
def test_a_number_beyond_its_range_is_refused(entry, words):
    assert _refused(entry) == words


@loop_over(
    ("entry", "duration_ms", "words"),
    [
        ({"feature": "fano", "bin_ms": 0.01}, 1e6, "bin_ms is 0.01, must be at least 0.001, for 1e+07 bins"),
        (
            {"feature": "response_width", "stimulus_ms": [200.0] * 200, "response": [0, 100_000]},
            2e5,
            "response is too long: 200 onsets have 100000 bins each, must have at most 10000000 together",
        ),
    ],
)
def test_bins_are_not_so_many_that_they_fill_the_memory(entry, duration_ms, words):
    assert words in _refused(entry, duration_ms)


@loop_over("duration_ms", [math.inf, math.nan, 1e300, 5e-324])
def test_a_models_own_duration_has_a_range(duration_ms):
    with pytest.raises(StudyError, match="^study.toml: duration_ms: is .*, must be "):
        read_targets({"x": {"feature": "rate", "value": 1}}, [Protocol("a", duration_ms)], ".", Place("study.toml"))


def test_trains_that_take_all_the_memory_to_compare_are_refused():
    times = np.arange(6000.0)
    raster, other = recording(times, duration_ms=1e4), recording(times + 0.5, duration_ms=1e4)
    with pytest.raises(ValueError, match="^cells with 6000 and 6000 spikes take too much memory, more than 30000000"):
        find("victor_purpura").compute(raster, "S", None, reference=Reference("x", other))


def test_a_short_stimulus_has_no_time_constant():
    code = """
import numpy as np
from tuner.features.lookup import find
from tuner.recording import Recording
raster = Recording([], [], {"S": np.array([0])}, 300.0, {"V:0": np.linspace(-70.0, -60.0, 3001)})
print(find("efel:time_constant").compute(raster, "S", None, stimulus_ms=(50.0, 51.0)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "nan\n")
