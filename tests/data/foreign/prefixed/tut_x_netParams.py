from netpyne import specs
from tut_x_cfg import cfg

netParams = specs.NetParams()

netParams.popParams["E"] = {"cellType": "pyr", "numCells": 20}
netParams.popParams["I"] = {"cellType": "fs", "numCells": 5}

for cellType, size in (("pyr", 20), ("fs", 12)):
    netParams.cellParams[cellType] = {
        "secs": {
            "soma": {
                "geom": {"diam": size, "L": size, "Ra": 100},
                "mechs": {"hh": {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.0003, "el": -54}},
            }
        }
    }

netParams.synMechParams["exc"] = {"mod": "ExpSyn", "tau": 3, "e": 0}
netParams.synMechParams["inh"] = {"mod": "ExpSyn", "tau": 6, "e": -80}

netParams.stimSourceParams["drive"] = {"type": "NetStim", "rate": cfg.drive, "noise": 0.5}
netParams.stimTargetParams["drive->E"] = {
    "source": "drive",
    "conds": {"pop": "E"},
    "weight": 0.015,
    "delay": 2,
    "synMech": "exc",
}

netParams.connParams["E->I"] = {
    "preConds": {"pop": "E"},
    "postConds": {"pop": "I"},
    "probability": 0.4,
    "weight": 0.001,
    "delay": 2,
    "synMech": "exc",
}
netParams.connParams["I->E"] = {
    "preConds": {"pop": "I"},
    "postConds": {"pop": "E"},
    "probability": 0.5,
    "weight": cfg.weightIE,
    "delay": 3,
    "synMech": "inh",
}
