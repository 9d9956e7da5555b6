"""Define the outcome of a task."""

from dataclasses import dataclass
from typing import Generic, TypeVar

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
