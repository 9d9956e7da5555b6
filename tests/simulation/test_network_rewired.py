"""Connections made anew on cells that exist: the decision, and the raster of a fresh build, bit for bit."""

import numpy as np
import pytest

from tests.simulation.test_network_in_place import put, same
from tuner.recording import Recording
from tuner.simulation.network.warm import Network
from tuner.simulation.simulate import simulate
from tuner.study.paths import Specs

pytestmark = pytest.mark.simulation
SHARED = pytest.mark.parametrize("one_synapse_per_connection", [False, True], ids=["shared", "unshared"])


def specs_with(*changes: dict, one_synapse_per_connection: bool = False) -> tuple:
    """Specs of an excitatory and an inhibitory population with a dendrite each, and changes at their paths."""
    from netpyne import specs

    params, config = specs.NetParams(), specs.SimConfig()
    params.reach = 60.0
    hh = {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.003, "el": -70}
    soma = {"geom": {"L": 18.8, "diam": 18.8, "Ra": 123.0}, "mechs": {"hh": hh}}
    dendrite = {
        "geom": {"L": 80.0, "diam": 1.2, "Ra": 150.0, "nseg": 3},
        "topol": {"parentSec": "soma", "parentX": 1.0, "childX": 0.0},
        "mechs": {"pas": {"g": 0.0001, "e": -70}},
    }
    params.cellParams["cell"] = {"secs": {"soma": soma, "dend": dendrite}}
    params.popParams["E"] = {"cellType": "cell", "cellModel": "HH", "numCells": 24}
    params.popParams["I"] = {"cellType": "cell", "cellModel": "HH", "numCells": 8}
    params.popParams["P"] = {"cellModel": "NetStim", "numCells": 5, "rate": 30.0, "noise": 1.0}
    for label, tau2, e in (("exc", 4.0, 0.0), ("slow", 20.0, 0.0), ("inh", 9.0, -80.0)):
        params.synMechParams[label] = {"mod": "Exp2Syn", "tau1": 0.4, "tau2": tau2, "e": e}
    params.stimSourceParams["drive"] = {"type": "NetStim", "rate": 60.0, "noise": 0.9}
    params.stimTargetParams["drive->E"] = {
        "source": "drive", "conds": {"pop": ["E", "I"]}, "weight": 0.006, "delay": 2.0, "synMech": "exc",
    }  # fmt: skip
    rules = {
        "E->E": {"probability": 0.1, "weight": 0.002, "delay": 3.0, "synMech": "exc"},
        "E->I": {"convergence": 4, "weight": 0.004, "delay": "2 + dist_3D / 100", "synMech": "exc", "sec": "dend"},
        "I->E": {"probability": "0.6 * exp(-dist_3D / reach)", "weight": 0.004, "delay": 2.0, "synMech": "inh"},
        "P->E": {"divergence": 5, "weight": 0.006, "delay": 1.0, "synMech": ["exc", "slow"],
                 "synMechWeightFactor": [1.0, 0.2]},
        "P->I": {"weight": "0.001 + 0.002 * uniform(0, 1)", "delay": 2.5, "synMech": "exc"},
        "I->I": {"connList": [[0, 1], [1, 2], [2, 0]], "weight": 0.003, "delay": 2.0, "synMech": "inh"},
    }  # fmt: skip
    for label, rule in rules.items():
        pre, _, post = label.partition("->")
        params.connParams[label] = {"preConds": {"pop": pre}, "postConds": {"pop": post}, **rule}
    config.duration, config.dt = 150.0, 0.05
    config.seeds = {"conn": 1, "stim": 1, "loc": 1, "cell": 1}
    config.oneSynPerNetcon = one_synapse_per_connection
    for change in changes:
        for path, value in change.items():
            put(params, config, path.split("/"), value)
    return Specs(params, config)


def run(network: Network) -> Recording:
    recording = simulate(network)
    assert len(recording.spike_times) > 50
    return recording


def fresh(*changes: dict, **setting: bool) -> Recording:
    network = Network()
    network.bring_to(specs_with(*changes, **setting))
    return run(network)


REWIRED = {
    "probability": {"connParams/E->E/probability": 0.35},
    "probability that leaves cells without input": {"connParams/E->E/probability": 0.01},
    "every pair, each cell with itself too": {"connParams/E->E/probability": 1.0},
    "convergence": {"connParams/E->I/convergence": 7},
    "divergence": {"connParams/P->E/divergence": 2},
    "list": {"connParams/I->I/connList": [[3, 1], [0, 2]]},
    "function of distance in a probability": {"connParams/I->E/probability": "0.9 * exp(-dist_3D / (2 * reach))"},
    "number of the author's in such a function": {"reach": 25.0},
    "function of distance in a delay": {"connParams/E->I/delay": "1 + dist_3D / 50"},
    "number in place of a function": {"connParams/P->I/weight": 0.003},
    "function in place of a number": {"connParams/E->E/weight": "0.004 * uniform(0.5, 1)"},
    "factors of two synapses": {"connParams/P->E/synMechWeightFactor": [0.5, 1.0]},
    "weight with such factors": {"connParams/P->E/weight": 0.012},
    "seed": {"config/seeds/conn": 7},
    "scale of all weights": {"scaleConnWeight": 1.7},
    "scale by cell model": {"scaleConnWeightModels": {"HH": 0.5}},
    "section": {"connParams/E->I/sec": "soma"},
    "several synapses a connection": {"connParams/E->E/synsPerConn": 3},
    "location": {"connParams/E->I/loc": 0.9},
    "synapse": {"connParams/E->E/synMech": "slow"},
    "cells chosen": {"connParams/E->E/preConds/pop": ["E", "I"]},
    "another rule of choice": {"connParams/E->I/probability": 0.3},
    "with changes in place": {
        "connParams/E->E/probability": 0.2, "connParams/E->E/weight": 0.004, "connParams/I->I/weight": 0.001,
        "stimSourceParams/drive/rate": 80.0, "synMechParams/inh/tau2": 14.0, "config/hParams/celsius": 8.0,
    },
}  # fmt: skip


@SHARED
def test_rewired_network_gives_the_fresh_raster_and_back(one_synapse_per_connection, subtests):
    setting = {"one_synapse_per_connection": one_synapse_per_connection}
    # A fresh build takes the place of the warm network: all of them come first.
    start, wanted = fresh(**setting), {kind: fresh(changes, **setting) for kind, changes in REWIRED.items()}
    warm = Network()
    warm.bring_to(specs_with(**setting))
    assert same(run(warm), start)
    for kind, raster in wanted.items():
        with subtests.test(kind):
            assert not same(start, raster)
            assert warm.bring_to(specs_with(REWIRED[kind], **setting)) == "rewired", warm.reason
            assert same(run(warm), raster)
        with subtests.test(f"{kind}, back"):
            assert warm.bring_to(specs_with(**setting)) == "rewired", warm.reason
            assert same(run(warm), start)
    for kind in (*REWIRED, *list(REWIRED)[-2::-1]):
        with subtests.test(f"{kind}, straight from another"):
            assert warm.bring_to(specs_with(REWIRED[kind], **setting)) == "rewired", warm.reason
    assert same(run(warm), wanted["probability"])


def test_weights_are_set_in_place_on_rewired_connections():
    warm = Network()
    warm.bring_to(specs_with())
    rewired, heavier = {"connParams/E->E/probability": 0.3}, {"connParams/E->E/weight": 0.005}
    assert warm.bring_to(specs_with(rewired)) == "rewired"
    assert warm.bring_to(specs_with(rewired, heavier)) == "in place"
    assert same(run(warm), fresh(rewired, heavier))


def test_synapses_stay_where_their_order_is_that_of_a_fresh_build():
    from neuron import h

    warm = Network()
    warm.bring_to(specs_with({"connParams/E->E/probability": 0.5}))
    before = {synapse.hname() for synapse in h.List("Exp2Syn")}
    warm.bring_to(specs_with({"connParams/E->E/probability": 0.6}))
    assert {synapse.hname() for synapse in h.List("Exp2Syn")} == before


def test_number_of_connections_is_that_of_a_fresh_build():
    from neuron import h

    change = {"connParams/E->E/probability": 0.4}
    counts = []
    for start in ((), (change,)):
        network = Network()
        network.bring_to(specs_with(*start))
        network.bring_to(specs_with(change))
        counts.append(int(h.List("NetCon").count()))
    assert counts[0] == counts[1] > 200


TRACE = {"g": {"synMech": "exc", "var": "g", "sec": "soma", "loc": 0.5}}
POINTER = {"mod": "ExpSyn", "pointerParams": {"target_var": "e"}}
SPARSER = {"connParams/E->E/probability": 0.3}


@pytest.mark.parametrize(
    ("added", "change", "words"),
    [
        ({"config/recordTraces": TRACE}, SPARSER, "a trace of a synapse"),
        ({"synMechParams/gap": POINTER}, SPARSER, "gap junctions"),
        ({"stimTargetParams/drive->E/delay": "1 + reach / 100"}, {"reach": 30.0}, "stimuli depend on this value"),
        ({}, {"sizeX": 120}, "when creating the cells"),
    ],
)
def test_what_cannot_be_rewired_exactly_is_rebuilt(added, change, words):
    warm = Network()
    warm.bring_to(specs_with(added))
    assert warm.bring_to(specs_with(added, change)) == "rebuilt"
    assert words in warm.reason


@pytest.mark.parametrize("setting", [{"config/allowSelfConns": True}, {"config/allowConnsWithWeight0": False}])
def test_settings_that_decide_on_connections_are_obeyed(setting):
    change = {"connParams/E->E/probability": 0.8, "connParams/I->E/weight": 0.0}
    warm = Network()
    warm.bring_to(specs_with(setting))
    assert warm.bring_to(specs_with(setting, change)) == "rewired"
    assert same(run(warm), fresh(setting, change))


def test_numbers_drawn_at_once_are_netpynes_own():
    from netpyne import sim

    from tuner.simulation.network.wiring import _draws

    warm = Network()
    warm.bring_to(specs_with())
    pre, post = np.array([3, 1, 2, 17]), np.array([9, 4, 30])
    wanted = sim.net.generateRandsPrePost(pre.tolist(), post.tolist())
    assert _draws(sim, pre, post).tolist() == [[wanted[p, q] for q in post] for p in pre]


@pytest.mark.parametrize(
    ("text", "at_once"),
    [
        ("0.5 * exp(-dist_3D / reach)", True),
        ("0.2 + 0.1 * (post_y > 50) - pre_xnorm ** 2 / 10", True),
        ("0.9 if dist_3D < 40 else 0.1", False),
        ("uniform(0, 1)", False),
        ("min(0.5, dist_x)", False),
    ],
)
def test_probabilities_of_all_pairs_at_once_are_netpynes_own(text, at_once):
    from netpyne import sim

    from tuner.simulation.network.wiring import _probability

    warm = Network()
    warm.bring_to(specs_with())
    tags = {cell.gid: dict(cell.tags) for cell in sim.net.cells}
    pre, post = {gid: tags[gid] for gid in (5, 2, 9)}, {gid: tags[gid] for gid in (1, 30)}
    found = _probability(sim.net, text, pre, post)
    assert (found is not None) == at_once
    if at_once:
        rule = {"probability": text}
        sim.net._connStrToFunc(pre, post, rule)
        np.testing.assert_allclose(found, [[rule["probabilityFunc"][p, q] for q in post] for p in pre], rtol=1e-14)
