import batch
import cells
import model
import network
from netparams import WEIGHTS
from netpyne import specs

try:
    from __main__ import cfg
except ImportError:
    from cfg import cfg

netParams = specs.NetParams()
netParams.cellParams["A"] = {"secs": {"soma": cells.soma()}}
netParams.cellParams["B"] = {"secs": {"soma": cells.soma(diam=12.0)}}

for syn, e in (("exc", 0), ("inh", -80)):
    netParams.synMechParams[syn] = {"mod": "ExpSyn", "tau": model.TAU[syn], "e": e}

for pop, n in batch.CELLS.items():
    netParams.popParams[pop] = {"cellType": pop, "numCells": n}
    netParams.stimSourceParams[pop] = {"type": "NetStim", "rate": cfg.rates[pop], "noise": 1}
    netParams.stimTargetParams[pop] = {
        "source": pop,
        "conds": {"pop": pop},
        "weight": 0.015,
        "delay": 1,
        "synMech": "exc",
    }

for label, weight in WEIGHTS.items():
    netParams.connParams[label] = {
        "preConds": {"pop": label[0]},
        "postConds": {"pop": label[1]},
        "probability": cfg.probability,
        "weight": weight * cfg.weightScale,
        "delay": network.DELAY,
        "synMech": "exc" if label[0] == "A" else "inh",
    }
