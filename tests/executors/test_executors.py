"""Executors: outcomes, isolation and what becomes of a task whose worker dies."""

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pebble.pool.channel import WorkerChannel

from tests.commands import ROOT
from tests.contracts.executor import ExecutorContract, nothing
from tuner.errors import StudyError
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
        os._exit(argument)
    if kind == "close":
        os.closerange(3, 256)
        os._exit(0)
    if kind == "exit":
        sys.exit(argument)
    if kind == "quit":
        from neuron import h

        h.quit()
    if kind == "fork":
        child = os.fork()
        if child == 0:
            os._exit(argument)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if kind == "grow":
        held.append(bytearray(os.urandom(1) * argument))
    return os.getpid() if kind in ("pid", "grow") else argument


held: list[bytearray] = []
QUITS = """
import atexit, pathlib, sys
from tests.executors.test_executors import act, nothing
from tuner.executors import registry

atexit.register(pathlib.Path(sys.argv[1]).touch)
with registry.make("inline", 1, nothing) as executor:
    list(executor.map(act, [("quit", 0)]))
"""


def outcomes(executor, tasks, timeout_s=None) -> dict:
    with executor:
        return {outcome.task: outcome for outcome in executor.map(act, tasks, timeout_s)}


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


@pytest.mark.parametrize("how", ["leave", "close"])
def test_a_worker_that_ends_with_status_0_is_noticed_before_the_time_limit(how):
    found = outcomes(registry.make("serial", 1, nothing), [(how, 0), ("give", 1)], timeout_s=100.0)
    assert found["give", 1].status == "done"
    assert (found[how, 0].status, found[how, 0].reason) == (
        "failed", "the model ended the worker process with exit status 0 (a call such as os._exit), in 2 of 2 attempts"
    )  # fmt: skip


def test_a_model_that_ends_the_calling_process_is_a_failure():
    found = outcomes(registry.make("inline", 1, nothing), [("leave", 0), ("exit", 0), ("fork", 7), ("give", 1)])
    assert found["leave", 0].reason == "the model called os._exit(0), which would end this program"
    assert (found["exit", 0].status, found["exit", 0].reason) == ("failed", "SystemExit: 0")
    assert (found["fork", 7].value, found["give", 1].value) == (7, 1)


@pytest.mark.simulation
def test_a_program_that_neuron_ends_under_inline_says_so(tmp_path):
    (tmp_path / "program.py").write_text(QUITS)
    command = [sys.executable, tmp_path / "program.py", str(tmp_path / "removed")]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    assert done.stderr.endswith("netpyne-tuner: the model ended this program (a call of exit or quit)\n")
    assert (tmp_path / "removed").exists(), "other handlers run too"


def test_more_workers_than_a_machine_takes_are_refused_at_once(monkeypatch):
    monkeypatch.setattr("tuner.executors.processes.all_cores", lambda: 20)
    assert registry.make("processes", 80, nothing).workers == 80
    for name, most in (("processes", 80), ("mpiexec", 100_000)):
        with pytest.raises(StudyError, match=f"workers is 100000000; the executor {name} takes 1 to {most} here"):
            registry.make(name, 100_000_000, nothing)
    monkeypatch.setattr("tuner.executors.processes.all_cores", lambda: 2)
    assert registry.make("processes", 64, nothing).workers == 64
    with pytest.raises(StudyError):
        registry.make("processes", 65, nothing)


def test_a_lock_that_a_dead_worker_held_costs_nobody_an_attempt(tmp_path):
    tasks = [("die locked", str(tmp_path / "mark")), ("give", 1)]
    found = outcomes(registry.make("processes", 1, nothing), tasks)
    assert [(found[task].status, found[task].reason) for task in tasks] == [("done", ""), ("done", "")]


def test_serial_is_one_other_process_and_inline_is_this_one():
    pids = {o.value for o in outcomes(registry.make("serial", 4, nothing), [("pid", i) for i in range(3)]).values()}
    assert len(pids) == 1 and os.getpid() not in pids
    (inline,) = outcomes(registry.make("inline", 4, nothing), [("pid", 0)]).values()
    assert inline.value == os.getpid()


def test_fewer_workers_than_one_are_refused():
    with pytest.raises(StudyError, match="workers is -1; the executor serial takes 1 to 100000 here"):
        registry.make("serial", -1, nothing)


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
