"""The Friesen cell: its options and what each does, and that a run leaves nothing to the next."""

from math import exp

import numpy as np
import pytest

from tests.loops import loop_over
from tests.yardstick import cellrun
from tuner.library import cells
from tuner.mechanisms import libraries
from tuner.simulation.simulate import quiet

RECORDED = cellrun.recorded("friesen")[0]
ORIGINAL = {
    "gkbase": 0.091,
    "gkinc": 0.013,
    "gkmin": 1e-5,
    "gnamax": 0.6,
    "taugka": 69.0,
    "tauk": 2.3,
    "tauvtha": 1.0,
    "apdur": 0.9,
    "refrac": 1000 / 91,
    "vth": -40.0,
    "vthinc": 0.0,
    "ena": 55.0,
    "ek": -82.0,
    "checkref": 1.0,
}


def spike(rule: dict) -> dict:
    return {k: v for k, v in rule["secs"]["axon"]["pointps"]["FriesenSpike_0"].items() if k not in ("mod", "loc")}


def test_the_originals_parameters():
    assert spike(cells.load("friesen")) == ORIGINAL


@loop_over("name", ORIGINAL)
def test_each_parameter_of_the_spike_has_an_option(name):
    assert spike(cells.load("friesen", **{name: 7.0})) == {**ORIGINAL, name: 7.0}


def test_the_conductance_of_the_a_current_has_an_option():
    assert cells.load("friesen", gmax_a=7.0)["secs"]["soma"]["mechs"]["friesen_a"]["gmax"] == 7.0


def test_only_the_axon_detects_spikes():
    sections = cells.load("friesen")["secs"]
    assert [name for name, section in sections.items() if "spikeGenLoc" in section] == ["axon"]


@loop_over("name", ["axon", "soma", "dend"])
def test_every_section_leaks_8_3_nanosiemens(name):
    section = cells.load("friesen")["secs"][name]
    area_cm2 = np.pi * section["geom"]["L"] * section["geom"]["diam"] * 1e-8
    assert section["mechs"]["pas"]["g"] * area_cm2 == pytest.approx(8.3e-9, rel=1e-9)


@pytest.mark.simulation
@loop_over("v", [-65.0, -24.0, 8.0])
def test_the_a_current_at_rest_is_that_of_its_closed_form(v):
    from neuron import h

    from tuner.library.cells.friesen import Friesen

    libraries.load(libraries.build(libraries.OWN))
    cell = Friesen(gmax_a=0.01)
    h.finitialize(v)
    opened = 1 / (1 + exp((-24 - v) / 3.2)) / (1 + exp((8 - v) / -4.9))
    assert cell.all_sec[1](0.5).ik == pytest.approx(0.01 * opened * (v + 82), rel=1e-12)


# Current [nA], options.
CASES = {
    "as it is": (1.0, {}),
    "no adaptation": (1.0, {"gkinc": 0.0}),
    "no A current": (1.0, {"gmax_a": 0.0}),
    "low threshold": (1.0, {"vth": -50.0}),
    "threshold goes up": (3.0, {"vthinc": 20.0, "tauvtha": 20.0}),
    "held above threshold": (3.0, {"checkref": 0.0}),
    "short refractoriness": (20.0, {"refrac": 5.0}),
}


@pytest.fixture(scope="module")
def responses():
    rules = [cells.load("friesen", **options) for _, options in CASES.values()]
    found = cellrun.respond(rules, [{**RECORDED, "amp_nA": amp} for amp, _ in CASES.values()])
    return dict(zip(CASES, found, strict=True))


@pytest.mark.simulation
@loop_over(
    ("case", "n_spikes"),
    [
        ("as it is", 9),
        ("low threshold", 40),
        ("no A current", 35),
        ("threshold goes up", 20),
        ("held above threshold", 1),
    ],
)
def test_what_the_options_do(responses, case, n_spikes):
    assert len(responses[case].spikes) == n_spikes


@pytest.mark.simulation
def test_without_an_increment_the_intervals_come_to_one_length(responses):
    intervals = np.diff(responses["no adaptation"].spikes)
    assert np.ptp(intervals[2:]) < 0.05 * intervals.mean()


@pytest.mark.simulation
def test_spikes_follow_each_other_at_the_end_of_refractoriness(responses):
    # At first so strong a current keeps the axon above the voltage at which a spike is detected.
    intervals = np.diff(responses["short refractoriness"].spikes[10:])
    np.testing.assert_allclose(intervals, 5.0, atol=1.001 * cellrun.STEP_MS)
    assert len(intervals) == 60


@pytest.mark.simulation
def test_a_second_run_is_the_first():
    from netpyne import sim

    (first,) = cellrun.respond([cells.load("friesen")], [{**RECORDED, "amp_nA": 3.0}])
    with quiet():
        sim.simulate()
    assert np.array_equal(first.spikes, np.array(sim.simData["spkt"]))
    assert np.array_equal(first.v, np.array(sim.simData["v0"]["cell_0"]))
    assert len(first.spikes) == 40
