"""Define a network of a thousand cells in two populations, with a hundred thousand random connections.

Four fifths of the cells are excitatory. The network represents no real circuit. It is large and moderately active, and
exists for measurements of computing time.
"""

from netpyne import specs

from tuner.library.cells.pyr import cell_rule

DEFAULTS = {
    "cells": 1000,
    "probability": 0.1,
    "inhibitory_probability": 0.1,
    "weight": 0.0005,
    "inhibitory_weight": 0.001,
    "drive_rate": 20.0,
    "drive_weight": 0.01,
}

UNITS = {
    "probability": "1",
    "inhibitory_probability": "1",
    "weight": "uS",
    "inhibitory_weight": "uS",
    "drive_rate": "Hz",
    "drive_weight": "uS",
}

EXCITATORY_SHARE = 0.8


def net_params(values: dict) -> specs.NetParams:
    """Build the network for `values` (names of DEFAULTS, units of UNITS)."""
    params = specs.NetParams()
    excitatory = round(EXCITATORY_SHARE * values["cells"])
    params.popParams["E"] = {"cellType": "PYR", "numCells": excitatory}
    params.popParams["I"] = {"cellType": "PYR", "numCells": values["cells"] - excitatory}
    params.cellParams["PYR"] = cell_rule()
    params.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.1, "tau2": 5.0, "e": 0}
    params.synMechParams["inh"] = {"mod": "Exp2Syn", "tau1": 0.5, "tau2": 10.0, "e": -80}
    params.stimSourceParams["background"] = {"type": "NetStim", "rate": values["drive_rate"], "noise": 0.5}
    params.stimTargetParams["background->PYR"] = {
        "source": "background",
        "conds": {"cellType": "PYR"},
        "weight": values["drive_weight"],
        "delay": 5,
        "synMech": "exc",
    }
    params.connParams["E->EI"] = _connections("E", "exc", values["probability"], values["weight"])
    inhibition = values["inhibitory_probability"], values["inhibitory_weight"]
    params.connParams["I->EI"] = _connections("I", "inh", *inhibition)
    return params


def _connections(source: str, synapse: str, probability: float, weight: float) -> dict:
    return {
        "preConds": {"pop": source},
        "postConds": {"pop": ["E", "I"]},
        "probability": probability,
        "weight": weight,
        "delay": 2,
        "synMech": synapse,
    }


def sim_config(values: dict, seed: int, duration_ms: float) -> specs.SimConfig:
    """Configure the simulation; `seed` draws connections, stimuli, locations and cells."""
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = 0.025
    config.hParams.update(celsius=6.3, v_init=-65.0)
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    config.recordStim = False
    return config
