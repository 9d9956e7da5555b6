"""The shipped network against recordings of NetPyNE's second tutorial and of its optimisation tutorial."""

import json
from pathlib import Path

import numpy as np
import pytest

from tuner.library.netparams import sensory_motor

pytestmark = pytest.mark.simulation
DATA = Path(__file__).resolve().parent.parent / "data"
TUT2 = json.loads((DATA / "net_tut2.json").read_text())
OPTIMIZATION = json.loads((DATA / "net_tut_optimization.json").read_text())
SETTINGS = [
    pytest.param({}, TUT2["result"], id="tut2"),
    *(
        pytest.param({k: row[k] for k in ("probability", "weight", "delay")}, row, id=row["name"])
        for row in OPTIMIZATION["results"]
    ),
]


@pytest.fixture(scope="module")
def sim() -> object:
    from netpyne import sim

    return sim


@pytest.mark.parametrize(("values", "recorded"), SETTINGS)
def test_plain_netpyne_gives_the_recorded_raster_and_connections(sim, values, recorded):
    values = {**sensory_motor.DEFAULTS, **values}
    sim.createSimulate(
        netParams=sensory_motor.net_params(values), simConfig=sensory_motor.sim_config(values, 1, 1000.0)
    )
    ours = sorted(zip(map(int, sim.simData["spkid"]), sim.simData["spkt"], strict=True))
    theirs = sorted(zip(recorded["spkid"], recorded["spkt"], strict=True))
    assert [cell for cell, _ in ours] == [cell for cell, _ in theirs]
    np.testing.assert_allclose([t for _, t in ours], [t for _, t in theirs], atol=1e-6, rtol=0)
    pairs = sorted([c["preGid"], cell.gid] for cell in sim.net.cells for c in cell.conns if c["preGid"] != "NetStim")
    assert pairs == sorted(recorded["conn_pairs"])


def test_units_and_defaults_name_the_same_values():
    assert set(sensory_motor.UNITS) == set(sensory_motor.DEFAULTS)
