"""Prepare a run: describe the model, measure the start point, test the speed-ups; and check a study."""

import logging
from dataclasses import replace
from functools import partial
from pathlib import Path

from tuner.errors import ModelError, TunerError
from tuner.evaluate.evaluate import prepare, prepare_unbuilt
from tuner.evaluate.simulations import changes
from tuner.evaluate.task import Inquiry, Result, template
from tuner.executors import memory, mpi
from tuner.executors.base import Executor, Wear
from tuner.executors.registry import EXECUTORS, ExecutorKind, make
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.model.base import Description
from tuner.model.suspicions import Suspicions
from tuner.optimizers import resolution
from tuner.report.results import Check
from tuner.runs.manifest import new_manifest
from tuner.search import estimate, probing, start_point
from tuner.search.applied_speedups import with_speedups
from tuner.search.judging import suspicions_of, warn_of_caps
from tuner.search.speedup_decisions import ending, of_start, recall_or_decide
from tuner.search.stages import stage
from tuner.search.start_point import default_timeout_s
from tuner.simulation.network.warm import UNTOUCHED
from tuner.simulation.simulate import warm_up, warm_up_on
from tuner.study.settings import check_executor
from tuner.study.study import Study

# Stages that `check` and `run` name if they take long.
LOADING, TESTING = "loading the model", "testing the speed-ups"
WITHOUT_CELLS = "it changes only rules that match no cell"
SHORTEST_DESCRIPTION_S = 10.0
# Chosen: notes on a study are not worth a longer wait. The model's code runs once more for each parameter.
LONGEST_JUDGING_S = 60.0

log = logging.getLogger(__name__)


def make_executor(study: Study, name: str | None, workers: int | None) -> tuple[str, Executor]:
    """Return name and executor: the given name, else the executor of the study, else "processes".

    Raises StudyError if the executor does not support a setting of the study. Raises TunerError if MPI has started
    several copies of this process.
    """
    if (copies := mpi.copies()) > 1:
        raise TunerError(
            f"MPI started {copies} copies of this program, which do not work together; start them like this instead:"
            f" mpiexec -n {copies} python -m mpi4py.futures tuner/run.py ... --executor mpi"
        )
    settings = study.simulation
    name = name or settings.executor or "processes"
    check_executor(settings, name, study.place.at("simulation"))
    ranks = settings.ranks_per_evaluation
    ready = partial(warm_up_on, ranks) if EXECUTORS[name].launcher else warm_up
    wear = Wear(settings.recycle_after, settings.recycle_growth_mb)
    workers = workers or settings.workers
    return name, make(name, workers, ready, wear, ranks, settings.launcher)


def describe(study: Study, library: Path | None, pool: Executor) -> Description:
    """Return a description of the study's model, made by a worker; `library` has the compiled mechanisms.

    Raises the TunerError that the worker raises.
    """
    limit = max(SHORTEST_DESCRIPTION_S, study.simulation.timeout_s or start_point.LONGEST_START_S)
    unbuilt = ""
    for function in (prepare, prepare_unbuilt):
        (outcome,) = pool.map(function, [Inquiry(study, library)], limit)
        if outcome.value is not None:
            limit = min(limit, LONGEST_JUDGING_S)
            start = outcome.value.start
            judged = Suspicions() if unbuilt else suspicions_of(study, library, start, pool, limit)
            for note in (*outcome.value.notes, *judged.notes):
                # Notes on the lines of a script begin with the file and the line.
                log.warning("%s", note if ": not done: " in note else f"{study.model}: {note}")
            return replace(outcome.value, unbuilt=unbuilt, without_cells=judged.without_cells)
        if isinstance(outcome.error, TunerError):
            raise outcome.error
        unbuilt = outcome.reason
        log.info("the model could not be built at its start point (populations and paths not checked): %s", unbuilt)
    raise ModelError(f"{study.model}: the model could not be loaded: {outcome.reason}")


def check(study: Study, executor: str | None = None, workers: int | None = None) -> Check:
    """Check a study against the model, and evaluate the start point.

    This is a dry run: nothing is stored. The network is built, the speed-ups are tested, and the start point is
    evaluated again on the warm network to measure the time and memory of one evaluation.

    Parameters
    ----------
    study
        The study. `Study.load` reads one from a file.
    executor
        Name of the executor, for example "processes" or "inline". By default `simulation.executor` of the study, else
        "processes".
    workers
        Number of simulations at a time. By default `simulation.workers` of the study, else as many as the executor
        has room for.

    Returns
    -------
    Check
        The start point's features beside the targets, the sizes of the populations, the effect of each parameter, the
        speed-ups, and the time and memory that the study needs.

    Raises
    ------
    StudyError
        The study has an error or does not fit its model.
    ModelError
        The model cannot be loaded, or the simulation of the start point fails.
    MechanismError
        Mechanisms (mod files) do not compile or load.

    Examples
    --------
    >>> from tuner import Study, check
    >>> print(check(Study.load("sensory_motor"), workers=2))
    """
    resolution.settings_of(study)
    library = libraries.build(models.mod_folder(study))
    name, pool = make_executor(study, executor, workers)
    # Measured before any worker holds memory.
    room = memory.room()
    with pool:
        with stage(LOADING) as start:
            warm_s = start_point.warm_up_s(pool)
            description = describe(study, library, pool)
        study = resolution.resolve(study, description.duration_ms)
        task = template(study, library).at(0, 0, description.start)
        result, notes = start_point.surveyed(of_start(task, name), pool)
        # The rules for early aborts do not apply here.
        task = replace(task, watched=False)
        if result.is_studys_fault:
            raise study.place.error(result.evaluation.reason)
        if (evaluation := result.evaluation).loss is None:
            raise ModelError(f"{study.model}: the start point {ending(evaluation.status, evaluation.reason)}")
        warn_of_caps(study, evaluation)
        limit = study.simulation.timeout_s or default_timeout_s(result.evaluation)
        assert result.recordings is not None, "a complete simulation has a raster"
        (recording, *_) = result.recordings.values()
        sizes = {name: len(cells) for name, cells in recording.populations.items()}
        fresh_s = result.evaluation.seconds
        with stage(TESTING) as proof:
            decisions = recall_or_decide(task, new_manifest(study, description), name, pool, limit, result.observations)
        task = with_speedups(task, decisions, pool)
        with stage("trying a change of each parameter"):
            (outcome,) = pool.map(changes, [task])
        found = outcome.value or {p.name: (outcome.status, outcome.reason) for p in study.space.parameters}
        found |= dict.fromkeys(description.without_cells, (UNTOUCHED, WITHOUT_CELLS))
        result = start_point.weighed(task, pool)
        evaluation = result.evaluation
        most = resolution.most_evaluations(study)
        model_s = start.seconds - warm_s
        measured = estimate.Measured(warm_s, model_s, fresh_s, evaluation.seconds, proof.seconds)
        expected_s = estimate.seconds(study, measured, pool.workers, most, probing.n_probes(study, most))
        demand = _demand(result, pool, EXECUTORS[name], room)
        return Check(
            study, sizes, description.units, evaluation, pool.workers, found, *decisions, most, demand,
            notes, expected_s,
        )  # fmt: skip


def _demand(result: Result, pool: Executor, kind: ExecutorKind, room: memory.Room | None) -> memory.Demand | None:
    """Return the memory that the workers need; compare with the machine only if all workers are processes here."""
    if result.held is None or not result.evaluation.done:
        return None
    is_theirs = kind.isolated and not kind.spans_nodes
    return memory.Demand(result.held, pool.workers, room if is_theirs else None, is_of_rank=bool(kind.launcher))
