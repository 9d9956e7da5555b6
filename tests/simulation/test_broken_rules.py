"""Which limits a start point breaks, all in one simulation, and what holds without them."""

import numpy as np
import pytest

from tests.loops import loop_over
from tests.simulation.test_abort import AT_REST, CV, RATE, WIDE, scene, train
from tuner.simulation.abort import Aborted, Moment, Watch
from tuner.simulation.broken_rules import Survey, broken, without, words
from tuner.simulation.simulate import SimulationError
from tuner.study.settings import Abort


def look(watch, times=(), voltages=lambda t: AT_REST):
    times, stage = np.asarray(times, float), scene()
    watch.begin(stage)
    for end in watch.chunk_ends_ms(stage.duration_ms):
        seen = times <= end
        spikes = times[seen], np.arange(len(times))[seen] % 10
        watch.look(Moment(end, *spikes, voltages(end), voltages(end)[stage.detector_cells]))
    return watch


def peak(t):
    return np.where(np.arange(12) == 3, {300.0: 1500.0, 600.0: 3850.0}.get(t, -65.0), -65.0)


def surveyed(settings, targets=(CV,), **run):
    return broken([look(Survey(settings, targets), **run)])


def test_worst_voltage_is_said():
    found = surveyed(Abort(), voltages=peak)
    assert found == {"voltage_mv": "reaches 3850 mV in cell 3 (E)"}
    (line,) = words(Abort(), found)
    said = "the rule abort.voltage_mv = 1000 is off in this run: the start point itself reaches 3850 mV in cell 3 (E)"
    assert line == said


def test_several_limits_are_found_in_one_simulation():
    settings = Abort(voltage_mv=50.0, rate_hz=30.0, silence_ms=200.0)
    # The ten cells fire at 60 Hz each, then not at all.
    found = surveyed(settings, [WIDE], times=train(600.0, end=500.0), voltages=peak)
    assert list(found) == ["voltage_mv", "rate_hz", "silence_ms"]
    assert found["silence_ms"] == "is silent: no spike since 500 ms"
    assert "E fires at 60 Hz, above rate_hz = 30" in found["rate_hz"]


def test_limit_of_a_target_is_no_broken_rule():
    assert surveyed(Abort(), [RATE], times=train(400.0)) == {}
    with pytest.raises(Aborted, match="runaway"):
        look(Watch(Abort(), [RATE]), train(400.0))


def test_limit_behind_a_runaway_is_found():
    assert list(surveyed(Abort(rate_hz=39.0), [RATE], times=train(400.0))) == ["rate_hz"]


@loop_over(("key", "value"), [("voltage_mv", 500.0), ("rate_hz", 30.0), ("silence_ms", 200.0), ("block_ms", 300.0)])
def test_without_a_limit_the_same_start_point_passes(key, value):
    run = {
        "voltage_mv": {"voltages": peak},
        "rate_hz": {"times": train(400.0)},
        "silence_ms": {"times": train(60.0, end=500.0)},
        "block_ms": {"times": train(60.0, end=300.0), "voltages": lambda t: np.full(12, -20.0)},
    }[key]
    settings = Abort(**{key: value})
    with pytest.raises(Aborted) as caught:
        look(Watch(settings, [WIDE]), **run)
    assert caught.value.key == key
    look(Watch(without(settings, [key]), [WIDE]), **run)


@loop_over("voltage", [np.nan, np.inf])
def test_voltage_that_is_no_number_is_stopped_in_any_case(voltage):
    def voltages(t):
        return np.full(12, voltage)

    with pytest.raises(SimulationError, match="the voltage of cell 0"):
        look(Survey(Abort(), [CV]), voltages=voltages)
    with pytest.raises(Aborted):
        look(Watch(without(Abort(), ["voltage_mv"]), [CV]), voltages=voltages)
