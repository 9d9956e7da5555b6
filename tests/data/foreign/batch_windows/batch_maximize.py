"""The difference between two windows, as great as possible. Run from this folder: python batch_maximize.py"""

from netpyne.batch import Batch

params = {"rate1": [10, 80], "rate2": [50, 150], "weightIE": [0.001, 0.01]}


def gain(simData, pop):
    rates = simData["popRates"][pop]
    return rates["100_200"] - rates["50_100"]


batch = Batch(params=params, cfgFile="src/cfg.py", netParamsFile="src/netParams.py", seed=3)
batch.batchLabel = "windows_maximize"
batch.saveFolder = "data/windows_maximize"
batch.method = "optuna"
batch.runCfg = {"type": "mpi_direct", "script": "src/init.py", "mpiCommand": "", "nrnCommand": "nrniv -python"}
batch.optimCfg = {
    "fitnessFunc": gain,
    "fitnessFuncArgs": {"pop": "E"},
    "maxFitness": -1000,
    "maxiters": 4,
    "maxiter_wait": 40,
    "time_sleep": 1,
    "direction": "maximize",
}

if __name__ == "__main__":
    batch.run()
