"""The loop: ask, evaluate what the store does not hold, tell. Resuming is running it again."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from tuner.errors import StoreError
from tuner.evaluate.evaluate import evaluate
from tuner.evaluate.task import Result, Task, result_of
from tuner.evaluation import Evaluation
from tuner.executors.base import Executor
from tuner.optimizers.base import Optimizer
from tuner.runs import rasters
from tuner.runs.store import Store
from tuner.search.budget import FIRST_FAILURES, Ending
from tuner.study.resolved import ResolvedStudy

NOTHING_LEFT = "the optimiser, which has nothing left to ask,"


class Watcher(Protocol):
    """Who is told of the run's progress."""

    def on_result(self, result: Result) -> None:
        """An evaluation has been made and stored."""

    def on_generation(self, generation: int, evaluations: list[Evaluation], told: list[Evaluation]) -> None:
        """A generation is complete; `told` are all evaluations that the optimiser knows by now."""


@dataclass(frozen=True)
class Plan:
    """What the loop works on. `task` gives the template of a generation's tasks.

    `known` are evaluations of another run, told before the first is asked; `first` the values of the first evaluations,
    no more than the first generation has, which take the place of what the optimiser asks. `stop_reason` says why the
    run is to end before its budget does, "" to go on.
    """

    study: ResolvedStudy
    task: Callable[[], Task]
    timeout_s: float
    first: tuple[dict[str, Any], ...] = ()
    known: tuple[Evaluation, ...] = ()
    wall_time_before_s: float = 0.0
    stop_reason: Callable[[], str] = str

    def values_of(self, number: int, point: np.ndarray) -> dict[str, Any]:
        """The values of evaluation `number`, for which the optimiser asked that point."""
        return self.first[number] if number < len(self.first) else self.study.space.decode(point)

    def racing_against(self, told: Sequence[Evaluation]) -> Task:
        """The template; if the study has racing, its tasks give up where they can no longer be the best."""
        if not self.study.simulation.racing:
            return self.task()
        whole = [e.ranking_loss for e in told if e.repeats == len(self.study.seeds)]
        return replace(self.task(), race_below=min(whole, default=math.inf))

    def put_first(self, points: np.ndarray) -> None:
        """Puts the first values in the place of a first generation's first points."""
        for place, values in enumerate(self.first[: len(points)]):
            points[place] = self.study.space.encode(values)

    def tell_known(self, optimizer: Optimizer) -> None:
        """Tells what another run has found."""
        if self.known:
            optimizer.tell(np.array([self.study.space.encode(e.values) for e in self.known]), self.known)


def run(plan: Plan, optimizer: Optimizer, executor: Executor, store: Store, watcher: Watcher) -> str:
    """Runs or resumes until the budget ends it; says which entry did.

    Raises StoreError if the store's evaluations are not those that the optimiser asks for, TunerError if all of the
    first evaluations fail.
    """
    ending = Ending(plan.study, plan.wall_time_before_s, plan.stop_reason)
    told: list[Evaluation] = []
    generation = 0
    plan.tell_known(optimizer)
    while not optimizer.done:
        points = optimizer.ask()
        if generation == 0:
            plan.put_first(points)
        template = plan.racing_against(told)
        tasks = [template.at(n, generation, plan.values_of(n, point)) for n, point in enumerate(points, len(told))]
        check_stored(tasks, store)
        affordable = tasks[: ending.affordable(len(told), ending.saved(told))]
        for outcome in executor.map(evaluate, _missing(affordable, store, ending), plan.timeout_s):
            result = result_of(outcome)
            keep(result, plan.study, store)
            watcher.on_result(result)
        stored = [store.evaluations[task.number] for task in tasks if task.number in store.evaluations]
        ending.check_hope(told[:FIRST_FAILURES] + stored)
        if len(stored) < len(tasks):
            return ending.within_generation()
        optimizer.tell(points, stored)
        store.sync()
        told += stored
        generation += 1
        watcher.on_generation(generation - 1, stored, told)
        if reason := ending.after_generation(generation, stored, told):
            return reason
    return NOTHING_LEFT


def check_stored(tasks: list[Task], store: Store) -> None:
    """Raises StoreError where the store holds an evaluation of the task's number for other values."""
    for task in tasks:
        stored = store.evaluations.get(task.number)
        if stored is not None and stored.values != task.values:
            raise StoreError(
                f"{store.folder}: evaluation {task.number} was made for other values than the optimiser asks for;"
                " the folder is another run's, or was made on another kind of machine (start again with --fresh)"
            )


def with_best(task: Task, store: Store) -> Task:
    """The task, whose raster is worth keeping only below the best loss so far, unless the study keeps them all."""
    best = store.best
    raster_below = math.inf
    # The best has a raster only if its simulation came to its end.
    if best is not None and best.done and not task.study.simulation.keep_spikes:
        raster_below = best.ranking_loss
    return task.at(task.number, task.generation, task.values, raster_below=raster_below)


def keep(result: Result, study: ResolvedStudy, store: Store) -> None:
    """Stores an evaluation and, where the study keeps them, its spikes."""
    if study.simulation.keep_spikes and result.recordings is not None:
        # Before its line: an evaluation that is stored is never made again.
        with store.keeping():
            rasters.write_spikes(store.folder, result.evaluation.number, result.recordings)
    store.append(result.evaluation)


def _missing(tasks: list[Task], store: Store, ending: Ending) -> Iterator[Task]:
    for task in tasks:
        if task.number not in store.evaluations and not ending.is_due():
            yield with_best(task, store)
