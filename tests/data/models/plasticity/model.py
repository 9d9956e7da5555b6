"""Depressing synapses among excitatory cells, facilitating ones onto inhibitory cells."""

from netpyne import specs

DEFAULTS = {
    "cells": 24,
    "weight": 0.02,
    "delay": 2.0,
    "probability": 0.3,
    "convergence": 4,
    "length_constant": 50.0,
    "drive_rate": 80.0,
    "tau_recovery": 100.0,
    "celsius": 6.3,
    "v_init": -65.0,
}

UNITS = {
    "weight": "uS",
    "delay": "ms",
    "length_constant": "um",
    "drive_rate": "Hz",
    "tau_recovery": "ms",
    "celsius": "degC",
    "v_init": "mV",
}


def net_params(values):
    params = specs.NetParams()
    params.length_constant = values["length_constant"]
    params.popParams["E"] = {"cellType": "HH", "numCells": values["cells"]}
    params.popParams["I"] = {"cellType": "HH", "numCells": 8}
    hh = {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.001, "el": -65.0}
    params.cellParams["HH"] = {"secs": {"soma": {"geom": {"L": 20.0, "diam": 20.0}, "mechs": {"hh": hh}}}}
    params.synMechParams["drive"] = {"mod": "Exp2Syn", "tau1": 0.5, "tau2": 3.0, "e": 0.0}
    params.synMechParams["depressing"] = {
        "mod": "TsodyksMarkram", "tau": 3.0, "e": 0.0,
        "U": 0.5, "tau_recovery": values["tau_recovery"], "tau_facilitation": 10.0,
    }  # fmt: skip
    params.synMechParams["facilitating"] = {
        "mod": "TsodyksMarkram", "tau": 3.0, "e": 0.0, "U": 0.1, "tau_recovery": 30.0, "tau_facilitation": 300.0,
    }  # fmt: skip
    params.synMechParams["inh"] = {
        "mod": "TsodyksMarkram", "tau": 8.0, "e": -80.0, "U": 0.3, "tau_recovery": 200.0, "tau_facilitation": 20.0,
    }  # fmt: skip
    params.stimSourceParams["drive"] = {"type": "NetStim", "rate": values["drive_rate"], "noise": 0.8}
    params.stimTargetParams["drive->E"] = {
        "source": "drive", "conds": {"pop": "E"}, "weight": 0.01, "delay": 1.0, "synMech": "drive",
    }  # fmt: skip
    nearby = "0.5 * exp(-dist_3D / length_constant)"
    for pre, post, synapse, weight, connectivity in (
        ("E", "E", "depressing", values["weight"], {"probability": nearby}),
        ("E", "I", "facilitating", 0.1, {"probability": values["probability"]}),
        ("I", "E", "inh", 0.03, {"convergence": values["convergence"]}),
    ):
        params.connParams[f"{pre}->{post}"] = {
            "preConds": {"pop": pre}, "postConds": {"pop": post}, "synMech": synapse,
            "weight": weight, "delay": values["delay"], **connectivity,
        }  # fmt: skip
    return params


def sim_config(values, seed, duration_ms):
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = 0.05
    config.hParams.update(celsius=values["celsius"], v_init=values["v_init"])
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    return config
