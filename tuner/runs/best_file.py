"""Read and write best.json: the best evaluation of a run, with the results of verification and tests."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuner.errors import StoreError
from tuner.evaluation import Evaluation, Features, Real, SeedRun, Values, Whole, finite
from tuner.runs.json_files import read_json, write_json
from tuner.runs.typed_tables import typed
from tuner.study.study_file import is_file

BEST = "best.json"
# Fixed, so that a field of a later version does not change the digest of an older run.
DIGESTED = (
    "number", "values", "seed", "repeats", "status", "loss", "objectives", "violation", "parts", "features", "runs",
    "n_spikes", "raster",
)  # fmt: skip


@dataclass(frozen=True)
class Differing:
    """Represent a verified evaluation that plain NetPyNE does not confirm, with both numbers in the reason."""

    number: int
    reason: str = ""


@dataclass(frozen=True)
class Verified:
    """Represent the comparison of the best evaluation, as stored, with plain NetPyNE.

    If plain NetPyNE failed, `loss` is None. If `equal` is false, `reason` tells why. `numbers` are the evaluations that
    were compared, `differing` are those which are not equal, and `advice` says what to do. `is_requested` is true if
    the engine that the study asks for makes the difference. `stored` is the digest of the compared evaluations.
    `raster` is the digest of plain NetPyNE's spikes.
    """

    loss: float | None = None
    violation: float = 0.0
    features: Features | None = None
    n_spikes: int | None = None
    equal: bool = False
    reason: str = ""
    raster: str = ""
    numbers: tuple[int, ...] = ()
    stored: str = ""
    differing: tuple[Differing, ...] = ()
    advice: str = ""
    is_requested: bool = False


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
    runs: tuple[SeedRun, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Best:
    """Represent the content of best.json: the best of the first `evaluations` evaluations.

    `table` is the content of the file as it was read.
    """

    number: Whole
    values: Values
    loss: Real
    evaluations: Whole
    verified: Verified
    violation: Real = 0.0
    objectives: Features = field(default_factory=dict)
    parts: Features = field(default_factory=dict)
    features: Features = field(default_factory=dict)
    generation: int = 0
    seed: int = 1
    runs: tuple[SeedRun, ...] = ()
    n_spikes: int | None = None
    raster: str = ""
    fresh: Fresh = Fresh()
    validation: tuple[HeldOut, ...] = ()
    table: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, table: dict[str, Any], file: Path = Path(BEST)) -> "Best":
        """Return the best evaluation from a table; raise StoreError if the table is damaged."""
        return typed(cls, table, file)

    @property
    def same_spikes(self) -> bool:
        """Return whether plain NetPyNE gives the same spikes; files of older versions compare nothing else."""
        verified = self.verified
        return verified.equal and (not verified.numbers or self.raster == verified.raster != "")

    def is_of(self, stored: Mapping[int, Evaluation]) -> bool:
        """Return whether this file was made from these stored evaluations; older files record only the number."""
        verified = self.verified
        if self.number not in stored or not stored.keys() >= set(verified.numbers):
            return False
        return not verified.numbers or digest_of(stored[number] for number in verified.numbers) == verified.stored


def digest_of(evaluations: Iterable[Evaluation]) -> str:
    """Return a digest of stored evaluations, which tells whether a line was changed."""
    tables = finite([{name: getattr(each, name) for name in DIGESTED} for each in evaluations])
    return hashlib.sha256(json.dumps(tables).encode()).hexdigest()[:16]


def read_best(folder: Path) -> Best | None:
    """Return the content of best.json. None if the file is missing or damaged, because a run can write it again."""
    try:
        table = read_json(folder / BEST)
        return None if table is None else Best.of(table, folder / BEST)
    except StoreError:
        if is_file(folder / BEST):
            return None
        raise


def write_best(folder: Path, table: dict[str, Any]) -> Best:
    """Write best.json, and return the content as read from the file."""
    write_json(folder / BEST, table)
    return Best.of(read_json(folder / BEST) or {}, folder / BEST)
