"""A small network for the tests: five cells drive five others; `trouble` makes a candidate go wrong."""

import os
import signal
import time
from pathlib import Path

from netpyne import specs

DEFAULTS = {"weight": 0.01, "rate": 10.0, "trouble": "none"}
UNITS = {"weight": "uS", "rate": "Hz"}


def net_params(values):
    params = specs.NetParams()
    params.popParams["S"] = {"cellType": "HH", "numCells": 5}
    params.popParams["M"] = {"cellType": "HH", "numCells": 5}
    hh = {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.003, "el": -70}
    params.cellParams["HH"] = {"secs": {"soma": {"geom": {"L": 18.8, "diam": 18.8, "Ra": 123.0}, "mechs": {"hh": hh}}}}
    params.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.1, "tau2": 5.0, "e": 0}
    params.stimSourceParams["drive"] = {"type": "NetStim", "rate": values["rate"], "noise": 0.5}
    params.stimTargetParams["drive->HH"] = {
        "source": "drive", "conds": {"cellType": "HH"}, "weight": 0.01, "delay": 5, "synMech": "exc",
    }  # fmt: skip
    params.connParams["S->M"] = {
        "preConds": {"pop": "S"}, "postConds": {"pop": "M"}, "probability": 0.5,
        "weight": values["weight"], "delay": 5, "synMech": "exc",
    }  # fmt: skip
    make_trouble(values["trouble"], hh)
    return params


def make_trouble(trouble, hh):
    if trouble == "raise":
        raise ValueError("this candidate is impossible")
    if trouble == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if trouble == "segfault once" and not Path(os.environ["TROUBLE_MARK"]).exists():
        Path(os.environ["TROUBLE_MARK"]).touch()
        os.kill(os.getpid(), signal.SIGSEGV)
    if trouble == "hang":
        time.sleep(10_000)
    if trouble == "nan":
        hh["gnabar"] = float("nan")
    if trouble == "quit":
        from neuron import h

        h.quit()


def sim_config(values, seed, duration_ms):
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = 0.025
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    return config
