"""Define six populations of twenty Hodgkin-Huxley cells, three excitatory and three inhibitory, with 22 rules.

The network represents no real circuit. All rates depend on all drives. Searches can therefore have targets that are
known to be reachable.
"""

import numpy as np
from netpyne import specs

POPULATIONS = ("A", "B", "C", "D", "E", "F")
EXCITATORY = ("A", "C", "E")
CELLS = 20
CHANCE_OF_A_RULE = 0.5
RULES_SEED = 3

DEFAULTS = {f"drive_{population}": 0.002 for population in POPULATIONS}

UNITS = {f"drive_{population}": "uS" for population in POPULATIONS}

# Synapse and weight [uS] of the connections within the network; True stands for excitatory connections.
SYNAPSES = {True: ("exc", 0.0005), False: ("inh", 0.002)}


def net_params(values: dict) -> specs.NetParams:
    """Build the network for `values` (names of DEFAULTS, units of UNITS)."""
    params = specs.NetParams()
    geometry = {"L": 18.8, "diam": 18.8, "Ra": 123.0}
    hh = {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.0003, "el": -65.0}
    params.cellParams["HH"] = {"secs": {"soma": {"geom": geometry, "mechs": {"hh": hh}}}}
    params.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.5, "tau2": 4.0, "e": 0}
    params.synMechParams["inh"] = {"mod": "Exp2Syn", "tau1": 0.5, "tau2": 10.0, "e": -75}
    params.stimSourceParams["background"] = {"type": "NetStim", "rate": 100, "noise": 1.0}
    for population in POPULATIONS:
        params.popParams[population] = {"cellType": "HH", "numCells": CELLS}
        params.stimTargetParams[f"background->{population}"] = _drive(population, values[f"drive_{population}"])
    for source, target in rules():
        params.connParams[f"{source}->{target}"] = _connections(source, target)
    return params


def rules() -> list[tuple[str, str]]:
    """Return the connected pairs of populations, each as (source, target).

    Each population connects to itself. Every other pair is connected with a chance of one half, drawn with a fixed
    seed.
    """
    random = np.random.default_rng(RULES_SEED)
    pairs = [(source, target) for source in POPULATIONS for target in POPULATIONS]
    return [(one, other) for one, other in pairs if one == other or random.random() < CHANCE_OF_A_RULE]


def _drive(population: str, weight: float) -> dict:
    conditions = {"pop": population}
    return {"source": "background", "conds": conditions, "weight": weight, "delay": 1, "synMech": "exc"}


def _connections(source: str, target: str) -> dict:
    synapse, weight = SYNAPSES[source in EXCITATORY]
    return {
        "preConds": {"pop": source},
        "postConds": {"pop": target},
        "probability": 0.2,
        "weight": weight,
        "delay": 2,
        "synMech": synapse,
    }


def sim_config(values: dict, seed: int, duration_ms: float) -> specs.SimConfig:
    """Configure the simulation; `seed` draws connections, stimuli, locations and cells."""
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = 0.05
    config.hParams.update(celsius=6.3, v_init=-65.0)
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    config.recordStim = False
    return config
