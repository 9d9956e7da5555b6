"""Prepare a run: describe the model, measure the start point, test the speed-ups; and check a study."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from tuner.errors import MechanismError, ModelError, TunerError
from tuner.evaluate.evaluate import changes, evaluate, evaluate_weighed, idle, prepare, prepare_unbuilt
from tuner.evaluate.speedups import (
    CORENEURON,
    NEURON,
    compare_engines,
    compare_shared,
    coreneuron_lacks,
    plain_recordings,
    silent_populations,
)
from tuner.evaluate.task import IdleInquiry, Inquiry, Result, Task, result_of, template
from tuner.evaluation import Evaluation
from tuner.executors import memory, mpi
from tuner.executors.base import Executor, Wear
from tuner.executors.registry import EXECUTORS, ExecutorKind, make
from tuner.mechanisms import libraries
from tuner.model import model_files, models
from tuner.model.base import Description
from tuner.optimizers import resolution
from tuner.recording import ALL, Recording
from tuner.report.results import Check
from tuner.runs.decisions import Engine, Sharing
from tuner.simulation.simulate import warm_up, warm_up_on
from tuner.study.settings import check_executor
from tuner.study.study import Study

SHORTEST_TIMEOUT_S = 60.0
TIMEOUT_OVER_START = 20.0
LONGEST_START_S = 3600.0
SHORTEST_DESCRIPTION_S = 10.0
SET_BY_STUDY = 'the study sets simulation.engine = "{}"'

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
    limit = max(SHORTEST_DESCRIPTION_S, study.simulation.timeout_s or LONGEST_START_S)
    unbuilt = ""
    for function in (prepare, prepare_unbuilt):
        (outcome,) = pool.map(function, [Inquiry(study, library)], limit)
        if outcome.value is not None:
            question = IdleInquiry(study, library, outcome.value.start)
            for note in (*outcome.value.notes, *_idle(question, pool, limit)):
                # Notes on the lines of a script begin with the file and the line.
                log.warning("%s", note if ": not done: " in note else f"{study.model}: {note}")
            return replace(outcome.value, unbuilt=unbuilt)
        if isinstance(outcome.error, TunerError):
            raise outcome.error
        unbuilt = outcome.reason
        log.info("the model could not be built at its start point (populations and paths not checked): %s", unbuilt)
    raise ModelError(f"{study.model}: the model could not be loaded: {outcome.reason}")


def _idle(question: IdleInquiry, pool: Executor, limit_s: float) -> list[str]:
    """Return a note for each parameter without an effect; no notes if the worker fails or the model is native."""
    if models.source(question.study).is_native:
        return []
    (outcome,) = pool.map(idle, [question], limit_s)
    words = "has no effect: the model does not read it, or overwrites it"
    return [f"parameter {name} {words}" for name in outcome.value or ()]


def find_speedups(
    task: Task, name: str, pool: Executor, timeout_s: float, plain: dict[str, Recording] | None = None
) -> tuple[Sharing, Engine]:
    """Test whether shared synapses and CoreNEURON reproduce the raster of plain NetPyNE at the task's values.

    `name` is the name of the executor. `plain` are the rasters of plain NetPyNE, if they are known already. If a
    population that a target reads does not spike, equal rasters are no evidence, and the decisions stay open.
    `with_speedups` applies the decisions.
    """
    setting, kind = task.study.simulation.engine, EXECUTORS[name]
    if setting == "neuron":
        return Sharing(False, SET_BY_STUDY.format(NEURON)), Engine(NEURON, SET_BY_STUDY.format(NEURON))
    if plain is None:
        (outcome,) = pool.map(plain_recordings, [task], timeout_s)
        if outcome.value is None:
            return _undecided(f"the start point {_ending(outcome.status, outcome.reason)}")
        plain = outcome.value
    if silent := silent_populations(task, plain):
        return _undecided(_silence(silent))
    (shared,) = pool.map(partial(compare_shared, plain=plain), [task], timeout_s)
    words = f"with shared synapses, the start point {_ending(shared.status, shared.reason)}"
    sharing = shared.value or Sharing(False, words)
    task = replace(task, shared=sharing.shared)
    if setting == "auto" and not kind.isolated:
        return sharing, Engine(NEURON, f"CoreNEURON may crash, and executor {name} has no separate worker processes")
    if kind.launcher:
        return sharing, Engine(NEURON, "CoreNEURON is not used if ranks are started for each evaluation")
    # A process cannot load a second version of mechanisms that it has loaded already.
    forms = (False, True) if kind.isolated else (False,)
    return sharing, _find_engine(task, plain, pool, timeout_s, forms)


def _ending(status: str, reason: str) -> str:
    return f"{'timed out' if status == 'timeout' else status}: {reason}"


def _silence(populations: Sequence[str]) -> str:
    if ALL in populations:
        return "no cell spikes"
    is_one = len(populations) == 1
    return f"population{'' if is_one else 's'} {', '.join(populations)} {'does' if is_one else 'do'} not spike"


def _undecided(reason: str) -> tuple[Sharing, Engine]:
    return Sharing(False, reason, decided=False), Engine(NEURON, reason, decided=False)


def _find_engine(
    task: Task, plain: dict[str, Recording], pool: Executor, timeout_s: float, forms: tuple[bool, ...]
) -> Engine:
    (outcome,) = pool.map(coreneuron_lacks, [task], timeout_s)
    if outcome.value is None or outcome.value:
        lacks = "; ".join(outcome.value or ())
        words = f"CoreNEURON does not support {lacks}" if lacks else f"CoreNEURON was not tested: {outcome.reason}"
        return Engine(NEURON, words)
    wanted = task.study.simulation.engine == CORENEURON
    reasons = []
    for ranged in forms:
        try:
            compiled = with_speedups(task, Sharing(task.shared, ""), Engine(CORENEURON, "", ranged=ranged), pool)
        except MechanismError as error:
            log.debug("CoreNEURON: %s", error)
            reasons.append(str(error).partition("\n")[0].removesuffix("; last lines of the compiler:"))
            continue
        (compared,) = pool.map(partial(compare_engines, plain=plain), [compiled], 4 * timeout_s)
        words = f"with CoreNEURON, the start point {_ending(compared.status, compared.reason)}"
        engine = replace(compared.value or Engine(NEURON, words), ranged=ranged)
        if wanted and engine.name != CORENEURON and compared.value:
            reason = f"{SET_BY_STUDY.format(CORENEURON)}, although {engine.reason}"
            return replace(engine, name=CORENEURON, reason=reason, decided=True)
        if engine.name != CORENEURON and ranged:
            pool.renew()
        return engine
    if wanted:
        raise MechanismError(reasons[0])
    return Engine(NEURON, f"CoreNEURON cannot compile the mechanisms: {reasons[0]}")


def with_speedups(task: Task, sharing: Sharing, engine: Engine, pool: Executor) -> Task:
    """Return the task with the decided speed-ups.

    Missing libraries are compiled, and workers that have loaded other mechanisms are ended. Raises MechanismError if
    the library for CoreNEURON cannot be compiled.
    """
    task = replace(task, shared=sharing.shared, coreneuron=None)
    if engine.name == NEURON:
        return task
    folder = models.mod_folder(task.study)
    coreneuron = coreneuron_library(task.study, ranged=engine.ranged)
    library = libraries.build(folder, ranged=engine.ranged)
    if library != task.library:
        pool.renew()
    return replace(task, library=library, coreneuron=coreneuron)


def coreneuron_library(study: Study, *, ranged: bool = False) -> Path:
    """Return the CoreNEURON library for the study's model; compile the library if needed.

    Of the mechanisms of this project, the library has only the mechanisms that the model, the files beside it, or the
    values of the study name. Raises MechanismError.
    """
    found = models.source(study)
    files = [found.file] if found.is_shipped else found.file.parent.glob("*.py")
    choices = [parameter.choices for parameter in study.space.parameters]
    text = model_files.text_of(files, repr((study.values, [each.values for each in study.protocols], choices)))
    return libraries.build_coreneuron(models.mod_folder(study), text, ranged=ranged)


def default_timeout_s(start: Evaluation) -> float:
    """Return the time-out for a study without one [s]: 20 times the duration of the start point, at least 60 s."""
    seconds = start.seconds if start.status == "done" else 0.0
    return max(SHORTEST_TIMEOUT_S, TIMEOUT_OVER_START * seconds)


def measure_start(task: Task, pool: Executor, function: Callable[[Task], Result] = evaluate) -> Result:
    """Return the result of the start point, evaluated alone and with a long time-out."""
    (outcome,) = pool.map(function, [task], task.study.simulation.timeout_s or LONGEST_START_S)
    return result_of(outcome)


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
        description = describe(study, library, pool)
        study = resolution.resolve(study, description.duration_ms)
        task = template(study, library)
        # The rules for early aborts do not apply here: all features of the start point are shown.
        task = replace(task.at(0, 0, description.start), watched=False)
        result = measure_start(task, pool)
        if result.is_studys_fault:
            raise study.place.error(result.evaluation.reason)
        if (evaluation := result.evaluation).loss is None:
            raise ModelError(f"{study.model}: the start point {_ending(evaluation.status, evaluation.reason)}")
        limit = study.simulation.timeout_s or default_timeout_s(result.evaluation)
        assert result.recordings is not None, "a complete simulation has a raster"
        (recording, *_) = result.recordings.values()
        sizes = {name: len(cells) for name, cells in recording.populations.items()}
        sharing, engine = find_speedups(task, name, pool, limit, result.recordings)
        task = with_speedups(task, sharing, engine, pool)
        (outcome,) = pool.map(changes, [task])
        found = outcome.value or {p.name: (outcome.status, outcome.reason) for p in study.space.parameters}
        # An evaluation of a run takes as long as this second one: the network is warm, and ranks are started anew.
        began_s = time.perf_counter()
        result = measure_start(task, pool, evaluate_weighed)
        evaluation = result.evaluation
        if pool.launcher:
            evaluation = replace(evaluation, seconds=time.perf_counter() - began_s)
        most = resolution.most_evaluations(study)
        demand = _demand(result, pool, EXECUTORS[name], room)
        return Check(study, sizes, description.units, evaluation, pool.workers, found, sharing, engine, most, demand)


def _demand(result: Result, pool: Executor, kind: ExecutorKind, room: memory.Room | None) -> memory.Demand | None:
    """Return the memory that the workers need; compare with the machine only if all workers are processes here."""
    if result.held is None or not result.evaluation.done:
        return None
    is_theirs = kind.isolated and not kind.spans_nodes
    return memory.Demand(result.held, pool.workers, room if is_theirs else None, is_of_rank=bool(kind.launcher))
