"""Executors: outcomes, isolation and what becomes of a task whose worker dies."""

import os
import signal
import time
from pathlib import Path

import pytest

from tuner.executors import registry

pytestmark = pytest.mark.long


def nothing() -> None:
    pass


def act(task: tuple) -> object:
    kind, argument = task
    if kind == "raise":
        raise KeyError(argument)
    if kind == "die" or (kind == "die once" and not Path(argument).exists()):
        if kind == "die once":
            Path(argument).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "hang":
        time.sleep(10_000)
    if kind == "leave":
        os._exit(3)
    if kind == "grow":
        held.append(bytearray(os.urandom(1) * argument))
    return os.getpid() if kind in ("pid", "grow") else argument


held: list[bytearray] = []


def outcomes(executor, tasks, timeout_s=None) -> dict:
    with executor:
        return {outcome.task: outcome for outcome in executor.map(act, tasks, timeout_s)}


@pytest.mark.parametrize("name", ["serial", "processes", "inline"])
def test_values_and_exceptions_come_back_with_their_task(name):
    found = outcomes(registry.make(name, 2, nothing), [("give", 1), ("raise", 2), ("give", 3)])
    assert [(o.status, o.value) for _, o in sorted(found.items(), key=lambda item: item[0][1])] == [
        ("done", 1),
        ("failed", None),
        ("done", 3),
    ]
    assert found["raise", 2].reason == "KeyError: 2"
    assert isinstance(found["raise", 2].error, KeyError)


def test_deaths_and_hangs_cost_only_their_task(tmp_path):
    tasks = [("die", 0), ("give", 1), ("hang", 2), ("leave", 3), ("die once", str(tmp_path / "mark")), ("give", 5)]
    found = outcomes(registry.make("processes", 2, nothing), tasks, timeout_s=3.0)
    assert [found[task].status for task in tasks] == ["failed", "done", "timeout", "failed", "done", "done"]
    assert found["die", 0].reason == "the worker process died of signal 9 (SIGKILL), 2 times"
    assert found["hang", 2].reason == "took longer than 3 s"
    assert found["leave", 3].reason == "the worker process ended with exit status 3, 2 times"


def test_outcomes_come_as_tasks_finish():
    with registry.make("processes", 2, nothing) as executor:
        order = [o.task[1] for o in executor.map(act, [("hang", 0), ("give", 1), ("give", 2)], 3.0)]
    assert order == [1, 2, 0]


def test_serial_is_one_other_process_and_inline_is_this_one():
    pids = {o.value for o in outcomes(registry.make("serial", 4, nothing), [("pid", i) for i in range(3)]).values()}
    assert len(pids) == 1 and os.getpid() not in pids
    (inline,) = outcomes(registry.make("inline", 4, nothing), [("pid", 0)]).values()
    assert inline.value == os.getpid()


def test_idle_worker_that_is_killed_is_replaced():
    with registry.make("serial", 1, nothing) as executor:
        (first,) = executor.map(act, [("pid", 0)])
        os.kill(first.value, signal.SIGKILL)
        (second,) = executor.map(act, [("pid", 1)])
    assert second.status == "done" and second.value != first.value


def test_closing_the_iterator_ends_the_busy_workers():
    with registry.make("processes", 2, nothing) as executor:
        running = executor.map(act, [("pid", 0), ("hang", 1)])
        assert next(running).status == "done"
        running.close()
        (after,) = executor.map(act, [("give", 2)])
    assert after.value == 2


@pytest.mark.parametrize(
    ("wear", "task", "lives"),
    [
        (registry.Wear(tasks=3), ("pid", 0), [3, 3, 2]),
        (registry.Wear(growth_mb=100), ("grow", 60_000_000), [3, 3, 2]),
        (registry.Wear(growth_mb=100), ("pid", 0), [8]),
    ],
    ids=["tasks", "memory", "neither"],
)
def test_a_worn_worker_is_replaced(wear, task, lives):
    with registry.make("serial", 1, nothing, wear) as executor:
        pids = [outcome.value for outcome in executor.map(act, [task] * 8)]
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == lives


def test_started_workers_are_those_that_work_and_renewed_ones_are_not():
    with registry.make("serial", 1, nothing) as executor:
        executor.start()
        pids = [next(executor.map(act, [("pid", 0)])).value for _ in range(2)]
        executor.renew()
        pids.append(next(executor.map(act, [("pid", 0)])).value)
    assert pids[0] == pids[1] != pids[2]
