"""Three Hodgkin-Huxley cells under a constant current: they rest, fire, or are blocked by depolarisation."""

from netpyne import specs

DEFAULTS = {"amp": 0.0, "delay": 0.0, "dur": 1e9, "gnabar": 0.12}
UNITS = {"amp": "nA", "delay": "ms", "dur": "ms", "gnabar": "S/cm2"}


def net_params(values):
    params = specs.NetParams()
    params.popParams["E"] = {"cellType": "HH", "numCells": 3}
    hh = {"gnabar": values["gnabar"], "gkbar": 0.036, "gl": 0.0003, "el": -54.3}
    params.cellParams["HH"] = {"secs": {"soma": {"geom": {"L": 18.8, "diam": 18.8, "Ra": 123.0}, "mechs": {"hh": hh}}}}
    params.stimSourceParams["current"] = {"type": "IClamp", **{key: values[key] for key in ("amp", "delay", "dur")}}
    params.stimTargetParams["current->E"] = {"source": "current", "conds": {"pop": "E"}, "sec": "soma", "loc": 0.5}
    return params


def sim_config(values, seed, duration_ms):
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = 0.025
    return config
