# The same as batch.py with a dotted label, which NetPyNE 1.1.1 itself cannot set
from netpyne import specs
from netpyne.batch import Batch


def batchEvol():
    params = specs.ODict()
    params["probEI"] = [0.05, 0.8]
    params["weightEI"] = [0.0005, 0.01]
    params["conn.IE.weight"] = [0.001, 0.02]
    params[("IClamp1", "amp")] = [0.0, 0.3]

    # fitness function
    fitnessFuncArgs = {}
    pops = {}
    pops["E"] = {"target": 35, "width": 10, "min": 1}
    pops["I"] = {"target": 50, "width": 15, "min": 2}
    fitnessFuncArgs["pops"] = pops
    fitnessFuncArgs["maxFitness"] = 1000

    def fitnessFunc(simData, **kwargs):
        import numpy as np

        pops = kwargs["pops"]
        maxFitness = kwargs["maxFitness"]
        popFitness = [
            min(np.exp(abs(v["target"] - simData["popRates"][k]) / v["width"]), maxFitness)
            if simData["popRates"][k] > v["min"]
            else maxFitness
            for k, v in pops.items()
        ]
        fitness = np.mean(popFitness)
        popInfo = "; ".join(
            ["%s rate=%.1f fit=%1.f" % (p, simData["popRates"][p], popFitness[i]) for i, p in enumerate(pops)]
        )
        print("  " + popInfo)
        return fitness

    initCfg = {}
    initCfg["duration"] = 200
    initCfg["printPopAvgRates"] = [50, 200]
    initCfg["verbose"] = False

    b = Batch(cfgFile="cfg.py", netParamsFile="netParams.py", params=params, initCfg=initCfg, seed=7)
    b.batchLabel = "evol_dotted"
    b.saveFolder = "../data/" + b.batchLabel
    b.method = "evol"
    b.runCfg = {
        "type": "mpi_direct",
        "script": "init.py",
        "mpiCommand": "",
        "nrnCommand": "nrniv -python",
        "nodes": 1,
        "coresPerNode": 1,
    }
    b.evolCfg = {
        "evolAlgorithm": "custom",
        "fitnessFunc": fitnessFunc,
        "fitnessFuncArgs": fitnessFuncArgs,
        "pop_size": 4,
        "num_elites": 1,
        "mutation_rate": 0.4,
        "crossover": 0.5,
        "tournament_size": 2,
        "maximize": False,
        "max_generations": 2,
        "time_sleep": 1,
        "maxiter_wait": 40,
        "defaultFitness": 1000,
        "seeds": [[0.3, 0.003, 0.005, 0.1], [0.6, 0.006, 0.01, 0.0]],
    }
    b.run()


if __name__ == "__main__":
    batchEvol()
