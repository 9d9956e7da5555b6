"""Build one cerebellar granule cell with a current step into the soma, for fits to recordings of such cells."""

from typing import Any

from netpyne import specs

from tuner.library.cells import granule

# The current step is from the protocols of the original model. As in the original, the time step is variable.
DEFAULTS = {**granule.START, "current": 0.010, "begin": 100.0, "length": 2000.0, "celsius": 37.0, "v_init": -70.0}
UNITS = {**granule.UNITS, "current": "nA", "begin": "ms", "length": "ms", "celsius": "degC", "v_init": "mV"}


def net_params(values: dict[str, Any]) -> specs.NetParams:
    """Return the cell for `values` (names of DEFAULTS, units of UNITS).

    `current` flows for `length` from `begin` on.
    """
    params = specs.NetParams()
    params.cellParams["granule"] = granule.cell_rule(**{name: values[name] for name in granule.START})
    params.popParams["granule"] = {"cellType": "granule", "numCells": 1}
    step = {"type": "IClamp", "del": values["begin"], "dur": values["length"], "amp": values["current"]}
    params.stimSourceParams["step"] = step
    params.stimTargetParams["step->granule"] = {
        "source": "step",
        "conds": {"pop": "granule"},
        "sec": "soma",
        "loc": 0.5,
    }
    return params


def sim_config(values: dict[str, Any], seed: int, duration_ms: float) -> specs.SimConfig:
    """Return the simulation settings, with a variable time step for the fast states of the sodium channel."""
    config = specs.SimConfig()
    config.duration = duration_ms
    config.cvode_active = config.use_local_dt = True
    config.cvode_atol = 1e-3
    # Record at the solver's own time points: a fixed grid would cost a quarter of the simulation time.
    config.recordStep = "adaptive"
    config.hParams.update(celsius=values["celsius"], v_init=values["v_init"])
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    return config
