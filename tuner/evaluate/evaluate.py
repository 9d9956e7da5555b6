"""Evaluate one candidate: from values to a record, also if the model fails."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tuner.errors import StudyError, TunerError
from tuner.evaluate.isolation import isolated
from tuner.evaluate.live import record_live
from tuner.evaluate.task import Inquiry, Observation, Result, Simulated, StartInquiry, Task
from tuner.executors import apart, memory
from tuner.executors.outcome import Died
from tuner.mechanisms import libraries, nmodl
from tuner.model import checks, models
from tuner.model.base import Description, Inputs
from tuner.model.suspicions import suspicions
from tuner.objective.loss import Loss, combine, combine_features, measure
from tuner.protocols import Trial
from tuner.recording import Recording
from tuner.runs import raster_digest
from tuner.simulation import process_state, ranks, simdata
from tuner.simulation.abort import Aborted, Watch
from tuner.simulation.broken_rules import Survey, broken, without
from tuner.simulation.network.sharing import by_label, refusals, unshared
from tuner.simulation.network.warm import FRESH_PROCESS, NOT_REUSED, REBUILT, UNTOUCHED, Network
from tuner.simulation.simulate import final_voltages, simulate, warm_up
from tuner.simulation.traces import names_of
from tuner.study.paths import Specs
from tuner.study.study import Study


@cache
def _network() -> Network:
    return Network()


def prepare(inquiry: Inquiry) -> Description:
    """Load mechanisms and model, and check the study and all validations against the model."""
    return apart.run_if_worker(_prepare, inquiry, warm_up)


def prepare_unbuilt(inquiry: Inquiry) -> Description:
    """Prepare a model without building the specs.

    This is for models that end the process when their specs are built.
    """
    return apart.run_if_worker(_prepare_unbuilt, inquiry, warm_up)


def judge(inquiry: StartInquiry) -> list[str]:
    """Return notes on a study and the model at the start point; raise TunerError for an error."""
    return apart.run_if_worker(_judge, inquiry, warm_up)


@isolated
def _judge(inquiry: StartInquiry) -> list[str]:
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


def record(task: Task, trial: Trial | None = None) -> tuple[Recording, str]:
    """Simulate the task's values in one trial; return the recording and the change that the network needed.

    The default is the first trial. All exceptions are passed on.
    """
    made = simulated(task, trial or task.study.trials(task.study.seeds[0])[0])
    return made.recording, made.change


@isolated
def simulated(task: Task, trial: Trial, *, watched: bool = False) -> Simulated:
    """Simulate the task's values in one trial, under the rules for early aborts if `watched`.

    All exceptions are passed on. An exception of the model in a fresh process is passed on as a TunerError with the
    line of the model's code.
    """
    if task.reuse != FRESH_PROCESS:
        return _record(_Call(task, trial, watched))
    found = apart.run(_record_apart, _Call(task, trial, watched), warm_up)
    return found._replace(change=FRESH_PROCESS, reason=NOT_REUSED)


class _Call(NamedTuple):
    task: Task
    trial: Trial
    watched: bool


def _record_apart(call: _Call) -> Simulated:
    process_state.begin_in_child()
    try:
        return _record(call)
    except (TunerError, Aborted):
        raise
    except (Exception, SystemExit) as error:
        raise TunerError(_blame(call.task, error)) from error


def _record(call: _Call) -> Simulated:
    task, trial = call.task, call.trial
    watch = _watch(task, trial) if call.watched else None
    if reason := models.of(task.study).live_steps.reason:
        recording, data = record_live(task, trial, watch, _network())
        voltages = final_voltages() if task.observed else None
        recording = with_numbers(task, recording, trial, lambda: data)
        return Simulated(Observation(recording, voltages), REBUILT, reason, _broken(watch))
    change = _bring_network_to(task, task.values, trial)
    with models.of(task.study).at_home():
        recording = simulate(_network(), watch, names_of(task.study.targets))
        voltages = final_voltages() if task.observed and task.coreneuron is None else None
    recording = with_numbers(task, recording, trial, simdata.of_this_process)
    return Simulated(Observation(recording, voltages), change, _network().reason, _broken(watch))


def _broken(watch: Watch | None) -> dict[str, str]:
    return broken([watch]) if isinstance(watch, Survey) else {}


def _blame(task: Task, error: BaseException) -> str:
    return models.blame(error, models.source(task.study).root, Path(task.study.folder))


def with_numbers(
    task: Task, recording: Recording, trial: Trial | None, sim_data: Callable[[], Mapping[str, Any]]
) -> Recording:
    """Return the recording together with the numbers that the model's own code computes from the simulation.

    Without such code, the recording is returned unchanged and `sim_data` is not called.
    """
    found = models.of(task.study)
    if not found.gives_numbers:
        return recording
    trial = trial or task.study.trials(task.study.seeds[0])[0]
    data = sim_data()
    if not ranks.is_first():
        return recording
    numbers = found.numbers(Inputs.of(task.study), task.values, trial.protocol, data)
    return replace(recording, numbers=numbers)


@isolated
def record_all(task: Task) -> dict[str, Recording]:
    """Return the recordings of the task's values under the first seed, by protocol."""
    return {trial.protocol.name: record(task, trial)[0] for trial in task.trials[0]}


@isolated
def observe(task: Task) -> dict[str, Observation]:
    """Return the observations of the task's values under the first seed, by protocol."""
    task = replace(task, observed=True)
    return {trial.protocol.name: simulated(task, trial).observation for trial in task.trials[0]}


@isolated
def specs_of(task: Task, values: dict[str, Any], trial: Trial | None = None) -> Specs:
    """Return netParams and simConfig of these values, as given by the model; the default is the first trial."""
    return specs_of_study(task.study, task.library, values, trial)


def specs_of_study(study: Study, library: Path | None, values: dict[str, Any], trial: Trial | None = None) -> Specs:
    """Return the specs of a study's model with the compiled mechanisms of `library`."""
    apart.mark_used()
    libraries.load(library)
    process_state.begin_trial()
    specs = models.of(study).specs(study, values, trial)
    # NetPyNE would build the network without the missing mechanisms.
    libraries.check_used(library, specs.net_params)
    return specs


def unshared_of(task: Task, specs: Specs) -> dict[str, str]:
    """Return the labels of synMechParams that need a synapse for each connection, with the reasons."""
    return unshared(specs.net_params, _nonlinearities(task.library), task.study.simulation.share_synapses)


@cache
def _nonlinearities(library: Path | None) -> dict[str, str]:
    return nmodl.read(sorted(libraries.sources_of(library).glob("*.mod"))) if library else {}


@cache
def _uncompiled(library: Path | None, coreneuron: Path) -> set[str]:
    """Return the mechanisms that NEURON's library has and CoreNEURON's library lacks.

    A candidate that uses one of them runs on NEURON.
    """
    return libraries.names_in(library) - libraries.names_in(coreneuron)


def _bring_network_to(task: Task, values: dict[str, Any], trial: Trial | None = None) -> str:
    specs = _specs_to_build(task, values, trial)
    with models.of(task.study).at_home(), by_label(specs.sim_config):
        return _network().bring_to(specs, task.reuse)


def _specs_to_build(task: Task, values: dict[str, Any], trial: Trial | None = None) -> Specs:
    """Return the specs of these values, with the settings of the task's speed-ups."""
    specs = specs_of(task, values, trial)
    process_state.prepare_for(_network())
    # A candidate may use features of NetPyNE that the start point does not use, such as plasticity.
    if task.shared and not refusals(*specs):
        specs.sim_config.oneSynPerNetcon = list(unshared_of(task, specs))
    named = libraries.named(specs.net_params)
    if task.coreneuron is not None and not named & _uncompiled(task.library, task.coreneuron):
        libraries.load_coreneuron(task.coreneuron)
        specs.sim_config.coreneuron = True
    return specs


def _watch(task: Task, trial: Trial) -> Watch | None:
    settings = without(task.study.simulation.abort, task.rules_off)
    counting = [
        t for t in task.study.targets if t.weight and t.protocol == trial.protocol.name and t.reads_spikes_alone
    ]
    kind = Survey if task.surveyed else Watch
    return kind(settings, counting) if task.watched and settings.rules else None


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
        fields = {"status": "failed", "reason": f"{_blame(task, error)}{runs.where}"}
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


@isolated
def changes(task: Task) -> dict[str, tuple[str, str]]:
    """Return how the network follows a change of each parameter from the task's values, and why.

    The result has a pair of texts for each parameter, such as ("in place", the reason).
    """
    if task.reuse == FRESH_PROCESS:
        return {parameter.name: (FRESH_PROCESS, NOT_REUSED) for parameter in task.study.space.parameters}
    if reason := models.of(task.study).live_steps.reason:
        return {parameter.name: (REBUILT, reason) for parameter in task.study.space.parameters}
    found = {}
    for parameter in task.study.space.parameters:
        _bring_network_to(task, task.values)
        moved = {**task.values, parameter.name: parameter.elsewhere(task.values[parameter.name])}
        is_idle = _network().foresee(_specs_to_build(task, moved)) == UNTOUCHED
        change = UNTOUCHED if is_idle else _bring_network_to(task, moved)
        found[parameter.name] = change, "nothing differs" if is_idle else _network().reason
    return found


@isolated
def bring(task: Task) -> None:
    """Bring the network of this process to the task's values."""
    _bring_network_to(task, task.values)


@isolated
def foresee(task: Task, values: Mapping[str, Any]) -> str:
    """Return the change that the network of this process needs for other values, as far as the specs tell."""
    return _network().foresee(_specs_to_build(task, dict(values)))
