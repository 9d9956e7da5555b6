"""One cerebellar granule cell under a step of current into its soma, for fits to what was recorded of such cells."""

from typing import Any

from netpyne import specs

from tuner.library.cells import granule

# The step is that of the original's protocols; at a variable step, as there.
DEFAULTS = {**granule.START, "current": 0.010, "begin": 100.0, "length": 2000.0, "celsius": 37.0, "v_init": -70.0}
UNITS = {**granule.UNITS, "current": "nA", "begin": "ms", "length": "ms", "celsius": "degC", "v_init": "mV"}


def net_params(values: dict[str, Any]) -> specs.NetParams:
    """The cell for `values` (names of DEFAULTS, units of UNITS): `current` flows for `length` from `begin` on."""
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
    """How the cell is simulated: at a variable time step, which the sodium channel's fast states need."""
    config = specs.SimConfig()
    config.duration = duration_ms
    config.cvode_active = config.use_local_dt = True
    config.cvode_atol = 1e-3
    # At the solver's own points: a fixed grid would cost a quarter of the simulation.
    config.recordStep = "adaptive"
    config.hParams.update(celsius=values["celsius"], v_init=values["v_init"])
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    return config
