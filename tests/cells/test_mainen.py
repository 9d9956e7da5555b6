"""The Mainen cell: its options, its currents in closed form, and that a run leaves nothing to the next."""

from math import exp, log

import numpy as np
import pytest

from tests.loops import loop_over
from tests.yardstick import cellrun
from tuner.library import cells
from tuner.mechanisms import libraries
from tuner.simulation.simulate import quiet

CHANNELS = {"mainen_naz", "mainen_kv", "mainen_km", "mainen_kca", "mainen_nca"}
ORIGINAL_PS_UM2 = {
    "gmax_naz_soma": 30000.0,
    "gmax_kv_soma": 1500.0,
    "gmax_naz_dend": 15.0,
    "gmax_km_dend": 0.1,
    "gmax_kca_dend": 3.0,
    "gmax_nca_dend": 0.3,
}


def conductances(rule: dict) -> dict[str, float]:
    return {
        f"gmax_{mechanism.removeprefix('mainen_')}_{name}": values["gmax"]
        for name, section in rule["secs"].items()
        for mechanism, values in section["mechs"].items()
        if mechanism in CHANNELS
    }


def temperatures(rule: dict) -> set[float]:
    mechs = [mechs for section in rule["secs"].values() for mechs in section["mechs"].items()]
    assert {name for name, values in mechs if "temperature" in values} == CHANNELS
    return {values["temperature"] for _, values in mechs if "temperature" in values}


def test_the_originals_conductances():
    assert conductances(cells.load("mainen")) == ORIGINAL_PS_UM2


@loop_over("name", ORIGINAL_PS_UM2)
def test_each_conductance_has_an_option(name):
    assert conductances(cells.load("mainen", **{name: 7.0})) == {**ORIGINAL_PS_UM2, name: 7.0}


def test_a_soma_that_leaks_and_one_that_does_not():
    soma = cells.load("mainen", soma_pas=True)["secs"]["soma"]
    assert soma["mechs"].pop("pas") == {"g": 1 / 30000, "e": -70.0}
    assert soma == cells.load("mainen")["secs"]["soma"]


def test_temperature_is_that_of_every_channel():
    assert temperatures(cells.load("mainen", temperature=30.0)) == {30.0}
    assert max(temperatures(cells.load("mainen"))) < -273.15


@pytest.fixture
def at():
    """A variable of the soma or the dendrite where all gates have come to rest at a voltage [mV]."""
    from neuron import h

    from tuner.library.cells.mainen import Mainen

    libraries.load(libraries.build(libraries.OWN))

    def measure(section: str, variable: str, voltage_mV: float, celsius: float = 23.0, **options: object) -> float:
        cell = Mainen(**options)
        h.celsius = celsius
        h.finitialize(voltage_mV)
        return getattr(dict(zip(("soma", "dend"), cell.all_sec, strict=True))[section](0.5), variable)

    before = h.celsius
    yield measure
    h.celsius = before


def alpha(x: float, rate: float, width: float) -> float:
    return rate * x / (1 - exp(-x / width))


def at_rest(opening: float, closing: float) -> float:
    return opening / (opening + closing)


@pytest.mark.simulation
@loop_over("v", [-65.0, -41.0, 12.0])
def test_currents_at_rest_at_23_degrees_are_those_of_the_closed_forms(at, v):
    w = v - 10
    m = at_rest(alpha(w + 35, 0.182, 9), alpha(-w - 35, 0.124, 9))
    na = m**3 / (1 + exp((w + 65) / 6.2)) * (v - 60)
    assert at("soma", "ina", v) == pytest.approx(3.0 * na, rel=1e-9)
    assert at("dend", "ina", v) == pytest.approx(0.0015 * na, rel=1e-9)
    kv = at_rest(alpha(v - 25, 0.02, 9), alpha(v - 25, -0.002, -9))
    assert at("soma", "ik", v) == pytest.approx(0.15 * kv * (v + 90), rel=1e-9)
    km = at_rest(alpha(v + 30, 0.001, 9), alpha(v + 30, -0.001, -9))
    kca = at_rest(0.01 * 2.4e-4, 0.02)
    assert at("dend", "ik", v) == pytest.approx((1e-5 * km + 3e-4 * kca) * (v + 90), rel=1e-9)
    m = at_rest(0.055 * (-27 - v) / (exp((-27 - v) / 3.8) - 1), 0.94 * exp((-75 - v) / 17))
    h = at_rest(0.000457 * exp((-13 - v) / 50), 0.0065 / (exp((-v - 15) / 28) + 1))
    assert at("dend", "ica", v) == pytest.approx(3e-5 * m**2 * h * (v - at("dend", "eca", v)), rel=1e-9)


@pytest.mark.simulation
def test_the_calcium_reversal_is_that_of_nernst(at):
    volts = 8.31446 * 279.45 / (2 * 96485.3) * log(2.0 / 2.4e-4)
    assert at("dend", "eca", -65.0, celsius=6.3) == pytest.approx(1000 * volts, abs=0.001)


@pytest.mark.simulation
@loop_over(("section", "current"), [("soma", "ina"), ("soma", "ik"), ("dend", "ik"), ("dend", "ica")])
def test_a_temperature_of_its_own_is_the_same_as_the_simulations(at, section, current):
    cold, warm = (at(section, current, -20.0, celsius=celsius) for celsius in (6.3, 37.0))
    own = at(section, current, -20.0, celsius=6.3, temperature=37.0)
    assert own == pytest.approx(warm, rel=1e-12)
    assert abs(warm) > 12 * abs(cold)


@pytest.mark.simulation
@pytest.mark.parametrize("temperature", [-273.15, -1000.0])
def test_a_temperature_that_is_none_is_the_simulations(at, temperature):
    assert at("dend", "ica", -20.0, temperature=temperature) == at("dend", "ica", -20.0)


@pytest.mark.simulation
@loop_over(
    ("section", "current", "v"),
    [
        ("soma", "ina", -25.0),
        ("soma", "ina", -40.0),
        ("soma", "ik", 25.0),
        ("dend", "ik", -30.0),
        ("dend", "ica", -27.0),
    ],
)
def test_where_a_rate_is_zero_by_zero_the_current_is_between_its_neighbours(at, section, current, v):
    below, here, above = (at(section, current, v + dv) for dv in (-0.001, 0.0, 0.001))
    assert here == pytest.approx((below + above) / 2, rel=1e-6)


@pytest.mark.simulation
def test_a_second_run_is_the_first():
    from netpyne import sim

    recorded = [p for p in cellrun.recorded("mainen") if p["celsius"] == 37.0][1]
    (first,) = cellrun.respond([cells.load("mainen")], [recorded])
    with quiet():
        sim.simulate()
    assert np.array_equal(first.spikes, np.array(sim.simData["spkt"]))
    assert np.array_equal(first.v, np.array(sim.simData["v0"]["cell_0"]))
    assert len(first.spikes) == 20
