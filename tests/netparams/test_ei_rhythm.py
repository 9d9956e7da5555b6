"""The cells of the rhythm's network are the published ones, and the network is joined as it says."""

import math
from collections import Counter

import numpy as np
import pytest

from tests.commands import ROOT
from tuner.library.cells import reduced_traub_miles, wang_buzsaki
from tuner.library.netparams import ei_rhythm
from tuner.mechanisms import libraries
from tuner.simulation.simulate import quiet

CELLS = {"E": reduced_traub_miles, "I": wang_buzsaki}
DT_MS = 0.05
SETTLED_MS = 300.0
# Of the published equations, integrated apart from this program by SciPy's DOP853 with a relative tolerance of 1e-10.
RESTING_MV = {"E": -66.5911, "I": -64.0176}
FREQUENCY_HZ = {("E", 1.0): 43.714, ("E", 3.0): 89.920, ("I", 1.0): 59.701, ("I", 3.0): 135.503}


def test_units_and_defaults_name_the_same_values():
    assert set(ei_rhythm.UNITS) == set(ei_rhythm.DEFAULTS)


@pytest.mark.parametrize("name", CELLS)
def test_cells_have_20_nanosiemens_of_leak(name):
    soma = CELLS[name].cell_rule()["secs"]["soma"]
    area_cm2 = math.pi * soma["geom"]["L"] * soma["geom"]["diam"] * 1e-8
    (mechanism,) = soma["mechs"].values()
    assert mechanism["gl"] * area_cm2 == pytest.approx(20e-9, rel=1e-3)


def run(name: str, current_ua_cm2: float, duration_ms: float, dt_ms: float = DT_MS) -> tuple[np.ndarray, np.ndarray]:
    """Voltage at each step [mV] and spike times [ms] of a cell at a current per area."""
    libraries.load(libraries.build(ROOT / "mod"))
    from neuron import h

    h.load_file("stdrun.hoc")
    made = soma(name)
    clamp = h.IClamp(made(0.5))
    clamp.dur, clamp.amp = 1e9, current_ua_cm2 * made(0.5).area() * 1e-5
    voltage, spikes = h.Vector().record(made(0.5)._ref_v), h.Vector()
    detector = h.NetCon(made(0.5)._ref_v, None, sec=made)
    detector.threshold = -20.0
    detector.record(spikes)
    h.dt, h.steps_per_ms = dt_ms, 1 / dt_ms
    h.finitialize(-65.0)
    h.continuerun(duration_ms)
    return voltage.as_numpy().copy(), spikes.as_numpy().copy()


def soma(name: str) -> object:
    """A section that is made as the cell's rule says."""
    from neuron import h

    rule = CELLS[name].cell_rule()["secs"]["soma"]
    made = h.Section(name="soma")
    for key, value in rule["geom"].items():
        setattr(made, key, value)
    for mechanism, values in rule["mechs"].items():
        made.insert(mechanism)
        for key, value in values.items():
            setattr(made, f"{key}_{mechanism}", value)
    for ion, values in rule["ions"].items():
        setattr(made, f"e{ion}", values["e"])
    return made


@pytest.mark.simulation
@pytest.mark.parametrize("name", CELLS)
def test_resting_potential(name):
    voltage, spikes = run(name, 0.0, 1000.0)
    assert voltage[-1] == pytest.approx(RESTING_MV[name], abs=1e-3)
    assert len(spikes) == 0


@pytest.mark.simulation
@pytest.mark.parametrize(("name", "current_ua_cm2"), FREQUENCY_HZ)
def test_frequency_is_that_of_the_published_equations(name, current_ua_cm2):
    """Closer with each smaller step: steps of 0.02 and 0.01 ms point at what a step of 0 would give."""
    wanted = FREQUENCY_HZ[name, current_ua_cm2]
    coarse, fine, networks = (frequency_hz(name, current_ua_cm2, dt_ms) for dt_ms in (0.02, 0.01, DT_MS))
    assert 2 * fine - coarse == pytest.approx(wanted, rel=2e-3)
    assert networks == pytest.approx(wanted, rel=0.065)


def frequency_hz(name: str, current_ua_cm2: float, dt_ms: float) -> float:
    """The settled frequency of a cell at a current per area [Hz]."""
    spikes = run(name, current_ua_cm2, 1000.0, dt_ms)[1]
    return 1000.0 / np.diff(spikes[spikes > SETTLED_MS]).mean()


@pytest.mark.simulation
def test_network_has_its_cells_and_connections():
    libraries.load(libraries.build(ROOT / "mod"))
    from netpyne import sim

    with quiet():
        sim.create(ei_rhythm.net_params(ei_rhythm.DEFAULTS), ei_rhythm.sim_config(ei_rhythm.DEFAULTS, 1, 10.0))
    population = {gid: name for name, made in sim.net.pops.items() for gid in made.cellGids}
    assert {name: len(made.cellGids) for name, made in sim.net.pops.items()} == {"E": 200, "I": 50}
    pairs = [(c["preGid"], cell.gid) for cell in sim.net.cells for c in cell.conns if c["preGid"] != "NetStim"]
    found = Counter(population[pre] + population[post] for pre, post in pairs)
    assert set(found) == {"EI", "IE", "II"}
    # No cell is connected to itself.
    for name, possible in (("EI", 200 * 50), ("IE", 50 * 200), ("II", 50 * 49)):
        assert found[name] == pytest.approx(0.5 * possible, abs=4 * math.sqrt(possible * 0.5 * 0.5))
    assert [len(cell.stims) for cell in sim.net.cells] == [1] * 250
