import json

from netpyne import specs

try:
    from __main__ import cfg  # import SimConfig object with params from parent module
except ImportError:
    from cfg import cfg  # if no simConfig in parent module, import directly from cfg module

# rates of the background, in Hz; the file lies in the model's top folder, not beside this script
with open("data/rates.json") as file:
    rates = json.load(file)


def make_network(bkgWeight):
    netParams = specs.NetParams()

    # cells
    for label, gkslow in (("E", cfg.gkslow), ("I", 0.0)):
        soma = {"geom": {"diam": 20, "L": 20, "Ra": 100}, "mechs": {}}
        soma["mechs"]["hh"] = {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.0003, "el": -54.3}
        soma["mechs"]["kslow"] = {"gbar": gkslow, "tau": 40}
        netParams.cellParams[label + "cell"] = {"secs": {"soma": soma}}

    # populations
    netParams.popParams["E"] = {"cellType": "Ecell", "numCells": cfg.numE}
    netParams.popParams["I"] = {"cellType": "Icell", "numCells": cfg.numI}

    # synapses
    netParams.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.5, "tau2": 3.0, "e": 0}
    netParams.synMechParams["inh"] = {"mod": "Exp2Syn", "tau1": 0.5, "tau2": 8.0, "e": -80}

    # background
    for pop in ("E", "I"):
        netParams.stimSourceParams["bkg" + pop] = {"type": "NetStim", "rate": rates[pop], "noise": 0.8}
        netParams.stimTargetParams["bkg->" + pop] = {
            "source": "bkg" + pop,
            "conds": {"pop": pop},
            "weight": bkgWeight,
            "delay": 1,
            "synMech": "exc",
        }

    # connections
    for pre, post, weight, syn in (
        ("E", "E", cfg.weightEE, "exc"),
        ("E", "I", cfg.weightEI, "exc"),
        ("I", "E", cfg.weightIE, "inh"),
    ):
        netParams.connParams[pre + "->" + post] = {
            "preConds": {"pop": pre},
            "postConds": {"pop": post},
            "probability": cfg.probability,
            "weight": weight,
            "delay": "uniform(1, 4)",
            "synMech": syn,
        }

    return netParams


netParams = make_network(bkgWeight=0.012)
netParams_small = make_network(bkgWeight=0.02)  # of small.npjson
