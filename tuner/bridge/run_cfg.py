"""Translate runCfg, by which NetPyNE's batch mode starts candidates: ranks per candidate, and the site of a job."""

from collections.abc import Iterator, Mapping
from typing import Any

from tuner.executors import launched, mpi, processes

CLUSTERS = {"hpc_slurm": "slurm", "hpc_torque": "torque", "hpc_sge": "sge"}
# The prefix of each scheduler's directives.
DIRECTIVE = {"slurm": "#SBATCH", "torque": "#PBS", "sge": "#$"}
# Other types that NetPyNE has, in batchtools.
ELSEWHERE = ("sge", "ssh_sge", "ssh_slurm", "slurm")


def ranks(run: Mapping[str, Any]) -> int:
    """Return the number of ranks that NetPyNE gives each candidate."""
    return int(run.get("nodes") or 1) * _per_node(run)


def _per_node(run: Mapping[str, Any]) -> int:
    return int(run.get("coresPerNode") or run.get("ppn") or run.get("cores") or 1)


def simulation(run: Mapping[str, Any], candidates: int) -> dict[str, Any]:
    """Return the entries of the table simulation for `candidates` at a time; empty for warm processes.

    One rank per candidate is fastest as long as there is a candidate for every core, and gives most networks the same
    raster. Candidates get the ranks that runCfg asks for only if cores would be idle otherwise.
    """
    if mpi.is_led():
        return {"executor": "mpi"}
    asked, is_job = ranks(run), run.get("type") in CLUSTERS
    if is_job or asked == 1 or asked * candidates > processes.all_cores():
        return {}
    if launched.find_program(_launcher(run).split()[0]) is None:
        return {}
    return {"executor": "mpiexec", "ranks_per_evaluation": asked, "launcher": f"{_launcher(run)} -n {{ranks}}"}


def _launcher(run: Mapping[str, Any]) -> str:
    return str(run.get("mpiCommand") or "mpiexec")


def site(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of the site for a job of runCfg, as in cluster.toml; empty if runCfg asks for no job."""
    scheduler = CLUSTERS.get(str(run.get("type")))
    if scheduler is None:
        return {}
    directives, setup = _lines(run, DIRECTIVE[scheduler])
    wanted = {
        "scheduler": scheduler,
        "nodes": run.get("nodes"),
        "tasks_per_node": run.get("coresPerNode") or run.get("ppn") or run.get("cores"),
        "time": run.get("walltime"),
        "partition": run.get("queueName") if scheduler != "slurm" else run.get("partition"),
        "account": run.get("allocation") if scheduler == "slurm" else None,
        "launcher": run.get("mpiCommand") and f"{run['mpiCommand']} -n {{tasks}}",
        "parallel_environment": "smp" if scheduler == "sge" else None,
        "options": directives,
        "setup": setup,
    }
    return {key: value for key, value in wanted.items() if value}


def _lines(run: Mapping[str, Any], mark: str) -> tuple[list[str], list[str]]:
    """Return the scheduler's directives, without the prefix, and the lines of the shell."""
    directives = {
        "#SBATCH": {"reservation": ["--res={}"], "email": ["--mail-user={}", "--mail-type=end"]},
        "#$": {"vmem": ["-l h_vmem={}"]},
    }.get(mark, {})
    found = [each.format(run[key]) for key, lines in directives.items() if run.get(key) for each in lines]
    own = [line.strip() for key in ("custom", "pre") for line in str(run.get(key) or "").splitlines() if line.strip()]
    found += [line.removeprefix(mark).strip() for line in own if line.startswith(mark)]
    return found, [line for line in own if not line.startswith("#")]


def notes(run: Mapping[str, Any], candidates: int) -> Iterator[str]:
    """Yield a note for each setting of runCfg that the tuner does not handle as NetPyNE does."""
    asked, taken = ranks(run), simulation(run, candidates).get("ranks_per_evaluation", 1)
    if asked > taken and run.get("type") not in CLUSTERS:
        how = f"--executor mpiexec --set simulation.ranks_per_evaluation={asked}"
        words = f"runCfg asks for {asked} ranks per candidate, but each gets one rank, which keeps the cores as busy"
        yield f"{words} and gives most networks the same raster (for {asked} ranks add {how})"
    if run.get("type") in (*CLUSTERS, *ELSEWHERE):
        words = "`netpyne-tuner submit` submits the search as a job, `netpyne-tuner run` runs it on this machine"
        yield f"runCfg's type is {run['type']}: {words}"
