"""Define the record of a probe, and store and read the probes of a run."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from tuner.evaluation import STATUSES, Features, NotNegative, Real, Values, Whole, finite
from tuner.runs import json_lines
from tuner.runs.json_files import writing

PROBES = "probes.jsonl"
ADVICE = "delete the file to make the probes again"


@dataclass(frozen=True)
class Probe:
    """Record one probe: a simulation with one parameter at a bound, and the others at the best evaluation.

    Attributes
    ----------
    parameter : str
        Name of the parameter at the bound.
    bound : str
        "lower" or "upper"; "choice" for a choice other than that of the best evaluation.
    best : int
        Number of the best evaluation, of which all other values are taken.
    values : dict
        Values of all parameters by name.
    status : str
        As the status of an evaluation: "done", "failed", "timeout" or "aborted".
    loss : float or None
        Loss of the probe.
    features : dict
        Features by target; None or nan where the simulation does not define a feature. Empty unless done.
    reason : str
        Reason why the simulation failed or was aborted.
    seconds : float
        Wall time of the probe [s]; 0 if an evaluation of the search had the same values, so nothing was simulated.
    """

    parameter: str
    bound: str
    best: Whole
    values: Values
    status: str = "done"
    loss: Real | None = None
    features: Features = field(default_factory=dict)
    reason: str = ""
    seconds: NotNegative = 0.0

    @property
    def key(self) -> str:
        """Return parameter, bound, best evaluation and values as text, the same for two records of one probe."""
        return json.dumps([self.parameter, self.bound, self.best, self.values], sort_keys=True)

    def to_line(self) -> str:
        """Return the probe as a line of JSON; null stands for numbers that are not finite."""
        return json.dumps(finite(asdict(self)), allow_nan=False)


def text_of(values: dict[str, Any]) -> str:
    """Return values as text, by which equal values are found."""
    return json.dumps(values, sort_keys=True)


def read_probes(folder: Path) -> list[Probe]:
    """Return the probes of a run folder, in the order of the file; a torn last line is left out.

    Raises StoreError for any other damaged line.
    """
    return _read(folder)[0]


def _read(folder: Path) -> tuple[list[Probe], int]:
    """Return the stored probes, and the end of the last complete line [bytes]."""
    file = folder / PROBES
    lines = list(json_lines.lines(file, ADVICE))
    probes = [json_lines.record(line, _probe, file, ADVICE) for line in lines]
    return probes, json_lines.end_of(lines[-1] if lines else None)


def _probe(table: Any) -> Probe:
    probe = msgspec.convert(table, Probe)
    if probe.status not in STATUSES:
        raise ValueError(f"status: is {probe.status!r:.80}, must be {', '.join(STATUSES)}")
    return probe


@contextmanager
def appending(folder: Path) -> Iterator[Callable[[Probe], None]]:
    """Return a function that stores a probe as a complete line, inside a `with` block; a torn last line is removed.

    Raises StoreError if the disk fails.
    """
    _, end = _read(folder)
    with writing(folder):
        file = json_lines.cut(folder / PROBES, end)

    def append(probe: Probe) -> None:
        """Append a probe as a line on the disk."""
        with writing(folder):
            json_lines.append(file, probe.to_line().encode() + b"\n")

    with file:
        yield append
