"""Inspect and run a model in a worker process, and turn failures into one-sentence errors."""

import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tuner.drafts.survey import Entry, Question, Survey, answer, survey
from tuner.errors import ModelError, TunerError
from tuner.evaluate.task import Task, template
from tuner.executors.base import Executor
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.optimizers import resolution
from tuner.protocols import DEFAULT, Protocol
from tuner.recording import Recording
from tuner.search.preparation import LOADING, describe, make_executor
from tuner.search.stages import stage
from tuner.search.start_point import LONGEST_START_S, measure_start
from tuner.study.find_source import default_duration_ms
from tuner.study.settings import Budget, Simulation
from tuner.study.space import SearchSpace
from tuner.study.study import Study

# Time limits for finding out which values a setting sets: for all settings, and for each.
LONGEST_TRIALS_S, LONGEST_TRIAL_S = 120.0, 60.0


@dataclass
class Worker:
    """Represent a worker process with the model of a task."""

    task: Task
    pool: Executor

    def survey(self) -> Survey:
        """Return the values of the model that can be tuned; raise TunerError if the specs cannot be built."""
        with stage("listing the values of the model"):
            (outcome,) = self.pool.map(survey, [self.task], LONGEST_START_S)
        if isinstance(outcome.error, TunerError):
            raise outcome.error
        if outcome.value is None:
            raise ModelError(f"{self.task.study.model}: {outcome.reason} while the model's specs were built")
        return outcome.value

    def tried(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """Return the entries, with the values that each setting sets, for as many settings as the time limit allows."""
        with stage("trying the settings of the model"):
            answers = {entry.path: entry for entry in self._answers(entries)}
        return tuple(answers.get(entry.path, entry) for entry in entries)

    def _answers(self, entries: Sequence[Entry]) -> Iterator[Entry]:
        end_s = time.monotonic() + LONGEST_TRIALS_S
        questions = (Question(self.task, entry) for entry in entries if entry.is_setting and entry.is_number)
        in_time = itertools.takewhile(lambda _: time.monotonic() < end_s, questions)
        for outcome in self.pool.map(answer, in_time, LONGEST_TRIAL_S):
            failure = replace(outcome.task.entry, failure=f"after a change of this setting, {outcome.reason}")
            yield outcome.value or failure

    def run(self) -> Recording:
        """Return the recording of the unchanged model; raise StudyError or ModelError if the simulation fails."""
        with stage("simulating the model"):
            study, result = self.task.study, measure_start(self.task, self.pool)
        evaluation = result.evaluation
        if result.is_studys_fault:
            raise study.place.error(evaluation.reason)
        if result.recordings is None:
            raise ModelError(f"{study.model}: the start point {evaluation.status}: {evaluation.reason}")
        (recording,) = result.recordings.values()
        return recording


@contextmanager
def started(model: str, *, trust_pickle: bool) -> Iterator[Worker]:
    """Yield a worker for a model; a relative path counts from the working directory.

    StudyError, ModelError or MechanismError is raised if the model cannot be loaded or built.
    """
    study = _untouched(model, trust_pickle=trust_pickle)
    library = libraries.build(models.mod_folder(study))
    _, pool = make_executor(study, "serial", None)
    with pool:
        with stage(LOADING):
            description = describe(study, library, pool)
        if description.unbuilt:
            raise ModelError(f"{model}: the start point failed: {description.unbuilt}")
        task = template(resolution.resolve(study, description.duration_ms), library)
        yield Worker(replace(task, watched=False), pool)


def _untouched(model: str, *, trust_pickle: bool) -> Study:
    """Return a study that simulates the unchanged model, without parameters and targets."""
    here = str(Path.cwd())
    duration_ms = default_duration_ms(model, here)
    return Study(
        name="draft",
        model=model,
        duration_ms=duration_ms,
        seed=1,
        values={},
        space=SearchSpace(()),
        targets=(),
        protocols=(Protocol(DEFAULT, duration_ms),),
        optimizer_table={"name": "random"},
        budget=Budget(evaluations=1),
        simulation=Simulation(),
        validation=(),
        file=model,
        folder=here,
        trust_pickle=trust_pickle,
    )
