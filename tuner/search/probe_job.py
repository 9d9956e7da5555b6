"""Make the probes of a finished run that the search has left out: the work of the command `probe`."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tuner.errors import TunerError
from tuner.evaluate.task import Task, template
from tuner.executors.base import Executor
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.report import page
from tuner.report.results import Run
from tuner.runs import contained, run_folder
from tuner.runs.identity import check_identity
from tuner.runs.owner import Owner
from tuner.runs.store import Store
from tuner.search import probing
from tuner.search.applied_speedups import with_speedups
from tuner.search.observers import Observer, Observers
from tuner.search.preparation import make_executor
from tuner.search.speedup_decisions import unproved
from tuner.study.resolved import ResolvedStudy

log = logging.getLogger(__name__)


def probe(
    run: str,
    runs: Path,
    executor: str | None = None,
    workers: int | None = None,
    *,
    accept_versions: bool = False,
    trust_pickle: bool = False,
    progress: Observer | Sequence[Observer] | None = None,
) -> Run:
    """Make all missing probes of a finished run, write the report again, and return the run.

    Each probe is stored as soon as it is finished, so an interrupted call is continued by the same call. Raises
    TunerError if the run has not ended, and the errors of `tuner.search.job.tune`. The model and the features that the
    run folder names are executed: see `tuner.runs.trust`.
    """
    folder = run_folder.find(run, runs).absolute()
    contained.check_links(folder)
    data = Run.read(folder)
    if not data.ended:
        raise TunerError(f"{folder}: the run has not ended, so it has no best evaluation to probe; continue the run")
    with run_folder.logging_to(folder):
        if why := probing.needless(data.study):
            log.info("no probes are made: %s", why)
        elif probing.plan(data, everything=True).is_empty:
            log.info("no probes are missing")
        else:
            study = replace(run_folder.load_study(folder, imports=True)[0], trust_pickle=trust_pickle)
            _make(folder, study, executor, workers, Observers.of(progress), accept_versions=accept_versions)
    page.write(folder)
    return Run.read(folder)


def _make(
    folder: Path,
    study: ResolvedStudy,
    executor: str | None,
    workers: int | None,
    observers: Observers,
    *,
    accept_versions: bool,
) -> None:
    name, pool = make_executor(study, executor, workers)
    with pool, Owner(folder) as owner:
        store = Store(folder, owner)
        try:
            check_identity(study, store, accept_versions=accept_versions)
            task = _task_of(store, template(study, libraries.build(models.mod_folder(study))), name, pool)
            run = Run.read(folder)
            to_make = probing.plan(run, everything=True)
            timeout_s = study.simulation.timeout_s or store.manifest.timeout_s
            probing.make(run, to_make, task, pool, timeout_s, probing.Watch(observers, owner.check))
        finally:
            store.close()


def _task_of(store: Store, task: Task, name: str, pool: Executor) -> Task:
    """Return the task with the speed-ups and the rules that the run has used."""
    decisions = store.manifest.decisions
    task = replace(task, rules_off=tuple(store.manifest.rules_off or ()))
    return with_speedups(task, decisions, pool) if decisions else replace(task, reuse=unproved(name))
