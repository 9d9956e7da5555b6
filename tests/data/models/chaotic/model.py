"""Balanced network of 800 excitatory and 200 inhibitory Hodgkin-Huxley cells: irregular, asynchronous, chaotic."""

from netpyne import specs

DEFAULTS = {
    "cells": 800,
    "excitation": 0.003,
    "inhibition": 0.1,
    "delay": 1.5,
    "probability": 0.02,
    "convergence": 12,
    "length_constant": 60.0,
    "drive_rate": 80.0,
    "drive_weight": 0.03,
    "gkbar": 0.03,
    "celsius": 36.0,
    "v_init": -65.0,
}

UNITS = {
    "excitation": "uS",
    "inhibition": "uS",
    "delay": "ms",
    "length_constant": "um",
    "drive_rate": "Hz",
    "drive_weight": "uS",
    "gkbar": "S/cm2",
    "celsius": "degC",
    "v_init": "mV",
}


def net_params(values):
    params = specs.NetParams()
    params.sizeX = params.sizeY = params.sizeZ = 200.0
    params.length_constant = values["length_constant"]
    params.popParams["E"] = {"cellType": "HH", "numCells": values["cells"]}
    params.popParams["I"] = {"cellType": "HH", "numCells": 200}
    soma = {
        "geom": {"L": 79.8, "diam": 79.8, "cm": 1.0},
        "mechs": {
            "pas": {"g": 5e-5, "e": -60.0},
            "traub_miles": {"gnabar": 0.1, "gkbar": values["gkbar"], "vt": -63.0},
        },
        "ions": {"na": {"e": 50.0}, "k": {"e": -90.0}},
    }
    params.cellParams["HH"] = {"secs": {"soma": soma}}
    params.synMechParams["exc"] = {"mod": "ExpSyn", "tau": 5.0, "e": 0.0}
    params.synMechParams["inh"] = {"mod": "ExpSyn", "tau": 10.0, "e": -80.0}
    params.stimSourceParams["drive"] = {"type": "NetStim", "rate": values["drive_rate"], "noise": 1.0}
    params.stimTargetParams["drive->HH"] = {
        "source": "drive", "conds": {"cellType": "HH"}, "synMech": "exc",
        "weight": values["drive_weight"], "delay": 1.0,
    }  # fmt: skip
    nearby = "0.4 * exp(-dist_3D / length_constant)"
    for pre, post, connectivity in (
        ("E", "E", {"probability": values["probability"]}),
        ("E", "I", {"probability": values["probability"]}),
        ("I", "E", {"convergence": values["convergence"]}),
        ("I", "I", {"probability": nearby}),
    ):
        params.connParams[f"{pre}->{post}"] = {
            "preConds": {"pop": pre}, "postConds": {"pop": post}, "delay": values["delay"], **connectivity,
            "weight": values["excitation"] if pre == "E" else values["inhibition"],
            "synMech": "exc" if pre == "E" else "inh",
        }  # fmt: skip
    return params


def sim_config(values, seed, duration_ms):
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = 0.05
    config.hParams.update(celsius=values["celsius"], v_init=values["v_init"])
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    return config
