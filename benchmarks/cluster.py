"""Measure overhead and efficiency of each executor, and predict how well a thousand workers can be used.

Each executor runs in a separate program, `cluster_run.py`, which mpiexec or Slurm starts where necessary. Executors are
left out if a program that they need is missing on this machine. The peer is NetPyNE's Batch with a network that has
almost nothing to simulate. The thousand workers are simulated (`events.py`) with measured times of evaluations and a
measured cost of the master.
"""

import json
import os
import pickle
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean, pstdev
from tempfile import TemporaryDirectory

import numpy as np
import simulation_times
from common import HERE, arguments, machine, prepared, print_table, processes, random_values, require, say
from events import Schedule, saturated_below_s, simulate
from peer import netpyne_batch

from tuner.optimizers import resolution
from tuner.study.study import Study

sys.path.insert(0, str(HERE.parent))
from tests.cluster import slurm

STUDY = "sensory_motor"
WORKERS = 2
NO_OPS = 1000
# The executor srun starts new processes for every evaluation, so it gets fewer evaluations.
JOB_STEPS = 10
THOUSAND = 1000
SIZES = (THOUSAND, 2 * THOUSAND, 5 * THOUSAND)
ROUNDS_EACH = 20
# The study with the longest evaluations needs a thousand workers most. The figures are its utilisation.
LONGEST = "nine_cells"

Run = Callable[[Sequence[object]], dict]
"""Run Python with the given arguments, and return the JSON object of the last line."""


def by_python(words: Sequence[object]) -> list[str]:
    """Return the command for a program that starts as one process."""
    return [sys.executable, *map(str, words)]


def by_mpi(words: Sequence[object]) -> list[str]:
    """Return the command for a program that starts as a master and workers."""
    return [mpiexec(), "-n", str(WORKERS + 1), *by_python(("-m", "mpi4py.futures", *words))]


def mpiexec() -> str:
    """Return the path of mpiexec, or "" if mpiexec is not installed.

    The mpiexec beside this Python comes before the site's.
    """
    return shutil.which("mpiexec", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}") or ""


def here(command: Sequence[str]) -> dict:
    """Run a command on this machine, and return the JSON object of the last line.

    If the command fails, its output is printed and CalledProcessError is raised.
    """
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        say(done.stdout + done.stderr)
        done.check_returncode()
    return json.loads(done.stdout.splitlines()[-1])


def in_job(cluster: slurm.Slurm, command: Sequence[str]) -> dict:
    """Run a command in a Slurm job on two nodes, and return the JSON object of the last line.

    If the command fails, its output is printed and CalledProcessError is raised.
    """
    script, output = cluster.folder / "job.sh", cluster.folder / "job.out"
    script.write_text(f"#!/bin/bash\nexec {shlex.join(command)}\n")
    size = ("--nodes=2", f"--ntasks={WORKERS + 1}")
    job = ["sbatch", "--wait", *size, f"--output={output}", "--error", f"{output}.err", str(script)]
    done = subprocess.run(job, capture_output=True, text=True, env=cluster.environment)
    if done.returncode:
        say(done.stdout + done.stderr + Path(f"{output}.err").read_text())
        done.check_returncode()
    return json.loads(output.read_text().splitlines()[-1])


@contextmanager
def launchers() -> Iterator[dict[str, tuple[str, int, Run]]]:
    """Yield the ways to run a study on this machine, by name.

    Each way has the name of the executor, the number of workers, and a function that runs a Python program.
    """
    ways = {name: (name, workers, lambda words: here(by_python(words)))
            for name, workers in (("inline", 1), ("serial", 1), ("processes", WORKERS))}  # fmt: skip
    lacking = slurm.missing() or ("" if mpiexec() else "mpiexec is not installed")
    if mpiexec():
        ways["mpi"] = "mpi", WORKERS, lambda words: here(by_mpi(words))
    if lacking:
        say(f"left out: slurm, srun{'' if mpiexec() else ', mpi'} ({lacking})")
        yield ways
        return
    with TemporaryDirectory() as folder, slurm.Slurm(Path(folder)) as cluster:
        ways["slurm"] = "mpi", WORKERS, lambda words: in_job(cluster, by_mpi(words))
        ways["srun"] = "srun", WORKERS, lambda words: in_job(cluster, by_python(words))
        yield ways


def measure_executors(count: int, rounds: int, passes: int) -> dict[str, dict]:
    """Run `cluster_run.py` with each executor, and return the best numbers of all passes.

    Raises RuntimeError if the executors do not find the same losses.
    """
    study = resolution.resolve(Study.load(STUDY))
    with processes() as pool:
        start = prepared(study, pool)
    tasks = [start.at(n, 0, values, raster_below=0.0) for n, values in enumerate(random_values(study, count))]
    found: dict[str, list[dict]] = {}
    with TemporaryDirectory() as folder, launchers() as ways:
        for name in (passes - 1) * [name for name in ways if name != "srun"] + list(ways):
            executor, workers, run = ways[name]
            sizes = {"rounds": 0, "no_ops": JOB_STEPS} if name == "srun" else {"rounds": rounds, "no_ops": NO_OPS}
            file = Path(folder, "tasks")
            file.write_bytes(pickle.dumps({"tasks": tasks, **sizes}))
            one = run((HERE / "cluster_run.py", "tasks", executor, workers, file, time.time()))
            found.setdefault(name, []).append(one | {"workers": workers})
            empty = f"{one['no_op_ms']:.2f} ms per evaluation without simulation"
            say(f"  {name}: {one['wall_s']:.2f} s for {count} evaluations, {empty}")
    if any(one["losses"] != found["serial"][0]["losses"] for each in found.values() for one in each):
        raise RuntimeError("the executors have found different losses for the same tasks")
    return {name: best(each) for name, each in found.items()}


def best(passes: Sequence[dict]) -> dict:
    """Return the minimum of each number over the passes."""
    return {key: min(one[key] for one in passes) for key in passes[0] if key != "losses"}


def efficiency(serial: dict, other: dict, key: str) -> float:
    """Return the serial time over the time of an executor and over the number of workers."""
    return serial[key] / other[key] / other["workers"]


def netpyne_batch_ms(count: int) -> float:
    """Return the wall time of NetPyNE's Batch per candidate with almost nothing to simulate [ms]."""
    with TemporaryDirectory() as folder:
        for file in netpyne_batch.FILES:
            shutil.copy(netpyne_batch.HERE / file, folder)
        with Path(folder, "cfg.py").open("a") as configuration:
            configuration.write("cfg.duration = 1.0\n")
        names = ("probability", "weight", "delay")
        values = random_values(Study.load(STUDY), count)
        Path(folder, "candidates.json").write_text(json.dumps([[each[name] for name in names] for each in values]))
        environment = {**os.environ, "PYTHONPATH": str(netpyne_batch.ROOT)}
        command = [sys.executable, "batch.py"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return 1000 * json.loads(done.stdout.splitlines()[-1])["wall_s"] / count


def master_ms() -> dict[str, float]:
    """Return the CPU time of a master per evaluation [ms], generational and asynchronous.

    A thousand evaluations are outstanding.
    """
    name, command = ("mpi", by_mpi) if mpiexec() else ("processes", by_python)
    return here(command((HERE / "cluster_run.py", "master", name, WORKERS, THOUSAND)))


def thousand_workers(seconds: Sequence[float], costs_ms: Mapping[str, float]) -> list[Schedule]:
    """Simulate a thousand workers with times drawn from the measured times.

    Returns one schedule for each size of a generation, and then the schedule of the asynchronous search.
    """
    drawn = np.random.default_rng(1).choice(seconds, ROUNDS_EACH * THOUSAND)
    generational = [simulate(drawn, THOUSAND, costs_ms["generational"] / 1000, size) for size in SIZES]
    return [*generational, simulate(drawn, THOUSAND, costs_ms["asynchronous"] / 1000)]


def print_executors(found: Mapping[str, dict], batch_ms: float) -> None:
    """Print the table of the executors."""
    serial = found["serial"]
    rows = [
        (
            name,
            f"{one['workers']}",
            f"{one['no_op_ms']:.3g}",
            f"{efficiency(serial, one, 'wall_s'):.3f}",
            f"{efficiency(serial, one, 'with_start_s'):.3f}",
            f"{100 * one['master_share']:.1f}",
        )
        for name, one in found.items()
    ]
    rows.append(("NetPyNE's Batch", f"{WORKERS} cores", f"{batch_ms:.0f}", "", "", ""))
    efficiencies = ("efficiency", "efficiency with start")
    print_table(("executor", "workers", "ms without simulation", *efficiencies, "CPU of master, % of a core"), rows)


def print_thousand(times: Mapping[str, Sequence[float]], found: Mapping[str, Sequence[Schedule]]) -> None:
    """Print the table of the thousand workers.

    The shares of busy time are from the first start to the last start, and for the asynchronous search also to the end.
    """
    rows = []
    for name, schedules in found.items():
        mean, spread = fmean(times[name]), pstdev(times[name])
        shares = [f"{100 * schedule.busy_until_last_start:.1f}" for schedule in schedules]
        rows.append((name, f"{mean:.3g} +- {spread:.2g}", *shares, f"{100 * schedules[-1].utilisation:.1f}"))
    sizes = (f"generations of {size}" for size in SIZES)
    print_table(("busy, %", "s per evaluation", *sizes, "asynchronous", "asynchronous, to the end"), rows)


def main() -> None:
    """Measure everything, and print the tables and the figures."""
    quick = arguments(__doc__).quick
    require("psutil", "NetPyNE's Batch")
    # Exit with an exception at SIGTERM, so that the private Slurm is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    say(machine())
    found = measure_executors(*((12, 1, 1) if quick else (40, 3, 2)))
    batch_ms = netpyne_batch_ms(4 if quick else 20)
    costs_ms = master_ms()
    times = simulation_times.stored() if quick else simulation_times.measure_all(WORKERS)
    schedules = {name: thousand_workers(seconds, costs_ms) for name, seconds in times.items()}
    say(machine())
    print_executors(found, batch_ms)
    for name, cost_ms in costs_ms.items():
        limit_s = saturated_below_s(THOUSAND, cost_ms / 1000)
        say(
            f"{name}: the master needs {cost_ms:.2f} ms of CPU time per evaluation; {THOUSAND} workers saturate it"
            f" if evaluations are shorter than {limit_s:.2f} s"
        )
    print_thousand(times, schedules)
    figures = {
        "ms_per_evaluation": {name: one["no_op_ms"] for name, one in found.items()} | {"netpyne_batch": batch_ms},
        "efficiency_vs_serial": {name: efficiency(found["serial"], one, "wall_s") for name, one in found.items()},
        "utilisation_generational": schedules[LONGEST][0].busy_until_last_start,
        "utilisation_asynchronous": schedules[LONGEST][-1].busy_until_last_start,
    }
    say(json.dumps(figures, allow_nan=False))


if __name__ == "__main__":
    main()
