from netpyne import specs

try:
    from __main__ import cfg
except:
    from cfg import cfg

netParams = specs.NetParams()
netParams.popParams["E"] = {"cellType": "E", "numCells": 20}
netParams.popParams["I"] = {"cellType": "I", "numCells": 6}

for cell, diam in (("E", 20), ("I", 12)):
    netParams.cellParams[cell] = {
        "secs": {
            "soma": {
                "geom": {"diam": diam, "L": diam, "Ra": 100},
                "mechs": {"hh": {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.0003, "el": -54.3}},
            }
        }
    }

netParams.synMechParams["AMPA"] = {"mod": "Exp2Syn", "tau1": 0.3, "tau2": 2.5, "e": 0}
netParams.synMechParams["GABA"] = {"mod": "Exp2Syn", "tau1": 0.5, "tau2": 9.0, "e": -80}

netParams.stimSourceParams["bkg"] = {"type": "NetStim", "rate": 60, "noise": 1.0}
netParams.stimTargetParams["bkg->E"] = {
    "source": "bkg",
    "conds": {"pop": "E"},
    "weight": 0.02,
    "delay": 1,
    "synMech": "AMPA",
}

netParams.stimSourceParams["IClamp1"] = {
    "type": "IClamp",
    "delay": cfg.IClamp1["start"],
    "dur": cfg.IClamp1["dur"],
    "amp": cfg.IClamp1["amp"],
}
netParams.stimTargetParams["IClamp1->I"] = {
    "source": "IClamp1",
    "conds": {"pop": cfg.IClamp1["pop"]},
    "sec": "soma",
    "loc": 0.5,
}

netParams.connParams["E->I"] = {
    "preConds": {"pop": "E"},
    "postConds": {"pop": "I"},
    "probability": cfg.probEI,
    "weight": cfg.weightEI,
    "delay": 2,
    "synMech": "AMPA",
}
netParams.connParams["I->E"] = {
    "preConds": {"pop": "I"},
    "postConds": {"pop": "E"},
    "probability": 0.5,
    "weight": cfg.conn["IE"]["weight"],
    "delay": cfg.conn["IE"]["delay"],
    "synMech": "GABA",
}
