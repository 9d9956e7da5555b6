"""NetPyNE's batch, as its users write it: all candidates of candidates.json are one generation of its `evol`.

The last line printed is JSON: the seconds of wall time and of CPU that this generation took, NetPyNE's import excluded.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

import psutil
from netpyne.batch import Batch

BOUNDS = {"probability": [0.01, 0.5], "weight": [0.001, 0.1], "delay": [1, 20]}
WANTED_HZ = 17


def fitness(simData: dict) -> float:
    """Distance of the mean rate from the wanted one [Hz]; the populations are equally large."""
    rates = simData["popRates"]
    return abs(sum(rates.values()) / len(rates) - WANTED_HZ)


def make_batch(candidates: list[list[float]]) -> Batch:
    """The batch of one generation, which is given as it stands."""
    batch = Batch(cfgFile="cfg.py", netParamsFile="netParams.py", params=BOUNDS, seed=1)
    batch.batchLabel = "batch"
    batch.saveFolder = "data"
    batch.method = "evol"
    batch.runCfg = {"type": "mpi_direct", "script": "init.py", "mpiCommand": "", "nrnCommand": sys.executable}
    batch.evolCfg = {
        "evolAlgorithm": "custom",
        "fitnessFunc": fitness,
        "fitnessFuncArgs": {},
        "pop_size": len(candidates),
        "seeds": candidates,
        "max_generations": 0,
        "time_sleep": 1,
        "maxiter_wait": 600,
        "defaultFitness": 1000,
    }
    return batch


def wait_for_children() -> None:
    """NetPyNE waits for files, not for processes; only the CPU time of a child that was waited for is known."""
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return


def cpu_s() -> float:
    """Seconds of CPU of this process and of the children that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


if __name__ == "__main__":
    # After a generation NetPyNE kills whatever on this machine is called nrniv; here it sees its own children only.
    psutil.process_iter = psutil.Process().children
    batch = make_batch(json.loads(Path("candidates.json").read_text()))
    wall_before_s, cpu_before_s = time.perf_counter(), cpu_s()
    try:
        batch.run()
    except SystemExit:
        # This is how NetPyNE ends a search that went well.
        wall_s = time.perf_counter() - wall_before_s
    wait_for_children()
    print(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s() - cpu_before_s}))
