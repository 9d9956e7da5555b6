import json

from netpyne import sim
from netpyne.batchtools import comm

from netParams import cfg, netParams

comm.initialize()

sim.createSimulate(netParams=netParams, simConfig=cfg)

if comm.is_host():
    rates = sim.allSimData["popRates"]
    loss = (rates["E"] - 35) ** 2 + (rates["I"] - 50) ** 2
    comm.send(json.dumps({"E": rates["E"], "I": rates["I"], "loss": loss}))
    comm.close()
