from netpyne import specs

cfg = specs.SimConfig()

cfg.duration = 200
cfg.dt = 0.05
cfg.verbose = False
cfg.simLabel = "windows"
cfg.saveFolder = "data"
cfg.saveJson = True
cfg.saveDataInclude = ["simData", "simConfig"]
cfg.printPopAvgRates = [[50, 100], [100, 200]]
cfg.recordTraces = {"V_soma": {"sec": "soma", "loc": 0.5, "var": "v"}}
cfg.recordCells = [0]
cfg.hParams = {"celsius": 6.3, "v_init": -65}

cfg.rate1 = 40.0
cfg.rate2 = 90.0
cfg.weightEE = 0.001
cfg.weightEI = 0.003
cfg.weightIE = 0.005
