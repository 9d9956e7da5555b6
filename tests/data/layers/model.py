"""Four layers of excitatory and inhibitory cells, three each, for a study of many targets."""

from netpyne import specs

LAYERS = ("2", "4", "5", "6")
DEFAULTS = {"weight": 0.01, "inhibition": 0.01, "drive": 20.0}
UNITS = {"weight": "uS", "inhibition": "uS", "drive": "Hz"}


def net_params(values):
    params = specs.NetParams()
    hh = {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.003, "el": -70}
    params.cellParams["HH"] = {"secs": {"soma": {"geom": {"L": 18.8, "diam": 18.8, "Ra": 123.0}, "mechs": {"hh": hh}}}}
    params.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.1, "tau2": 5.0, "e": 0}
    params.synMechParams["inh"] = {"mod": "Exp2Syn", "tau1": 0.1, "tau2": 8.0, "e": -80}
    for number, layer in enumerate(LAYERS):
        for kind in "EI":
            params.popParams[f"{kind}{layer}"] = {"cellType": "HH", "numCells": 3}
        drive = {"type": "NetStim", "rate": values["drive"] * (1 + number), "noise": 0.5}
        params.stimSourceParams[f"drive{layer}"] = drive
        params.stimTargetParams[f"drive{layer}"] = {
            "source": f"drive{layer}", "conds": {"pop": [f"E{layer}", f"I{layer}"]}, "weight": 0.01, "delay": 5,
            "synMech": "exc",
        }  # fmt: skip
        for kind, weight, synapse in (("E", values["weight"], "exc"), ("I", values["inhibition"], "inh")):
            params.connParams[f"{kind}{layer}"] = {
                "preConds": {"pop": f"{kind}{layer}"}, "postConds": {"pop": [f"E{layer}", f"I{layer}"]},
                "probability": 0.5, "weight": weight, "delay": 3, "synMech": synapse,
            }  # fmt: skip
    return params


def sim_config(values, seed, duration_ms):
    config = specs.SimConfig()
    config.duration = duration_ms
    config.dt = 0.05
    config.seeds = {"conn": seed, "stim": seed, "loc": seed, "cell": seed}
    return config
