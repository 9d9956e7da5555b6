"""Adaptive stochastic descent from given starts. Run from this folder: python batch_asd.py"""

from netpyne import specs
from netpyne.batch import Batch


def batchASD():
    params = specs.ODict()
    # lowest, highest, one start for each member of the population
    params["weightEE"] = [0.0001, 0.005, [0.001, 0.002]]
    params["weightEI"] = [0.0005, 0.01, [0.003, 0.005]]
    params["weightIE"] = [0.005, 0.005, [0.005, 0.005]]  # fixed

    pops = {}
    pops["E"] = {"target": 40, "width": 10, "min": 0.5}
    pops["I"] = {"target": 50, "width": 15, "min": 0.5}
    fitnessFuncArgs = {"pops": pops, "maxFitness": 1000}

    def fitnessFunc(simData, **kwargs):
        from numpy import exp, mean

        worst = kwargs["maxFitness"]
        rates = {pop: windows["100_200"] for pop, windows in simData["popRates"].items()}
        return mean(
            [
                min(exp(abs(v["target"] - rates[k]) / v["width"]), worst) if rates[k] > v["min"] else worst
                for k, v in kwargs["pops"].items()
            ]
        )

    b = Batch(params=params, cfgFile="src/cfg.py", netParamsFile="src/netParams.py")
    b.batchLabel = "windows_asd"
    b.saveFolder = "data/" + b.batchLabel
    b.method = "asd"
    b.initCfg = {("hParams", "v_init"): -68, "duration": 200}
    b.runCfg = {"type": "mpi_direct", "script": "src/init.py", "mpiCommand": "", "nrnCommand": "nrniv -python"}
    b.optimCfg = {
        "fitnessFunc": fitnessFunc,
        "fitnessFuncArgs": fitnessFuncArgs,
        "maxFitness": 1000,
        "stepsize": 0.2,
        "sinc": 2,
        "sdec": 2,
        "pinc": 2,
        "pdec": 2,
        "maxiters": 3,
        "maxtime": 600,
        "maxiter_wait": 40,
        "time_sleep": 1,
        "popsize": 2,
        "randseed": 5,
    }
    b.run()


if __name__ == "__main__":
    batchASD()
