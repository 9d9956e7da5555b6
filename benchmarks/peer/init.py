"""NetPyNE's batch, as its users write it: one candidate, in a process of its own."""

from netpyne import sim

cfg, netParams = sim.readCmdLineArgs(simConfigDefault="cfg.py", netParamsDefault="netParams.py")
sim.createSimulateAnalyze(netParams=netParams, simConfig=cfg)
