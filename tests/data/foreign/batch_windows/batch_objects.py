"""A grid over a network that is there already: cfg and netParams are objects, so only what NetPyNE itself reads of cfg
has an effect. Run from this folder: python batch_objects.py"""

import sys

sys.path.insert(0, "src")

from cfg import cfg
from netParams import netParams
from netpyne import specs
from netpyne.batch import Batch

params = specs.ODict()
params[("hParams", "celsius")] = [6.3, 8.0]
params[("seeds", "stim")] = [1, 2]

b = Batch(cfg=cfg, netParams=netParams, params=params, groupedParams=[("hParams", "celsius"), ("seeds", "stim")])
b.batchLabel = "windows_objects"
b.saveFolder = "data/windows_objects"
b.method = "grid"
b.runCfg = {"type": "mpi_direct", "script": "src/init.py", "skip": False}

if __name__ == "__main__":
    b.run()
