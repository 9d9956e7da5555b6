"""What each executor costs an evaluation, how well it uses its workers, and how well a thousand workers could be used.

Every executor runs in a program of its own, `cluster_run.py`, by mpiexec or Slurm where it needs them; those whose
programs are missing here are left out. The peer is NetPyNE's Batch with a network that has next to nothing to simulate.
The thousand workers are simulated (`events.py`), with measured times of evaluations and a measured cost of the master.
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
# Every evaluation of srun's starts processes of its own.
JOB_STEPS = 10
THOUSAND = 1000
SIZES = (THOUSAND, 2 * THOUSAND, 5 * THOUSAND)
ROUNDS_EACH = 20
# Of the three studies that which a thousand workers are worth most; its utilisation is the figure.
LONGEST = "nine_cells"

Run = Callable[[Sequence[object]], dict]
"""Runs Python with these arguments somewhere, and gives the JSON of the last line."""


def by_python(words: Sequence[object]) -> list[str]:
    """The command for a program that starts alone."""
    return [sys.executable, *map(str, words)]


def by_mpi(words: Sequence[object]) -> list[str]:
    """The command for one that is started as a master and its workers."""
    return [mpiexec(), "-n", str(WORKERS + 1), *by_python(("-m", "mpi4py.futures", *words))]


def mpiexec() -> str:
    """That of the MPI beside this Python, else the site's; "" if there is none."""
    return shutil.which("mpiexec", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}") or ""


def here(command: Sequence[str]) -> dict:
    """The JSON of a command's last line; CalledProcessError, with its own words said, if it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        say(done.stdout + done.stderr)
        done.check_returncode()
    return json.loads(done.stdout.splitlines()[-1])


def in_job(cluster: slurm.Slurm, command: Sequence[str]) -> dict:
    """The same in a Slurm job of its own on two nodes."""
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
    """Of each way to run a study that there is here: the executor's name, its workers, and how it is launched."""
    ways = {name: (name, workers, lambda words: here(by_python(words)))
            for name, workers in (("inline", 1), ("serial", 1), ("processes", WORKERS))}  # fmt: skip
    lacking = slurm.missing() or ("" if mpiexec() else "no mpiexec here")
    if mpiexec():
        ways["mpi"] = "mpi", WORKERS, lambda words: here(by_mpi(words))
    if lacking:
        say(f"left out, {lacking}: slurm, srun{'' if mpiexec() else ', mpi'}")
        yield ways
        return
    with TemporaryDirectory() as folder, slurm.Slurm(Path(folder)) as cluster:
        ways["slurm"] = "mpi", WORKERS, lambda words: in_job(cluster, by_mpi(words))
        ways["srun"] = "srun", WORKERS, lambda words: in_job(cluster, by_python(words))
        yield ways


def measure_executors(count: int, rounds: int, passes: int) -> dict[str, dict]:
    """What `cluster_run.py` finds for each executor in the best of its passes; all must find the same losses."""
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
            say(f"  {name}: {one['wall_s']:.2f} s for {count} evaluations, {one['no_op_ms']:.2f} ms for none")
    if any(one["losses"] != found["serial"][0]["losses"] for each in found.values() for one in each):
        raise RuntimeError("not all executors have found the same losses")
    return {name: best(each) for name, each in found.items()}


def best(passes: Sequence[dict]) -> dict:
    """The least of each number."""
    return {key: min(one[key] for one in passes) for key in passes[0] if key != "losses"}


def efficiency(serial: dict, other: dict, key: str) -> float:
    """Serial time over that of an executor, for each of its workers."""
    return serial[key] / other[key] / other["workers"]


def netpyne_batch_ms(count: int) -> float:
    """Wall milliseconds a candidate that NetPyNE's Batch takes where there is next to nothing to simulate."""
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
    """CPU milliseconds of a master an evaluation, generational and asynchronous, with a thousand outstanding."""
    name, command = ("mpi", by_mpi) if mpiexec() else ("processes", by_python)
    return here(command((HERE / "cluster_run.py", "master", name, WORKERS, THOUSAND)))


def thousand_workers(seconds: Sequence[float], costs_ms: Mapping[str, float]) -> list[Schedule]:
    """Schedules of generations of each size, and of the asynchronous search, for times drawn from those measured."""
    drawn = np.random.default_rng(1).choice(seconds, ROUNDS_EACH * THOUSAND)
    generational = [simulate(drawn, THOUSAND, costs_ms["generational"] / 1000, size) for size in SIZES]
    return [*generational, simulate(drawn, THOUSAND, costs_ms["asynchronous"] / 1000)]


def print_executors(found: Mapping[str, dict], batch_ms: float) -> None:
    """The table of the executors."""
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
    headings = ("", "workers", "ms without simulation", "efficiency", "with start", "master's CPU, % of a core")
    print_table(headings, rows)


def print_thousand(times: Mapping[str, Sequence[float]], found: Mapping[str, Sequence[Schedule]]) -> None:
    """The table of the thousand workers: busy from the first start to the last, and to the very end."""
    rows = []
    for name, schedules in found.items():
        mean, spread = fmean(times[name]), pstdev(times[name])
        shares = [f"{100 * schedule.busy_until_last_start:.1f}" for schedule in schedules]
        rows.append((name, f"{mean:.3g} +- {spread:.2g}", *shares, f"{100 * schedules[-1].utilisation:.1f}"))
    sizes = (f"generations of {size}" for size in SIZES)
    print_table(("busy, %", "seconds", *sizes, "asynchronous", "the same to its end"), rows)


def main() -> None:
    """Measures all, prints the tables and the figures."""
    quick = arguments(__doc__).quick
    require("psutil", "NetPyNE's Batch")
    # Else a Slurm would be left behind.
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
            f"{name}: the master's {cost_ms:.2f} ms an evaluation; {THOUSAND} workers saturate it below {limit_s:.2f} s"
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
