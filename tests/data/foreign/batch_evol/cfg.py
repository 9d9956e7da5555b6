from netpyne import specs

cfg = specs.SimConfig()

cfg.duration = 250
cfg.dt = 0.05
cfg.seeds = {"conn": 4321, "stim": 1234, "loc": 4321}
cfg.hParams = {"celsius": 6.3, "v_init": -65}
cfg.verbose = False
cfg.simLabel = "evol"
cfg.saveFolder = "../data"
cfg.saveJson = True
cfg.savePickle = False
cfg.saveDataInclude = ["simData", "simConfig"]
cfg.printPopAvgRates = [50, 250]

cfg.probEI = 0.3
cfg.weightEI = 0.003
cfg.conn = {"IE": {"weight": 0.005, "delay": 2.0}}
cfg.IClamp1 = {"pop": "I", "start": 100, "dur": 50, "amp": 0.1}
