"""The cells on CoreNEURON: the spikes of NEURON."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.yardstick import cellrun
from tuner.executors import registry
from tuner.library import cells
from tuner.mechanisms import libraries
from tuner.simulation.simulate import quiet, warm_up

# Compiles CoreNEURON's library.
pytestmark = [pytest.mark.simulation, pytest.mark.slow, pytest.mark.xdist_group("cells on CoreNEURON")]
# Cells whose spikes are detected at a membrane: the only ones that CoreNEURON takes from NetPyNE.
CURRENTS_NA = {
    "adex": (0.0, {"on_section": True}),
    "friesen": (1.0, {}),
    "granule": (0.01, {"temperature": 37.0}),
    "hh": (1.0, {"segments": 21}),
    "hh3d": (1.0, {}),
    "hh3d_swc": (3.0, {}),
    "izhikevich2003b": (0.01, {}),
    "izhikevich2007b": (0.2, {}),
    "mainen": (0.1, {"temperature": 37.0}),
    "traub": (0.5, {}),
}


def rasters(names: Sequence[str]) -> list[list[tuple[float, float]]]:
    """Of one cell each under its current, on NEURON and on CoreNEURON."""
    from netpyne import sim, specs

    libraries.load(libraries.build(libraries.OWN))
    libraries.load_coreneuron(libraries.build_coreneuron(libraries.OWN))
    found = []
    for coreneuron in (False, True):
        params, config = specs.NetParams(), specs.SimConfig({"duration": 400.0, "dt": 0.025, "coreneuron": coreneuron})
        for name in names:
            current, options = CURRENTS_NA[name]
            protocol = {"stim": "IClamp", "delay_ms": 100.0, "dur_ms": 300.0, "amp_nA": current}
            cellrun.add(params, config, name, cells.load(name, **options), protocol)
        config.recordTraces = {}
        with quiet():
            sim.create(netParams=params, simConfig=config, clearAll=hasattr(sim, "net"))
            sim.runSim()
        found.append(sorted(zip(sim.simData["spkid"], sim.simData["spkt"], strict=True)))
    return found


@pytest.fixture(scope="module")
def both() -> list[list[tuple[float, float]]]:
    # CoreNEURON takes one library a process.
    with registry.make("serial", 1, warm_up) as pool:
        (outcome,) = pool.map(rasters, [list(CURRENTS_NA)])
    assert outcome.status == "done", outcome.reason
    return outcome.value


@pytest.mark.parametrize("name", CURRENTS_NA)
def test_coreneuron_gives_the_same_spikes(name, both):
    number = list(CURRENTS_NA).index(name)
    neuron, coreneuron = (np.array([time for cell, time in raster if cell == number]) for raster in both)
    assert len(neuron) > 0
    np.testing.assert_allclose(coreneuron, neuron, atol=cellrun.STEP_MS * 1.001, rtol=0)
