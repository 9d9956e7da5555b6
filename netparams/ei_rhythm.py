"""Build a gamma-rhythm network of 200 excitatory (E) and 50 inhibitory (I) cells: E drives I, I silences both briefly.

The network is of the PING type (pyramidal-interneuronal network gamma) after Boergers & Kopell 2003, Neural Comput.
15:509; 2005, Neural Comput. 17:557. Every cell receives an independent Poisson train, so E cells skip most cycles at
random.
"""

from typing import Any

from netpyne import specs

from tuner.library.cells import reduced_traub_miles, wang_buzsaki

# The synaptic decay times are from Boergers 2017, An Introduction to Modeling Neuronal Dynamics, chapter 30. The
# drives, the weights and the connection probability are a first guess.
DEFAULTS = {
    "cells_e": 200,
    "cells_i": 50,
    "drive_e": 600.0,
    "drive_i": 100.0,
    "drive_weight": 0.003,
    "weight_ei": 0.0005,
    "weight_ie": 0.001,
    "weight_ii": 0.001,
    "tau_excitation": 3.0,
    "tau_inhibition": 9.0,
    "probability": 0.5,
    "delay": 0.5,
    "v_init": -65.0,
}

UNITS = {
    "cells_e": "1",
    "cells_i": "1",
    "drive_e": "Hz",
    "drive_i": "Hz",
    "drive_weight": "uS",
    "weight_ei": "uS",
    "weight_ie": "uS",
    "weight_ii": "uS",
    "tau_excitation": "ms",
    "tau_inhibition": "ms",
    "probability": "1",
    "delay": "ms",
    "v_init": "mV",
}

CONNECTIONS = (("E", "I", "exc"), ("I", "E", "inh"), ("I", "I", "inh"))


def net_params(values: dict[str, Any]) -> specs.NetParams:
    """Return the network for `values` (names of DEFAULTS, units of UNITS).

    `drive_e` and `drive_i` are the background rates of an E and an I cell; `drive_weight` is the weight of a background
    event. `weight_ei` is the weight of a connection from E to I, and so on. `probability` is the probability that two
    cells are connected.
    """
    params = specs.NetParams()
    params.cellParams["E"] = reduced_traub_miles.cell_rule()
    params.cellParams["I"] = wang_buzsaki.cell_rule()
    params.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.1, "tau2": values["tau_excitation"], "e": 0.0}
    params.synMechParams["inh"] = {"mod": "Exp2Syn", "tau1": 0.3, "tau2": values["tau_inhibition"], "e": -80.0}
    for population in ("E", "I"):
        cells = values[f"cells_{population}".lower()]
        params.popParams[population] = {"cellType": population, "numCells": cells}
        _add_background(params, population, values)
    for pre, post, synapse in CONNECTIONS:
        params.connParams[f"{pre}->{post}"] = {
            "preConds": {"pop": pre},
            "postConds": {"pop": post},
            "probability": values["probability"],
            "weight": values[f"weight_{pre}{post}".lower()],
            "delay": values["delay"],
            "synMech": synapse,
        }
    return params


def _add_background(params: specs.NetParams, population: str, values: dict[str, Any]) -> None:
    source = f"background_{population}"
    rate = values[f"drive_{population}".lower()]
    params.stimSourceParams[source] = {"type": "NetStim", "rate": rate, "noise": 1.0}
    params.stimTargetParams[f"{source}->{population}"] = {
        "source": source,
        "conds": {"pop": population},
        "weight": values["drive_weight"],
        "delay": 1.0,
        "synMech": "exc",
    }


def sim_config(values: dict[str, Any], seed: int, duration_ms: float) -> specs.SimConfig:
    """Return the simulation settings; `seed` determines connections, stimuli, locations and cells."""
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = 0.05
    config.hParams.update(v_init=values["v_init"])
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    config.recordStim = False
    return config
