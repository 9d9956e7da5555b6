from netpyne import specs, sim

# a log of what was run, written before anything is created
log = open("log.txt", "w")
log.write("started\n")
log.flush()

for i in range(10000):
    print("checking parameter set %d: ok" % i)

netParams = specs.NetParams()
simConfig = specs.SimConfig()

netParams.popParams["E"] = {"cellType": "HH", "numCells": 16}
netParams.popParams["I"] = {"cellType": "HH", "numCells": 4}
netParams.cellParams["HH"] = {"secs": {"soma": {"geom": {"diam": 20, "L": 20}, "mechs": {"hh": {}}}}}
netParams.synMechParams["exc"] = {"mod": "ExpSyn", "tau": 2, "e": 0}
netParams.synMechParams["inh"] = {"mod": "ExpSyn", "tau": 8, "e": -80}

netParams.stimSourceParams["bg"] = {"type": "NetStim", "rate": 60, "noise": 1}
netParams.stimTargetParams["bg"] = {
    "source": "bg",
    "conds": {"pop": ["E", "I"]},
    "weight": 0.02,
    "delay": 1,
    "synMech": "exc",
}

simConfig.duration = 120
simConfig.dt = 0.05
simConfig.weight = 0.004
simConfig.verbose = 2  # prints every connection

netParams.connParams["recurrent"] = {
    "preConds": {"pop": "E"},
    "postConds": {"pop": ["E", "I"]},
    "probability": 0.2,
    "weight": simConfig.weight,
    "delay": 2,
    "synMech": "exc",
}
netParams.connParams["feedback"] = {
    "preConds": {"pop": "I"},
    "postConds": {"pop": "E"},
    "probability": 0.5,
    "weight": 0.006,
    "delay": 2,
    "synMech": "inh",
}

if __name__ == "__main__":
    sim.createSimulateAnalyze()
    log.write("done\n")
