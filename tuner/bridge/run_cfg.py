"""How NetPyNE's batch mode would start candidates (runCfg), in our words: ranks a candidate, the site of a job."""

from collections.abc import Iterator, Mapping
from typing import Any

from tuner.executors import launched, mpi, processes

CLUSTERS = {"hpc_slurm": "slurm", "hpc_torque": "torque", "hpc_sge": "sge"}
# What stands before a scheduler's directives.
DIRECTIVE = {"slurm": "#SBATCH", "torque": "#PBS", "sge": "#$"}
# Others that NetPyNE knows, of batchtools.
ELSEWHERE = ("sge", "ssh_sge", "ssh_slurm", "slurm")


def ranks(run: Mapping[str, Any]) -> int:
    """Ranks that NetPyNE gives each candidate."""
    return int(run.get("nodes") or 1) * _per_node(run)


def _per_node(run: Mapping[str, Any]) -> int:
    return int(run.get("coresPerNode") or run.get("ppn") or run.get("cores") or 1)


def simulation(run: Mapping[str, Any], candidates: int) -> dict[str, Any]:
    """The executor of `candidates` at a time, as entries of the table simulation; empty for warm processes.

    One rank each is the fastest while there is a candidate for every core, and gives most networks the same raster. So
    a candidate has the ranks that runCfg asks for where cores would be idle otherwise.
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
    """The settings of a site that a job of runCfg's would have, as cluster.toml has them; empty if it asks for none."""
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
    """Directives, without what stands before them, and lines of the shell."""
    directives = {
        "#SBATCH": {"reservation": ["--res={}"], "email": ["--mail-user={}", "--mail-type=end"]},
        "#$": {"vmem": ["-l h_vmem={}"]},
    }.get(mark, {})
    found = [each.format(run[key]) for key, lines in directives.items() if run.get(key) for each in lines]
    own = [line.strip() for key in ("custom", "pre") for line in str(run.get(key) or "").splitlines() if line.strip()]
    found += [line.removeprefix(mark).strip() for line in own if line.startswith(mark)]
    return found, [line for line in own if not line.startswith("#")]


def notes(run: Mapping[str, Any], candidates: int) -> Iterator[str]:
    """What is taken otherwise than NetPyNE takes it."""
    asked, taken = ranks(run), simulation(run, candidates).get("ranks_per_evaluation", 1)
    if asked > taken and run.get("type") not in CLUSTERS:
        how = f"--executor mpiexec --set simulation.ranks_per_evaluation={asked}"
        words = f"runCfg asks for {asked} ranks a candidate; one each keeps the cores as busy"
        yield f"{words}, and most networks have the same raster ({how} has it so)"
    if run.get("type") in (*CLUSTERS, *ELSEWHERE):
        yield f"runCfg's type is {run['type']}: `netpyne-tuner submit` makes it a job, `run` takes this machine"
