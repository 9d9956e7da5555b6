"""Changes that need no new NEURON objects: the decision, and the raster of a fresh build, bit for bit."""

import numpy as np
import pytest

from tuner.recording import Recording
from tuner.simulation.network.warm import Network
from tuner.simulation.simulate import simulate
from tuner.study.paths import Specs

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("changes in place")]


def small(**changes: object) -> tuple:
    """Specs of a network with every kind of thing that can be changed in place; keys are dotted paths."""
    from netpyne import specs

    params = specs.NetParams()
    params.popParams["A"] = {"cellType": "HH", "numCells": 4}
    params.popParams["B"] = {"cellType": "HH", "numCells": 4}
    hh = {"gnabar": "0.12 + 0.001 * ynorm", "gkbar": 0.036, "gl": 0.003, "el": -70}
    soma = {
        "geom": {"L": 18.8, "diam": 18.8, "Ra": 123.0, "cm": 1.0},
        "mechs": {"hh": hh},
        "ions": {"na": {"e": 50.0, "i": 10, "o": 140}, "k": {"e": -77.0, "i": 54.4, "o": 2.5}},
        "pointps": {"noise": {"mod": "IClamp", "loc": 0.5, "delay": 0.0, "dur": 1e9, "amp": 0.01}},
        "vinit": -66.0,
    }
    params.cellParams["HH"] = {"secs": {"soma": soma}}
    params.cellParams["odd"] = {"secs": {"soma": {"geom": {"L": 20.0, "diam": "uniform(18, 19)"}, "mechs": {}}}}
    params.popParams["C"] = {"cellType": "odd", "numCells": 2}
    params.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.1, "tau2": 5.0, "e": 0}
    params.stimSourceParams["drive"] = {"type": "NetStim", "rate": 40.0, "noise": 0.6, "start": 5.0}
    params.stimSourceParams["step"] = {"type": "IClamp", "delay": 50.0, "dur": 100.0, "amp": 0.3}
    params.stimTargetParams["drive->A"] = {
        "source": "drive", "conds": {"pop": "A"}, "weight": 0.01, "delay": 3.0, "synMech": "exc",
    }  # fmt: skip
    params.stimTargetParams["step->B"] = {"source": "step", "conds": {"pop": "B"}, "sec": "soma", "loc": 0.5}
    for pre, post in ("AB", "BA"):
        params.connParams[f"{pre}->{post}"] = {
            "preConds": {"pop": pre}, "postConds": {"pop": post}, "probability": 0.7,
            "weight": 0.002, "delay": 2.0, "synMech": "exc",
        }  # fmt: skip
    config = specs.SimConfig()
    config.duration = 200.0
    config.dt = 0.025
    config.seeds = {"conn": 1, "stim": 1, "loc": 1, "cell": 1}
    for path, value in changes.items():
        put(params, config, path.split("/"), value)
    return Specs(params, config)


def put(params: object, config: object, steps: list, value: object) -> None:
    holder = config if steps[0] == "config" else params
    steps = steps[1:] if steps[0] == "config" else steps
    for step in steps[:-1]:
        holder = holder[step] if hasattr(holder, "keys") else getattr(holder, step)
    if hasattr(holder, "keys"):
        holder[steps[-1]] = value
    else:
        setattr(holder, steps[-1], value)


def fresh(**changes: object) -> Recording:
    network = Network()
    network.bring_to(small(**changes))
    return simulate(network)


def same(one: Recording, other: Recording) -> bool:
    return np.array_equal(one.spike_times, other.spike_times) and np.array_equal(one.spike_cells, other.spike_cells)


SOMA = "cellParams/HH/secs/soma"
IN_PLACE = {
    "connParams/A->B/weight": 0.02,
    "connParams/B->A/delay": 7.5,
    "stimSourceParams/drive/rate": 90.0,
    "stimSourceParams/drive/noise": 1.0,
    "stimSourceParams/drive/start": 60.0,
    "stimSourceParams/step/amp": 0.9,
    "stimSourceParams/step/delay": 20.0,
    "stimSourceParams/step/dur": 0.5,
    "stimTargetParams/drive->A/weight": 0.05,
    "stimTargetParams/drive->A/delay": 8.0,
    "synMechParams/exc/tau2": 2.0,
    "synMechParams/exc/e": -20.0,
    f"{SOMA}/mechs/hh/gkbar": 0.03,
    f"{SOMA}/mechs/hh/gnabar": "0.11 + 0.004 * ynorm",
    f"{SOMA}/mechs/hh/el": -65.0,
    f"{SOMA}/ions/na/e": 45.0,
    f"{SOMA}/ions/k/e": -80.0,
    f"{SOMA}/geom/L": 25.0,
    f"{SOMA}/geom/diam": 15.0,
    f"{SOMA}/geom/cm": 1.3,
    f"{SOMA}/pointps/noise/amp": 0.05,
    f"{SOMA}/vinit": -60.0,
    "config/duration": 120.0,
    "config/dt": 0.05,
    "config/hParams/celsius": 9.0,
    "config/hParams/v_init": -55.0,
    "config/seeds/stim": 5,
}
# Changes of these do not reach the raster of cells that have their own initial voltage, or of silent ones.
INVISIBLE = {"config/hParams/v_init"}
REBUILT = {
    "popParams/A/numCells": 5,
    "connParams": {},
    "cellParams/odd/secs/soma/geom/diam": "uniform(17, 19)",
    f"{SOMA}/mechs/hh/gnabar": "uniform(0.1, 0.14)",
    f"{SOMA}/geom/nseg": 3,
    f"{SOMA}/pointps/noise/loc": 0.1,
    "sizeX": 150,
    "config/seeds/cell": 2,
    "stimTargetParams/step->B/loc": 0.2,
}


@pytest.fixture(scope="module")
def start() -> Recording:
    return fresh()


def test_changes_in_place_give_the_fresh_raster_and_back(start, subtests):
    # A fresh build takes the place of the warm network: all of them come first.
    wanted = {path: fresh(**{path: value}) for path, value in IN_PLACE.items()}
    warm = Network()
    assert warm.bring_to(small()) == "rebuilt"
    assert same(simulate(warm), start)
    for path, raster in wanted.items():
        with subtests.test(path):
            assert path in INVISIBLE or not same(raster, start)
            for way in ("in place", "untouched"):
                assert warm.bring_to(small(**{path: IN_PLACE[path]})) == way, warm.reason
                assert same(simulate(warm), raster)
        with subtests.test(f"{path}, back"):
            assert warm.bring_to(small()) == "in place"
            assert same(simulate(warm), start)


def test_what_needs_new_objects_is_rebuilt(subtests):
    wanted = {path: fresh(**{path: value}) for path, value in REBUILT.items()}
    warm = Network()
    for path, raster in wanted.items():
        warm.bring_to(small())
        simulate(warm)
        with subtests.test(path):
            assert warm.bring_to(small(**{path: REBUILT[path]})) == "rebuilt"
            assert path.replace("/", ".").removeprefix("config.") in warm.reason
            assert same(simulate(warm), raster)


@pytest.mark.parametrize("one_synapse_per_connection", [True, False])
def test_many_changes_at_once_end_in_the_fresh_raster(one_synapse_per_connection):
    setting = {"config/oneSynPerNetcon": one_synapse_per_connection}
    wanted = [fresh(**changes, **setting) for changes in ({}, IN_PLACE, {})]
    warm = Network()
    ways = []
    for changes, raster in zip(({}, IN_PLACE, {}), wanted, strict=True):
        ways.append(warm.bring_to(small(**changes, **setting)))
        assert same(simulate(warm), raster)
    assert ways == ["rebuilt", "in place", "in place"]


def test_network_that_another_has_replaced_is_built_anew(start):
    first = Network()
    first.bring_to(small())
    Network().bring_to(small(**{"popParams/A/numCells": 5}))
    assert first.bring_to(small()) == "rebuilt"
    assert same(simulate(first), start)


@pytest.mark.parametrize(
    ("addition", "path", "value", "words"),
    [
        ("popParams/V", "config/duration", 260.0, "artificial cells"),
        ("popParams/V", "config/seeds/stim", 5, "artificial cells"),
        ("stimTargetParams/drive->A/delay", "config/seeds/stim", 5, "may draw a random number"),
    ],
)
def test_what_netpyne_computes_while_it_builds_is_not_changed_in_place(addition, path, value, words):
    spikes = {"cellModel": "NetStim", "numCells": 3, "rate": 30.0, "noise": 0.5}
    made = {"popParams/V": spikes, "stimTargetParams/drive->A/delay": "uniform(1, 6)"}[addition]
    added = {addition: made}
    warm = Network()
    warm.bring_to(small(**added))
    assert warm.bring_to(small(**added, **{path: value})) == "rebuilt"
    assert words in warm.reason
    assert same(simulate(warm), fresh(**added, **{path: value}))


OVERRIDING = {
    "a later rule with conditions": (
        {"cellParams/over": {"conds": {"cellType": "HH"}, "secs": {"soma": {"geom": {"diam": 14.0}}}}},
        {f"{SOMA}/geom/diam": 22.0},
    ),
    "a synapse that depends on distance": (
        {"synMechParams/exc/tau2": "2 + post_dist_path / 2"}, {f"{SOMA}/geom/L": 40.0},
    ),
    "parameters of a population": ({"popParams/B/params": {"amp": 0.2}}, {f"{SOMA}/pointps/noise/amp": 0.1}),
    "a weight of the source": (
        {"stimSourceParams/drive/weight": 0.01}, {"stimTargetParams/drive->A/weight": 0.05},
    ),
    "a rate beside an interval": ({"stimSourceParams/drive/interval": 30.0}, {"stimSourceParams/drive/interval": 3.0}),
    "nothing in place of a number": ({}, {f"{SOMA}/mechs/hh/gkbar": None}),
    "an ion of several cells": (
        {"cellParams/odd/secs/soma/ions": {"na": {"e": 50.0, "i": 10, "o": 140}}}, {f"{SOMA}/ions/na/i": 20},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", OVERRIDING)
def test_what_something_else_overrides_is_rebuilt(kind):
    added, changed = OVERRIDING[kind]
    warm = Network()
    warm.bring_to(small(**added))
    simulate(warm)
    assert warm.bring_to(small(**{**added, **changed})) == "rebuilt"
    assert same(simulate(warm), fresh(**{**added, **changed}))


def test_weights_that_a_run_has_learned_are_not_the_next_ones():
    plastic = {"connParams/A->B/plast": {"mech": "STDP", "params": {}}}
    warm = Network()
    warm.bring_to(small(**plastic))
    assert warm.bring_to(small(**plastic)) == "rebuilt"
    assert "plast" in warm.reason
