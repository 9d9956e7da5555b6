"""
Writes network.json, network.pkl and specs.pkl into this folder.

Usage: python make.py
"""

import os
import pickle

from netpyne import sim, specs

netParams = specs.NetParams()
netParams.cellParams["HH"] = {
    "secs": {
        "soma": {
            "geom": {"diam": 20, "L": 20, "Ra": 100},
            "mechs": {"hh": {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.0003, "el": -54.3}},
        }
    }
}
netParams.popParams["A"] = {"cellType": "HH", "numCells": 16}
netParams.popParams["B"] = {"cellType": "HH", "numCells": 5}
netParams.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.2, "tau2": 2.5, "e": 0}
netParams.synMechParams["inh"] = {"mod": "Exp2Syn", "tau1": 0.4, "tau2": 8.0, "e": -80}
netParams.stimSourceParams["bkg"] = {"type": "NetStim", "rate": 60, "noise": 0.9}
netParams.stimTargetParams["bkg->all"] = {
    "source": "bkg",
    "conds": {"pop": ["A", "B"]},
    "weight": 0.015,
    "delay": 1,
    "synMech": "exc",
}
netParams.connParams["A->B"] = {
    "preConds": {"pop": "A"},
    "postConds": {"pop": "B"},
    "probability": 0.3,
    "weight": 0.003,
    "delay": 2,
    "synMech": "exc",
}
netParams.connParams["B->A"] = {
    "preConds": {"pop": "B"},
    "postConds": {"pop": "A"},
    "probability": 0.4,
    "weight": 0.005,
    "delay": "uniform(1, 3)",
    "synMech": "inh",
}
netParams.connParams["A->A"] = {
    "preConds": {"pop": "A"},
    "postConds": {"pop": "A"},
    "probability": 0.1,
    "weight": 0.001,
    "delay": 2,
    "synMech": "exc",
}

simConfig = specs.SimConfig()
simConfig.duration = 150
simConfig.dt = 0.05
simConfig.verbose = False
simConfig.seeds = {"conn": 5, "stim": 6, "loc": 7, "cell": 8}
simConfig.saveDataInclude = ["netParams", "simConfig"]
simConfig.filename = "network"
simConfig.saveJson = True
simConfig.savePickle = True

with open("specs.pkl", "wb") as file:
    pickle.dump((netParams, simConfig), file)

sim.create(netParams, simConfig)
sim.saveData()
os.rename("network_data.json", "network.json")
os.rename("network_data.pkl", "network.pkl")
