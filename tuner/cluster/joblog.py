"""Read and write the log of a run's cluster jobs, the file jobs/log in the run folder.

Each event is a line `TIME JOB EVENT`. The command `submit` and the job scripts (batch/scripts) append lines, on
any host.
"""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tuner.errors import StoreError
from tuner.regular_files import read_regular
from tuner.runs.contained import inside
from tuner.runs.json_files import writing

JOBS, LOG = "jobs", "log"
MOST_BYTES = 64 * 1024**2
TIME = "%Y-%m-%dT%H:%M:%S%z"
# Commands that show and cancel a job; the identifier of the job follows.
LOOK = {"slurm": "squeue -j", "torque": "qstat", "sge": "qstat -j"}
CANCEL = {"slurm": "scancel", "torque": "qdel", "sge": "qdel"}
# First words of the events, in the order in which they happen. `submit` writes the first one, the scripts the others.
SUBMITTED, STARTED, STOPPING, TOLD, REQUEUED, ENDED = "submitted", "started", "stopping", "told", "requeued", "ended"


@dataclass(frozen=True)
class Event:
    """Represent an event of a job; `time` is text in the format `TIME`, with the time zone."""

    time: str
    job: str
    words: str

    @property
    def kind(self) -> str:
        """Return the first word: one of the constants of this module, such as SUBMITTED."""
        return self.words.partition(" ")[0]


@dataclass(frozen=True)
class Job:
    """Represent a submitted job: the identifier that the scheduler gave, and the events in order."""

    name: str
    events: tuple[Event, ...]

    @property
    def last(self) -> Event:
        """Return the last event.

        The event "submitted" counts only if there is no other: a fast job notes its start before `submit` notes this.
        """
        later = [event for event in self.events if event.kind != SUBMITTED]
        return (later or self.events)[-1]

    @property
    def ended(self) -> bool:
        """Return whether the job's script has noted the end.

        False also for a job that was killed, or cancelled while it was queued: then the script notes nothing.
        """
        return self.last.kind == ENDED

    @property
    def told(self) -> bool:
        """Return whether the scheduler told the job to end: a user cancelled the job, or the nodes were taken away."""
        return any(event.kind == TOLD for event in self.events)

    @property
    def exit_status(self) -> int | None:
        """Return the exit status of the run. None if the job has not ended."""
        found = re.match(r"ended with status (\d+)", self.last.words)
        return int(found[1]) if found else None

    @property
    def scheduler(self) -> str:
        """Return the name of the scheduler; "" if unknown.

        A script that was submitted by hand notes the scheduler only when it starts.
        """
        return self._noted(r"\.sh (?:to|on \S+ by) (\w+)")

    @property
    def look(self) -> str:
        """Return the command that shows the job; "" if the scheduler is unknown."""
        return f"{LOOK[self.scheduler]} {self.name}" if self.scheduler in LOOK else ""

    @property
    def cancel(self) -> str:
        """Return the command that cancels the job; "" if the scheduler is unknown."""
        return f"{CANCEL[self.scheduler]} {self.name}" if self.scheduler in CANCEL else ""

    @property
    def log(self) -> str:
        """Return the name of the file in jobs/ with the job's output; "" if unknown."""
        number = self._noted(r"\b(\d+)\.sh\b")
        return f"{number}.log" if number else ""

    def _noted(self, pattern: str) -> str:
        found = [match[1] for event in self.events if (match := re.search(pattern, event.words))]
        return found[-1] if found else ""


def append(folder: Path, job: str, words: str) -> None:
    """Append an event of a job to the log of the run in `folder`."""
    path = inside(folder, folder / JOBS / LOG)
    with writing(folder), open(path, "a", encoding="utf-8") as file:
        file.write(f"{time.strftime(TIME)} {job} {words}\n")


def read(folder: Path) -> list[Job]:
    """Return the jobs of a run in the order of submission; empty without a log. Torn lines are left out."""
    try:
        text = read_regular(folder / JOBS / LOG, MOST_BYTES).decode(errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except ValueError as error:
        raise StoreError(f"{folder / JOBS / LOG}: {error}; remove it") from None
    return _jobs(Event(*fields) for line in text.splitlines() if len(fields := line.split(maxsplit=2)) == 3)


def _jobs(events: Iterable[Event]) -> list[Job]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.job, []).append(event)
    return [Job(name, tuple(each)) for name, each in found.items()]
