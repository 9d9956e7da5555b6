"""Execute one start of a run: decide on speed-ups, loop, verify, report."""

import logging
import time
from collections import Counter
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from tuner.errors import TunerError
from tuner.evaluate.proof import Observations
from tuner.evaluate.task import Result, Task
from tuner.evaluation import Evaluation, are_hopeless, best_of, failure_of_all, finite
from tuner.executors.base import Executor
from tuner.optimizers import resolution
from tuner.report import page, summary
from tuner.report.results import Run
from tuner.runs import rasters, run_folder, trust
from tuner.runs.best_file import Best, read_best, write_best
from tuner.runs.decisions import Decisions
from tuner.runs.json_files import write_json, write_whole
from tuner.runs.manifest import this_start
from tuner.runs.owner import Owner
from tuner.runs.probe_file import read_probes
from tuner.runs.store import Store
from tuner.search import asynchronous, estimate, loop, probing, start_point, warm_start
from tuner.search.applied_speedups import with_speedups
from tuner.search.budget import Ending
from tuner.search.judging import warn_of_caps
from tuner.search.observers import Observers
from tuner.search.preparation import TESTING
from tuner.search.speedup_decisions import of_start, recall_or_decide
from tuner.search.stages import Followed, stage
from tuner.study.resolved import ResolvedStudy
from tuner.verification.best_result import EXPORT, best_evaluations, best_table, pareto_table
from tuner.verification.export import export, take_over
from tuner.verification.held_out import Retest, retest, validations_of
from tuner.verification.plain_run import scratch_folder
from tuner.verification.verdict import judge

# Plain NetPyNE builds the network anew, which may take twenty times as long as an evaluation on a warm network.
SHORTEST_VERIFICATION_S = 600.0
MANIFEST_INTERVAL_S = 5.0

log = logging.getLogger(__name__)


class Execution:
    """Execute one start of a run, from the claimed folder to the report."""

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
        self._plain: Observations | None = None
        # The mechanisms of the model's own files.
        self._library = task.library
        takes_over = study.optimizer.start_from is not None
        self._warm = warm_start.read(store.folder) if takes_over else warm_start.cold(study, store.manifest.start)
        first = self._warm.first[0] if self._warm.first else None
        start, repeats_start = store.manifest.start, not store.manifest.distinct
        self._optimizer = resolution.make(study, first, start, repeats_start=repeats_start)
        self._most = resolution.most_evaluations(study)

    def run(self) -> Run:
        """Run the loop, verify the best evaluations, write the report, and return the run."""
        self._open_manifest()
        stored = self.store.by_number()
        log.info(summary.of_start(self.study, self._most, len(stored), self.pool.workers))
        self.observers.on_start(self.study, len(stored))
        if stored:
            self.observers.on_resume(stored)
        try:
            self._simulate_start()
            timeout_s = self._timeout_s()
            self._decide_speedups(self.store.manifest.start, self._plain)
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
        run = self._finish(ended)
        for line in summary.of_run(run):
            log.info(line)
        return run

    def _open_manifest(self) -> None:
        start = this_start(self.pool.workers, self.executor_name)
        write_whole(self.store.folder / run_folder.STUDY, self.study.dump().encode())
        self.store.update_manifest(starts=[*self.store.manifest.table["starts"], asdict(start)])
        trust.note(self.store.folder)
        if self._warm.words:
            log.info(self._warm.words)

    def _decide_speedups(self, values: dict[str, Any], plain: Observations | None = None) -> None:
        """Decide once per run on the speed-ups; the decisions stay open if a population is silent."""
        decisions = self.store.manifest.decisions or self._find_speedups(values, plain)
        self.task = with_speedups(self.task, decisions, self.pool)

    def _find_speedups(self, values: dict[str, Any], plain: Observations | None) -> Decisions:
        manifest = self.store.manifest
        task = replace(self.task, library=self._library).at(0, 0, values)
        with stage(TESTING):
            found = recall_or_decide(task, manifest, self.executor_name, self.pool, self._timeout_s(), plain)
        # An open decision is tried again after each generation; the same reason is logged only once.
        if found != (manifest.sharing, manifest.engine, manifest.reuse):
            self.store.update_manifest(**{name: asdict(each) for name, each in found._asdict().items()})
            for line in summary.of_speedups(*found):
                log.info(line)
        return found

    def _simulate_start(self) -> None:
        """Simulate the start point of a new run, which is evaluation 0, and switch off the rules that are broken."""
        begun = bool(self.store.evaluations)
        if not self._timeout_s() or (self.store.manifest.rules_off is None and not begun):
            task = self.task.at(0, 0, self.store.manifest.start)
            start = start_point.measured(of_start(task, self.executor_name), self.pool)
            # The evaluations of an older run were made with all rules.
            rules = {} if begun else {"rules_off": dict(start.broken)}
            self.store.update_manifest(timeout_s=start.timeout_s, **rules)
            self._plain = start.observations
            for line in start.warnings(self.study):
                log.warning(line)
            if self._warm.first[:1] == (task.values,) and 0 not in self.store.evaluations:
                self._keep_start(start.result)
        for line in start_point.of_rules(self.study, self.store.manifest.rules_off):
            log.warning(line)
        self.task = replace(self.task, rules_off=tuple(self.store.manifest.rules_off or ()))

    def _keep_start(self, result: Result) -> None:
        order = 0 if self.study.optimizer.asynchronous else None
        result = replace(result, evaluation=replace(result.evaluation, order=order))
        loop.keep(result, self.study, self.store)
        self.on_result(result)

    def _retest(self, task: Task) -> Retest:
        """Test the task's values with held-out seeds and in the validations of the study."""
        tests = [f"held-out seeds {', '.join(map(str, self.study.fresh_seeds))}"] * bool(self.study.fresh_seeds)
        tests += [f"{len(self.study.validation)} validations"] * bool(self.study.validation)
        total = len(self.study.fresh_seeds) + len(self.study.validation)
        words = f"testing the best evaluation with {' and in '.join(tests)}"
        with stage(words), self.observers.stage("held-out tests", total) as step:
            return retest(task, Followed(self.pool, step), 20 * self._timeout_s())

    def _timeout_s(self) -> float:
        """Return the time-out of the study [s], else the time-out that follows from the start point."""
        return self.study.simulation.timeout_s or self.store.manifest.timeout_s or 0.0

    def on_result(self, result: Result) -> None:
        """Keep the best raster, tell the observers, and check that this process still owns the folder.

        Raises StudyError if the first evaluation fails because of an error in the study.
        """
        evaluation = result.evaluation
        if result.is_studys_fault and evaluation.number == 0:
            raise self.study.place.error(evaluation.reason)
        words = evaluation.reason or f"{result.change}: {result.reason}"
        log.debug("evaluation %d: %s %s %s", evaluation.number, evaluation.status, evaluation.loss, words)
        if evaluation is self.store.best and result.recordings is not None:
            rasters.write_raster(self.store.folder, evaluation.number, result.recordings)
        if evaluation.values == self.store.manifest.start:
            warn_of_caps(self.study, evaluation)
        if words := self._warm.contradicted_by(evaluation):
            log.warning(words)
        self._changes[result.change or evaluation.status] += 1
        self.observers.on_result(evaluation)
        self._stop_reason = self._stop_reason or self.observers.stop_reason()
        if time.monotonic() - self._written > MANIFEST_INTERVAL_S:
            self.owner.check()
            self._write_wall_time()

    def on_generation(self, generation: int, evaluations: list[Evaluation], told: list[Evaluation]) -> None:
        """Log a summary of the generation; warn if no simulation of the generation finished."""
        if not any(evaluation.done for evaluation in evaluations):
            failed = all(evaluation.loss is None for evaluation in evaluations)
            words = "failed" if failed else "failed or were aborted"
            first = evaluations[0].reason
            log.warning("generation %d: all evaluations %s; reason of the first: %s", generation, words, first)
        log.info(summary.of_generation(self._most, generation, evaluations, told))
        survivors = [number for number in self._optimizer.survivors if number >= 0]
        self.observers.on_generation(generation, evaluations, survivors)
        # Generations of an earlier start are told again, and must not end the run.
        if len(told) == len(self.store.evaluations):
            self._stop_reason = self._stop_reason or self.observers.stop_reason()
        best = best_of(told)
        if best and not self.store.manifest.decisions:
            self._decide_speedups(best.values)

    def _write_wall_time(self) -> None:
        self._written = time.monotonic()
        wall_time_s = self._before_s + self._written - self._started
        self.store.update_manifest(wall_time_s=wall_time_s, changes=dict(self._changes))

    def _finish(self, ended: str) -> Run:
        """Write best.json, pareto.json, export, probes and report; simulate only if evaluations or tests are new."""
        folder = self.store.folder
        best = read_best(folder)
        if best is None or not self._is_of(best):
            best = self._verify_best()
        self.store.update_manifest(ended=ended, slopes=finite(self._optimizer.slopes()))
        every, table = self.store.by_number(), self.store.manifest.table
        run = Run(self.study, folder, ended, every, best.table, table, read_probes(folder))
        self._probe(run)
        self.owner.check()
        with stage("writing the report"):
            page.write(folder)
        return replace(run, probes=read_probes(folder))

    def _probe(self, run: Run) -> None:
        """Make the missing probes, but not after a search that was ended for lack of time."""
        time_left = Ending(self.study, self._before_s + time.monotonic() - self._started)
        watch = probing.Watch(self.observers, self.owner.check, time_left.out_of_time)
        hurry = f"the search was ended by {run.ended}" if self._stop_reason else ""
        hurry = hurry or (probing.OUT_OF_TIME if time_left.out_of_time() else "")
        probing.after_search(run, self.task, self.pool, self._timeout_s, watch, hurry=hurry)

    def _is_of(self, best: Best) -> bool:
        """Return whether best.json belongs to the stored evaluations and to the tests of the study."""
        stored = self.store.evaluations.get(best.number)
        same = stored is not None and (stored.values, stored.loss) == (best.values, best.loss)
        # Lines that were changed after the verification are verified again; older versions recorded the features only.
        same = same and best.is_of(self.store.evaluations) and finite(stored and stored.features) == best.features
        numbers = sorted(best.verified.numbers)
        top = best_evaluations(self.store.by_number())[: len(numbers)]
        same = same and numbers == sorted(evaluation.number for evaluation in top)
        seeds = best.fresh.seeds
        tested = len(self.study.fresh_seeds) == len(seeds) and list(self.study.validation) == validations_of(best)
        return same and best.evaluations == len(self.store.evaluations) and tested

    def _verify_best(self) -> Best:
        folder = self.store.folder
        every = self.store.by_number()
        if are_hopeless(every):
            words = f"all {len(every)} evaluations {failure_of_all(every)}" if every else "no evaluation was made"
            used_up = resolution.most_evaluations(self.study) < self.study.most_evaluations
            raise TunerError(words if used_up else f"{words}; a larger budget continues the run")
        best = best_evaluations(every)[: estimate.verified_of(self.study, every)]
        candidates = [self.task.at(e.number, e.generation, e.values) for e in best]
        which = "best evaluation" if len(candidates) == 1 else f"{len(candidates)} best evaluations"
        log.info("verifying the %s with plain NetPyNE", which)
        limit_s = max(SHORTEST_VERIFICATION_S, 20 * self._timeout_s())
        with scratch_folder(folder) as scratch, self.observers.stage("verification", len(candidates)) as step:
            pool = Followed(self.pool, step)
            verdict = judge(candidates, self.store.evaluations, pool, scratch, limit_s)
            self.owner.check()
            winner = verdict.winner
            take_over(winner.export, folder / EXPORT)
        if winner.recordings is not None:
            rasters.write_raster(folder, winner.task.number, winner.recordings)
        if len(self.task.objectives.names) > 1:
            write_json(folder / run_folder.PARETO, pareto_table(every))
        task = next(task for task in candidates if task.number == winner.number)
        for outcome in () if winner.export else self.pool.map(partial(export, folder=folder / EXPORT), [task]):
            if outcome.status != "done":
                log.warning("the best model could not be exported: %s", outcome.reason)
        tested = self._retest(task)
        table = best_table(self.store.evaluations[winner.number], verdict, tested, len(self.store.evaluations))
        self.owner.check()
        return write_best(folder, table)
