"""Three cells under a drive, whose weight depends on more than the values: `fault` chooses on what."""

import random
import time

from netpyne import specs

DEFAULTS = {"weight": 0.006, "fault": "none"}
UNITS = {"weight": "uS"}
# What the process keeps between two calls.
CALLS = []


def weight(values):
    CALLS.append(values["weight"])
    factors = {
        "none": 1.0,
        "grows": 1.0 + 0.2 * len(CALLS),
        "keeps the first": CALLS[0] / values["weight"],
        "no seed": 1.0 + random.SystemRandom().random(),
        "clock": 1.0 + time.time_ns() % 1_000_003 / 1_000_003,
    }
    return values["weight"] * factors[values["fault"]]


def net_params(values):
    params = specs.NetParams()
    params.popParams["S"] = {"cellType": "HH", "numCells": 3}
    hh = {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.003, "el": -70}
    params.cellParams["HH"] = {"secs": {"soma": {"geom": {"L": 18.8, "diam": 18.8, "Ra": 123.0}, "mechs": {"hh": hh}}}}
    params.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.1, "tau2": 5.0, "e": 0}
    params.stimSourceParams["drive"] = {"type": "NetStim", "rate": 120, "noise": 0.7}
    params.stimTargetParams["drive->S"] = {
        "source": "drive", "conds": {"pop": "S"}, "weight": weight(values), "delay": 2, "synMech": "exc",
    }  # fmt: skip
    return params


def sim_config(values, seed, duration_ms):
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = 0.025
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    return config
