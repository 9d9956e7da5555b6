"""A process that has the model: what it is asked, and the one sentence that it fails with."""

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
from tuner.search.preparation import LONGEST_START_S, describe, make_executor, measure_start
from tuner.study.find_source import default_duration_ms
from tuner.study.settings import Budget, Simulation
from tuner.study.space import SearchSpace
from tuner.study.study import Study

# How long it is tried what settings set, all together and each.
LONGEST_TRIALS_S, LONGEST_TRIAL_S = 120.0, 60.0


@dataclass
class Worker:
    """A process that has the task's model."""

    task: Task
    pool: Executor

    def survey(self) -> Survey:
        """What can be tuned."""
        (outcome,) = self.pool.map(survey, [self.task], LONGEST_START_S)
        if isinstance(outcome.error, TunerError):
            raise outcome.error
        if outcome.value is None:
            raise ModelError(f"{self.task.study.model}: {outcome.reason} while its specs were made")
        return outcome.value

    def tried(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """The entries; the settings among them, as many as there is time for, with what they set."""
        answers = {entry.path: entry for entry in self._answers(entries)}
        return tuple(answers.get(entry.path, entry) for entry in entries)

    def _answers(self, entries: Sequence[Entry]) -> Iterator[Entry]:
        end_s = time.monotonic() + LONGEST_TRIALS_S
        questions = (Question(self.task, entry) for entry in entries if entry.is_setting and entry.is_number)
        in_time = itertools.takewhile(lambda _: time.monotonic() < end_s, questions)
        for outcome in self.pool.map(answer, in_time, LONGEST_TRIAL_S):
            failure = replace(outcome.task.entry, failure=f"when it is changed, {outcome.reason}")
            yield outcome.value or failure

    def run(self) -> Recording:
        """The recording of the model as it is; what `preparation.check` raises where it does not run."""
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
    """A worker for the model at a path that counts from the working directory; raises what is wrong with it."""
    study = _untouched(model, trust_pickle=trust_pickle)
    library = libraries.build(models.mod_folder(study))
    _, pool = make_executor(study, "serial", None)
    with pool:
        description = describe(study, library, pool)
        if description.unbuilt:
            raise ModelError(f"{model}: the start point failed: {description.unbuilt}")
        task = template(resolution.resolve(study, description.duration_ms), library)
        yield Worker(replace(task, watched=False), pool)


def _untouched(model: str, *, trust_pickle: bool) -> Study:
    """Return the study that simulates a model as it is: no parameters, no targets."""
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
