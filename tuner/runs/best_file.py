"""The best of a run, as best.json has it: its evaluation, what plain NetPyNE makes of it, how it did in tests."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuner.errors import StoreError
from tuner.runs.json_files import read_json, write_json
from tuner.runs.typed_tables import typed

BEST = "best.json"
# By the name of a target; None where the simulation does not define it.
Features = dict[str, float | None]


@dataclass(frozen=True)
class Verified:
    """The best run by plain NetPyNE; `loss` is None and `reason` says why where that did not run it."""

    loss: float | None = None
    violation: float = 0.0
    features: Features | None = None
    n_spikes: int | None = None
    equal: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Fresh:
    """The best under seeds that the search has not seen; a loss is None where the simulation failed."""

    seeds: tuple[int, ...] = ()
    losses: tuple[float | None, ...] = ()
    loss: float | None = None
    violation: float = 0.0
    features: Features = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class HeldOut:
    """The best in one of the study's validations; `asked` are the settings of that validation."""

    name: str
    asked: dict[str, Any]
    status: str = "done"
    loss: float | None = None
    violation: float = 0.0
    parts: Features = field(default_factory=dict)
    features: Features = field(default_factory=dict)
    runs: tuple[dict[str, Any], ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Best:
    """The best of the first so many `evaluations`; `table` is the file's own content."""

    number: int
    values: dict[str, Any]
    loss: float
    evaluations: int
    verified: Verified
    violation: float = 0.0
    objectives: Features = field(default_factory=dict)
    parts: Features = field(default_factory=dict)
    features: Features = field(default_factory=dict)
    generation: int = 0
    seed: int = 1
    runs: tuple[dict[str, Any], ...] = ()
    fresh: Fresh = Fresh()
    validation: tuple[HeldOut, ...] = ()
    table: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, table: dict[str, Any], file: Path = Path(BEST)) -> "Best":
        """Return the best of a table; StoreError if it is damaged."""
        return typed(cls, table, file)


def read_best(folder: Path) -> Best | None:
    """Return the best of a run folder; None if none is there, or it is damaged: it can be made again."""
    try:
        table = read_json(folder / BEST)
        return None if table is None else Best.of(table, folder / BEST)
    except StoreError:
        return None


def write_best(folder: Path, table: dict[str, Any]) -> Best:
    """Write the best of a run folder; return it as it is read again."""
    write_json(folder / BEST, table)
    return Best.of(read_json(folder / BEST) or {}, folder / BEST)
