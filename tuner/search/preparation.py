"""What is found out before a loop begins: the model behind a study, its start point, what may be shared; and check."""

import logging
import time
from collections.abc import Callable
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
from tuner.recording import Recording
from tuner.report.results import Check
from tuner.runs.decisions import Engine, Sharing
from tuner.simulation.simulate import warm_up, warm_up_on
from tuner.study.settings import check_executor
from tuner.study.study import Study

SHORTEST_TIMEOUT_S = 60.0
TIMEOUT_OVER_START = 20.0
LONGEST_START_S = 3600.0
SHORTEST_DESCRIPTION_S = 10.0

log = logging.getLogger(__name__)


def make_executor(study: Study, name: str | None, workers: int | None) -> tuple[str, Executor]:
    """Name and executor: as asked for, else as the study says, else processes.

    Raises StudyError where the study wants of it what it does not do, TunerError in one of several copies.
    """
    if (copies := mpi.copies()) > 1:
        raise TunerError(
            f"an MPI started {copies} copies of this program, each on its own; to have one lead the others:"
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
    """Return what a worker finds in the model, whose compiled mechanisms are the `library`.

    Raises the TunerError that the worker meets.
    """
    limit = max(SHORTEST_DESCRIPTION_S, study.simulation.timeout_s or LONGEST_START_S)
    unbuilt = ""
    for function in (prepare, prepare_unbuilt):
        (outcome,) = pool.map(function, [Inquiry(study, library)], limit)
        if outcome.value is not None:
            question = IdleInquiry(study, library, outcome.value.start)
            for note in (*outcome.value.notes, *_idle(question, pool, limit)):
                log.warning("%s: %s", study.model, note)
            return replace(outcome.value, unbuilt=unbuilt)
        if isinstance(outcome.error, TunerError):
            raise outcome.error
        unbuilt = outcome.reason
        log.info("the model could not be built at its start point: %s", unbuilt)
    raise ModelError(f"{study.model}: {outcome.reason} while the model was loaded")


def _idle(question: IdleInquiry, pool: Executor, limit_s: float) -> list[str]:
    """Which parameters have no effect; nothing where the model does not bear the question."""
    if models.source(question.study).is_native:
        return []
    (outcome,) = pool.map(idle, [question], limit_s)
    words = "has no effect: nothing in the model reads it, or it is overwritten"
    return [f"{name} {words}" for name in outcome.value or ()]


def find_shortcuts(
    task: Task, name: str, pool: Executor, timeout_s: float, plain: dict[str, Recording] | None = None
) -> tuple[Sharing, Engine]:
    """What of shared synapses and CoreNEURON gives the task's raster in plain NetPyNE; see `with_shortcuts`.

    `name` is the executor's; `plain` the rasters, if they are known already. Without spikes they prove nothing.
    """
    setting, kind = task.study.simulation.engine, EXECUTORS[name]
    if setting == "neuron":
        return Sharing(False, "engine is neuron"), Engine(NEURON, "the study says so")
    if plain is None:
        (outcome,) = pool.map(plain_recordings, [task], timeout_s)
        if outcome.value is None:
            return _undecided(f"the start point {outcome.status}: {outcome.reason}")
        plain = outcome.value
    if silent := silent_populations(task, plain):
        return _undecided(f"no spike in {', '.join(silent)}, which proves nothing")
    (shared,) = pool.map(partial(compare_shared, plain=plain), [task], timeout_s)
    sharing = shared.value or Sharing(False, f"with shared synapses the start point {shared.status}: {shared.reason}")
    task = replace(task, shared=sharing.shared)
    if setting == "auto" and not kind.isolated:
        return sharing, Engine(NEURON, f"{name} has no worker that may crash")
    if kind.launcher:
        return sharing, Engine(NEURON, "CoreNEURON is not used where ranks are started for each evaluation")
    # Of mechanisms loaded already, no other form can be loaded in this process.
    forms = (False, True) if kind.isolated else (False,)
    return sharing, _find_engine(task, plain, pool, timeout_s, forms)


def _undecided(reason: str) -> tuple[Sharing, Engine]:
    return Sharing(False, reason, decided=False), Engine(NEURON, reason, decided=False)


def _find_engine(
    task: Task, plain: dict[str, Recording], pool: Executor, timeout_s: float, forms: tuple[bool, ...]
) -> Engine:
    (outcome,) = pool.map(coreneuron_lacks, [task], timeout_s)
    if outcome.value is None or outcome.value:
        return Engine(NEURON, "CoreNEURON does not do " + "; ".join(outcome.value or [outcome.reason]))
    wanted = task.study.simulation.engine == CORENEURON
    reasons = []
    for ranged in forms:
        try:
            compiled = with_shortcuts(task, Sharing(task.shared, ""), Engine(CORENEURON, "", ranged=ranged), pool)
        except MechanismError as error:
            log.debug("CoreNEURON: %s", error)
            reasons.append(str(error).partition("\n")[0].removesuffix("; the compiler's last words:"))
            continue
        (compared,) = pool.map(partial(compare_engines, plain=plain), [compiled], 4 * timeout_s)
        words = f"with CoreNEURON the start point {compared.status}: {compared.reason}"
        engine = replace(compared.value or Engine(NEURON, words), ranged=ranged)
        if wanted and engine.name != CORENEURON and compared.value:
            return replace(engine, name=CORENEURON, reason=f"the study says so, though: {engine.reason}", decided=True)
        if engine.name != CORENEURON and ranged:
            pool.renew()
        return engine
    if wanted:
        raise MechanismError(reasons[0])
    return Engine(NEURON, f"CoreNEURON cannot take the mechanisms: {reasons[0]}")


def with_shortcuts(task: Task, sharing: Sharing, engine: Engine, pool: Executor) -> Task:
    """The task with these; compiles what it needs, and ends workers that have other mechanisms loaded.

    Raises MechanismError if CoreNEURON's library cannot be compiled.
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
    """CoreNEURON's library for the study's model; of the project's own mechanisms it has those that may be asked for.

    These are what the model, the files beside it, or the study's values name. Raises MechanismError.
    """
    found = models.source(study)
    files = [found.file] if found.is_shipped else found.file.parent.glob("*.py")
    choices = [parameter.choices for parameter in study.space.parameters]
    text = model_files.text_of(files, repr((study.values, [each.values for each in study.protocols], choices)))
    return libraries.build_coreneuron(models.mod_folder(study), text, ranged=ranged)


def default_timeout_s(start: Evaluation) -> float:
    """The time-out of a study that gives none: what the start point's evaluation makes of it."""
    seconds = start.seconds if start.status == "done" else 0.0
    return max(SHORTEST_TIMEOUT_S, TIMEOUT_OVER_START * seconds)


def measure_start(task: Task, pool: Executor, function: Callable[[Task], Result] = evaluate) -> Result:
    """The start point's result, made alone and with much time."""
    (outcome,) = pool.map(function, [task], task.study.simulation.timeout_s or LONGEST_START_S)
    return result_of(outcome)


def check(study: Study, executor: str | None = None, workers: int | None = None) -> Check:
    """Validates everything, builds the network and evaluates the start point, timed on the warm network.

    Raises ModelError if the start point does not run.
    """
    resolution.settings_of(study)
    library = libraries.build(models.mod_folder(study))
    name, pool = make_executor(study, executor, workers)
    # As long as no worker holds any of it.
    room = memory.room()
    with pool:
        description = describe(study, library, pool)
        study = resolution.resolve(study, description.duration_ms)
        task = template(study, library)
        # The start point is shown whole, whatever the rules think of it.
        task = replace(task.at(0, 0, description.start), watched=False)
        result = measure_start(task, pool)
        if result.is_studys_fault:
            raise study.place.error(result.evaluation.reason)
        if result.evaluation.loss is None:
            raise ModelError(f"{study.model}: the start point {result.evaluation.status}: {result.evaluation.reason}")
        limit = study.simulation.timeout_s or default_timeout_s(result.evaluation)
        assert result.recordings is not None, "a simulation that came to its end has a raster"
        (recording, *_) = result.recordings.values()
        sizes = {name: len(cells) for name, cells in recording.populations.items()}
        sharing, engine = find_shortcuts(task, name, pool, limit, result.recordings)
        task = with_shortcuts(task, sharing, engine, pool)
        (outcome,) = pool.map(changes, [task])
        found = outcome.value or {p.name: (outcome.status, outcome.reason) for p in study.space.parameters}
        # Once more, on the warm network: that is what an evaluation of the run takes, with the start of its ranks.
        began_s = time.perf_counter()
        result = measure_start(task, pool, evaluate_weighed)
        evaluation = result.evaluation
        if pool.launcher:
            evaluation = replace(evaluation, seconds=time.perf_counter() - began_s)
        most = resolution.most_evaluations(study)
        demand = _demand(result, pool, EXECUTORS[name], room)
        return Check(study, sizes, description.units, evaluation, pool.workers, found, sharing, engine, most, demand)


def _demand(result: Result, pool: Executor, kind: ExecutorKind, room: memory.Room | None) -> memory.Demand | None:
    """What the workers need; they are compared with this machine where it is theirs, and not this process."""
    if result.held is None or not result.evaluation.done:
        return None
    is_theirs = kind.isolated and not kind.spans_nodes
    return memory.Demand(result.held, pool.workers, room if is_theirs else None, is_of_rank=bool(kind.launcher))
