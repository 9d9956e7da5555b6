from netpyne import specs

from utils import in_pop, scaled

try:
    from __main__ import cfg
except:
    from cfg import simConfig as cfg

netParams = specs.NetParams()
netParams.sizeX = 100
netParams.sizeY = 200
netParams.sizeZ = 100
netParams.lengthConst = 120.0  # read by the weight function below

# the value of cfg.py is for another cell
cfg.hParams["celsius"] = 6.3

# cells: one from a template, one written out
netParams.importCellParams(
    label="PYR", conds={"cellType": "PYR"}, fileName="cells/pyr.py", cellName="Pyr", cellArgs={"dend_length": 120}
)
for sec, geom in cfg.tune.items():
    for name, value in geom.items():
        netParams.cellParams["PYR"]["secs"][sec]["geom"][name] = value

netParams.cellParams["BAS"] = {
    "conds": {"cellType": "BAS"},
    "secs": {
        "soma": {
            "geom": {"diam": 12.0, "L": 12.0, "Ra": 110.0},
            "mechs": {"hh": {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.0003, "el": -54.3}},
        }
    },
}

netParams.popParams["E"] = {"cellType": "PYR", "numCells": 24, "yRange": [50, 200]}
netParams.popParams["I"] = {"cellType": "BAS", "numCells": 8, "yRange": [100, 200]}

netParams.synMechParams["AMPA"] = {"mod": "Exp2Syn", "tau1": 0.3, "tau2": 3.0, "e": 0}
netParams.synMechParams["GABA"] = {"mod": "Exp2Syn", "tau1": 0.5, "tau2": 7.0, "e": -75}

# input
netParams.stimSourceParams["bkg"] = {"type": "NetStim", "rate": 50, "noise": cfg.noise}
netParams.stimTargetParams["bkg->all"] = {
    "source": "bkg",
    "conds": in_pop("E", "I"),
    "sec": "soma",
    "weight": 0.015,
    "delay": "max(1, normal(5, 1))",
    "synMech": "AMPA",
}

clamp = cfg.IClamp1
netParams.stimSourceParams["IClamp1"] = {
    "type": "IClamp",
    "delay": clamp["start"],
    "dur": clamp["dur"],
    "amp": clamp["amp"],
}
netParams.stimTargetParams["IClamp1->" + clamp["pop"]] = {
    "source": "IClamp1",
    "conds": {"pop": clamp["pop"]},
    "sec": clamp["sec"],
    "loc": clamp["loc"],
}

# connections, labelled by number
weights = scaled(cfg.weights, 1.0)
rules = [
    ("E", "I", weights[0], "AMPA", "soma"),
    ("I", "E", None, "GABA", "soma"),
    ("E", "E", weights[2], "AMPA", "dend"),
]
for i, (pre, post, weight, syn, sec) in enumerate(rules):
    netParams.connParams[i] = {
        "preConds": {"pop": pre},
        "postConds": {"pop": post},
        "probability": cfg.probability,
        "weight": weight,  # a numpy.float64
        "delay": "dist_3D/propVelocity",
        "sec": sec,
        "synMech": syn,
    }
netParams.connParams[1]["weight"] = "%g*exp(-dist_3D/lengthConst)" % cfg.weights[1]
netParams.propVelocity = 50.0
