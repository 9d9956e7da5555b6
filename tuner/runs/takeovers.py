"""Record the processes that have written a run one after another, and find lines that came too late.

A master that was frozen, such as on a suspended machine, may append a line after another master has taken the run over.
Each line has the token of its master. The file owners.jsonl holds the token of each master in order, with the size of
evaluations.jsonl at its start. A line of an earlier master behind the start of a later one does not count.
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

OWNERS = "owners.jsonl"
ADVICE = "delete the line"


@dataclass(frozen=True)
class Takeover:
    """Represent the start of a master: the token, and the size of evaluations.jsonl at this moment [bytes]."""

    token: str
    offset: Whole
    time: str = ""


def read(folder: Path) -> list[Takeover]:
    """Return the starts of all masters in order; empty for a run of an older version."""
    file = folder / OWNERS
    return [json_lines.record(line, _of, file, ADVICE) for line in json_lines.lines(file, ADVICE)]


def _of(table: Any) -> Takeover:
    return msgspec.convert(table, Takeover)


def record(folder: Path, token: str, offset: int) -> None:
    """Append the start of a master; an incomplete last line is removed. Raises StoreError if the disk fails."""
    path = folder / OWNERS
    *_, last = [None, *json_lines.lines(path, ADVICE)]
    table = {"token": token, "offset": offset, "time": time.strftime("%Y-%m-%dT%H:%M:%S%z")}
    with writing(folder), json_lines.cut(path, json_lines.end_of(last)) as file:
        json_lines.append(file, json.dumps(table).encode() + b"\n")


def is_late(starts: Sequence[Takeover], token: str, offset: int) -> bool:
    """Return whether a line of a master begins behind the start of a later master; lines without a token count."""
    numbers = [number for number, start in enumerate(starts) if start.token == token]
    return bool(token and numbers) and any(start.offset <= offset for start in starts[numbers[-1] + 1 :])
