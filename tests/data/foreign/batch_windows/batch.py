"""Rates in two windows by optuna. Run from this folder: python batch.py"""

from collections import OrderedDict

import numpy as np
from netpyne.batch import Batch


def fitnessFunc(simData, **kwargs):
    pops = kwargs["pops"]
    maxFitness = kwargs["maxFitness"]
    tranges = kwargs["tranges"]

    fitness = []
    for trange in tranges:
        key = "%d_%d" % (trange[0], trange[1])
        for pop, wanted in pops.items():
            rate = simData["popRates"][pop][key]
            if rate > wanted["min"]:
                fitness.append(min(np.exp(abs(wanted["target"] - rate) / wanted["width"]), maxFitness))
            else:
                fitness.append(maxFitness)
    return np.mean(fitness)


def batchOptuna():
    params = OrderedDict()
    params["rate1"] = [10, 80]
    params["rate2"] = [50, 150]
    params["weightEI"] = [0.0005, 0.01]

    fitnessFuncArgs = {
        "pops": {"E": {"target": 40, "width": 10, "min": 0.5}, "I": {"target": 50, "width": 15, "min": 0.5}},
        "maxFitness": 1000,
        "tranges": [[50, 100], [100, 200]],
    }

    b = Batch(params=params, cfgFile="src/cfg.py", netParamsFile="src/netParams.py")
    b.batchLabel = "windows_optuna"
    b.saveFolder = "data/" + b.batchLabel
    b.method = "optuna"
    b.runCfg = {
        "type": "mpi_direct",
        "script": "src/init.py",
        "mpiCommand": "",
        "nrnCommand": "nrniv -python",
    }
    b.optimCfg = {
        "fitnessFunc": fitnessFunc,
        "fitnessFuncArgs": fitnessFuncArgs,
        "maxFitness": fitnessFuncArgs["maxFitness"],
        "maxiters": 4,
        "maxtime": 3600,
        "maxiter_wait": 40,
        "time_sleep": 1,
        "popsize": 1,
        "direction": "minimize",
    }
    b.run()


batchOptuna()
