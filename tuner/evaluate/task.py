"""Define tasks and results, the plain data that a worker receives and returns."""

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tuner.evaluation import Evaluation
from tuner.executors.memory import Held
from tuner.executors.outcome import Outcome
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.objective.loss import Objectives
from tuner.optimizers import resolution
from tuner.protocols import Trial
from tuner.recording import Recording
from tuner.study.resolved import ResolvedStudy
from tuner.study.study import Study


@dataclass(frozen=True)
class Task:
    """Describe one evaluation for a worker.

    Attributes
    ----------
    study
        The resolved study.
    objectives
        Compute the loss from the features.
    library
        Compiled mechanisms of the model.
    raster_below
        The rasters are returned only if the loss is below this bound.
    race_below
        No further seed is simulated once the loss cannot become less than this bound.
    shared
        One synapse serves all connections onto a place, if the mechanism of the synapse allows sharing.
    coreneuron
        CoreNEURON's library. If given, CoreNEURON simulates.
    watched
        If False, the simulation is never aborted.
    """

    study: ResolvedStudy
    objectives: Objectives
    library: Path | None
    number: int = 0
    generation: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    raster_below: float = math.inf
    race_below: float = math.inf
    shared: bool = False
    coreneuron: Path | None = None
    watched: bool = True

    def at(self, number: int, generation: int, values: dict[str, Any], raster_below: float = math.inf) -> "Task":
        """Return the same task for other values."""
        return replace(self, number=number, generation=generation, values=values, raster_below=raster_below)

    def evaluation(self, **fields: Any) -> Evaluation:
        """Return the record of the task with these fields; by default, all seeds count as simulated."""
        filled = {"repeats": len(self.study.seeds), **fields}
        return Evaluation(self.number, self.generation, self.values, self.study.seed, **filled)

    def of(self, study: ResolvedStudy) -> "Task":
        """Return the same task for another study of the same model, such as a held-out test."""
        return replace(self, study=study, objectives=replace(self.objectives, targets=study.targets))

    @property
    def trials(self) -> list[list[Trial]]:
        """Return all trials, as one list for each seed."""
        return [self.study.trials(seed) for seed in self.study.seeds]


def template(study: ResolvedStudy, library: Path | None = None) -> Task:
    """Return the task from which all tasks of a study are derived; compile the model's mechanisms if necessary."""
    return Task(study, resolution.objectives(study), library or libraries.build(models.mod_folder(study)))


@dataclass(frozen=True)
class Inquiry:
    """Hold a study to check against the model, and the model's compiled mechanisms (`library`)."""

    study: Study
    library: Path | None


@dataclass(frozen=True)
class StartInquiry(Inquiry):
    """Hold a study to judge at the values of the start point."""

    start: dict[str, Any]


@dataclass(frozen=True)
class Result:
    """Hold an evaluation and further results of a task.

    Attributes
    ----------
    recordings
        Rasters under the first seed, by protocol, if the task asks for them.
    change, reason
        The change that the network needed, and why.
    is_studys_fault
        True if the evaluation failed because of an error in the study.
    held
        Peak memory of the process, if measured.
    """

    evaluation: Evaluation
    recordings: dict[str, Recording] | None = None
    change: str = ""
    reason: str = ""
    is_studys_fault: bool = False
    held: Held | None = None

    @property
    def failure(self) -> str:
        """Return the reason why the evaluation failed; "" if the evaluation did not fail."""
        return self.evaluation.reason if self.evaluation.status == "failed" else ""


def result_of(outcome: Outcome[Task, Result]) -> Result:
    """Return the result of a task that an executor has finished, also if the worker died or hung."""
    if outcome.value is not None:
        return outcome.value
    return Result(outcome.task.evaluation(status=outcome.status, reason=outcome.reason, seconds=outcome.seconds))
