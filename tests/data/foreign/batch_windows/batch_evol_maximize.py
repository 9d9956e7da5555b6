"""The same aim as batch_maximize.py by inspyred, with maximize. Run from this folder: python batch_evol_maximize.py"""

from netpyne import specs
from netpyne.batch import Batch

params = specs.ODict()
params["rate2"] = [50, 150]
params["weightIE"] = [0.001, 0.01]


def gain(simData, **kwargs):
    return simData["popRates"]["E"]["100_200"] - simData["popRates"]["E"]["50_100"]


b = Batch(params=params, cfgFile="src/cfg.py", netParamsFile="src/netParams.py", seed=3)
b.batchLabel = "windows_evol"
b.saveFolder = "data/windows_evol"
b.method = "evol"
b.runCfg = {"type": "mpi_direct", "script": "src/init.py", "mpiCommand": "", "nrnCommand": "nrniv -python"}
b.evolCfg = {
    "evolAlgorithm": "genetic",
    "fitnessFunc": gain,
    "fitnessFuncArgs": {},
    "pop_size": 4,
    "num_elites": 1,
    "max_generations": 2,
    "maximize": True,
    "time_sleep": 1,
    "maxiter_wait": 40,
    "defaultFitness": -1000,
}
b.run()
