"""Evaluate one candidate: from values to a record, also if the model fails."""

import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from tuner.errors import StudyError, TunerError
from tuner.evaluate.isolation import isolated
from tuner.evaluate.simulations import blame, bring, simulated

# Batch folders that an older version has written import this name from here.
from tuner.evaluate.simulations import specs_of_study as specs_of_study
from tuner.evaluate.task import Inquiry, Observation, Result, StartInquiry, Task
from tuner.executors import apart, memory
from tuner.executors.outcome import Died
from tuner.mechanisms import libraries
from tuner.model import checks, models
from tuner.model.base import Description
from tuner.model.suspicions import Suspicions, suspicions
from tuner.objective.loss import Loss, combine, combine_features, measure
from tuner.protocols import Trial
from tuner.recording import Recording
from tuner.runs import raster_digest
from tuner.simulation.abort import Aborted
from tuner.simulation.network.warm import FRESH_PROCESS
from tuner.simulation.simulate import warm_up


def prepare(inquiry: Inquiry) -> Description:
    """Load mechanisms and model, and check the study and all validations against the model."""
    return apart.run_if_worker(_prepare, inquiry, warm_up)


def prepare_unbuilt(inquiry: Inquiry) -> Description:
    """Prepare a model without building the specs.

    This is for models that end the process when their specs are built.
    """
    return apart.run_if_worker(_prepare_unbuilt, inquiry, warm_up)


def judge(inquiry: StartInquiry) -> Suspicions:
    """Return suspicions about a study and the model at the start point; raise TunerError for an error."""
    return apart.run_if_worker(_judge, inquiry, warm_up)


@isolated
def _judge(inquiry: StartInquiry) -> Suspicions:
    apart.mark_used()
    libraries.load(inquiry.library)
    return suspicions(inquiry.study, inquiry.start)


def _prepare_unbuilt(inquiry: Inquiry) -> Description:
    return _prepare(inquiry, build=False)


@isolated
def _prepare(inquiry: Inquiry, *, build: bool = True) -> Description:
    apart.mark_used()
    libraries.load(inquiry.library)
    studies = (inquiry.study, *inquiry.study.validations())
    described = [checks.describe(study, inquiry.library, build=build) for study in studies]
    return described[0]


@dataclass
class _Runs:
    """Hold the simulations of one candidate that have run so far.

    `trial` is the trial that is running, or the trial that failed.
    """

    task: Task
    trial: Trial | None = None
    seeds: list[int | None] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    features: list[dict[str, float]] = field(default_factory=list)
    recordings: dict[str, Recording] = field(default_factory=dict)
    observations: dict[str, Observation] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    spikes: list[Recording] = field(default_factory=list)
    change: str = ""
    reason: str = ""

    def make(self) -> None:
        """Simulate under one seed after the other, until racing stops the candidate."""
        for seed in self.task.study.seeds:
            if self.losses and self.is_lost:
                break
            self.seeds.append(seed)
            self._make_one(seed)

    @property
    def is_lost(self) -> bool:
        """Return whether the remaining seeds cannot bring the loss below the bound that racing sets."""
        study = self.task.study
        least = combine(self.losses, study.simulation.combine, len(study.seeds))
        bound = self.task.evaluation(loss=least.total, violation=least.violation)
        return bound.ranking_loss > self.task.race_below

    def _make_one(self, seed: int | None) -> None:
        task = self.task
        recordings: dict[str, Recording] = {}
        for self.trial in task.study.trials(seed):
            made = simulated(task, self.trial, watched=True)
            recordings[self.trial.protocol.name] = made.recording
            self.spikes.append(replace(made.recording, traces={}, _cache={}))
            self.broken = {**made.broken, **self.broken}
            if task.observed and seed == task.study.seeds[0]:
                self.observations[self.trial.protocol.name] = made.observation
            if not self.change:
                self.change, self.reason = made.change, made.reason
        self.features.append(measure(task.study.targets, recordings))
        self.losses.append(task.objectives.judge(self.features[-1]))
        self.recordings = self.recordings or recordings

    def fields(self) -> dict[str, Any]:
        """Return the results of the simulations, as fields of an Evaluation."""
        study, how = self.task.study, self.task.study.simulation.combine
        features = combine_features(study.targets, self.features, how)
        spikes = {"n_spikes": raster_digest.n_spikes(self.spikes), "raster": raster_digest.digest(self.spikes)}
        return {**_of_loss(combine(self.losses, how)), **spikes, "features": features, "runs": self._each()}

    def _each(self) -> list[dict[str, Any]]:
        if len(self.task.study.seeds) == 1:
            return []
        each = zip(self.seeds, self.losses, self.features, strict=True)
        return [
            {"seed": seed, "loss": loss.total, "violation": loss.violation, "features": features}
            for seed, loss, features in each
        ]

    @property
    def where(self) -> str:
        """Return the trial as text that follows a reason; "" if the study has a single trial."""
        study, trial = self.task.study, self.trial
        if trial is None or study.simulations_each == 1:
            return ""
        words = [f"protocol {trial.protocol.name}"] if len(study.protocols) > 1 else []
        return f" ({', '.join([*words, f'seed {trial.seed}'] if len(study.seeds) > 1 else words)})"


def _of_loss(loss: Loss) -> dict[str, Any]:
    return {"loss": loss.total, "objectives": loss.objectives, "violation": loss.violation, "parts": loss.parts}


@isolated
def evaluate(task: Task) -> Result:
    """Evaluate one candidate and return the record.

    The status is "failed" if the model raises an exception, and "aborted" if a rule stops the simulation. The record
    then has the reason. `watch` returns the watch of a trial.
    """
    started = time.perf_counter()
    runs, is_studys_fault = _Runs(task), False
    try:
        runs.make()
        fields = runs.fields()
    except Aborted as aborted:
        loss = task.objectives.judge_aborted(aborted.severity)
        fields = {"status": "aborted", **_of_loss(loss), "reason": f"{aborted}{runs.where}"}
    except (TunerError, Died) as error:
        is_studys_fault = isinstance(error, StudyError)
        fields = {"status": "failed", "reason": f"{error}{runs.where}"}
    except (Exception, SystemExit) as error:
        fields = {"status": "failed", "reason": f"{blame(task, error)}{runs.where}"}
    repeats = max(1, len(runs.seeds))
    evaluation = task.evaluation(**fields, repeats=repeats, seconds=time.perf_counter() - started)
    if not evaluation.done:
        return Result(evaluation, is_studys_fault=is_studys_fault)
    keep = evaluation.ranking_loss < task.raster_below
    rasters = {name: replace(recording, traces={}, _cache={}) for name, recording in runs.recordings.items()}
    observations = runs.observations if task.observed else None
    kept = rasters if keep else None
    return Result(evaluation, kept, runs.change, runs.reason, observations=observations, broken=runs.broken)


def evaluate_surveyed(task: Task) -> Result:
    """Evaluate a candidate to the end, and note the limits of simulation.abort that the candidate breaks."""
    return evaluate(replace(task, surveyed=True))


def evaluate_weighed(task: Task) -> Result:
    """Evaluate a candidate on the network of another one, and measure the peak memory of this process."""
    if task.reuse != FRESH_PROCESS and not models.of(task.study).live_steps.reason:
        moved = {p.name: p.elsewhere(task.values[p.name]) for p in task.study.space.parameters if not p.fixed}
        with suppress(Exception, SystemExit):
            bring(replace(task, values={**task.values, **moved}))
    result = evaluate(task)
    return replace(result, held=memory.held(with_children=task.reuse == FRESH_PROCESS))
