"""The loop: ask, evaluate what the store does not hold, tell. Resuming is running it again."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tuner.errors import StoreError, TunerError
from tuner.evaluate import Result, Task, evaluate, result_of
from tuner.evaluation import Evaluation, are_hopeless, failure_of_all
from tuner.executors import Executor
from tuner.optimizers import Optimizer
from tuner.store import Store
from tuner.study import Study

FIRST_FAILURES = 10


class Watcher(Protocol):
    """Who is told of the run's progress."""

    def on_result(self, result: Result) -> None:
        """An evaluation has been made and stored."""

    def on_generation(self, generation: int, evaluations: list[Evaluation]) -> None:
        """A generation is complete."""


@dataclass(frozen=True)
class Plan:
    """What the loop works on. `task` gives the template of a generation's tasks; `start` is the start point or None."""

    study: Study
    task: Callable[[], Task]
    start: dict[str, object] | None
    timeout_s: float
    wall_time_before_s: float = 0.0


def run(plan: Plan, optimizer: Optimizer, executor: Executor, store: Store, watcher: Watcher) -> str:
    """Runs or resumes until the budget ends it; says which entry did.

    Raises StoreError if the store's evaluations are not those that the optimiser asks for, TunerError if all of the
    first evaluations fail.
    """
    ended = _Ended(plan)
    number = generation = 0
    while not optimizer.done:
        points = optimizer.ask()
        tasks = list(_tasks(plan, points, number, generation))
        _check_stored(tasks, store)
        affordable = tasks[: max(0, int(min(plan.study.budget.most_evaluations - number, len(tasks))))]
        for outcome in executor.map(evaluate, _missing(affordable, store, ended), plan.timeout_s):
            result = result_of(outcome)
            store.append(result.evaluation)
            watcher.on_result(result)
        stored = [store.evaluations[n] for n in range(number + len(tasks)) if n in store.evaluations]
        _check_failures(stored, plan.study.budget.most_evaluations)
        if len(stored) < number + len(tasks):
            return ended.within_generation()
        evaluations = stored[number:]
        if plan.start and generation == 0:
            points[0] = plan.study.space.encode(plan.start)
        optimizer.tell(points, evaluations)
        store.sync()
        number, generation = number + len(tasks), generation + 1
        watcher.on_generation(generation - 1, evaluations)
        if reason := ended.after_generation(generation, evaluations, number):
            return reason
    return "the optimiser has nothing left to ask"


def _tasks(plan: Plan, points: np.ndarray, number: int, generation: int) -> Iterator[Task]:
    template = plan.task()
    for place, point in enumerate(points):
        values = plan.start if plan.start and number + place == 0 else plan.study.space.decode(point)
        yield template.at(number + place, generation, values)


def _check_stored(tasks: list[Task], store: Store) -> None:
    for task in tasks:
        stored = store.evaluations.get(task.number)
        if stored is not None and stored.values != task.values:
            raise StoreError(
                f"{store.folder}: evaluation {task.number} was made for other values than the optimiser asks for;"
                " the folder is another run's, or was made on another kind of machine (start again with --fresh)"
            )


def _missing(tasks: list[Task], store: Store, ended: "_Ended") -> Iterator[Task]:
    for task in tasks:
        if task.number not in store.evaluations and not ended.out_of_time():
            best = min((e.ranking_loss for e in store.evaluations.values()), default=math.inf)
            yield task.at(task.number, task.generation, task.values, raster_below=best)


def _check_failures(evaluations: list[Evaluation], most: float) -> None:
    if len(evaluations) >= min(FIRST_FAILURES, most) and are_hopeless(evaluations):
        raise TunerError(f"all of the first {len(evaluations)} evaluations {failure_of_all(evaluations)}")


class _Ended:
    """Which entry of the budget is met."""

    def __init__(self, plan: Plan) -> None:
        self._budget = plan.study.budget
        self._deadline = time.monotonic() + (self._budget.wall_time_s or math.inf) - plan.wall_time_before_s
        self._best = math.inf
        self._stagnant = 0

    def out_of_time(self) -> bool:
        return time.monotonic() > self._deadline

    def within_generation(self) -> str:
        return "budget.wall_time_s" if self.out_of_time() else self._evaluations()

    def _evaluations(self) -> str:
        limits = self._budget.evaluations, self._budget.simulations
        return "budget.evaluations" if limits[0] == self._budget.most_evaluations else "budget.simulations"

    def after_generation(self, generations: int, evaluations: list[Evaluation], number: int) -> str:
        """The entry that ends the run here, or ""."""
        best = min(evaluation.ranking_loss for evaluation in evaluations)
        self._stagnant = 0 if best < self._best else self._stagnant + 1
        self._best = min(best, self._best)
        met = {
            "budget.loss": self._budget.loss is not None and self._best <= self._budget.loss,
            self._evaluations(): number >= self._budget.most_evaluations,
            "budget.generations": self._budget.generations is not None and generations >= self._budget.generations,
            "budget.stagnation": self._budget.stagnation is not None and self._stagnant >= self._budget.stagnation,
            "budget.wall_time_s": self.out_of_time(),
        }
        return next((entry for entry, is_met in met.items() if is_met), "")
