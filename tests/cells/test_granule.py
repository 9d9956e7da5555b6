"""The granule cell's rule, its options, and that a cell is the same in each of its runs and at its own temperature."""

import math

import numpy as np
import pytest

from tests.loops import loop_over
from tuner.library import cells
from tuner.library.cells.granule import BOUNDS, MECHANISMS, START, UNITS, Granule
from tuner.mechanisms import libraries


def section(name: str, **options: object) -> dict:
    return cells.load("granule", **options)["secs"][name]


def test_the_soma_has_the_area_of_the_original():
    geometry = section("soma")["geom"]
    assert math.pi * geometry["L"] * geometry["diam"] == pytest.approx(102.4456, rel=1e-5)


def test_the_axon_hangs_on_the_initial_segment_and_that_on_the_hillock():
    parents = {name: each["topol"].get("parentSec") for name, each in cells.load("granule")["secs"].items()}
    dendrites = {f"dend_{i}": "soma" for i in range(4)}
    assert parents == {"soma": None, **dendrites, "hillock": "soma", "ais": "hillock", "axon": "ais"}
    assert section("dend_2")["topol"] == {"parentSec": "soma", "parentX": 0.5, "childX": 0.0}


def test_every_parameter_starts_within_its_bounds():
    assert len(START) == 18
    assert START.keys() == BOUNDS.keys() == UNITS.keys()
    assert {name for name, value in START.items() if not BOUNDS[name][0] <= value <= BOUNDS[name][1]} == set()


PLACES = {
    "dend": ["dend_0", "dend_1", "dend_2", "dend_3"],
    "soma": ["soma"],
    "axon0": ["hillock"],
    "axon1": ["ais", "axon"],
}


@loop_over("name", START)
def test_a_parameter_is_in_its_sections_alone(name):
    plain, changed = (cells.load("granule", **each)["secs"] for each in ({}, {name: 0.0123}))
    parameter, mechanism, place = name.split("_")[0], "_".join(name.split("_")[1:3]), name.split("_")[3]
    for each in PLACES[place]:
        assert plain[each]["mechs"][mechanism][parameter] == START[name]
        plain[each]["mechs"][mechanism][parameter] = 0.0123
    assert changed == plain


def test_every_mechanism_with_rates_takes_the_cells_temperature():
    for temperature, written in ((None, -1000.0), (37.0, 37.0)):
        sections = cells.load("granule", temperature=temperature)["secs"].values()
        found = {(name, values.get("temperature")) for each in sections for name, values in each["mechs"].items()}
        rated = {"GRC_CA", "GRC_KCA", "GRC_KIR", "GRC_KA", "GRC_KM", "GRC_KV", "GRC_NA"}
        every = {mechanism for place in MECHANISMS.values() for mechanism in place}
        assert found == {(name, written if name in rated else None) for name in every}


def test_what_is_not_there_is_named_with_the_nearest():
    with pytest.raises(ValueError, match="'gnabar_GRC_NA_axon2'; did you mean 'gnabar_GRC_NA_axon[01]'"):
        cells.load("granule", gnabar_GRC_NA_axon2=0.1)
    with pytest.raises(ValueError, match="'2018'; did you mean '2017'"):
        cells.load("granule", variant="2018")


@pytest.fixture
def h() -> object:
    libraries.load(libraries.build(libraries.OWN))
    from neuron import h

    h.load_file("stdrun.hoc")
    celsius = h.celsius
    h.dt, h.steps_per_ms, h.celsius = 0.025, 40, 37.0
    yield h
    h.celsius = celsius
    h.CVode().active(False)


def injected(h: object, cell: Granule) -> tuple:
    """The cell's 22 pA from the start, and vectors of voltage and calcium at soma and dendrite."""
    soma, dendrite = cell._sections["soma"](0.5), cell._sections["dend_0"](0.5)
    clamp = h.IClamp(soma)
    clamp.dur, clamp.amp = 1e9, 0.022
    return clamp, [h.Vector().record(each) for each in (soma._ref_v, dendrite._ref_v, dendrite._ref_cai)]


def again(h: object, vectors: list) -> np.ndarray:
    h.finitialize(-70.0)
    # As NetPyNE does; NEURON's own run control ends a run at the variable step where the clock on the wall has it.
    solver = h.ParallelContext()
    solver.set_maxstep(10)
    solver.psolve(60.0)
    return np.array(vectors)


@pytest.mark.simulation
@pytest.mark.parametrize("variable_step", [False, True])
def test_the_second_run_is_the_first(h, variable_step):
    h.CVode().active(variable_step)
    _clamp, vectors = injected(h, cell := Granule())
    first = again(h, vectors)
    assert first[0].max() > 0
    np.testing.assert_array_equal(again(h, vectors), first)
    # What was set between two runs is not kept by either.
    cell._sections["hillock"](0.5).GRC_NA.O = 0.5
    np.testing.assert_array_equal(again(h, vectors), first)


@pytest.mark.simulation
def test_a_cell_of_its_own_temperature_is_the_same_among_colder_ones(h):
    _clamp, vectors = injected(h, _cell := Granule(temperature=37.0))
    warm = again(h, vectors)
    h.celsius = 6.3
    np.testing.assert_array_equal(again(h, vectors), warm)
    _other, colder = injected(h, _cell := Granule())
    assert np.abs(again(h, colder)[0] - warm[0]).max() > 10


@pytest.mark.simulation
def test_calcium_reverses_at_the_potential_of_nernst_of_the_cells_temperature(h):
    for temperature, degrees in ((None, 37.0), (20.0, 20.0)):
        dendrite = (_cell := Granule(temperature=temperature, cai0_GRC_CALC_dend=0.0024))._sections["dend_0"](0.5)
        h.finitialize(-40.0)
        nernst = 1000 * 8.31446261815324 * (degrees + 273.15) / (2 * 96485.33212) * math.log(2.0 / 0.0024)
        gate = dendrite.GRC_CA
        assert gate.reversal == pytest.approx(nernst, rel=1e-9)
        assert dendrite.ica == pytest.approx(0.012771 * gate.s_inf**2 * gate.u_inf * (-40.0 - nernst), rel=1e-9)


@pytest.mark.simulation
def test_at_rest_as_much_calcium_is_removed_as_comes_in(h):
    dendrite = (_cell := Granule())._sections["dend_0"](0.5)
    h.finitialize(-70.0)
    h.continuerun(500.0)
    # 1 mA/cm2 into a shell of 0.2 um is 0.25911 mM/ms.
    assert 0.609785 * (dendrite.cai - 0.0025) == pytest.approx(-0.25911 * dendrite.ica, rel=1e-4)
    assert dendrite.GRC_CA.reversal == pytest.approx(89.16, abs=0.01)


@pytest.mark.simulation
def test_potassium_gate_where_its_rate_is_nought_by_nought(h):
    patch = h.Section(name="patch")
    patch.insert("GRC_KV")
    h.finitialize(-25.0)
    opening, closing = 0.1, 0.125 * math.exp(-10 / 80)
    rate = 3 ** ((37 - 6.3) / 10)
    assert patch(0.5).GRC_KV.n_inf == pytest.approx(opening / (opening + closing), rel=1e-12)
    assert patch(0.5).GRC_KV.tau_n == pytest.approx(1 / (rate * (opening + closing)), rel=1e-12)


@pytest.mark.simulation
def test_sodium_channels_start_closed_and_none_is_lost(h):
    states = ["C1", "C2", "C3", "C4", "C5", "O", "OB", "I1", "I2", "I3", "I4", "I5", "I6"]
    _clamp, vectors = injected(h, cell := Granule())
    channels = cell._sections["hillock"](0.5).GRC_NA
    h.finitialize(-70.0)
    assert [getattr(channels, state) for state in states] == [1.0] + [0.0] * 12
    again(h, vectors)
    assert sum(getattr(channels, state) for state in states) == pytest.approx(1.0, abs=1e-9)
    assert min(getattr(channels, state) for state in states) >= -1e-12
