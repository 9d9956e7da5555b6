from netpyne import specs

try:
    from __main__ import cfg
except ImportError:
    from cfg import cfg

netParams = specs.NetParams()

netParams.cellParams["HH"] = {
    "secs": {
        "soma": {
            "geom": {"diam": 18, "L": 18, "Ra": 100},
            "mechs": {"hh": {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.0003, "el": -54.3}},
        }
    }
}
netParams.popParams["E"] = {"cellType": "HH", "numCells": 20}
netParams.popParams["I"] = {"cellType": "HH", "numCells": 5}

netParams.synMechParams["exc"] = {"mod": "ExpSyn", "tau": 2.5, "e": 0}
netParams.synMechParams["inh"] = {"mod": "ExpSyn", "tau": 8, "e": -80}

# a weak input all the time, a second one from 100 ms on
netParams.stimSourceParams["first"] = {"type": "NetStim", "rate": cfg.rate1, "noise": 1}
netParams.stimSourceParams["second"] = {"type": "NetStim", "rate": cfg.rate2, "noise": 1, "start": 100}
for source in ("first", "second"):
    netParams.stimTargetParams[source] = {
        "source": source,
        "conds": {"pop": "E"},
        "weight": 0.01,
        "delay": 1,
        "synMech": "exc",
    }

for pre, post, weight, syn in (
    ("E", "E", cfg.weightEE, "exc"),
    ("E", "I", cfg.weightEI, "exc"),
    ("I", "E", cfg.weightIE, "inh"),
):
    netParams.connParams[pre + post] = {
        "preConds": {"pop": pre},
        "postConds": {"pop": post},
        "probability": 0.3,
        "weight": weight,
        "delay": 2,
        "synMech": syn,
    }
