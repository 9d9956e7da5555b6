"""Tasks and results: the plain data that go to a worker and come back."""

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
    """What a worker needs for one evaluation: `library` is the compiled mechanisms', `objectives` judge the features.

    The rasters come back only if the loss is below `raster_below`. Once its loss cannot become less than `race_below`,
    a candidate is simulated under no further seed. With `shared` one synapse serves all connections onto a place where
    its mechanism allows it; with `coreneuron`, its library, the simulation is CoreNEURON's. A task that is not
    `watched` is never aborted.
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
        """The same task for other values."""
        return replace(self, number=number, generation=generation, values=values, raster_below=raster_below)

    def evaluation(self, **fields: Any) -> Evaluation:
        """The task's record with these fields; every seed has run, unless they say otherwise."""
        filled = {"repeats": len(self.study.seeds), **fields}
        return Evaluation(self.number, self.generation, self.values, self.study.seed, **filled)

    def of(self, study: ResolvedStudy) -> "Task":
        """Return the same task for another study of the same model, such as a held-out test."""
        return replace(self, study=study, objectives=replace(self.objectives, targets=study.targets))

    @property
    def trials(self) -> list[list[Trial]]:
        """All simulations, by seed."""
        return [self.study.trials(seed) for seed in self.study.seeds]


def template(study: ResolvedStudy, library: Path | None = None) -> Task:
    """Return the task that all tasks of a study are made from; compiles the model's mechanisms if need be."""
    return Task(study, resolution.objectives(study), library or libraries.build(models.mod_folder(study)))


@dataclass(frozen=True)
class Inquiry:
    """A study that is to be held against its model, whose compiled mechanisms are the `library`."""

    study: Study
    library: Path | None


@dataclass(frozen=True)
class IdleInquiry(Inquiry):
    """The question which parameters nothing reads at the values of the start point."""

    start: dict[str, Any]


@dataclass(frozen=True)
class Result:
    """An evaluation, the rasters that were asked for (under the first seed, by protocol), and what was done to the
    network and why; `is_studys_fault` where it failed by what the study says; what its process has held, if asked."""

    evaluation: Evaluation
    recordings: dict[str, Recording] | None = None
    change: str = ""
    reason: str = ""
    is_studys_fault: bool = False
    held: Held | None = None

    @property
    def failure(self) -> str:
        """Why the evaluation failed; "" if it did not."""
        return self.evaluation.reason if self.evaluation.status == "failed" else ""


def result_of(outcome: Outcome[Task, Result]) -> Result:
    """The result of a task that an executor has finished, also where the worker died or hung."""
    if outcome.value is not None:
        return outcome.value
    return Result(outcome.task.evaluation(status=outcome.status, reason=outcome.reason, seconds=outcome.seconds))
