"""Run from the top folder, after nrnivmodl there: python src/init.py"""

from netpyne import sim

cfg, netParams = sim.readCmdLineArgs(simConfigDefault="src/cfg.py", netParamsDefault="src/netParams.py")
sim.create(netParams=netParams, simConfig=cfg)
sim.simulate()
sim.analyze()
