"""Search study.toml with NetPyNE's Batch and the settings of search.toml; write the results to data/.

Usage: python batch.py; if runCfg.type is mpi_bulletin: mpiexec -n 3 nrniv -mpi -python batch.py
"""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from tuned_network import HERE, SEARCH, STUDY, WORST

from tuner.interfaces.netpyne_types import BatchSearch

DATA = "data"


def fitness(simData: dict[str, Any]) -> float:
    """Return the study's loss, which init.py has written; lower is better."""
    return float(simData["fitness"])


def make_batch() -> BatchSearch:
    """Return the Batch, to be run with this folder as working directory."""
    from netpyne.batch import Batch

    if SEARCH["runCfg"]["type"] == "mpi_direct":
        spare_others()
    free = [parameter for parameter in STUDY.space.parameters if not parameter.fixed]
    bounds = {("tune", parameter.name): list(parameter.scaled_bounds) for parameter in free}
    batch: BatchSearch = Batch(cfgFile="cfg.py", netParamsFile="netParams.py", params=bounds, seed=STUDY.seed)
    batch.batchLabel, batch.saveFolder, batch.method = "batch", DATA, SEARCH["method"]
    batch.runCfg = SEARCH["runCfg"]
    common = {"fitnessFunc": fitness, "fitnessFuncArgs": {}, "defaultFitness": WORST, "maxFitness": WORST}
    batch.evolCfg = common | SEARCH.get("evolCfg", {})
    batch.optimCfg = common | SEARCH.get("optimCfg", {})
    return batch


def end_candidates() -> tuple[()]:
    """End the remaining candidates of this search, and return no process.

    The function replaces psutil.process_iter. After each generation of mpi_direct, NetPyNE looks by it for processes
    called nrniv and kills them, even if they belong to other programs.
    """
    import psutil

    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if any(word.startswith("simConfig=") for word in process.cmdline()):
                process.kill()
    return ()


def spare_others() -> None:
    """Keep NetPyNE from ending processes of other programs."""
    import psutil

    psutil.process_iter = end_candidates  # type: ignore[assignment]  # NetPyNE calls it without arguments


def clear_folder() -> None:
    """Check that the folder holds no earlier search, and that Slurm accepts the jobs; end the process otherwise."""
    if any(Path(DATA).glob("*/*_data.*")):
        words = "NetPyNE would take its results for those of this search; move or remove it"
        sys.exit(f"{HERE / DATA} holds an earlier search; {words}")
    if SEARCH["runCfg"]["type"] == "hpc_slurm":
        try_slurm()
    # After a generation of mpi_bulletin NetPyNE ends the processes with the numbers in this file.
    Path("pids.pid").unlink(missing_ok=True)


def is_first_rank() -> bool:
    """Return whether this process leads the search.

    If the search needs ranks and there is only one, the process ends with the command to use.
    """
    from netpyne.batch.batch import pc

    if SEARCH["runCfg"]["type"] == "mpi_bulletin" and pc.nhost() < 2:
        sys.exit(
            "mpi_bulletin needs two ranks or more, but NEURON has one; run: mpiexec -n 3 nrniv -mpi -python batch.py"
            " (if NEURON finds no MPI, set MPI_LIB_NRN_PATH to the path of the MPI library)"
        )
    return bool(pc.id() == 0)


def try_slurm() -> None:
    """Test whether Slurm accepts a job like a candidate's; end the process otherwise.

    NetPyNE would wait for jobs that Slurm has refused.
    """
    from netpyne.batch.utils import jobStringHPCSlurm

    given = {"nodes": 1, "coresPerNode": 1, "reservation": None, "custom": "", **SEARCH["runCfg"]}
    wanted = ("allocation", "walltime", "nodes", "coresPerNode", "email", "reservation", "custom")
    job = {"jobName": "candidate", "jobPath": "candidate", "folder": ".", "command": "true"}
    script = jobStringHPCSlurm(**job, **{name: given[name] for name in wanted})
    done = subprocess.run(["sbatch", "--test-only"], input=script, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"Slurm would refuse the jobs of candidates; change runCfg in search.toml: {done.stderr.strip()}")


def cancel_jobs() -> None:
    """Cancel the Slurm jobs of all candidates that left no data; NetPyNE cancels only one."""
    jobs = [file.read_text().split() for file in Path(DATA).glob("*/*.jobid") if not data_of(file).exists()]
    if numbers := [words[-1] for words in jobs if words]:
        subprocess.run(["scancel", *numbers])


def data_of(file: Path) -> Path:
    """Return the data file of the candidate to which a file belongs."""
    return file.with_name(f"{file.stem}_data.json")


def end_search() -> None:
    """End the processes that NetPyNE leaves behind: running candidates, and ranks that wait for jobs."""
    from netpyne.batch.batch import pc

    ends = {"mpi_direct": end_candidates, "hpc_slurm": cancel_jobs}
    ends.get(SEARCH["runCfg"]["type"], list)()
    if pc.nhost() > 1:
        pc.done()


if __name__ == "__main__":
    os.chdir(HERE)
    if is_first_rank():
        clear_folder()
    try:
        make_batch().run()
    except SystemExit as end:
        # NetPyNE ends a search by SystemExit. nrniv would then not finalise MPI, which mpiexec may take for a crash.
        if end.code:
            raise
    finally:
        end_search()
