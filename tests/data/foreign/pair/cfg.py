"""Settings of the two-population network. The variable is called simConfig, as in older tutorials."""

from netpyne import specs

simConfig = specs.SimConfig()

# run
simConfig.duration = 200
simConfig.dt = 0.05
simConfig.seeds = {"conn": 11, "stim": 22, "loc": 33, "cell": 44}
simConfig.hParams = {"celsius": 20.0, "v_init": -68.0}  # netParams.py sets the temperature again
simConfig.verbose = 0

# recording
simConfig.recordTraces = {"V_soma": {"sec": "soma", "loc": 0.5, "var": "v"}}
simConfig.recordCells = [("E", 0), ("I", 0)]
simConfig.recordLFP = [[50, 50, 50]]  # raises an error on NEURON 9
simConfig.filename = "pair_output"
simConfig.saveJson = False

# network
simConfig.weights = [0.0025, 0.004, 0.0012]  # E->I, I->E, E->E
simConfig.probability = 0.25
simConfig.noise = 0.7
simConfig.IClamp1 = {"pop": "I", "sec": "soma", "loc": 0.5, "start": 50, "dur": 60, "amp": 0.15}
simConfig.tune = {"soma": {"Ra": 120.0, "cm": 1.0}, "dend": {"Ra": 150.0}}

# nothing reads these
simConfig.weightEtoI = 0.5
simConfig.scaleGABA = {"fast": 1.0, "slow": 0.3}
simConfig.prob_IE = 0.4
