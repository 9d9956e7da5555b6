"""Run a study from the text to the report: claim the folder, prepare, loop, verify, report."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tuner.evaluate.task import template
from tuner.executors.base import Executor
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.optimizers import resolution
from tuner.report.results import Run
from tuner.runs import run_folder, trust
from tuner.runs.best_file import read_best
from tuner.runs.fitting_rows import check_features, check_rows
from tuner.runs.identity import check_identity
from tuner.runs.json_files import writing
from tuner.runs.manifest import Manifest, new_manifest, read_manifest
from tuner.runs.owner import Owner
from tuner.runs.store import Store
from tuner.search import warm_start
from tuner.search.execution import Execution
from tuner.search.observers import Observer, Observers
from tuner.search.preparation import LOADING, describe, make_executor
from tuner.search.stages import stage
from tuner.study.resolved import ResolvedStudy
from tuner.study.study import Study
from tuner.verification.held_out import has_new_validations

log = logging.getLogger(__name__)


def tune(
    study: Study,
    runs: str | Path = "runs",
    executor: str | None = None,
    workers: int | None = None,
    *,
    fresh: bool = False,
    accept_versions: bool = False,
    progress: Observer | Sequence[Observer] | None = None,
    patience_s: float = 0.0,
) -> Run:
    """Run or resume a study, verify the best evaluations with plain NetPyNE, and write the report.

    The run folder is `runs` / `study.name`. Each evaluation is stored as soon as it is finished. After an
    interruption or an error, the same call resumes the run: stored evaluations are not simulated again.

    Parameters
    ----------
    study
        The study. `Study.load` reads one from a file.
    runs
        Folder that holds the run folders.
    executor
        Name of the executor, for example "processes", "inline" or "mpi". By default `simulation.executor` of the
        study, else "processes".
    workers
        Number of simulations at a time. By default `simulation.workers` of the study, else as many as the executor
        has room for (one per core on this machine).
    fresh
        Begin a new run. An existing run folder is kept as NAME.1, NAME.2, ...
    accept_versions
        Resume a run although NumPy, NEURON or NetPyNE have other versions now.
    progress
        An observer (`tuner.search.observers.Observer`) of the run, or a sequence of observers.
    patience_s
        Time to wait while another process still leads the same run [s]. The wait ends when the other process releases
        the run folder or gives no sign of life.

    Returns
    -------
    Run
        The finished run: its evaluations, best values, report and pictures.

    Raises
    ------
    StudyError
        The study has an error or does not fit its model.
    ModelError
        The model cannot be loaded or built.
    MechanismError
        Mechanisms (mod files) do not compile or load.
    StoreError
        The run folder belongs to another study, is in use, is damaged, or cannot be written.
    TunerError
        Any other error, for example if all first evaluations fail. All errors above are subclasses.

    Examples
    --------
    >>> from tuner import Study, tune
    >>> run = tune(Study.load("sensory_motor"), workers=2)
    >>> run.best["values"]
    {'probability': 0.2434..., 'weight': 0.0080..., 'delay': 6.0968...}
    """
    optimizer = resolution.settings_of(study)
    folder = Path(runs).absolute() / study.name
    with writing(folder):
        Owner(folder).wait(patience_s)
    recorded = {} if fresh else read_manifest(folder).identity
    resumed = run_folder.has_evaluations(folder) and not fresh
    name, pool = make_executor(study, executor, workers)
    source = None if resumed else warm_start.source(study, optimizer, folder, Path(runs))
    library = libraries.build(models.mod_folder(study))
    with pool:
        # Checked before the claim: a study that does not fit its model must not set aside an old run.
        with stage(LOADING):
            resolved, manifest = (
                _resumed(study, recorded, folder, library, pool) if resumed else _begun(study, library, pool)
            )
        task = template(resolved, library)
        warm = warm_start.take_over(resolved, manifest, source, task.objectives) if source and manifest else None
        is_noted = trust.is_noted(folder)
        aside = run_folder.claim(folder, fresh=fresh)
        if aside and is_noted:
            trust.note(aside)
        with Owner(folder) as owner, run_folder.logging_to(folder):
            store = Store(folder, owner)
            try:
                check_identity(resolved, store, accept_versions=accept_versions)
                check_rows(resolved, folder, store.evaluations.values())
                check_features(resolved, folder, store.evaluations.values())
                if not store.evaluations:
                    run_folder.clear_results(folder)
                    store.manifest = manifest or new_manifest(resolved, describe(study, library, pool))
                    if warm:
                        warm.write(folder)
                with store.keeping():
                    return Execution(resolved, task, store, owner, pool, name, Observers.of(progress)).run()
            except BaseException as error:
                log.debug("ended by %s: %s", type(error).__name__, error)
                raise
            finally:
                store.close()


def _begun(study: Study, library: Path | None, pool: Executor) -> tuple[ResolvedStudy, Manifest]:
    """Return the resolved study and the manifest of a new run; a missing duration is taken from the model."""
    pool.start()
    description = describe(study, library, pool)
    resolved = resolution.resolve(study, description.duration_ms, pool.workers)
    return resolved, new_manifest(resolved, description)


def _resumed(
    study: Study, recorded: dict[str, Any], folder: Path, library: Path | None, pool: Executor
) -> tuple[ResolvedStudy, None]:
    """Return the resolved study of a resumed run; new validations are checked against the model."""
    resolved = resolution.resume(study, recorded, pool.workers)
    if has_new_validations(resolved, read_best(folder)):
        describe(resolved, library, pool)
    return resolved, None
