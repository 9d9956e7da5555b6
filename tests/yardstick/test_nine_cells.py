"""The network of the nine cells against NetPyNE's import tutorial as it was recorded, at the tutorial's seeds."""

import json

import numpy as np
import pytest

from netparams import nine_cells
from tests.yardstick import cellrun
from tuner.mechanisms import libraries
from tuner.simulation.simulate import quiet

pytestmark = pytest.mark.simulation
RECORDED = json.loads((cellrun.DATA.parent / "net_tut_import.json").read_text())
# Its geometry is not the original's.
GROWN = ("HH3D_pop_hoc", "HH3D_pop_swc")
# Not by step: rounding decides there, and 0.001 uS from a cell of the grown tree is much for 1 pF.
UNSTABLE = "Izhi03b_pop"


def spikes(**values: object) -> dict[int, np.ndarray]:
    """Spike times [ms] of every cell in plain NetPyNE."""
    from netpyne import sim

    libraries.load(libraries.build(libraries.OWN))
    values = {**nine_cells.DEFAULTS, **values}
    with quiet():
        sim.create(netParams=nine_cells.net_params(values), simConfig=nine_cells.sim_config(values, 1, 1000.0))
        sim.simulate()
    assert sum(len(cell.conns) for cell in sim.net.cells) == RECORDED["n_conns"]
    times, cells = np.array(sim.simData["spkt"]), np.array(sim.simData["spkid"])
    return {cell: np.sort(times[cells == cell]) for cell in range(50)}


@pytest.mark.slow
def test_the_rates_are_the_recorded_ones():
    found = spikes(segments_hh=21)
    rates = {name: sum(len(found[cell]) for cell in each["gids"]) / 5 for name, each in RECORDED["pops"].items()}
    for name in RECORDED["pops"].keys() - GROWN:
        assert rates[name] == pytest.approx(RECORDED["pops"][name]["rate_Hz"], rel=0.1), name
    assert rates["HH3D_pop_hoc"] == pytest.approx(17.0, rel=0.1)


@pytest.mark.slow
def test_every_cell_fires_as_recorded():
    found = spikes()
    times, cells = np.array(RECORDED["spkt"]), np.array(RECORDED["spkid"])
    for name, each in RECORDED["pops"].items():
        for cell, count in zip(each["gids"], each["per_cell"], strict=True):
            if name == UNSTABLE:
                assert len(found[cell]) == pytest.approx(count, abs=1)
            elif name not in GROWN:
                recorded = np.sort(times[cells == cell])
                assert len(found[cell]) == count
                assert np.median(np.abs(found[cell] - recorded)) < cellrun.STEP_MS
