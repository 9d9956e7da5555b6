"""Sources that fire together and apart converge on two dozen cells, through a mechanism of mod/ and NEURON's own."""

from netpyne import specs

DEFAULTS = {"mechanism": "ExpSyn", "weight": 0.003}
UNITS = {"weight": "uS"}


def net_params(values):
    params = specs.NetParams()
    params.popParams["together"] = {"cellModel": "NetStim", "numCells": 12, "rate": 50, "noise": 0, "start": 5}
    params.popParams["apart"] = {"cellModel": "NetStim", "numCells": 12, "rate": 50, "noise": 1, "start": 0}
    params.popParams["cells"] = {"cellType": "HH", "numCells": 24}
    soma = {"geom": {"L": 18.8, "diam": 18.8, "Ra": 123.0}, "mechs": {"hh": {}}}
    params.cellParams["HH"] = {"secs": {"soma": soma}}
    params.synMechParams["own"] = {"mod": values["mechanism"]}
    params.synMechParams["fast"] = {"mod": "Exp2Syn", "tau1": 0.1, "tau2": 2.0, "e": 0}
    for source, synapse, weight, delay in (
        ("together", "own", values["weight"], 2.0),
        ("apart", "own", values["weight"], "uniform(1, 6)"),
        ("apart", "fast", 0.003, 3.0),
    ):
        params.connParams[f"{source}->{synapse}"] = {
            "preConds": {"pop": source}, "postConds": {"pop": "cells"}, "probability": 0.5,
            "weight": weight, "delay": delay, "synMech": synapse,
        }  # fmt: skip
    return params


def sim_config(values, seed, duration_ms):
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = 0.025
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    return config
