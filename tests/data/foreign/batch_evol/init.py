from netpyne import sim

cfg, netParams = sim.readCmdLineArgs()
sim.createSimulateAnalyze(netParams=netParams, simConfig=cfg)
