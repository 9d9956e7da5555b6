"""Stimuli that are read from a built network."""

import math

import pytest

from tests.loops import loop_over
from tests.simulation.abort_studies import BLOCK, CV, CV_TABLE, study_of
from tuner.simulation.abort import Watch
from tuner.simulation.stimuli import Stimuli
from tuner.study.settings import Abort

INF = math.inf
SETTINGS = Abort()
simulation = pytest.mark.simulation


def build(**changes):
    """A built network of the block model, its specs changed by functions of netParams."""
    from tuner.model import models
    from tuner.simulation.network.warm import Network

    study = study_of("model.py", {"amp": (0, 5)}, CV_TABLE, folder=BLOCK)
    specs = models.of(study).specs(study, {"amp": 0.0})
    for change in changes.values():
        change(specs.net_params)
    network = Network()
    network.bring_to(specs)
    return network


STIMULI = {
    "current": ({"type": "IClamp", "delay": 100, "dur": 300, "amp": 1}, (100.0, 400.0, 400.0)),
    "late current": ({"type": "IClamp", "delay": 1000, "dur": 300, "amp": 1}, (0.0, 0.0, 0.0)),
    "long current": ({"type": "IClamp", "delay": 100, "dur": 1e9, "amp": 1}, (100.0, 100.0, 100.0)),
    "steps": ({"type": "SEClamp", "dur1": 50, "dur2": 100, "dur3": 2000}, (150.0, 150.0, 150.0)),
    "alpha": ({"type": "AlphaSynapse", "onset": 70}, (70.0, 70.0, 70.0)),
    "noise": ({"type": "NetStim", "rate": 10, "noise": 1, "start": 30}, (30.0, 30.0, INF)),
    "train": ({"type": "NetStim", "rate": 100, "noise": 0, "start": 30, "number": 10}, (30.0, 130.0, 130.0)),
    "short noise": ({"type": "NetStim", "rate": 100, "noise": 1, "start": 30, "number": 10}, (30.0, INF, INF)),
}


@simulation
@loop_over("kind", STIMULI)
def test_stimuli_are_read_from_the_network(kind):
    from netpyne import sim

    from tuner.simulation.stimuli import read_stimuli

    source, expected = STIMULI[kind]

    def add(params):
        params.synMechParams["exc"] = {"mod": "ExpSyn"}
        params.stimSourceParams["it"] = source
        target = {"source": "it", "conds": {"pop": "E"}, "sec": "soma", "loc": 0.5}
        synapse = {"weight": 0.0, "delay": 7, "synMech": "exc"} if source["type"] == "NetStim" else {}
        params.stimTargetParams["it->E"] = {**target, **synapse}

    build(add=add)
    found = read_stimuli()
    assert (found.onset_ms, found.settled_ms, found.over_ms) == expected and sim.cfg.duration == 1000
    assert found.longest_delay_ms == (7.0 if source["type"] == "NetStim" and math.isfinite(expected[2]) else 0.0)


@simulation
def test_stimuli_that_are_cells():
    from netpyne import sim
    from neuron import h

    from tuner.simulation.simulate import simulate
    from tuner.simulation.stimuli import read_stimuli

    def add(params):
        params.popParams["drive"] = {"cellModel": "NetStim", "numCells": 2, "rate": 50, "noise": 0.5, "start": 250}
        params.popParams["fire"] = {"cellModel": "IntFire2", "numCells": 2}

    network = build(add=add)
    assert read_stimuli() == Stimuli(250.0, 250.0, INF, 0.0)
    # The first spikes of the stimuli come at 250 ms; nothing of this network is ever at rest for the rules.
    assert simulate(network, Watch(SETTINGS, [CV])).spikes("drive").times.min() >= 250.0
    # A train of a population begins anew after a pause of more than 200 ms.
    for cell, times in ((0, [10, 100, 190, 600]), (1, [150, 380, 700, 2000])):
        sim.net.cells[cell].hSpkTimes = h.Vector(times)
    assert read_stimuli() == Stimuli(600.0, 700.0, INF, 0.0)

    def unknown(params):
        params.popParams["pattern"] = {"cellModel": "PatternStim", "numCells": 1}

    build(unknown=unknown)
    assert read_stimuli().onset_ms == INF
