"""Voltage features on traces that were drawn by hand."""

import inspect
import math
import pickle
import warnings

import numpy as np
import pytest

from tests.loops import loop_over
from tuner.errors import StudyError
from tuner.features.registry import FEATURES
from tuner.features.voltage import OF_AMPLITUDE, OF_CURRENT, depolarisation_block, efel_feature
from tuner.recording import ALL, Recording

pytestmark = pytest.mark.long

STEP_MS = 0.1
TIMES = np.arange(10001) * STEP_MS
BASE_MV, PEAK_MV = -65.0, 35.0
SAMPLE = ("AP_amplitude", "voltage_base", "mean_frequency", "ISI_CV", "depol_block_bool", "spike_count")


@pytest.fixture(autouse=True)
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def recorded(*voltages, spikes=(), step_ms=STEP_MS, duration_ms=1000.0, trace="V"):
    """Cell i of population S has voltage i, and spikes are pairs of time and cell; there may be more cells in S."""
    times, cells = zip(*spikes, strict=True) if spikes else ((), ())
    voltages = {f"{trace}:{cell}": values for cell, values in enumerate(voltages)}
    populations = {"S": np.arange(max(len(voltages), 1))}
    return Recording(np.array(times), np.array(cells), populations, duration_ms, voltages, step_ms)


def blocked(*between_ms, low=-65.0, high=-15.0):
    """A voltage that steps up and down at these times; half a step later it crosses -40 mV."""
    voltage = np.full(TIMES.size, low)
    for begin, end in between_ms:
        voltage[(TIMES > begin + 1e-6) & (TIMES <= end + 1e-6)] = high
    return voltage


class TestDepolarisationBlock:
    @loop_over(
        ("between", "spikes", "arguments", "expected"),
        [
            ([(300, 400)], [], {}, 0.1),
            ([(300, 400), (500, 700)], [], {}, 0.3),
            ([(300, 340), (341, 381)], [], {}, 0.0),
            ([(300, 340), (341, 381)], [], {"least_ms": 39.0}, 0.08),
            ([(300, 400)], [301.05], {}, 0.099),
            ([(300, 400)], [340.05], {}, 0.06),
            ([(300, 400)], [340.05, 380.05], {}, 0.0),
            ([(300, 400)], [380.05, 340.05], {"least_ms": 30.0}, 0.08),
            ([(300, 400)], [100.0, 299.0, 401.0, 999.0], {}, 0.1),
            ([(-1, 100)], [], {}, 0.10005),
            ([(900, 1001)], [], {}, 0.09995),
            ([(-1, 1001)], [], {}, 1.0),
            ([(-1, 1001)], [400.0], {"least_ms": 500.0}, 0.6),
            ([], [], {}, 0.0),
            ([(300, 400)], [], {"window_ms": (350.0, 550.0)}, 50.05 / 200),
            ([(300, 400)], [], {"window_ms": (360.0, 560.0)}, 0.0),
            ([(300, 400)], [], {"window_ms": (310.0, 390.0)}, 1.0),
            ([(300, 400)], [], {"threshold_mv": -15.0}, 0.0),
        ],
    )
    def test_is_the_fraction_of_blocks_that_last(self, between, spikes, arguments, expected):
        raster = recorded(blocked(*between), spikes=[(time, 0) for time in spikes])
        assert depolarisation_block(raster, "S", **arguments) == pytest.approx(expected, rel=1e-9, abs=1e-12)

    def test_crossing_is_interpolated(self):
        ramp = np.interp(TIMES, [200.0, 300.0, 400.0], [-80.0, 0.0, -80.0])
        for threshold, expected in ((-40.0, 0.1), (-40.01, 0.100025), (-60.0, 0.15)):
            assert depolarisation_block(recorded(ramp), threshold_mv=threshold) == pytest.approx(expected, rel=1e-9)

    def test_is_the_mean_over_the_cells_that_are_asked_for(self):
        cells = recorded(blocked((0, 400)), blocked(), blocked((0, 100)), blocked((0, 200)))
        means = {1: 400.0, 2: 250.0, 4: 175.0, 10: 175.0}
        for number, mean_ms in means.items():
            value = depolarisation_block(cells, cells=number)
            assert value == pytest.approx(mean_ms / 1000, rel=1e-9)

    def test_spikes_of_others_do_not_end_a_block(self):
        assert depolarisation_block(recorded(blocked((300, 400)), spikes=[(350.0, 1)])) == pytest.approx(0.1)

    def test_agrees_with_a_count_of_samples(self):
        random = np.random.default_rng(5)
        for _ in range(20):
            walk = -40 + 3 * np.cumsum(random.normal(0, 0.1, TIMES.size))
            spikes = np.sort(random.uniform(0, 1000, 8))
            count, length = 0, 0
            for i, value in enumerate(walk):
                fresh = i > 0 and np.searchsorted(spikes, TIMES[i]) != np.searchsorted(spikes, TIMES[i - 1])
                length = 0 if value <= -40 else 1 if fresh else length + 1
                # A piece of 20 ms has 200 samples.
                count += length if length == 200 else length > 200
            value = depolarisation_block(recorded(walk, spikes=[(time, 0) for time in spikes]), least_ms=20.0)
            # One sample at either end of a piece.
            assert value == pytest.approx(count / TIMES.size, abs=2e-4 * 10)

    @pytest.mark.parametrize(("argument", "words"), [({"least_ms": 0.0}, "least_ms"), ({"cells": 0}, "cells")])
    def test_argument_that_makes_no_sense(self, argument, words):
        with pytest.raises(ValueError, match=f"{words} is 0, must be"):
            depolarisation_block(recorded(), **argument)


def spiking(*times_ms, base=BASE_MV, peak=PEAK_MV):
    """Triangular spikes of 2 ms, their peaks at these times."""
    voltage = np.full(TIMES.size, base)
    for time in times_ms:
        voltage = np.maximum(voltage, peak - (peak - base) * np.abs(TIMES - time))
    return voltage


EVERY_100_MS = spiking(250.0, 350.0, 450.0, 550.0, 650.0)
STIMULUS = {"stimulus_ms": (200.0, 800.0)}


def efel(name, raster, population=ALL, window_ms=None, **arguments):
    return efel_feature(name).compute(raster, population, window_ms, **arguments)


class TestEfel:
    @loop_over(
        ("name", "expected"),
        [
            ("spike_count", 5.0),
            ("peak_voltage", PEAK_MV),
            ("peak_time", 450.0),
            ("voltage_base", BASE_MV),
            ("AP_amplitude_from_voltagebase", PEAK_MV - BASE_MV),
            ("ISI_values", 100.0),
            ("ISI_CV", 0.0),
            ("inv_first_ISI", 10.0),
            ("time_to_first_spike", 50.0),
            ("time_to_last_spike", 450.0),
            ("mean_frequency", 5 / 0.45),
            ("minimum_voltage", BASE_MV),
            ("voltage_after_stim", BASE_MV),
            ("depol_block_bool", 0.0),
        ],
    )
    def test_closed_forms(self, name, expected):
        assert efel(name, recorded(EVERY_100_MS), "S", **STIMULUS) == pytest.approx(expected, rel=1e-9, abs=1e-9)

    def test_window_cuts_the_trace_and_is_the_stimulus_unless_there_is_one(self):
        raster = recorded(EVERY_100_MS)
        assert efel("spike_count", raster, window_ms=(300.0, 500.0)) == 2
        assert efel("peak_time", raster, window_ms=(300.0, 500.0)) == pytest.approx(400.0)
        assert efel("time_to_first_spike", raster, window_ms=(300.0, 500.0)) == pytest.approx(50.0)
        assert efel("time_to_first_spike", raster, window_ms=(300.0, 500.0), **STIMULUS) == pytest.approx(150.0)
        assert math.isnan(efel("voltage_base", raster))

    @loop_over("name", ["depol_block_bool", "mean_frequency", "time_to_last_spike"])
    def test_stimulus_may_outlast_the_trace(self, name):
        whole, cut = recorded(EVERY_100_MS), recorded(EVERY_100_MS[:-1])
        for end in (1000.0, 1200.0):
            value = efel(name, cut, stimulus_ms=(200.0, end))
            assert value == efel(name, whole, stimulus_ms=(200.0, 999.0))

    def test_cells_are_averaged_and_those_without_a_value_left_out(self):
        cells = recorded(EVERY_100_MS, spiking(), spiking(300.0, peak=25.0), spiking())
        for number, count, peak in ((1, 5, 35.0), (2, 3, 30.0), (4, 1.5, 30.0)):
            assert efel("spike_count", cells, cells=number) == pytest.approx(count)
            assert efel("peak_voltage", cells, cells=number) == pytest.approx(peak)
        assert math.isnan(efel("peak_voltage", recorded(spiking())))

    def test_other_trace_step_and_threshold(self):
        fine = recorded(EVERY_100_MS[:5001], step_ms=0.05, duration_ms=250.0, trace="u")
        assert efel("peak_time", fine, trace="u") == pytest.approx((125 + 175 + 225) / 3)
        assert math.isnan(efel("peak_time", fine))
        low = recorded(spiking(250.0, 350.0, peak=-25.0))
        assert efel("spike_count", low) == 0
        assert efel("spike_count", low, threshold_mv=-30) == 2

    @loop_over(("trace_step_ms", "arguments", "place"), [
        (0.1, {}, 2500), (0.1, {"interp_step_ms": 0.01}, 25000), (0.1, {"interp_step_ms": 1}, 250),
        (0.05, {}, 2500), (0.5, {}, 1250 * 10),
    ])  # fmt: skip
    def test_interpolation_step_is_at_most_the_traces_own(self, trace_step_ms, arguments, place):
        raster = recorded(spiking(250.0), step_ms=trace_step_ms, duration_ms=10000 * trace_step_ms)
        assert efel("peak_indices", raster, **arguments) == pytest.approx(place)

    def test_resistance_takes_the_current(self):
        """A deflection of 10 mV by 0.2 nA is one of 50 MOhm; eFEL wants the sign of the current."""
        step = np.where((TIMES > 200) & (TIMES <= 800), -75.0, -65.0)
        assert efel("ohmic_input_resistance", recorded(step), stimulus_na=-0.2, **STIMULUS) == pytest.approx(50.0)
        for name in OF_AMPLITUDE:
            with pytest.raises(ValueError, match="stimulus_na is None, must be the injected current"):
                efel(name, recorded(step), **STIMULUS)

    def test_leaves_efels_settings_alone_and_does_not_read_them(self):
        from efel import api

        # With the first interval, which eFEL leaves out unless it is told otherwise, they would be irregular.
        regular = recorded(spiking(210.0, 250.0, 350.0, 450.0, 550.0))
        try:
            api.set_setting("Threshold", 50.0)
            api.set_setting("ignore_first_ISI", False)
            api.set_setting("of_somebody", 1)
            before = dict(vars(api.get_settings()))
            assert efel("ISI_CV", regular) == pytest.approx(0, abs=1e-12)
            assert math.isnan(efel("voltage_base", regular))
            assert vars(api.get_settings()) == before
        finally:
            api.reset()

    def test_is_a_feature_like_others(self):
        feature = efel_feature("AP_amplitude")
        assert (feature.name, feature.unit, feature.summary[:20]) == (
            "efel:AP_amplitude", "mV", "eFEL's AP_amplitude:",
        )  # fmt: skip
        assert list(feature.arguments) == [
            "trace", "cells", "stimulus_ms", "stimulus_na", "threshold_mv", "interp_step_ms",
        ]  # fmt: skip
        assert (feature.required, feature.needs_trace, feature.needs_reference) == ([], True, False)
        assert efel_feature("AP_amplitude") is feature
        assert pickle.loads(pickle.dumps(feature)).compute(recorded(EVERY_100_MS)) == feature.compute(
            recorded(EVERY_100_MS)
        )
        assert efel_feature("ISI_CV").summary == "eFEL's ISI_CV: Coefficient of variation of ISIs."

    @loop_over(
        ("name", "unit"),
        [("mean_frequency", "Hz"), ("ISI_CV", "1"), ("AP_begin_time", "ms"), ("time", "ms"), ("Spikecount", "1"),
         ("ohmic_input_resistance", "MΩ"), ("AP_phaseslope", "1/(ms)")],
    )  # fmt: skip
    def test_units_are_efels(self, name, unit):
        assert efel_feature(name).unit == unit

    def test_unknown_name(self):
        with pytest.raises(StudyError, match="eFEL has no feature 'AP_ampltude'; .*did you mean 'AP_amplitude'"):
            efel_feature("AP_ampltude")
        for name in OF_CURRENT:
            with pytest.raises(StudyError, match=f"eFEL's {name} reads the injected current, which is not recorded"):
                efel_feature(name)

    @loop_over(
        ("arguments", "words"),
        [
            ({"stimulus_ms": (5.0, 5.0)}, r"stimulus_ms is \[5.0, 5.0\], must begin"),
            ({"interp_step_ms": 0.0}, "interp_step_ms is 0, must be at least 0.001"),
            ({"cells": 0}, "cells is 0, must be at least 1"),
        ],
    )
    def test_argument_that_makes_no_sense(self, arguments, words):
        with pytest.raises(ValueError, match=words):
            efel("spike_count", Recording([], [], {"S": np.array([0])}, 1.0), "S", **arguments)


def voltage_features():
    own = {name: each.compute for name, each in FEATURES.items() if each.needs_trace and not each.required}
    return {**own, **{name: efel_feature(name).compute for name in SAMPLE}}


@loop_over("name", voltage_features())
def test_without_a_proper_trace(name):
    compute = voltage_features()[name]
    broken = EVERY_100_MS.copy()
    broken[5000] = np.nan
    nothing = recorded(), recorded(broken), recorded(EVERY_100_MS, broken), recorded(EVERY_100_MS[:1])
    for raster in nothing:
        assert math.isnan(compute(raster, cells=2))
    assert math.isnan(compute(recorded(EVERY_100_MS), window_ms=(0.01, 0.05)))
    stimulus = STIMULUS if "stimulus_ms" in inspect.signature(compute).parameters else {}
    assert not math.isnan(compute(recorded(EVERY_100_MS, broken), cells=1, **stimulus))


@loop_over(
    "voltage", [np.full(10001, -65.0), np.full(10001, 10.0), EVERY_100_MS[:3], EVERY_100_MS[:2000]],
)  # fmt: skip
def test_every_feature_of_efel_takes_any_trace(voltage):
    import efel as theirs

    for name in set(theirs.get_feature_names()) - {*OF_CURRENT, *OF_AMPLITUDE}:
        value = efel(name, recorded(voltage), **STIMULUS)
        assert isinstance(value, float) and not math.isinf(value), name
    count = efel("spike_count", recorded(voltage), **STIMULUS)
    assert count == 0 if len(voltage) == len(TIMES) else math.isnan(count)
