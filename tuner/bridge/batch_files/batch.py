"""NetPyNE's Batch for study.toml, searched as search.toml says; the results are written to data/.

python batch.py; where runCfg.type is mpi_bulletin: mpiexec -n 3 nrniv -mpi -python batch.py
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
    """The study's loss, which init.py has written; lower is better."""
    return float(simData["fitness"])


def make_batch() -> BatchSearch:
    """The Batch, to be run with this folder as working directory."""
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
    """Ends what is left of this search's own candidates, and shows NetPyNE no process.

    Stands in for psutil.process_iter, by which NetPyNE after each generation of mpi_direct looks for processes called
    nrniv, to kill them, whose ever they are.
    """
    import psutil

    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if any(word.startswith("simConfig=") for word in process.cmdline()):
                process.kill()
    return ()


def spare_others() -> None:
    """Keeps NetPyNE from other people's processes."""
    import psutil

    psutil.process_iter = end_candidates  # type: ignore[assignment]  # NetPyNE calls it without arguments


def clear_folder() -> None:
    """Sees that the search meets no earlier one's files, and that Slurm takes its jobs; ends the process if not."""
    if any(Path(DATA).glob("*/*_data.*")):
        sys.exit(f"{HERE / DATA} holds an earlier search, which NetPyNE would take for this one: move or remove it")
    if SEARCH["runCfg"]["type"] == "hpc_slurm":
        try_slurm()
    # After a generation of mpi_bulletin NetPyNE ends the processes whose numbers it finds here.
    Path("pids.pid").unlink(missing_ok=True)


def is_first_rank() -> bool:
    """Whether this process leads the search; says how to start one that needs ranks and has none."""
    from netpyne.batch.batch import pc

    if SEARCH["runCfg"]["type"] == "mpi_bulletin" and pc.nhost() < 2:
        sys.exit(
            "mpi_bulletin needs two ranks or more, NEURON has one: mpiexec -n 3 nrniv -mpi -python batch.py"
            " (if NEURON finds no MPI, MPI_LIB_NRN_PATH must name its library)"
        )
    return bool(pc.id() == 0)


def try_slurm() -> None:
    """Has Slurm judge a job like the candidates': NetPyNE would wait for jobs that were never taken."""
    from netpyne.batch.utils import jobStringHPCSlurm

    given = {"nodes": 1, "coresPerNode": 1, "reservation": None, "custom": "", **SEARCH["runCfg"]}
    wanted = ("allocation", "walltime", "nodes", "coresPerNode", "email", "reservation", "custom")
    job = {"jobName": "candidate", "jobPath": "candidate", "folder": ".", "command": "true"}
    script = jobStringHPCSlurm(**job, **{name: given[name] for name in wanted})
    done = subprocess.run(["sbatch", "--test-only"], input=script, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"Slurm would refuse the candidates: {done.stderr.strip()}")


def cancel_jobs() -> None:
    """Cancels the Slurm jobs of candidates that left no data; NetPyNE cancels one of them."""
    jobs = [file.read_text().split() for file in Path(DATA).glob("*/*.jobid") if not data_of(file).exists()]
    if numbers := [words[-1] for words in jobs if words]:
        subprocess.run(["scancel", *numbers])


def data_of(file: Path) -> Path:
    """The data file of the candidate that a file belongs to."""
    return file.with_name(f"{file.stem}_data.json")


def end_search() -> None:
    """Ends what NetPyNE leaves behind: candidates that are still there, and ranks that wait for jobs."""
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
        # So NetPyNE ends a search; nrniv would leave MPI without finalising it, which mpiexec may take for a crash.
        if end.code:
            raise
    finally:
        end_search()
