"""What one executor takes for the tasks of `cluster.py`; the last line printed is JSON.

`python cluster_run.py tasks EXECUTOR WORKERS FILE LAUNCHED` does the tasks that are pickled in a file, in rounds, and
then runs a study without a simulator; LAUNCHED is when the command was given [s since the epoch].
`python cluster_run.py master EXECUTOR WORKERS POPULATION_SIZE` measures what a master costs that has many workers.
As every program for the executor mpi it is started by `mpiexec -n 3 python -m mpi4py.futures cluster_run.py ...`.
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
    """An executor that is given the loop's tasks and simulates nothing; it does as many at once as it is told."""

    executor: Executor

    def run(
        self, function: Function, next_task: Callable[[], object | None], timeout_s: float | None = None
    ) -> Iterator[Outcome]:
        """As that of the executor, whatever the function."""
        return self.executor.run(no_simulation, next_task, timeout_s)


@dataclass
class Clock(Silent):
    """CPU seconds of this process whenever an evaluation was stored."""

    cpu_s: list[float] = field(default_factory=list)

    def on_result(self, result: Result) -> None:
        """An evaluation has been made and stored."""
        self.cpu_s.append(time.process_time())


def run(study: Study, pool: Executor, watcher: Silent) -> Cost:
    """The cost of a run of the study without a simulator."""
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
    """The losses of all tasks, in their order; raises if one does not run."""
    losses = {}
    for outcome in pool.map(evaluate, tasks):
        if outcome.status != "done" or outcome.value.evaluation.loss is None:
            raise RuntimeError(f"{outcome.task.values}: {outcome.reason or outcome.value.evaluation.reason}")
        losses[outcome.task.number] = outcome.value.evaluation.loss
    return [losses[task.number] for task in tasks]


def timed_round(pool: Executor, tasks: list[Task]) -> tuple[float, float, list[float]]:
    """Wall seconds of a round, the master's CPU seconds in it, and the losses."""
    before_s = time.process_time()
    losses, cost = timed(one_round, pool, tasks)
    return cost.wall_s, time.process_time() - before_s, losses


def measure_tasks(name: str, workers: int, file: Path, launched_s: float) -> dict:
    """Seconds from the launch to the end of the first round, those of the best later one, and ms of an evaluation that
    simulates nothing.

    An executor whose evaluations all start anew may do with the first round.
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
        raise RuntimeError(f"{name}: another round gave other losses")
    return {
        "with_start_s": with_start_s,
        "wall_s": wall_s,
        "master_share": master_cpu_s / wall_s,
        "no_op_ms": 1000 * cost.wall_s,
        "losses": losses,
    }


def measure_master(name: str, workers: int, size: int) -> dict:
    """CPU milliseconds of the master an evaluation, with and without generations, where `size` are outstanding.

    The tasks of so many workers wait for the few that there are: the master does not know the difference.
    """
    wanted = [f"budget.evaluations={GENERATIONS * size}", "optimizer.name=nsga2", f"optimizer.population_size={size}"]
    asynchronous = ["optimizer.asynchronous=true", f"optimizer.in_flight={size}"]
    with registry.make(name, workers, nothing) as pool:
        pool.workers = size
        list(pool.map(no_simulation, [template(resolved()).at(number, 0, {}) for number in range(workers)]))
        return {key: 1000 * settled_s(pool, wanted + more, size) for key, more in
                (("generational", []), ("asynchronous", asynchronous))}  # fmt: skip


def settled_s(pool: Executor, overrides: list[str], size: int) -> float:
    """CPU seconds an evaluation, without the first generation and the last."""
    clock = Clock()
    run(resolved(*overrides), pool, clock)
    between = clock.cpu_s[size - 1 : -size]
    return (between[-1] - between[0]) / (len(between) - 1)


def main(what: str, name: str, workers: str, *others: str) -> None:
    """Measures what the command line asks for."""
    # The ranks of a job step find what they are to do by it.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    if what == "tasks":
        file, launched_s = others
        found = measure_tasks(name, int(workers), Path(file), float(launched_s))
    else:
        found = measure_master(name, int(workers), *map(int, others))
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
