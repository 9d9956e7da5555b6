from netpyne import specs

# Simulation options
cfg = specs.SimConfig()
cfg.duration = 150
cfg.dt = 0.05
cfg.verbose = False
cfg.weight = 0.004
cfg.hParams = {"celsius": 6.3, "v_init": -65}

# Network parameters
netParams = specs.NetParams()
netParams.defaultThreshold = -10
netParams.cellParams["hh"] = {
    "secs": {"soma": {"geom": {"diam": 20, "L": 20, "Ra": 100}, "mechs": {"hh": {"gl": 0.0003}}}}
}
netParams.popParams["in"] = {"cellType": "hh", "numCells": 12}
netParams.popParams["out"] = {"cellType": "hh", "numCells": 8}
netParams.synMechParams["AMPA"] = {"mod": "ExpSyn", "tau": 3, "e": 0}
netParams.stimSourceParams["input"] = {"type": "NetStim", "rate": 50, "noise": 0.6, "start": 5}
netParams.stimTargetParams["input->in"] = {
    "source": "input",
    "conds": {"pop": "in"},
    "weight": 0.02,
    "delay": 1,
    "synMech": "AMPA",
}
netParams.connParams["in->out"] = {
    "preConds": {"pop": "in"},
    "postConds": {"pop": "out"},
    "probability": 0.4,
    "weight": cfg.weight,
    "delay": 3,
    "synMech": "AMPA",
}
netParams.connParams["out->in"] = {
    "preConds": {"pop": "out"},
    "postConds": {"pop": "in"},
    "convergence": 2,
    "weight": 0.5 * cfg.weight,
    "delay": 3,
    "synMech": "AMPA",
}
