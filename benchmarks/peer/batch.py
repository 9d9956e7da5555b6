"""Run NetPyNE's batch, written as NetPyNE's users write a batch, with one generation of `evol`.

The generation consists of all candidates of candidates.json. The last printed line is JSON: the wall time and the CPU
time of this generation [s], without the import of NetPyNE.
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
    """Return the distance of the mean rate from the target rate [Hz]; the populations are equally large."""
    rates = simData["popRates"]
    return abs(sum(rates.values()) / len(rates) - WANTED_HZ)


def make_batch(candidates: list[list[float]]) -> Batch:
    """Create the batch of one generation, which consists of the given candidates."""
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
    """Wait until all child processes have ended.

    NetPyNE waits for files, not for processes, but the CPU time of a child is known only after waiting for the child.
    """
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return


def cpu_s() -> float:
    """Return the CPU time of this process, and of the children that this process has waited for [s]."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


if __name__ == "__main__":
    # After a generation NetPyNE kills all processes called nrniv on the machine. Show it only its own children.
    psutil.process_iter = psutil.Process().children
    batch = make_batch(json.loads(Path("candidates.json").read_text()))
    wall_before_s, cpu_before_s = time.perf_counter(), cpu_s()
    try:
        batch.run()
    except SystemExit:
        # NetPyNE ends a successful search with SystemExit.
        wall_s = time.perf_counter() - wall_before_s
    wait_for_children()
    print(json.dumps({"wall_s": wall_s, "cpu_s": cpu_s() - cpu_before_s}))
