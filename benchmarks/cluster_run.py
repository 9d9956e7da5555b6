"""Measure an executor with the tasks of `cluster.py`; the last printed line is JSON.

`python cluster_run.py tasks EXECUTOR WORKERS FILE LAUNCHED` runs the tasks that are pickled in FILE, in rounds, and
then runs a study without a simulator. LAUNCHED is the time at which the command was started [s since the epoch].
`python cluster_run.py master EXECUTOR WORKERS POPULATION_SIZE` measures the cost of a master with many workers.
For the executor mpi, the program is started by `mpiexec -n 3 python -m mpi4py.futures cluster_run.py ...`, like every
program that uses mpi4py.futures.
"""

import json
import os
import pickle
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from common import HERE, Cost, timed
from scaling import Silent, no_simulation, nothing, resolved

from tuner.evaluate.evaluate import evaluate
from tuner.evaluate.task import Result, Task, template
from tuner.executors import registry
from tuner.executors.base import Executor, Function
from tuner.executors.outcome import Outcome
from tuner.optimizers import resolution
from tuner.runs.store import Store
from tuner.search import asynchronous, loop
from tuner.simulation.simulate import warm_up
from tuner.study.study import Study

GENERATIONS = 5


@dataclass
class NoSimulation(Executor):
    """Run the tasks of a loop on another executor, but simulate nothing.

    The number of tasks in progress is the number of workers of the other executor.
    """

    executor: Executor

    def run(
        self, function: Function, next_task: Callable[[], object | None], timeout_s: float | None = None
    ) -> Iterator[Outcome]:
        """Run the tasks as the executor does, with `no_simulation` in place of the function."""
        return self.executor.run(no_simulation, next_task, timeout_s)


@dataclass
class Clock(Silent):
    """Record the CPU time of this process after every stored evaluation [s]."""

    cpu_s: list[float] = field(default_factory=list)

    def on_result(self, result: Result) -> None:
        """Record the CPU time after an evaluation was stored."""
        self.cpu_s.append(time.process_time())


def run(study: Study, pool: Executor, watcher: Silent) -> Cost:
    """Run the study without a simulator, and return the cost."""
    work = asynchronous.run if study.optimizer.asynchronous else loop.run
    with TemporaryDirectory() as folder:
        store = Store(Path(folder))
        task = template(study)
        plan = loop.Plan(study, lambda: task, 60.0)
        optimizer = resolution.make(study, None, study.space.decode(np.full(len(study.space), 0.5)))
        _, cost = timed(work, plan, optimizer, NoSimulation(pool), store, watcher)
        store.close()
    return cost


def one_round(pool: Executor, tasks: list[Task]) -> list[float]:
    """Evaluate all tasks, and return the losses in the order of the tasks.

    Raises RuntimeError if an evaluation fails.
    """
    losses = {}
    for outcome in pool.map(evaluate, tasks):
        if outcome.status != "done" or outcome.value.evaluation.loss is None:
            raise RuntimeError(f"{outcome.task.values}: {outcome.reason or outcome.value.evaluation.reason}")
        losses[outcome.task.number] = outcome.value.evaluation.loss
    return [losses[task.number] for task in tasks]


def timed_round(pool: Executor, tasks: list[Task]) -> tuple[float, float, list[float]]:
    """Return the wall time of a round [s], the CPU time of the master in the round [s], and the losses."""
    before_s = time.process_time()
    losses, cost = timed(one_round, pool, tasks)
    return cost.wall_s, time.process_time() - before_s, losses


def measure_tasks(name: str, workers: int, file: Path, launched_s: float) -> dict:
    """Measure rounds of tasks, and a study without a simulator.

    `with_start_s` is the time from the launch to the end of the first round. `wall_s` is the time of the best later
    round, and `master_share` is the CPU time of the master over `wall_s` in this round. `no_op_ms` is the wall time of
    an evaluation that simulates nothing. If there are no later rounds, the first round is used instead; this is right
    for executors that start new processes for every evaluation.
    """
    work = pickle.loads(file.read_bytes())
    with registry.make(name, workers, warm_up) as pool:
        pool.start()
        first = timed_round(pool, work["tasks"])
        with_start_s = time.time() - launched_s
        later = [timed_round(pool, work["tasks"]) for _ in range(work["rounds"])]
        cost = run(resolved(f"budget.evaluations={work['no_ops']}"), pool, Silent()) / work["no_ops"]
    wall_s, master_cpu_s, losses = min(later or [first])
    if any(each[-1] != losses for each in (first, *later)):
        raise RuntimeError(f"executor {name}: the rounds have found different losses for the same tasks")
    return {
        "with_start_s": with_start_s,
        "wall_s": wall_s,
        "master_share": master_cpu_s / wall_s,
        "no_op_ms": 1000 * cost.wall_s,
        "losses": losses,
    }


def measure_master(name: str, workers: int, size: int) -> dict:
    """Return the CPU time of the master per evaluation [ms], with generations and asynchronous.

    `size` evaluations are outstanding, as with so many workers. Their tasks wait for the few workers that exist, which
    makes no difference to the master.
    """
    wanted = [f"budget.evaluations={GENERATIONS * size}", "optimizer.name=nsga2", f"optimizer.population_size={size}"]
    asynchronous = ["optimizer.asynchronous=true", f"optimizer.in_flight={size}"]
    with registry.make(name, workers, nothing) as pool:
        pool.workers = size
        list(pool.map(no_simulation, [template(resolved()).at(number, 0, {}) for number in range(workers)]))
        return {key: 1000 * settled_s(pool, wanted + more, size) for key, more in
                (("generational", []), ("asynchronous", asynchronous))}  # fmt: skip


def settled_s(pool: Executor, overrides: list[str], size: int) -> float:
    """Return the CPU time per evaluation [s], without the first generation and the last generation."""
    clock = Clock()
    run(resolved(*overrides), pool, clock)
    between = clock.cpu_s[size - 1 : -size]
    return (between[-1] - between[0]) / (len(between) - 1)


def main(what: str, name: str, workers: str, *others: str) -> None:
    """Run the measurement that the command line asks for."""
    # The ranks of a job step find the modules of this folder by PYTHONPATH.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    if what == "tasks":
        file, launched_s = others
        found = measure_tasks(name, int(workers), Path(file), float(launched_s))
    else:
        found = measure_master(name, int(workers), *map(int, others))
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
