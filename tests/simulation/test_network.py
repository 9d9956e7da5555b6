"""The warm network: every way of bringing it to new values ends in the raster of a fresh one."""

import json
from pathlib import Path

import numpy as np
import pytest

from tuner.model import models
from tuner.recording import Recording
from tuner.simulation.network.warm import Network
from tuner.simulation.simulate import simulate
from tuner.study.paths import Specs
from tuner.study.study import Study

pytestmark = pytest.mark.simulation
DATA = Path(__file__).resolve().parent.parent / "data"
RECORDED = {r["name"]: r for r in json.loads((DATA / "net_tut_optimization.json").read_text())["results"]}


def recorded(name: str) -> Recording:
    populations = {"S": np.arange(20), "M": np.arange(20, 40)}
    return Recording(np.array(RECORDED[name]["spkt"]), np.array(RECORDED[name]["spkid"]), populations, 1000.0)


def values(name: str) -> dict:
    return {key: RECORDED[name][key] for key in ("probability", "weight", "delay")}


def test_network_follows_its_values_and_keeps_nothing_of_the_old_ones():
    study = Study.load("tutorial")
    network = Network()
    for name, change in (("init5", "rebuilt"), ("init5", "untouched"), ("init3", "rewired"), ("init5", "rewired")):
        assert network.bring_to(models.of(study).specs(study, values(name))) == change
        recording = simulate(network)
        assert recording.same_raster(recorded(name)), name
        assert {n: len(cells) for n, cells in recording.populations.items()} == {"S": 20, "M": 20}


def test_old_cells_are_not_simulated_on():
    from neuron import h

    study = Study.load("tutorial")
    network = Network()
    for name in ("init0", "init1", "init2"):
        network.bring_to(models.of(study).specs(study, values(name)))
        assert len(list(h.allsec())) == 40


def test_failed_build_leaves_nothing_behind():
    study = Study.load("tutorial")
    network = Network()
    good = values("init1")
    network.bring_to(models.of(study).specs(study, good))
    net_params, sim_config = models.of(study).specs(study, good)
    net_params.connParams["S->M"]["weight"] = "no function of anything"
    with pytest.raises(TypeError):
        network.bring_to(Specs(net_params, sim_config))
    assert network.bring_to(models.of(study).specs(study, good)) == "rebuilt"
    assert simulate(network).same_raster(recorded("init1"))


def test_seed_decides_the_network():
    rasters = []
    for seed in (1, 2, 1):
        study = Study.load("tutorial", [f"seed={seed}", "duration_ms=200"])
        network = Network()
        network.bring_to(models.of(study).specs(study, values("init7")))
        rasters.append(simulate(network))
    assert rasters[0].same_raster(rasters[2])
    assert not rasters[0].same_raster(rasters[1])
