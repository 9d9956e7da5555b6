"""Twenty-four excitatory cells with a custom M-current, eight inhibitory cells without."""

from netpyne import specs

DEFAULTS = {
    "cells": 24,
    "weight": 0.004,
    "delay": 2.0,
    "probability": 0.3,
    "convergence": 4,
    "length_constant": 50.0,
    "drive_rate": 80.0,
    "gbar": 0.003,
    "celsius": 6.3,
    "v_init": -65.0,
}

UNITS = {
    "weight": "uS",
    "delay": "ms",
    "length_constant": "um",
    "drive_rate": "Hz",
    "gbar": "S/cm2",
    "celsius": "degC",
    "v_init": "mV",
}


def net_params(values):
    params = specs.NetParams()
    params.length_constant = values["length_constant"]
    params.popParams["E"] = {"cellType": "E", "numCells": values["cells"]}
    params.popParams["I"] = {"cellType": "I", "numCells": 8}
    geometry = {"L": 20.0, "diam": 20.0}
    hh = {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.001, "el": -65.0}
    slow = {"gbar": values["gbar"], "tau_max": 100.0}
    params.cellParams["E"] = {"secs": {"soma": {"geom": geometry, "mechs": {"hh": hh, "m_current": slow}}}}
    params.cellParams["I"] = {"secs": {"soma": {"geom": dict(geometry), "mechs": {"hh": dict(hh)}}}}
    params.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.5, "tau2": 3.0, "e": 0.0}
    params.synMechParams["inh"] = {"mod": "Exp2Syn", "tau1": 0.5, "tau2": 8.0, "e": -80.0}
    params.stimSourceParams["drive"] = {"type": "NetStim", "rate": values["drive_rate"], "noise": 0.8}
    params.stimTargetParams["drive->E"] = {
        "source": "drive", "conds": {"pop": "E"}, "weight": 0.01, "delay": 1.0, "synMech": "exc",
    }  # fmt: skip
    nearby = "0.5 * exp(-dist_3D / length_constant)"
    for pre, post, synapse, weight, connectivity in (
        ("E", "E", "exc", values["weight"], {"probability": nearby}),
        ("E", "I", "exc", 0.01, {"probability": values["probability"]}),
        ("I", "E", "inh", 0.01, {"convergence": values["convergence"]}),
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
