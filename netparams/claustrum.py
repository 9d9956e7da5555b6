"""Neurons of the claustrum, unconnected: the adaptive exponential model (AdEx) under a constant current.

The cell has a voltage of its own (cells/adex.py): its spikes are nearer to the exact solution than those of a section.
The current is on from the start, when the voltage is EL and the adaptation 0.
"""

from typing import Any

from netpyne import specs

from tuner.library.cells import adex

POPULATION = "neuron"
# A parameter set by name, as `[values]` of a study. PN1 to PN5 and IN_last_cell are UNVERIFIED: see cells/adex.py.
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
    """One neuron with `values` (names of DEFAULTS, units of UNITS), those of a PRESET for instance.

    `dt` is the time step, at whose end a spike is seen.
    """
    params = specs.NetParams()
    params.cellParams[POPULATION] = adex.cell_rule(**{name: values[name] for name in adex.NAMES})
    params.popParams[POPULATION] = {"cellType": POPULATION, "numCells": 1}
    return params


def sim_config(values: dict[str, Any], seed: int, duration_ms: float) -> specs.SimConfig:
    """How it is simulated; nothing is random, so that `seed` draws nothing."""
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = values["dt"]
    # What a recorded voltage of its own shows of a spike lasts one step.
    config.recordStep = 0.1
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    return config
