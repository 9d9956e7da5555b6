"""One study from its text to its report: claim the folder, prepare, loop, verify, report."""

import logging
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from tuner.errors import TunerError
from tuner.evaluate.task import Result, Task, template
from tuner.evaluation import Evaluation, are_hopeless, best_of, failure_of_all, finite
from tuner.executors.base import Executor
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.optimizers import resolution
from tuner.recording import Recording
from tuner.report import page, summary
from tuner.report.results import Run
from tuner.runs import rasters, run_folder
from tuner.runs.best_file import Best, read_best, write_best
from tuner.runs.decisions import Engine, Sharing
from tuner.runs.identity import check_identity
from tuner.runs.json_files import write_json, write_whole, writing
from tuner.runs.manifest import Manifest, new_manifest, read_manifest, this_start
from tuner.runs.owner import Owner
from tuner.runs.store import Store
from tuner.search import asynchronous, loop, warm_start
from tuner.search.observers import Observer, Observers
from tuner.search.preparation import (
    default_timeout_s,
    describe,
    find_shortcuts,
    make_executor,
    measure_start,
    with_shortcuts,
)
from tuner.study.resolved import ResolvedStudy
from tuner.study.study import Study
from tuner.verification.best_result import best_evaluations, best_table, pareto_table
from tuner.verification.export import export
from tuner.verification.held_out import has_new_validations, retest, validations_of
from tuner.verification.verify import verify_all

# Plain NetPyNE may need twenty times what a warm network does.
SHORTEST_VERIFICATION_S = 600.0
MANIFEST_INTERVAL_S = 5.0

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
    """Runs or resumes a study in `runs`/its name, verifies the best with plain NetPyNE and writes the report.

    `progress` is an observer of the run, or a sequence of several.
    For `patience_s` it first waits for another master of the run to let go of the folder, or to fall silent.
    Raises a TunerError for whatever keeps it from its end; what was evaluated stays, and the same call goes on.
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
        # A study that does not fit its model must not set an old run aside, nor leave an empty folder.
        resolved, manifest = (
            _resumed(study, recorded, folder, library, pool) if resumed else _begun(study, library, pool)
        )
        task = template(resolved, library)
        warm = warm_start.take_over(resolved, manifest, source, task.objectives) if source and manifest else None
        run_folder.claim(folder, fresh=fresh)
        with Owner(folder) as owner, run_folder.logging_to(folder):
            store = Store(folder)
            try:
                check_identity(resolved, store, accept_versions=accept_versions)
                if not store.evaluations:
                    run_folder.clear_results(folder)
                    store.manifest = manifest or new_manifest(resolved, describe(study, library, pool))
                    if warm:
                        warm.write(folder)
                return _Job(resolved, task, store, owner, pool, name, Observers.of(progress)).run()
            except BaseException as error:
                log.debug("ended by %s: %s", type(error).__name__, error)
                raise
            finally:
                store.close()


def _begun(study: Study, library: Path | None, pool: Executor) -> tuple[ResolvedStudy, Manifest]:
    """Return the study of a new run, which has its model's duration if it gives none, and the run's manifest."""
    pool.start()
    description = describe(study, library, pool)
    resolved = resolution.resolve(study, description.duration_ms, pool.workers)
    return resolved, new_manifest(resolved, description)


def _resumed(
    study: Study, recorded: dict[str, Any], folder: Path, library: Path | None, pool: Executor
) -> tuple[ResolvedStudy, None]:
    """Return the study of a run that goes on, held against its model where validations are new."""
    resolved = resolution.resume(study, recorded, pool.workers)
    if has_new_validations(resolved, read_best(folder)):
        describe(resolved, library, pool)
    return resolved, None


class _Job:
    """One start of a run, from the claimed folder on."""

    def __init__(
        self,
        study: ResolvedStudy,
        task: Task,
        store: Store,
        owner: Owner,
        pool: Executor,
        executor_name: str,
        observers: Observers,
    ) -> None:
        self.study, self.task, self.store, self.owner = study, task, store, owner
        self.pool, self.observers = pool, observers
        self.executor_name, self._stop_reason = executor_name, ""
        self._started = self._written = time.monotonic()
        self._before_s = store.manifest.wall_time_s
        self._changes = Counter(store.manifest.changes)
        self._plain: dict[str, Recording] | None = None
        takes_over = study.optimizer.start_from is not None
        self._warm = warm_start.read(store.folder) if takes_over else warm_start.cold(study, store.manifest.start)
        first = self._warm.first[0] if self._warm.first else None
        self._optimizer = resolution.make(study, first, store.manifest.start)
        self._most = resolution.most_evaluations(study)

    def run(self) -> Run:
        self._open_manifest()
        stored = self.store.by_number()
        log.info(summary.of_start(self.study, self._most, len(stored), self.pool.workers))
        self.observers.on_start(self.study, len(stored))
        if stored:
            self.observers.on_resume(stored)
        try:
            timeout_s = self._timeout_s()
            self._decide_shortcuts(self.store.manifest.start, self._plain)
            warm = self._warm
            plan = loop.Plan(
                self.study, lambda: self.task, timeout_s, warm.first, warm.known, self._before_s,
                lambda: self._stop_reason,
            )  # fmt: skip
            go = asynchronous.run if self.study.optimizer.asynchronous else loop.run
            ended = go(plan, self._optimizer, self.pool, self.store, self)
        finally:
            self.observers.on_end()
            self._write_wall_time()
        best = self._finish(ended)
        run = Run(self.study, self.store.folder, ended, self.store.by_number(), best.table, self.store.manifest.table)
        for line in summary.of_run(run):
            log.info(line)
        return run

    def _open_manifest(self) -> None:
        start = this_start(self.pool.workers, self.executor_name)
        write_whole(self.store.folder / run_folder.STUDY, self.study.dump().encode())
        self.store.update_manifest(starts=[*self.store.manifest.table["starts"], asdict(start)])
        if self._warm.words:
            log.info(self._warm.words)

    def _decide_shortcuts(self, values: dict[str, Any], plain: dict[str, Recording] | None = None) -> None:
        """Decides, once a run, on shared synapses and the engine; a raster that proves nothing leaves it open."""
        sharing, engine = self.store.manifest.decisions or self._find_shortcuts(values, plain)
        self.task = with_shortcuts(self.task, sharing, engine, self.pool)

    def _find_shortcuts(self, values: dict[str, Any], plain: dict[str, Recording] | None) -> tuple[Sharing, Engine]:
        task = self.task.at(0, 0, values)
        sharing, engine = find_shortcuts(task, self.executor_name, self.pool, self._timeout_s(), plain)
        # What is left open is tried again after each generation, and said once.
        if (sharing, engine) != (self.store.manifest.sharing, self.store.manifest.engine):
            self.store.update_manifest(sharing=asdict(sharing), engine=asdict(engine))
            for line in summary.of_shortcuts(sharing, engine):
                log.info(line)
        return sharing, engine

    def _timeout_s(self) -> float:
        """The study's time-out, else one that is measured once on the start point, which is evaluation 0."""
        if self.study.simulation.timeout_s is not None:
            return self.study.simulation.timeout_s
        if self.store.manifest.timeout_s is not None:
            return self.store.manifest.timeout_s
        task = self.task.at(0, 0, self.store.manifest.start, raster_below=math.inf)
        result = measure_start(task, self.pool)
        # What was aborted says nothing of how long a candidate takes.
        aborted = result.evaluation.status == "aborted"
        whole = measure_start(replace(task, watched=False), self.pool) if aborted else result
        self._plain, timeout_s = whole.recordings, default_timeout_s(whole.evaluation)
        self.store.update_manifest(timeout_s=timeout_s)
        if self._warm.first[:1] == (task.values,) and 0 not in self.store.evaluations:
            order = 0 if self.study.optimizer.asynchronous else None
            result = replace(result, evaluation=replace(result.evaluation, order=order))
            loop.keep(result, self.study, self.store)
            self.on_result(result)
        return timeout_s

    def on_result(self, result: Result) -> None:
        """Keeps the best raster, tells the observers, and sees that the folder is still ours.

        StudyError if already the first evaluation fails by what the study says.
        """
        evaluation = result.evaluation
        if result.is_studys_fault and evaluation.number == 0:
            raise self.study.place.error(evaluation.reason)
        words = evaluation.reason or f"{result.change}: {result.reason}"
        log.debug("evaluation %d: %s %s %s", evaluation.number, evaluation.status, evaluation.loss, words)
        if evaluation is self.store.best and result.recordings is not None:
            rasters.write_raster(self.store.folder, evaluation.number, result.recordings)
        if words := self._warm.contradicted_by(evaluation):
            log.warning(words)
        self._changes[result.change or evaluation.status] += 1
        self.observers.on_result(evaluation)
        self._stop_reason = self._stop_reason or self.observers.stop_reason()
        if time.monotonic() - self._written > MANIFEST_INTERVAL_S:
            self.owner.check()
            self._write_wall_time()

    def on_generation(self, generation: int, evaluations: list[Evaluation], told: list[Evaluation]) -> None:
        """Says how it went; a generation in which nothing came to its end is worth a warning."""
        if not any(evaluation.done for evaluation in evaluations):
            failed = all(evaluation.loss is None for evaluation in evaluations)
            words = "failed" if failed else "failed or were aborted"
            log.warning("generation %d: all evaluations %s; the first: %s", generation, words, evaluations[0].reason)
        log.info(summary.of_generation(self._most, generation, evaluations, told))
        survivors = [number for number in self._optimizer.survivors if number >= 0]
        self.observers.on_generation(generation, evaluations, survivors)
        # An earlier start's generations are told again, and end nothing.
        if len(told) == len(self.store.evaluations):
            self._stop_reason = self._stop_reason or self.observers.stop_reason()
        best = best_of(told)
        if best and not self.store.manifest.decisions:
            self._decide_shortcuts(best.values)

    def _write_wall_time(self) -> None:
        self._written = time.monotonic()
        wall_time_s = self._before_s + self._written - self._started
        self.store.update_manifest(wall_time_s=wall_time_s, changes=dict(self._changes))

    def _finish(self, ended: str) -> Best:
        """best.json, pareto.json, export and report; nothing is simulated again if no evaluation is new."""
        folder = self.store.folder
        best = read_best(folder)
        if best is None or not self._is_of(best):
            best = self._verify_best()
        self.store.update_manifest(ended=ended, slopes=finite(self._optimizer.slopes()))
        page.write(folder)
        return best

    def _is_of(self, best: Best) -> bool:
        """Whether best.json was made of the evaluations that are stored."""
        stored = self.store.evaluations.get(best.number)
        same = stored is not None and (stored.values, stored.loss) == (best.values, best.loss)
        seeds = best.fresh.seeds
        tested = len(self.study.fresh_seeds) == len(seeds) and list(self.study.validation) == validations_of(best)
        return same and best.evaluations == len(self.store.evaluations) and tested

    def _verify_best(self) -> Best:
        folder = self.store.folder
        every = self.store.by_number()
        if are_hopeless(every):
            words = f"all {len(every)} evaluations {failure_of_all(every)}" if every else "no evaluation was made"
            used_up = resolution.most_evaluations(self.study) < self.study.most_evaluations
            raise TunerError(words if used_up else f"{words}; a larger budget goes on")
        best = best_evaluations(every)[: self.study.simulation.verify]
        candidates = [self.task.at(e.number, e.generation, e.values) for e in best]
        log.info("verifying the best %d with plain NetPyNE", len(candidates))
        verified = verify_all(candidates, self.pool, folder, max(SHORTEST_VERIFICATION_S, 20 * self._timeout_s()))
        winner = best_of(verified) or verified[0]
        if winner.recordings is not None:
            rasters.write_raster(folder, winner.task.number, winner.recordings)
        if len(self.task.objectives.names) > 1:
            write_json(folder / run_folder.PARETO, pareto_table(every))
        for outcome in self.pool.map(partial(export, folder=folder / "export"), [winner.task]):
            if outcome.status != "done":
                log.warning("the best model could not be exported: %s", outcome.reason)
        tested = retest(winner.task, self.pool, 20 * self._timeout_s())
        table = best_table(self.store.evaluations[winner.task.number], winner, tested, len(self.store.evaluations))
        return write_best(folder, table)
