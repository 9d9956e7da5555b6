from netpyne.batchtools import specs

from cfg import cfg

netParams = specs.NetParams()
netParams.cellParams["HH"] = {
    "secs": {"soma": {"geom": {"diam": 20, "L": 20, "Ra": 100}, "mechs": {"hh": {"gl": 0.0003}}}}
}
netParams.popParams["E"] = {"cellType": "HH", "numCells": 16}
netParams.popParams["I"] = {"cellType": "HH", "numCells": 4}
netParams.synMechParams["exc"] = {"mod": "ExpSyn", "tau": 2.5, "e": 0}
netParams.synMechParams["inh"] = {"mod": "ExpSyn", "tau": 8, "e": -80}
netParams.stimSourceParams["bkg"] = {"type": "NetStim", "rate": cfg.rate, "noise": 1}
netParams.stimTargetParams["bkg->E"] = {
    "source": "bkg",
    "conds": {"pop": "E"},
    "weight": 0.02,
    "delay": 1,
    "synMech": "exc",
}
netParams.connParams["E->I"] = {
    "preConds": {"pop": "E"},
    "postConds": {"pop": "I"},
    "probability": cfg.probabilities[0],
    "weight": cfg.weight["EI"],
    "delay": 2,
    "synMech": "exc",
}
netParams.connParams["I->E"] = {
    "preConds": {"pop": "I"},
    "postConds": {"pop": "E"},
    "probability": cfg.probabilities[1],
    "weight": cfg.weight["IE"],
    "delay": 2,
    "synMech": "inh",
}
