"""Plain data of a run and of a check, from which their results, their lines of text and the report are made."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from tuner.evaluation import Evaluation, best_of
from tuner.executors.memory import Demand
from tuner.recording import Recording
from tuner.runs import rasters, run_folder
from tuner.runs.best_file import Best, read_best
from tuner.runs.decisions import Engine, Sharing
from tuner.runs.manifest import Manifest
from tuner.runs.store import read_evaluations
from tuner.study.resolved import ResolvedStudy

AnyRun = TypeVar("AnyRun", bound="RunData")


@dataclass(frozen=True, repr=False)
class RunData:
    """A run: its folder, which budget entry ended it, all evaluations, best.json and manifest.json as plain tables.

    Of one that has not ended yet `ended` is "", and `best` empty unless it had ended before, with a smaller budget.
    """

    study: ResolvedStudy
    folder: Path
    ended: str
    evaluations: list[Evaluation]
    best: dict[str, Any]
    manifest: dict[str, Any]

    @classmethod
    def read(cls: type[AnyRun], folder: Path) -> AnyRun:
        """Return the data of a run folder, of a finished run or of one that goes on; StoreError if it is damaged."""
        study, manifest = run_folder.load_study(folder)
        stored, _ = read_evaluations(folder)
        best = read_best(folder)
        if best and best.number not in stored:
            best = None
        ended = manifest.ended if best and best.evaluations == len(stored) else ""
        evaluations = [stored[number] for number in sorted(stored)]
        return cls(study, folder, ended, evaluations, best.table if best else {}, manifest.table)

    @cached_property
    def outcome(self) -> Best | None:
        """The best as `best` has it, with names and types; None where it is empty."""
        return Best.of(self.best) if self.best else None

    @cached_property
    def made_by(self) -> Manifest:
        """The manifest as `manifest` has it, with names and types."""
        return Manifest.of(self.manifest)

    @property
    def report(self) -> Path:
        """The report's page."""
        return self.folder / "report" / "index.html"

    @property
    def is_complete(self) -> bool:
        """Whether best.json was made of all evaluations."""
        return self.outcome is not None and self.outcome.evaluations == len(self.evaluations)

    @property
    def units(self) -> dict[str, str]:
        """Units of the model's parameters."""
        return self.made_by.units

    @cached_property
    def best_evaluation(self) -> Evaluation | None:
        """The evaluation that best.json names, else the best so far; None if no simulation ran."""
        best = self.outcome
        named = (evaluation for evaluation in self.evaluations if best and evaluation.number == best.number)
        return next(named, None) or best_of(self.evaluations)

    @property
    def verified_features(self) -> dict[str, float | None]:
        """Features of the best by plain NetPyNE; empty where that did not run it."""
        return (self.outcome.verified.features if self.outcome else None) or {}

    @cached_property
    def rasters(self) -> dict[str, Recording]:
        """Recordings of the best evaluation by protocol; empty where the run has kept none."""
        kept, best = rasters.read_raster(self.folder), self.best_evaluation
        return kept[1] if kept and best and kept[0] == best.number else {}


@dataclass(frozen=True, repr=False)
class CheckData:
    """What a check found: the resolved study, sizes of populations, units, the start point's evaluation,
    for each parameter how the network follows it and why, whether synapses are shared, the most evaluations that a run
    makes (inf if nothing says), and the memory that its workers need (None if it could not be measured)."""

    study: ResolvedStudy
    populations: dict[str, int]
    units: dict[str, str]
    evaluation: Evaluation
    workers: int
    changes: dict[str, tuple[str, str]]
    sharing: Sharing
    engine: Engine
    most: float
    memory: Demand | None = None
