"""Record the take-overs of a run by another master, and find lines that came too late.

A master that was frozen, such as on a suspended machine, may append a line after another master has taken the run over.
Each line has the token of its master. A take-over records token and size of evaluations.jsonl in the file owners.jsonl,
and so does each later start. A line of an earlier master behind this size does not count.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from tuner.evaluation import Whole
from tuner.runs import json_lines
from tuner.runs.json_files import writing
from tuner.runs.owner import Owner

OWNERS = "owners.jsonl"
ADVICE = "delete the line"


@dataclass(frozen=True)
class Takeover:
    """Represent the start of a master: the token, and the size of evaluations.jsonl at this moment [bytes]."""

    token: str
    offset: Whole
    time: str = ""


def read(folder: Path) -> list[Takeover]:
    """Return the first take-over and all later starts in order; empty without a take-over."""
    file = folder / OWNERS
    return [json_lines.record(line, _of, file, ADVICE) for line in json_lines.lines(file, ADVICE)]


def _of(table: Any) -> Takeover:
    return msgspec.convert(table, Takeover)


def record(folder: Path, owner: Owner, offset: int) -> None:
    """Append the start of a master after a take-over; an incomplete last line is removed.

    Raises StoreError if the disk fails.
    """
    path = folder / OWNERS
    *_, last = [None, *json_lines.lines(path, ADVICE)]
    if last is None and not owner.took_over:
        return
    table = {"token": owner.token, "offset": offset, "time": time.strftime("%Y-%m-%dT%H:%M:%S%z")}
    with writing(folder), json_lines.cut(path, json_lines.end_of(last)) as file:
        json_lines.append(file, json.dumps(table).encode() + b"\n")


def is_late(starts: Sequence[Takeover], token: str, offset: int) -> bool:
    """Return whether a line of a master begins behind the start of a later master; lines without a token count."""
    last = max((number for number, start in enumerate(starts) if start.token == token), default=-1)
    return bool(token) and any(start.offset <= offset for start in starts[last + 1 :])
