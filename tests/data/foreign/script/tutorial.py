from netpyne import specs, sim

# Network parameters
netParams = specs.NetParams()  # object of class NetParams to store the network parameters

## Cell properties
netParams.cellParams["PYR"] = {
    "secs": {
        "soma": {
            "geom": {"diam": 18.8, "L": 18.8, "Ra": 123.0},
            "mechs": {"hh": {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.003, "el": -70}},
        }
    }
}

## Population parameters
netParams.popParams["S"] = {"cellType": "PYR", "numCells": 15}
netParams.popParams["M"] = {"cellType": "PYR", "numCells": 15}

## Synaptic mechanism parameters
netParams.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.1, "tau2": 5.0, "e": 0}

## Stimulation parameters
netParams.stimSourceParams["noise"] = {"type": "NetStim", "rate": 40, "noise": 0.5}
netParams.stimTargetParams["noise->S"] = {
    "source": "noise",
    "conds": {"pop": "S"},
    "weight": 0.02,
    "delay": 5,
    "synMech": "exc",
}

## Connectivity
netParams.connParams["S->M"] = {
    "preConds": {"pop": "S"},
    "postConds": {"pop": "M"},
    "probability": 0.5,
    "weight": 0.01,
    "delay": 5,
    "synMech": "exc",
}
netParams.connParams["M->M"] = {
    "preConds": {"pop": "M"},
    "postConds": {"pop": "M"},
    "probability": 0.2,
    "weight": 0.004,
    "delay": 3,
    "synMech": "exc",
}

# Simulation options
simConfig = specs.SimConfig()
simConfig.duration = 200
simConfig.dt = 0.05
simConfig.verbose = False
simConfig.recordTraces = {"V_soma": {"sec": "soma", "loc": 0.5, "var": "v"}}
simConfig.recordStep = 0.1
simConfig.filename = "tut"
simConfig.savePickle = False
simConfig.analysis["plotRaster"] = {"saveFig": True}  # writes a picture
simConfig.analysis["plotTraces"] = {"include": [1], "saveFig": True}

# Create network and run simulation
sim.createSimulateAnalyze(netParams=netParams, simConfig=simConfig)

# After the run
from neuron import h

with open("out.txt", "w") as file:
    file.write("\n".join("%g %d" % spike for spike in zip(sim.allSimData["spkt"], sim.allSimData["spkid"])))

measured = open("measured.txt").read()  # on another disk
print(len(measured))
h.quit()
