"""Executors: outcomes, isolation and what becomes of a task whose worker dies."""

import gc
import os
import signal
from pathlib import Path

import pytest
from pebble.pool.channel import WorkerChannel

from tests.contracts.executor import ExecutorContract, nothing
from tuner.executors import registry
from tuner.executors.base import Wear

pytestmark = pytest.mark.long


def act(task: tuple) -> object:
    kind, argument = task
    if kind == "die" or (kind == "die once" and not Path(argument).exists()):
        if kind == "die once":
            Path(argument).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "die locked" and not Path(argument).exists():
        Path(argument).touch()
        # As a worker holds it that is killed while it sends its result.
        (channel,) = (each for each in gc.get_objects() if isinstance(each, WorkerChannel))
        channel.mutex.writer_mutex.acquire()
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "leave":
        os._exit(3)
    if kind == "grow":
        held.append(bytearray(os.urandom(1) * argument))
    return os.getpid() if kind in ("pid", "grow") else argument


held: list[bytearray] = []


def outcomes(executor, tasks) -> dict:
    with executor:
        return {outcome.task: outcome for outcome in executor.map(act, tasks)}


class TestSerial(ExecutorContract):
    name = "serial"


class TestProcesses(ExecutorContract):
    name = "processes"


class TestInline(ExecutorContract):
    name = "inline"


def test_a_worker_that_dies_is_said_and_tried_once_more(tmp_path):
    tasks = [("die", 0), ("give", 1), ("leave", 3), ("die once", str(tmp_path / "mark")), ("give", 5)]
    found = outcomes(registry.make("processes", 2, nothing), tasks)
    assert [found[task].status for task in tasks] == ["failed", "done", "failed", "done", "done"]
    assert found["die", 0].reason == (
        "the worker process was killed by signal 9 (SIGKILL; if memory ran out, use fewer workers), in 2 of 2 attempts"
    )
    assert found["leave", 3].reason == "the worker process ended with exit status 3, in 2 of 2 attempts"


def test_a_lock_that_a_dead_worker_held_costs_nobody_an_attempt(tmp_path):
    tasks = [("die locked", str(tmp_path / "mark")), ("give", 1)]
    found = outcomes(registry.make("processes", 1, nothing), tasks)
    assert [(found[task].status, found[task].reason) for task in tasks] == [("done", ""), ("done", "")]


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


@pytest.mark.parametrize(
    ("wear", "task", "lives"),
    [
        (Wear(tasks=3), ("pid", 0), [3, 3, 2]),
        (Wear(growth_mb=100), ("grow", 60_000_000), [3, 3, 2]),
        (Wear(growth_mb=100), ("pid", 0), [8]),
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
