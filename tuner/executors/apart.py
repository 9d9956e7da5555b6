"""Run a function in a fresh process, in which no network has been built before.

A worker process forks: the child inherits the imported libraries and nothing else, as long as the worker itself never
runs a model. In any other process a new interpreter is started.
"""

import atexit
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tuner.errors import TunerError
from tuner.executors import worker
from tuner.executors.outcome import Died, died
from tuner.executors.tethered import end, tethered

Argument = TypeVar("Argument")
Value = TypeVar("Value")
ATTEMPTS = 2


@dataclass
class _State:
    """Hold the facts about this process that decide how a fresh process is made."""

    is_used: bool = False


_state = _State()


def mark_used() -> None:
    """Note that this process runs a model, so that children are not fresh."""
    _state.is_used = True


def is_clean_worker() -> bool:
    """Return whether this process is a worker that has not run a model, so that a forked child is fresh."""
    return worker.is_worker() and not _state.is_used


def run(function: Callable[[Argument], Value], argument: Argument, prepare: Callable[[], None]) -> Value:
    """Return `function(argument)`, computed in a fresh process.

    `prepare` is called first where the process is a new interpreter. Function, argument and value must be picklable.
    An exception of the function is raised here. If the process dies, a second one is tried.

    Raises
    ------
    Died
        If both processes end without a result.
    """
    status = 0
    for _ in range(ATTEMPTS):
        status, reply = _forked(function, argument) if is_clean_worker() else _spawned(function, argument, prepare)
        if reply:
            error, value = pickle.loads(reply)
            if error is not None:
                raise error
            found: Value = value
            return found
    raise Died(died(status, ATTEMPTS))


def run_if_worker(function: Callable[[Argument], Value], argument: Argument, prepare: Callable[[], None]) -> Value:
    """Return `function(argument)`, computed in a fresh process if this process is a clean worker, else here."""
    return run(function, argument, prepare) if is_clean_worker() else function(argument)


def _answer(function: Callable[[Argument], Value], argument: Argument) -> bytes:
    """Return the pickled pair of exception and value; one of the two is None."""
    try:
        return pickle.dumps((None, function(argument)))
    except BaseException as error:
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            error = TunerError(f"{type(error).__name__}: {error}")
        return pickle.dumps((error, None))


def _forked(function: Callable[[Argument], Value], argument: Argument) -> tuple[int, bytes]:
    reading, writing = os.pipe()
    master = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _serve_as_child(function, argument, master, writing)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            reply = pipe.read()
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status, reply if status == 0 else b""


def _serve_as_child(function: Callable[[Argument], Value], argument: Argument, master: int, writing: int) -> None:
    """Write the answer to a pipe, run the handlers that remove temporary files, and end the process."""
    try:
        # The worker's handlers belong to the worker.
        atexit._clear()
        worker.die_with(master)
        worker.close_in_forks(writing)
        reply = _answer(function, argument)
        atexit._run_exitfuncs()
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(reply)
    except BaseException:
        os._exit(1)
    os._exit(0)


def _spawned(
    function: Callable[[Argument], Value], argument: Argument, prepare: Callable[[], None]
) -> tuple[int, bytes]:
    command = [sys.executable, "-m", "tuner.executors.apart"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = tethered(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    try:
        reply, _ = process.communicate(pickle.dumps((prepare, function, argument)))
    finally:
        end(process)
    return process.returncode, reply if process.returncode == 0 else b""


def _main() -> None:
    """Run one call, which is read from standard input, and write the answer to standard output."""
    call: tuple[Callable[[], None], Callable[[Any], Any], Any] = pickle.load(sys.stdin.buffer)
    prepare, function, argument = call
    writing = os.dup(1)
    worker.mute()
    worker.close_in_forks(writing)
    prepare()
    reply = _answer(function, argument)
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(reply)


if __name__ == "__main__":
    _main()
