"""Run the loop of a search: ask, evaluate the points that are not stored yet, tell.

A run is resumed by running the same loop again: stored evaluations are told without a simulation.
"""

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
from tuner.search import silence
from tuner.search.budget import FIRST_FAILURES, Ending
from tuner.study.resolved import ResolvedStudy

NOTHING_LEFT = "the optimiser (no points left)"


class Watcher(Protocol):
    """Watch the progress of a run."""

    def on_result(self, result: Result) -> None:
        """Handle a new evaluation, which is stored already."""

    def on_generation(self, generation: int, evaluations: list[Evaluation], told: list[Evaluation]) -> None:
        """Handle a complete generation; `told` are all evaluations that the optimiser has been told so far."""


@dataclass(frozen=True)
class Plan:
    """Hold the input of the loop.

    `task` returns the template for the tasks of a generation. `known` are evaluations of another run, which the
    optimiser is told before its first point. `first` are the values of the first evaluations, at most one generation.
    They replace the first points of the optimiser. `wall_time_before_s` is the wall time of earlier starts [s].
    `stop_reason` returns the reason to end the run before the budget is used up, or "" to continue.
    """

    study: ResolvedStudy
    task: Callable[[], Task]
    timeout_s: float
    first: tuple[dict[str, Any], ...] = ()
    known: tuple[Evaluation, ...] = ()
    wall_time_before_s: float = 0.0
    stop_reason: Callable[[], str] = str

    def values_of(self, number: int, point: np.ndarray) -> dict[str, Any]:
        """Return the values of evaluation `number`, for which the optimiser has asked for `point`."""
        return self.first[number] if number < len(self.first) else self.study.space.decode(point)

    def racing_against(self, told: Sequence[Evaluation]) -> Task:
        """Return the template of the next tasks; with racing, a task stops once the best loss is out of reach."""
        if not self.study.simulation.racing:
            return self.task()
        whole = [e.ranking_loss for e in told if e.repeats == len(self.study.seeds)]
        return replace(self.task(), race_below=min(whole, default=math.inf))

    def put_first(self, points: np.ndarray) -> None:
        """Replace the first points of the first generation by the points of the first values, in place."""
        for place, values in enumerate(self.first[: len(points)]):
            points[place] = self.study.space.encode(values)

    def tell_known(self, optimizer: Optimizer) -> None:
        """Tell the optimiser the evaluations of another run."""
        if self.known:
            optimizer.tell(np.array([self.study.space.encode(e.values) for e in self.known]), self.known)


def run(plan: Plan, optimizer: Optimizer, executor: Executor, store: Store, watcher: Watcher) -> str:
    """Run or resume the search until the budget ends, and return the entry of the budget that ended the run.

    Raises StoreError if the stored evaluations do not belong to the points that the optimiser asks for, and TunerError
    if all of the first evaluations fail, or if all targets stand at their cap in the first evaluations.
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
        silence.check(plan.study, told)
        if reason := ending.after_generation(generation, stored, told):
            return reason
    return NOTHING_LEFT


def check_stored(tasks: list[Task], store: Store) -> None:
    """Raise StoreError if the store holds an evaluation with the number of a task but with other values."""
    for task in tasks:
        stored = store.evaluations.get(task.number)
        if stored is not None and stored.values != task.values:
            raise StoreError(
                f"{store.folder}: evaluation {task.number} is stored with other values than the optimiser asks for;"
                " the folder belongs to another run, or comes from another kind of machine (start again with --fresh)"
            )


def with_best(task: Task, store: Store) -> Task:
    """Return the task; a raster is returned only below the best loss so far, unless the study keeps all rasters."""
    best = store.best
    raster_below = math.inf
    # Only a complete simulation has a raster, so an aborted evaluation sets no limit.
    if best is not None and best.done and not task.study.simulation.keep_spikes:
        raster_below = best.ranking_loss
    return task.at(task.number, task.generation, task.values, raster_below=raster_below)


def keep(result: Result, study: ResolvedStudy, store: Store) -> None:
    """Store an evaluation, and also the spikes if the study keeps spikes."""
    if study.simulation.keep_spikes and result.recordings is not None:
        store.check_owner()
        # The spikes are written before the evaluation: a stored evaluation is never simulated again.
        with store.keeping():
            rasters.write_spikes(store.folder, result.evaluation.number, result.recordings)
    store.append(result.evaluation)


def _missing(tasks: list[Task], store: Store, ending: Ending) -> Iterator[Task]:
    for task in tasks:
        if task.number not in store.evaluations and not ending.is_due():
            yield with_best(task, store)
