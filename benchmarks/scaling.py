"""Measure the speed-up by a second worker, the cost of the master, and the growth of a worker's memory."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from common import (
    Cost,
    arguments,
    call,
    machine,
    prepared,
    print_figures,
    print_table,
    processes,
    random_values,
    require,
    say,
    timed,
    workers_cpu_s,
)

from tuner.evaluate.evaluate import evaluate
from tuner.evaluate.task import Result, Task, template
from tuner.evaluation import Evaluation
from tuner.executors.base import Function
from tuner.executors.outcome import Outcome
from tuner.executors.processes import Processes
from tuner.optimizers import resolution
from tuner.runs.store import Store
from tuner.search import loop
from tuner.study.study import Study

STUDY = "sensory_motor"
WORKERS = 2
ROUNDS = 4
SETTLING = 50
SHORT = ["duration_ms=5"]


def resolved(*overrides: str) -> Study:
    """Return the study with all settings filled in."""
    return resolution.resolve(Study.load(STUDY, overrides))


def speedup(per_round: int) -> float:
    """Return the wall time on one warm worker over the wall time on two warm workers.

    Both run the same evaluations, in turn.
    """
    count = ROUNDS * per_round
    study = resolved(f"budget.evaluations={count}")
    values = random_values(study, count)
    spent = {1: Cost(0.0, 0.0), WORKERS: Cost(0.0, 0.0)}
    with processes() as one, processes(WORKERS) as two:
        task = prepared(study, one)
        tasks = [task.at(number, 0, v, raster_below=0.0) for number, v in enumerate(values)]
        for pool in (one, two):
            evaluate_all(pool, tasks[: pool.workers])
        for start in range(0, count, per_round):
            for pool in (one, two):
                spent[pool.workers] += with_workers(evaluate_all, pool, tasks[start : start + per_round])
    for workers, cost in spent.items():
        cores = cost.cpu_s / cost.wall_s
        say(f"{count} evaluations, workers: {workers}: {cost.wall_s:.2f} s of wall time, {cores:.2f} cores in use")
    return spent[1].wall_s / spent[WORKERS].wall_s


def with_workers(function: Callable, *arguments: object) -> Cost:
    """Return the cost of a call, workers included.

    On a busy machine the workers get less CPU time than the cores that they could use.
    """
    before = workers_cpu_s()
    _, cost = timed(function, *arguments)
    return cost + Cost(workers_cpu_s() - before, 0.0)


def evaluate_all(pool: Processes, tasks: Sequence[Task]) -> None:
    """Evaluate the tasks, and raise RuntimeError if an evaluation fails."""
    for outcome in pool.map(evaluate, tasks):
        if outcome.status != "done" or outcome.value.evaluation.loss is None:
            raise RuntimeError(f"{outcome.task.values}: {outcome.reason or outcome.value.evaluation.reason}")


def nothing() -> None:
    """Skip the warm-up, for workers that simulate nothing."""


def no_simulation(task: Task) -> Result:
    """Return the result of an evaluation without a simulation."""
    loss = float(task.number % 7)
    fields = {"objectives": {"loss": loss}, "parts": {"mean_rate": loss}, "features": {"mean_rate": 17.0}}
    return Result(task.evaluation(loss=loss, seconds=0.0, **fields), None, "untouched", "nothing differs")


class WithoutSimulator(Processes):
    """Run the tasks of a loop in worker processes that simulate nothing."""

    def run(
        self, function: Function, next_task: Callable[[], object | None], timeout_s: float | None = None
    ) -> Iterator[Outcome]:
        """Run the tasks as Processes does, with `no_simulation` in place of the function."""
        return super().run(no_simulation, next_task, timeout_s)


class Silent:
    """Watch a run without output."""

    def on_result(self, result: Result) -> None:
        """Ignore an evaluation that was stored."""

    def on_generation(self, generation: int, evaluations: list[Evaluation], told: list[Evaluation]) -> None:
        """Ignore a generation that is complete."""


def master(count: int) -> Cost:
    """Return the cost of the master per evaluation if nothing is simulated.

    The cost includes optimiser, loop, executor and store.
    """
    study = resolved(f"budget.evaluations={count}")
    with TemporaryDirectory() as folder, WithoutSimulator(WORKERS, nothing) as pool:
        store = Store(Path(folder))
        task = template(study)
        list(pool.map(no_simulation, [task.at(number, 0, {}) for number in range(WORKERS)]))
        plan = loop.Plan(study, lambda: task, 60.0)
        middle = study.space.decode(np.full(len(study.space), 0.5))
        _, cost = timed(loop.run, plan, resolution.make(study, None, middle), pool, store, Silent())
        store.close()
    say(f"{count} evaluations without simulation: {1000 * cost.wall_s / count:.2f} ms of wall time per evaluation")
    return cost / count


def resident_mb(task: object) -> float:
    """Return the memory that this process holds [MB].

    The task is not used; it is an argument because a pool calls functions with a task.
    """
    import psutil

    return psutil.Process().memory_info().rss / 1e6


def growth(free: Sequence[str], count: int) -> tuple[float, str]:
    """Return the growth of a worker's memory in 1000 evaluations [MB], and how the network was changed.

    The evaluations differ only in the parameters `free`.
    """
    study = resolved(*SHORT)
    points = np.random.default_rng(1).random((SETTLING + count, len(study.space.parameters)))
    with processes() as pool:
        start = prepared(study, pool)
        tasks = [start.at(0, 0, start.values | chosen(study, point, free), raster_below=0.0) for point in points]
        evaluate_all(pool, tasks[:SETTLING])
        before_mb, _ = call(pool, resident_mb, "")
        ways = {outcome.value.change for outcome in pool.map(evaluate, tasks[SETTLING:])}
        after_mb, _ = call(pool, resident_mb, "")
    way = ", ".join(sorted(ways))
    say(f"{count} evaluations, network {way}: memory of the worker {before_mb:.1f} MB before, {after_mb:.1f} MB after")
    return 1000 * (after_mb - before_mb) / count, way


def chosen(study: Study, point: np.ndarray, free: Sequence[str]) -> dict:
    """Return the values of the free parameters at a point."""
    return {name: value for name, value in study.space.decode(point).items() if name in free}


def main() -> None:
    """Measure everything, and print the table and the figures."""
    quick = arguments(__doc__).quick
    require("psutil", "the measurement of memory")
    say(machine())
    ratio = speedup(5 if quick else 10)
    cost = master(300 if quick else 1000)
    in_place_mb, in_place = growth(("weight", "delay"), 300 if quick else 1000)
    wired_mb, wired = growth(("probability",), 300 if quick else 1000)
    rows = [
        ("speed-up of 2 warm workers over 1", f"{ratio:.2f}", ">= 1.9"),
        ("CPU time of the master per evaluation, ms", f"{1000 * cost.cpu_s:.2f}", "< 2"),
        (f"memory growth in 1000 evaluations, network {in_place}, MB", f"{in_place_mb:.2f}", ""),
        (f"memory growth in 1000 evaluations, network {wired}, MB", f"{wired_mb:.2f}", ""),
    ]
    print_table(("", "measured", "goal"), rows)
    figures = {"speedup_2_workers": ratio, "master_ms_per_evaluation": 1000 * cost.cpu_s}
    print_figures({**figures, "memory_growth_mb_per_1000": max(in_place_mb, wired_mb)})


if __name__ == "__main__":
    main()
