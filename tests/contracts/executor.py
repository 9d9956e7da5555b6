"""What every executor must do: inherit the class, name the executor."""

import os
import signal
import time
from collections import deque
from pathlib import Path

import pytest

from tests.commands import alive, wait_until
from tuner.executors.base import Executor
from tuner.executors.registry import EXECUTORS, make


def nothing() -> None:
    """Needs no warming up."""


def act(task: tuple) -> object:
    """What a test asks of a worker; tasks are pairs of a word and an argument."""
    kind, argument = task
    if kind == "raise":
        raise KeyError(argument)
    if kind == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    while kind == "wait" and not Path(argument).exists():
        time.sleep(0.02)
    if kind == "hang":
        Path(argument).write_text(str(os.getpid()))
        time.sleep(10_000)
    return argument


class Tasks:
    """Tasks to ask for one by one, which may grow; `asked` holds what each call returned."""

    def __init__(self, *tasks: tuple) -> None:
        self.waiting = deque(tasks)
        self.asked: list[tuple | None] = []

    def next_task(self) -> tuple | None:
        self.asked.append(self.waiting.popleft() if self.waiting else None)
        return self.asked[-1]


class ExecutorContract:
    """Inherit and set `name`; `ranks`, `launcher` and `workers` are for executors that need them."""

    name: str
    workers: int = 2
    ranks: int = 1
    launcher: str | None = None

    def make(self) -> Executor:
        return make(self.name, self.workers, nothing, ranks=self.ranks, launcher=self.launcher)

    @pytest.fixture
    def isolated(self):
        if not EXECUTORS[self.name].isolated:
            pytest.skip(f"a crash under {self.name} is a crash of the caller")

    def test_has_an_outcome_for_each_task(self):
        with self.make() as executor:
            found = {o.task: o for o in executor.map(act, [("give", 1), ("raise", 2), ("give", 3)])}
        assert [(found[task].status, found[task].value) for task in sorted(found, key=lambda task: task[1])] == [
            ("done", 1), ("failed", None), ("done", 3),
        ]  # fmt: skip
        assert found["raise", 2].reason == "KeyError: 2" and isinstance(found["raise", 2].error, KeyError)
        assert [found["give", n].reason for n in (1, 3)] == ["", ""]
        assert all(outcome.seconds >= 0.0 for outcome in found.values())

    def test_outcomes_come_as_tasks_finish(self, tmp_path):
        mark, order = tmp_path / "mark", []
        with self.make() as executor:
            last_to_finish = executor.workers > 1
            if not last_to_finish:
                mark.touch()
            for outcome in executor.map(act, [("wait", str(mark)), ("give", 1), ("give", 2)]):
                order.append(outcome.task[0])
                if len(order) == 2:
                    mark.touch()
        assert order == (["give", "give", "wait"] if last_to_finish else ["wait", "give", "give"])

    def test_tasks_start_in_their_order_and_only_where_a_worker_is_free(self):
        tasks = Tasks(*[("give", n) for n in range(6)])
        with self.make() as executor:
            under_way = []
            for n_outcomes, _ in enumerate(executor.run(act, tasks.next_task), 1):
                under_way.append(sum(task is not None for task in tasks.asked) - (n_outcomes - 1))
        assert [task[1] for task in tasks.asked if task] == [0, 1, 2, 3, 4, 5]
        assert max(under_way) == executor.workers

    def test_is_asked_again_after_every_outcome_and_ends_without_tasks(self):
        tasks, found = Tasks(("give", 0)), []
        with self.make() as executor:
            for outcome in executor.run(act, tasks.next_task):
                found.append(outcome.value)
                if len(found) in (1, 3):
                    tasks.waiting += [("give", len(found)), ("give", len(found) + 1)]
            assert sorted(found) == [0, 1, 2, 3, 4]
            assert tasks.asked[-1] is None
            assert [o.value for o in executor.run(act, Tasks().next_task)] == []

    def test_closed_early_it_ends_what_is_busy_and_goes_on(self, isolated, tmp_path):
        with self.make() as executor:
            marks = [tmp_path / str(n) for n in range(executor.workers)]
            running = executor.run(act, Tasks(("give", 0), *[("hang", str(mark)) for mark in marks]).next_task)
            assert next(running).value == 0
            busy = marks[: executor.workers - 1]
            wait_until(lambda: all(mark.exists() and mark.read_text() for mark in busy))
            running.close()
            wait_until(lambda: not any(alive(int(mark.read_text())) for mark in busy))
            assert [o.value for o in executor.map(act, [("give", 1), ("give", 1)])] == [1, 1]

    def test_closed_early_it_asks_for_no_more(self):
        tasks = Tasks(*[("give", n) for n in range(9)])
        with self.make() as executor:
            running = executor.run(act, tasks.next_task)
            next(running)
            running.close()
            assert len(tasks.asked) <= executor.workers

    def test_deaths_and_hangs_cost_the_others_nothing(self, isolated, tmp_path):
        tasks = [("die", 0), ("give", 1), ("hang", str(tmp_path / "mark")), ("give", 2)]
        with self.make() as executor:
            found = {o.task: o for o in executor.map(act, tasks, 2.0)}
        assert [found[task].status for task in tasks] == ["failed", "done", "timeout", "done"]
        assert found[tasks[0]].reason.endswith(", in 2 of 2 attempts")
        assert found[tasks[2]].reason == "no result within the time limit of 2 s (see simulation.timeout_s)"
        assert not alive(int((tmp_path / "mark").read_text()))
