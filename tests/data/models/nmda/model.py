"""AMPA and NMDA synapses in each excitatory connection; random delays of inhibition."""

from netpyne import specs

DEFAULTS = {
    "cells": 24,
    "weight": 0.003,
    "delay": 2.0,
    "probability": 0.3,
    "convergence": 4,
    "length_constant": 50.0,
    "drive_rate": 80.0,
    "mg": 1.0,
    "celsius": 6.3,
    "v_init": -65.0,
}

UNITS = {
    "weight": "uS",
    "delay": "ms",
    "length_constant": "um",
    "drive_rate": "Hz",
    "mg": "mM",
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
    params.synMechParams["AMPA"] = {"mod": "Exp2Syn", "tau1": 0.5, "tau2": 3.0, "e": 0.0}
    params.synMechParams["NMDA"] = {
        "mod": "NMDABlock", "tau_rise": 2.0, "tau_decay": 40.0, "e": 0.0, "mg": values["mg"],
    }  # fmt: skip
    params.synMechParams["GABA"] = {"mod": "Exp2Syn", "tau1": 0.5, "tau2": 8.0, "e": -80.0}
    params.stimSourceParams["drive"] = {"type": "NetStim", "rate": values["drive_rate"], "noise": 0.8}
    params.stimTargetParams["drive->E"] = {
        "source": "drive", "conds": {"pop": "E"}, "weight": 0.01, "delay": 1.0, "synMech": "AMPA",
    }  # fmt: skip
    nearby = "0.5 * exp(-dist_3D / length_constant)"
    for pre, post, synapse, weight, delay, connectivity in (
        ("E", "E", ["AMPA", "NMDA"], values["weight"], values["delay"], {"probability": nearby}),
        ("E", "I", ["AMPA", "NMDA"], 0.005, values["delay"], {"probability": values["probability"]}),
        ("I", "E", "GABA", 0.01, "uniform(1, 4)", {"convergence": values["convergence"]}),
    ):
        params.connParams[f"{pre}->{post}"] = {
            "preConds": {"pop": pre}, "postConds": {"pop": post}, "synMech": synapse,
            "weight": weight, "delay": delay, **connectivity,
        }  # fmt: skip
    return params


def sim_config(values, seed, duration_ms):
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = 0.05
    config.hParams.update(celsius=values["celsius"], v_init=values["v_init"])
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    return config
