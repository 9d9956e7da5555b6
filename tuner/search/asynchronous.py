"""Run the loop without generations: after each finished evaluation, tell the optimiser and ask for another point.

The `order` of an evaluation is its place in the sequence of evaluations that the optimiser was told. A resumed run
tells the stored evaluations in this order. It then continues as an unbroken run with the same completions would have.
"""

from collections import deque
from dataclasses import replace

import numpy as np

from tuner.errors import StoreError
from tuner.evaluate.evaluate import evaluate
from tuner.evaluate.task import Task, result_of
from tuner.evaluation import Evaluation
from tuner.executors.base import Executor
from tuner.optimizers.base import Optimizer
from tuner.runs.store import EVALUATIONS, Store
from tuner.search import silence
from tuner.search.budget import Ending
from tuner.search.loop import Plan, Watcher, check_stored, keep, with_best


def run(plan: Plan, optimizer: Optimizer, executor: Executor, store: Store, watcher: Watcher) -> str:
    """Run or resume the search until the budget ends, and return the entry of the budget that ended the run.

    Raises the errors of `tuner.search.loop.run`, and StoreError if a line of the stored evaluations is missing.
    """
    told = sorted(store.evaluations.values(), key=lambda e: -1 if e.order is None else e.order)
    if [evaluation.order for evaluation in told] != list(range(len(told))):
        words = "lacks a line, so the order of the evaluations is unknown; start again with --fresh"
        raise StoreError(f"{store.folder / EVALUATIONS}: {words}")
    flight = _Flight(plan, optimizer, store, watcher)
    plan.tell_known(optimizer)
    in_flight = plan.study.optimizer.in_flight
    assert in_flight is not None, "a study whose workers are known has points in flight"
    for _ in range(in_flight):
        flight.ask()
    for evaluation in told:
        if flight.land(evaluation):
            return flight.ended
    for outcome in executor.run(evaluate, flight.next_task, plan.timeout_s):
        result = result_of(outcome)
        evaluation = replace(result.evaluation, order=len(store.evaluations))
        result = replace(result, evaluation=evaluation)
        keep(result, plan.study, store)
        watcher.on_result(result)
        if flight.land(evaluation):
            return flight.ended
    return flight.ending.within_generation()


class _Flight:
    """Track the points in flight: asked for by the optimiser, but not told as evaluations yet."""

    def __init__(self, plan: Plan, optimizer: Optimizer, store: Store, watcher: Watcher) -> None:
        self.ending = Ending(plan.study, plan.wall_time_before_s, plan.stop_reason)
        self.ended = ""
        self._plan, self._optimizer, self._store, self._watcher = plan, optimizer, store, watcher
        self._size = plan.study.optimizer.population_size
        self._points: dict[int, np.ndarray] = {}
        self._asked = 0
        self._waiting: deque[Task] = deque()
        self._told: list[Evaluation] = []

    def ask(self) -> None:
        """Ask for one more point, if the budget has an evaluation left."""
        if self.ending.affordable(self._asked) == 0:
            return
        plan, number = self._plan, self._asked
        (point,) = self._optimizer.ask()
        values = plan.values_of(number, point)
        self._points[number] = plan.study.space.encode(values) if number < len(plan.first) else point
        task = plan.task().at(number, number // self._size, values)
        check_stored([task], self._store)
        if number not in self._store.evaluations:
            self._waiting.append(task)
        self._asked += 1

    def land(self, evaluation: Evaluation) -> bool:
        """Tell the optimiser an evaluation and ask for the next point; return whether the run ends here."""
        self._optimizer.tell(self._points.pop(evaluation.number)[None], [evaluation])
        self._told.append(evaluation)
        self.ending.check_hope(self._told)
        silence.check(self._plan.study, self._told)
        generations, rest = divmod(len(self._told), self._size)
        if not rest:
            last = self._told[-self._size :]
            self._store.sync()
            self._watcher.on_generation(generations - 1, last, self._told)
            self.ended = self.ending.after_generation(generations, last, self._told)
        elif self.ending.affordable(len(self._told)) == 0:
            self.ended = self.ending.within_generation()
        if not self.ended:
            self.ask()
        return bool(self.ended)

    def next_task(self) -> Task | None:
        """Return the next task to evaluate, or `None` if no task is waiting or the run must end."""
        if not self._waiting or self.ending.is_due():
            return None
        return with_best(self._waiting.popleft(), self._store)
