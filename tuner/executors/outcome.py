"""What became of a task."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """`status` is done, failed (raised, or its worker died twice) or timeout; `value` is None unless done."""

    task: object
    status: str
    value: object = None
    reason: str = ""
    seconds: float = 0.0
    error: BaseException | None = None
