from netpyne import sim

simConfig, netParams = sim.readCmdLineArgs(simConfigDefault="src/cfg.py", netParamsDefault="src/netParams.py")
sim.createSimulateAnalyze(netParams, simConfig)
