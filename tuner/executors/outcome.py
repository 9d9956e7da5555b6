"""Define the outcome of a task."""

import signal
from dataclasses import dataclass
from typing import Generic, TypeVar

# Exit status of a worker in which a model has called exit or quit; see `worker.start`.
QUIT_STATUS = 86
# Stands for exit status 0 of a worker, which no worker that is needed has.
ENDED_STATUS = 256

Task = TypeVar("Task")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Outcome(Generic[Task, Value]):
    """Represent the outcome of a task.

    Attributes
    ----------
    status
        "done", "failed" (the function raised an exception, or the worker died in each attempt) or "timeout".
    value
        Return value of the function; None unless done.
    reason
        Reason of a failure or time-out in words; "" if done. Stored with the evaluation and shown to the user.
    seconds
        Wall time [s].
    error
        The exception that the function raised; None otherwise.
    """

    task: Task
    status: str
    value: Value | None = None
    reason: str = ""
    seconds: float = 0.0
    error: BaseException | None = None


def late(timeout_s: float) -> str:
    """Return the reason of a time-out in words."""
    return f"no result within the time limit of {timeout_s:g} s (see simulation.timeout_s)"


class Died(Exception):
    """Signal that a process ended without a result; the message says how."""


def died(code: int | None, attempts: int) -> str:
    """Return the reason of a process that has ended without a result, in words; `code` is the exit code if known."""
    return f"{_end(code)}, in {attempts} of {attempts} attempts"


def _end(code: int | None) -> str:
    if code is None:
        return "the worker process died"
    if code == QUIT_STATUS:
        return "the model ended the worker process (a call of exit or quit)"
    if code in (0, ENDED_STATUS):
        return "the model ended the worker process with exit status 0 (a call such as os._exit)"
    if code < 0:
        hint = "; if memory ran out, use fewer workers" if -code == signal.SIGKILL else ""
        return f"the worker process was killed by signal {-code} ({signal.Signals(-code).name}{hint})"
    return f"the worker process ended with exit status {code}"
