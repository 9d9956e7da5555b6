"""Read and write best.json: the best evaluation of a run, with the results of verification and tests."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuner.errors import StoreError
from tuner.runs.json_files import read_json, write_json
from tuner.runs.typed_tables import typed

BEST = "best.json"
# Values by the name of a target; None if the feature is undefined in this simulation.
Features = dict[str, float | None]


@dataclass(frozen=True)
class Verified:
    """Represent the best evaluation, simulated again with plain NetPyNE.

    If plain NetPyNE failed, `loss` is None and `reason` tells why.
    """

    loss: float | None = None
    violation: float = 0.0
    features: Features | None = None
    n_spikes: int | None = None
    equal: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Fresh:
    """Represent the best evaluation under held-out seeds, which the search did not use.

    A loss is None if the simulation failed.
    """

    seeds: tuple[int, ...] = ()
    losses: tuple[float | None, ...] = ()
    loss: float | None = None
    violation: float = 0.0
    features: Features = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class HeldOut:
    """Represent the best evaluation in a validation of the study; `asked` holds the settings of this validation."""

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
    """Represent the content of best.json: the best of the first `evaluations` evaluations.

    `table` is the content of the file as it was read.
    """

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
        """Return the best evaluation from a table; raise StoreError if the table is damaged."""
        return typed(cls, table, file)


def read_best(folder: Path) -> Best | None:
    """Return the content of best.json. None if the file is missing or damaged, because a run can write it again."""
    try:
        table = read_json(folder / BEST)
        return None if table is None else Best.of(table, folder / BEST)
    except StoreError:
        return None


def write_best(folder: Path, table: dict[str, Any]) -> Best:
    """Write best.json, and return the content as read from the file."""
    write_json(folder / BEST, table)
    return Best.of(read_json(folder / BEST) or {}, folder / BEST)
