"""Build an unconnected neuron of the claustrum: the adaptive exponential model (AdEx) under a constant current.

The cell has its own voltage variable (cells/adex.py). Its spikes are closer to the exact solution than the spikes of an
AdEx cell on a section. The current is on from the start, when the voltage is EL and the adaptation current is 0.
"""

from typing import Any

from netpyne import specs

from tuner.library.cells import adex

POPULATION = "neuron"
# Parameter sets by name, for `[values]` of a study. PN1 to PN5 and IN_last_cell are UNVERIFIED: see cells/adex.py.
UNVERIFIED = ("PN1", "PN2", "PN3", "PN4", "PN5", "IN_last_cell")
PATTERNS = (
    "tonic", "adapting", "initial_burst", "regular_bursting", "delayed_accelerating", "delayed_regular_bursting",
    "transient", "irregular",
)  # fmt: skip
PRESETS = {
    name: dict(zip(adex.NAMES, adex.PRESETS[name], strict=True)) for name in ("control", *PATTERNS, *UNVERIFIED)
}

DEFAULTS = {**PRESETS["control"], "dt": 0.025}

UNITS = {
    "C": "pF",
    "gL": "nS",
    "EL": "mV",
    "VT": "mV",
    "DT": "mV",
    "a": "nS",
    "tau_w": "ms",
    "b": "pA",
    "Vr": "mV",
    "I": "pA",
    "Vcut": "mV",
    "tref": "ms",
    "dt": "ms",
}


def net_params(values: dict[str, Any]) -> specs.NetParams:
    """Return one neuron with `values` (names of DEFAULTS, units of UNITS), for example a parameter set of PRESETS.

    `dt` is the time step. A spike is detected at the end of its time step.
    """
    params = specs.NetParams()
    params.cellParams[POPULATION] = adex.cell_rule(**{name: values[name] for name in adex.NAMES})
    params.popParams[POPULATION] = {"cellType": POPULATION, "numCells": 1}
    return params


def sim_config(values: dict[str, Any], seed: int, duration_ms: float) -> specs.SimConfig:
    """Return the simulation settings.

    Nothing in the model is random, so `seed` has no effect.
    """
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = values["dt"]
    # The cell's own voltage variable shows a spike for one time step only, so a coarser trace may miss the spike.
    config.recordStep = 0.1
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    return config
