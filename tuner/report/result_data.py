"""Hold the plain data of a run and of a check, the source of results, terminal lines and the report."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from tuner.analysis.findings import Account, account
from tuner.evaluation import Evaluation, best_of
from tuner.executors.memory import Demand
from tuner.optimizers.resolution import design_of
from tuner.recording import Recording
from tuner.runs import rasters, run_folder
from tuner.runs.best_file import Best, read_best
from tuner.runs.decisions import Engine, Reuse, Sharing
from tuner.runs.fitting_rows import check_rows, fits
from tuner.runs.manifest import Manifest
from tuner.runs.probe_file import Probe, read_probes
from tuner.runs.store import read_evaluations
from tuner.study.resolved import ResolvedStudy

AnyRun = TypeVar("AnyRun", bound="RunData")


@dataclass(frozen=True, repr=False)
class RunData:
    """Hold the data of a run: study, folder, end, evaluations, best.json, manifest.json and the probes.

    `ended` is the entry of the budget that ended the run, or "" if the run has not ended yet. `best` is empty in this
    case, unless the run has ended before with a smaller budget.
    """

    study: ResolvedStudy
    folder: Path
    ended: str
    evaluations: list[Evaluation]
    best: dict[str, Any]
    manifest: dict[str, Any]
    probes: list[Probe] = field(default_factory=list)

    @classmethod
    def read(cls: type[AnyRun], folder: Path) -> AnyRun:
        """Read the data of a run folder, finished or not; raise StoreError if a file is damaged."""
        study, manifest = run_folder.load_study(folder)
        stored, _ = read_evaluations(folder)
        best = read_best(folder)
        if best and not (best.is_of(stored) and fits(study, best.values)):
            best = None
        ended = manifest.ended if best and best.evaluations == len(stored) else ""
        evaluations, probes = [stored[number] for number in sorted(stored)], read_probes(folder)
        check_rows(study, folder, evaluations, probes)
        table = best.table if best else {}
        return cls(study, folder, ended, evaluations, table, manifest.table, probes)

    @cached_property
    def outcome(self) -> Best | None:
        """Return the content of `best` as a typed object; `None` if `best` is empty."""
        return Best.of(self.best) if self.best else None

    @cached_property
    def made_by(self) -> Manifest:
        """Return the content of `manifest` as a typed object."""
        return Manifest.of(self.manifest)

    @property
    def report(self) -> Path:
        """Return the path of the report page."""
        return self.folder / "report" / "index.html"

    @property
    def is_complete(self) -> bool:
        """Return whether best.json includes all stored evaluations."""
        return self.outcome is not None and self.outcome.evaluations == len(self.evaluations)

    @property
    def units(self) -> dict[str, str]:
        """Return the units of the model's parameters by name."""
        return self.made_by.units

    @cached_property
    def best_evaluation(self) -> Evaluation | None:
        """Return the evaluation that best.json names, else the best so far; `None` if no simulation ran."""
        best = self.outcome
        named = (evaluation for evaluation in self.evaluations if best and evaluation.number == best.number)
        return next(named, None) or best_of(self.evaluations)

    @property
    def verified_features(self) -> dict[str, float | None]:
        """Return the features of the best evaluation by plain NetPyNE; empty without a verification."""
        return (self.outcome.verified.features if self.outcome else None) or {}

    @cached_property
    def account(self) -> Account | None:
        """Return the findings; `None` if no simulation ran. Features are plain NetPyNE's if the verification ran."""
        best, study = self.best_evaluation, self.study
        if best is None:
            return None
        features = self.verified_features or best.features
        design = design_of(study, self.evaluations)
        rest = self.made_by.slopes, self.units, self.probes, design
        return account(study.space, study.targets, self.evaluations, best, features, *rest)

    @cached_property
    def rasters(self) -> dict[str, Recording]:
        """Return the recordings of the best evaluation by protocol; empty if the run has kept no raster."""
        kept, best = rasters.read_raster(self.folder), self.best_evaluation
        known = {protocol.name for protocol in self.study.protocols}
        return kept[1] if kept and best and kept[0] == best.number and kept[1].keys() <= known else {}


@dataclass(frozen=True, repr=False)
class CheckData:
    """Hold the data of a check; `tuner.report.results.Check` documents the attributes."""

    study: ResolvedStudy
    populations: dict[str, int]
    units: dict[str, str]
    evaluation: Evaluation
    workers: int
    changes: dict[str, tuple[str, str]]
    sharing: Sharing
    engine: Engine
    reuse: Reuse
    most: float
    memory: Demand | None = None
    notes: tuple[str, ...] = ()
    expected_s: dict[str, float] | None = None
