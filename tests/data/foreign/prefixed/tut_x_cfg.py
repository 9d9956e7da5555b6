from netpyne import specs

cfg = specs.SimConfig()
cfg.duration = 150
cfg.dt = 0.05
cfg.verbose = False
cfg.recordTraces = {"V_soma": {"sec": "soma", "loc": 0.5, "var": "v"}}
cfg.recordCells = ["E"]
cfg.filename = "tut_x"
cfg.printPopAvgRates = True

cfg.drive = 80.0
cfg.weightIE = 0.005
