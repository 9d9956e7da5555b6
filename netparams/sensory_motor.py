"""Build 20 sensory (S) and 20 motor (M) pyramidal cells; S drives M.

This is the network of NetPyNE's second tutorial (tut2). With a connection probability instead of the divergence, it is
the network of NetPyNE's optimisation tutorial. Background noise drives every cell; S cells have no other input.
"""

from typing import Any

from netpyne import specs

from tuner.library.cells.pyr import cell_rule

DEFAULTS = {
    "probability": None,
    "weight": 0.01,
    "delay": 5.0,
    "drive_rate": 10.0,
    "drive_weight": 0.01,
    "gnabar": 0.12,
    "celsius": 6.3,
    "v_init": -65.0,
}

UNITS = {
    "probability": "1",
    "weight": "uS",
    "delay": "ms",
    "drive_rate": "Hz",
    "drive_weight": "uS",
    "gnabar": "S/cm2",
    "celsius": "degC",
    "v_init": "mV",
}

DIVERGENCE = 12


def net_params(values: dict[str, Any]) -> specs.NetParams:
    """Return the network for `values` (names of DEFAULTS, units of UNITS).

    `probability` is the probability that an S cell connects to an M cell. With `None`, each S cell connects to 12 M
    cells.
    """
    params = specs.NetParams()
    params.popParams["S"] = {"cellType": "PYR", "numCells": 20}
    params.popParams["M"] = {"cellType": "PYR", "numCells": 20}
    params.cellParams["PYR"] = cell_rule(gnabar=values["gnabar"])
    params.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.1, "tau2": 5.0, "e": 0}
    params.stimSourceParams["background"] = {"type": "NetStim", "rate": values["drive_rate"], "noise": 0.5}
    params.stimTargetParams["background->PYR"] = {
        "source": "background",
        "conds": {"cellType": "PYR"},
        "weight": values["drive_weight"],
        "delay": 5,
        "synMech": "exc",
    }
    params.connParams["S->M"] = {
        "preConds": {"pop": "S"},
        "postConds": {"pop": "M"},
        "weight": values["weight"],
        "delay": values["delay"],
        "synMech": "exc",
        **_number_of_connections(values["probability"]),
    }
    return params


def _number_of_connections(probability: float | None) -> dict[str, Any]:
    return {"divergence": DIVERGENCE} if probability is None else {"probability": probability}


def sim_config(values: dict[str, Any], seed: int, duration_ms: float) -> specs.SimConfig:
    """Return the simulation settings; `seed` determines connections, stimuli, locations and cells."""
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = 0.025
    config.hParams.update(celsius=values["celsius"], v_init=values["v_init"])
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    config.recordStim = False
    return config
