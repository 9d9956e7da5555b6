"""What became of a task."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Task = TypeVar("Task")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Outcome(Generic[Task, Value]):
    """`status` is done, failed (raised, or its worker died twice) or timeout; `value` is None unless done."""

    task: Task
    status: str
    value: Value | None = None
    reason: str = ""
    seconds: float = 0.0
    error: BaseException | None = None
