"""The jobs of a run: jobs/log in its folder has a line for each event, `TIME JOB EVENT`.

`submit` and the job scripts of batch/scripts append to it, from whatever host.
"""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tuner.runs.json_files import writing

JOBS, LOG = "jobs", "log"
TIME = "%Y-%m-%dT%H:%M:%S%z"
# What asks a scheduler for a job, and what ends one; its identifier follows.
LOOK = {"slurm": "squeue -j", "torque": "qstat", "sge": "qstat -j"}
CANCEL = {"slurm": "scancel", "torque": "qdel", "sge": "qdel"}
# How the events begin, in the order of a job's life; the scripts write all but the first.
SUBMITTED, STARTED, STOPPING, TOLD, REQUEUED, ENDED = "submitted", "started", "stopping", "told", "requeued", "ended"


@dataclass(frozen=True)
class Event:
    """What became of a job, and when; `time` is as `date` writes it, with the zone."""

    time: str
    job: str
    words: str

    @property
    def kind(self) -> str:
        """How it begins: one of the words above."""
        return self.words.partition(" ")[0]


@dataclass(frozen=True)
class Job:
    """One that was submitted: its identifier with the scheduler, and its events in order."""

    name: str
    events: tuple[Event, ...]

    @property
    def last(self) -> Event:
        """What became of it last. A job may begin before whoever submitted it has noted that."""
        later = [event for event in self.events if event.kind != SUBMITTED]
        return (later or self.events)[-1]

    @property
    def ended(self) -> bool:
        """Whether its script came to its end; one that was killed or cancelled while it waited noted nothing."""
        return self.last.kind == ENDED

    @property
    def told(self) -> bool:
        """Whether its scheduler has told it to end: somebody cancelled it, or its nodes were taken away."""
        return any(event.kind == TOLD for event in self.events)

    @property
    def exit_status(self) -> int | None:
        """What the run ended with; None if the job has not ended."""
        found = re.match(r"ended with status (\d+)", self.last.words)
        return int(found[1]) if found else None

    @property
    def scheduler(self) -> str:
        """Who has it; "" if nobody noted that, as before a script begins that was submitted by hand."""
        return self._noted(r"\.sh (?:to|on \S+ by) (\w+)")

    @property
    def look(self) -> str:
        """The command that asks the scheduler for it; "" if that is not known."""
        return f"{LOOK[self.scheduler]} {self.name}" if self.scheduler in LOOK else ""

    @property
    def cancel(self) -> str:
        """The command that ends it; "" if the scheduler is not known."""
        return f"{CANCEL[self.scheduler]} {self.name}" if self.scheduler in CANCEL else ""

    @property
    def log(self) -> str:
        """The name of the file in jobs/ that has what it printed; "" if nobody noted it."""
        number = self._noted(r"\b(\d+)\.sh\b")
        return f"{number}.log" if number else ""

    def _noted(self, pattern: str) -> str:
        found = [match[1] for event in self.events if (match := re.search(pattern, event.words))]
        return found[-1] if found else ""


def append(folder: Path, job: str, words: str) -> None:
    """Notes an event of a job of the run in `folder`."""
    with writing(folder), open(folder / JOBS / LOG, "a", encoding="utf-8") as file:
        file.write(f"{time.strftime(TIME)} {job} {words}\n")


def read(folder: Path) -> list[Job]:
    """The jobs of a run in the order of their submission; empty if it has none. Torn lines are left out."""
    try:
        text = (folder / JOBS / LOG).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return _jobs(Event(*fields) for line in text.splitlines() if len(fields := line.split(maxsplit=2)) == 3)


def _jobs(events: Iterable[Event]) -> list[Job]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.job, []).append(event)
    return [Job(name, tuple(each)) for name, each in found.items()]
