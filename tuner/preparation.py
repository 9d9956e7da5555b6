"""What is found out before a loop begins: the model behind a study, its start point, what may be shared; and check."""

import logging
import os
from dataclasses import replace

from tuner import executors, mechanisms, model, optimizers
from tuner.errors import ModelError, TunerError
from tuner.evaluate import (
    Result,
    Sharing,
    Task,
    changes,
    compare_shared,
    evaluate,
    prepare,
    prepare_unbuilt,
    result_of,
)
from tuner.evaluation import Evaluation
from tuner.executors import Executor
from tuner.simulate import warm_up
from tuner.study import Study
from tuner.summary import Check

SHORTEST_TIMEOUT_S = 60.0
TIMEOUT_OVER_START = 20.0
LONGEST_START_S = 3600.0
SHORTEST_DESCRIPTION_S = 10.0

log = logging.getLogger(__name__)


def all_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def make_executor(study: Study, name: str | None, workers: int | None) -> tuple[str, Executor]:
    """Name and executor: as asked for, else as the study says, else processes on all cores."""
    name = name or study.simulation.get("executor", "processes")
    workers = workers or study.simulation.get("workers") or all_cores()
    return name, executors.make(name, workers, warm_up)


def template(study: Study) -> Task:
    """The task that all of a study's are made from; compiles the model's mechanisms if need be."""
    return Task(study, mechanisms.build(model.mod_folder(study)), 0, 0, {}, optimizers.each_its_own(study))


def describe(task: Task, pool: Executor) -> model.Description:
    """What a worker finds in the model; raises the TunerError that it meets."""
    limit = max(SHORTEST_DESCRIPTION_S, task.study.simulation.get("timeout_s", LONGEST_START_S))
    for function in (prepare, prepare_unbuilt):
        (outcome,) = pool.map(function, [task], limit)
        if outcome.status == "done":
            return outcome.value
        if isinstance(outcome.error, TunerError):
            raise outcome.error
        log.info("the model could not be built at its start point: %s", outcome.reason)
    raise ModelError(f"{task.study.model}: {outcome.reason} while the model was loaded")


def share(task: Task, pool: Executor, timeout_s: float) -> Sharing:
    """What `compare_shared` finds; a start point that does not run proves nothing."""
    (outcome,) = pool.map(compare_shared, [task], 2 * timeout_s)
    return outcome.value or Sharing(False, f"the start point {outcome.status}: {outcome.reason}", decided=False)


def default_timeout_s(start: Evaluation) -> float:
    """The time-out of a study that gives none: what the start point's evaluation makes of it."""
    seconds = start.seconds if start.status == "done" else 0.0
    return max(SHORTEST_TIMEOUT_S, TIMEOUT_OVER_START * seconds)


def measure_start(task: Task, pool: Executor) -> Result:
    """The start point's result, made alone and with much time."""
    (outcome,) = pool.map(evaluate, [task], task.study.simulation.get("timeout_s", LONGEST_START_S))
    return result_of(outcome)


def check(study: Study, executor: str | None = None, workers: int | None = None) -> Check:
    """Validates everything, builds the network and evaluates the start point, timed on the warm network.

    Raises ModelError if the start point does not run.
    """
    study = optimizers.resolve(study)
    task = template(study)
    with make_executor(study, executor, workers)[1] as pool:
        description = describe(task, pool)
        task = task.at(0, 0, description.start)
        result = measure_start(task, pool)
        if result.evaluation.loss is None:
            raise ModelError(f"{study.model}: the start point {result.evaluation.status}: {result.evaluation.reason}")
        limit = study.simulation.get("timeout_s", default_timeout_s(result.evaluation))
        sizes = {name: len(cells) for name, cells in result.recording.populations.items()}
        sharing = (
            share(task, pool, limit) if study.simulation["engine"] == "auto" else Sharing(False, "engine is neuron")
        )
        task = replace(task, shared=sharing.shared)
        (outcome,) = pool.map(changes, [task])
        found = outcome.value or {p.name: (outcome.status, outcome.reason) for p in study.space.parameters}
        # Once more, on the warm network: that is what an evaluation of the run takes.
        warm = measure_start(task, pool)
        return Check(study, sizes, description.units, warm.evaluation, pool.workers, found, sharing)
