"""A grid with two parameters that go together. Its paths count from src: cd src; python ../batch_grid.py"""

from netpyne import specs
from netpyne.batch import Batch


def batchGrid():
    params = specs.ODict()
    params["rate1"] = [20, 40]
    params["weightEI"] = [0.002, 0.004, 0.006]
    params["weightIE"] = [0.003, 0.006, 0.009]

    b = Batch(cfgFile="cfg.py", netParamsFile="netParams.py", params=params, groupedParams=["weightEI", "weightIE"])
    b.batchLabel = "windows_grid"
    b.saveFolder = "../data/" + b.batchLabel
    b.method = "grid"
    b.runCfg = {
        "type": "mpi_direct",
        "script": "init.py",
        "cores": 1,
        "skip": True,
    }
    b.run()


batchGrid()
