"""Build a soma with calcium and a buffer, as a reaction of NetPyNE's rxdParams: Ca + buffer <-> bound."""

from typing import Any

from netpyne import specs

# A calcium load that is present at the start, and a buffer with the affinity of calbindin (0.5 uM).
DEFAULTS = {"load": 0.01, "buffer": 0.05, "rate_on": 10.0, "rate_off": 0.005}

UNITS = {"load": "mM", "buffer": "mM", "rate_on": "1/mM/ms", "rate_off": "1/ms"}


def net_params(values: dict[str, Any]) -> specs.NetParams:
    """Return the cell for `values` (names of DEFAULTS, units of UNITS).

    At the start all of the calcium (`load`) and all of the buffer (`buffer`) is free.
    """
    params = specs.NetParams()
    params.cellParams["cell"] = {"secs": {"soma": {"geom": {"L": 10.0, "diam": 10.0}, "topol": {}, "mechs": {}}}}
    params.popParams["cell"] = {"cellType": "cell", "numCells": 1}
    species = {"ca": values["load"], "buffer": values["buffer"], "bound": 0.0}
    params.rxdParams["regions"] = {"cytosol": {"cells": ["all"], "secs": ["soma"], "nrn_region": "i"}}
    params.rxdParams["species"] = {
        name: {"regions": ["cytosol"], "d": 0.0, "charge": 2 if name == "ca" else 0, "initial": initial}
        for name, initial in species.items()
    }
    params.rxdParams["reactions"] = {
        "binding": {
            "reactant": "ca + buffer",
            "product": "bound",
            "rate_f": values["rate_on"],
            "rate_b": values["rate_off"],
        }
    }
    return params


def sim_config(values: dict[str, Any], seed: int, duration_ms: float) -> specs.SimConfig:
    """Return the simulation settings, with the trace `calcium`: the free concentration [mM].

    Nothing in the model is random, so `seed` has no effect.
    """
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = 0.05
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    config.recordTraces = {"calcium": {"sec": "soma", "loc": 0.5, "var": "cai"}}
    config.recordCells = ["cell"]
    return config
