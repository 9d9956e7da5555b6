"""A fitness of the user's own, of spikes and of a trace. Run from this folder: python batch_blackbox.py

The name of the netParams file lacks its '.py'.
"""

import numpy as np
from netpyne.batch import Batch


def fitnessFunc(simData, wantedCV, wantedVm):
    spkt = np.array(simData["spkt"])
    spkid = np.array(simData["spkid"])
    cvs = []
    for gid in range(20):
        isi = np.diff(np.sort(spkt[spkid == gid]))
        if len(isi) > 2:
            cvs.append(np.std(isi) / np.mean(isi))
    vm = np.median(simData["V_soma"]["cell_0"])
    return 10 * abs(np.mean(cvs) - wantedCV) + abs(vm - wantedVm) if cvs else 500.0


b = Batch(
    cfgFile="src/cfg.py",
    netParamsFile="src/netParams",
    params={"rate1": [20, 120], "weightEE": [0.0, 0.004]},
    initCfg={"duration": 300},
    seed=1,
)
b.batchLabel = "windows_blackbox"
b.saveFolder = "./data/windows_blackbox"
b.method = "evol"
b.runCfg = {"type": "mpi_direct", "script": "src/init.py", "mpiCommand": "", "nrnCommand": "nrniv -python"}
b.evolCfg = {
    "evolAlgorithm": "diffEvolution",
    "fitnessFunc": fitnessFunc,
    "fitnessFuncArgs": {"wantedCV": 0.8, "wantedVm": -62.0},
    "pop_size": 4,
    "num_elites": 1,
    "max_generations": 2,
    "time_sleep": 1,
    "maxiter_wait": 40,
    "defaultFitness": 500,
}
b.run()
