import csv

from netpyne import specs

try:
    from __main__ import cfg
except:
    from cfg import cfg

netParams = specs.NetParams()

# one cell type for all populations
cellRule = netParams.importCellParams(
    label="small", conds={"cellType": "small"}, fileName="cells/cell.hoc", cellName="SmallCell"
)
cellRule["secs"]["soma"]["mechs"]["shunt"]["g"] = cfg.gshunt

netParams.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.2, "tau2": 2.5, "e": 0}
netParams.synMechParams["inh"] = {"mod": "Exp2Syn", "tau1": 0.4, "tau2": 9.0, "e": -80}

with open(cfg.popsFile) as file:
    for row in csv.DictReader(file):
        pop = row["pop"]
        netParams.popParams[pop] = {"cellType": "small", "numCells": int(row["cells"])}
        netParams.stimSourceParams["bkg_" + pop] = {"type": "NetStim", "rate": float(row["rate"]), "noise": 1.0}
        netParams.stimTargetParams["bkg_" + pop] = {
            "source": "bkg_" + pop,
            "conds": {"pop": pop},
            "sec": "soma",
            "weight": 0.02,
            "delay": 1,
            "synMech": "exc",
        }

for pre, post, weight in (("Exc", "Exc", 0.001), ("Exc", "Inh", 0.004), ("Inh", "Exc", 0.006), ("Inh", "Inh", 0.002)):
    netParams.connParams[pre + post] = {
        "preConds": {"pop": pre},
        "postConds": {"pop": post},
        "probability": 0.3,
        "weight": weight * cfg.gain,
        "delay": 1.5,
        "sec": "dend_0" if pre == "Exc" else "soma",
        "synMech": pre.lower(),
    }
