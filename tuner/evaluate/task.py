"""Define tasks and results, the plain data that a worker receives and returns."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tuner.evaluation import Evaluation
from tuner.executors.memory import Held
from tuner.executors.outcome import Outcome
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.objective.loss import Objectives
from tuner.optimizers import resolution
from tuner.protocols import Trial
from tuner.recording import Recording
from tuner.simulation.network.warm import IN_PLACE
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
    reuse
        The most that simulations may share: the network ("in place"), the process ("rebuilt"), or nothing ("fresh
        process").
    mended
        True if `library` has mechanisms with a completed INITIAL block, for reused networks.
    observed
        If True, the result has the observations under the first seed, with which other ways are compared.
    rules_off
        Keys of simulation.abort with a limit that is off, because the start point of the run breaks the limit.
    surveyed
        If True, the simulation runs to the end, and the result has the limits of simulation.abort that are broken.
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
    reuse: str = IN_PLACE
    mended: bool = False
    observed: bool = False
    rules_off: tuple[str, ...] = ()
    surveyed: bool = False

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
class Observation:
    """Hold the recording of one simulation, and the voltages of all segments at the end [mV].

    `voltages` is None if NEURON has not simulated, or if the network is spread over several ranks.
    """

    recording: Recording
    voltages: np.ndarray | None = None


class Simulated(NamedTuple):
    """Hold an observation, and the change that the network needed, with the reason."""

    observation: Observation
    change: str
    reason: str
    broken: Mapping[str, str] = {}

    @property
    def recording(self) -> Recording:
        """Return the recording."""
        return self.observation.recording


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
    observations
        Observations under the first seed, by protocol, if the task asks for them.
    broken
        Limits of simulation.abort that the candidate breaks, if surveyed; see `tuner.simulation.broken_rules`.
    """

    evaluation: Evaluation
    recordings: dict[str, Recording] | None = None
    change: str = ""
    reason: str = ""
    is_studys_fault: bool = False
    held: Held | None = None
    observations: dict[str, Observation] | None = None
    broken: Mapping[str, str] = field(default_factory=dict)

    @property
    def failure(self) -> str:
        """Return the reason why the evaluation failed; "" if the evaluation did not fail."""
        return self.evaluation.reason if self.evaluation.status == "failed" else ""


def result_of(outcome: Outcome[Task, Result]) -> Result:
    """Return the result of a task that an executor has finished, also if the worker died or hung."""
    if outcome.value is not None:
        return outcome.value
    return Result(outcome.task.evaluation(status=outcome.status, reason=outcome.reason, seconds=outcome.seconds))
