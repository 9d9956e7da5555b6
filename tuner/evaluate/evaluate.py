"""Evaluate one candidate: from values to a record, also if the model fails."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from tuner.errors import StudyError, TunerError
from tuner.evaluate.task import Inquiry, Result, StartInquiry, Task
from tuner.executors import memory
from tuner.mechanisms import libraries, nmodl
from tuner.model import checks, models
from tuner.model.base import Description, Inputs
from tuner.model.suspicions import suspicions
from tuner.objective.loss import Loss, combine, combine_features, measure
from tuner.protocols import Trial
from tuner.recording import Recording
from tuner.simulation import ranks, simdata
from tuner.simulation.abort import Aborted, Watch
from tuner.simulation.network.sharing import by_label, refusals, unshared
from tuner.simulation.network.warm import Network
from tuner.simulation.simulate import simulate
from tuner.simulation.traces import names_of
from tuner.study.paths import Specs
from tuner.study.study import Study


@cache
def _network() -> Network:
    return Network()


def prepare(inquiry: Inquiry) -> Description:
    """Load mechanisms and model in this process, and check the study and all validations against the model."""
    return _prepare(inquiry, build=True)


def prepare_unbuilt(inquiry: Inquiry) -> Description:
    """Prepare a model without building the specs.

    This is for models that end the process when their specs are built.
    """
    return _prepare(inquiry, build=False)


def judge(inquiry: StartInquiry) -> list[str]:
    """Return notes on a study and the model at the start point; raise TunerError for an error."""
    libraries.load(inquiry.library)
    return suspicions(inquiry.study, inquiry.start)


def _prepare(inquiry: Inquiry, *, build: bool) -> Description:
    libraries.load(inquiry.library)
    studies = (inquiry.study, *inquiry.study.validations())
    described = [checks.describe(study, inquiry.library, build=build) for study in studies]
    return described[0]


def record(task: Task, trial: Trial | None = None, watch: Watch | None = None) -> tuple[Recording, str]:
    """Simulate the task's values in one trial; return the recording and the change that the network needed.

    The default is the first trial. All exceptions are passed on.
    """
    change = _bring_network_to(task, task.values, trial)
    with models.of(task.study).at_home():
        recording = simulate(_network(), watch, names_of(task.study.targets))
    return with_numbers(task, recording, trial, simdata.of_this_process), change


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


def record_all(task: Task) -> dict[str, Recording]:
    """Return the recordings of the task's values under the first seed, by protocol."""
    return {trial.protocol.name: record(task, trial)[0] for trial in task.trials[0]}


def specs_of(task: Task, values: dict[str, Any], trial: Trial | None = None) -> Specs:
    """Return netParams and simConfig of these values, as given by the model; the default is the first trial."""
    return specs_of_study(task.study, task.library, values, trial)


def specs_of_study(study: Study, library: Path | None, values: dict[str, Any], trial: Trial | None = None) -> Specs:
    """Return the specs of a study's model with the compiled mechanisms of `library`."""
    libraries.load(library)
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
    specs = specs_of(task, values, trial)
    # A candidate may use features of NetPyNE that the start point does not use, such as plasticity.
    if task.shared and not refusals(*specs):
        specs.sim_config.oneSynPerNetcon = list(unshared_of(task, specs))
    named = libraries.named(specs.net_params)
    if task.coreneuron is not None and not named & _uncompiled(task.library, task.coreneuron):
        libraries.load_coreneuron(task.coreneuron)
        specs.sim_config.coreneuron = True
    with models.of(task.study).at_home(), by_label(specs.sim_config):
        return _network().bring_to(specs)


def _watch(task: Task, trial: Trial) -> Watch | None:
    settings = task.study.simulation.abort
    counting = [
        t for t in task.study.targets if t.weight and t.protocol == trial.protocol.name and t.reads_spikes_alone
    ]
    return Watch(settings, counting) if task.watched and settings.rules else None


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
            recording, change = record(task, self.trial, _watch(task, self.trial))
            recordings[self.trial.protocol.name] = recording
            if not self.change:
                self.change, self.reason = change, _network().reason
        self.features.append(measure(task.study.targets, recordings))
        self.losses.append(task.objectives.judge(self.features[-1]))
        self.recordings = self.recordings or recordings

    def fields(self) -> dict[str, Any]:
        """Return the results of the simulations, as fields of an Evaluation."""
        study, how = self.task.study, self.task.study.simulation.combine
        features = combine_features(study.targets, self.features, how)
        return {**_of_loss(combine(self.losses, how)), "features": features, "runs": self._each()}

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


def evaluate(task: Task) -> Result:
    """Evaluate one candidate and return the record.

    The status is "failed" if the model raises an exception, and "aborted" if a rule stops the simulation. The record
    then has the reason.
    """
    started = time.perf_counter()
    runs, is_studys_fault = _Runs(task), False
    try:
        runs.make()
        fields = runs.fields()
    except Aborted as aborted:
        loss = task.objectives.judge_aborted(aborted.severity)
        fields = {"status": "aborted", **_of_loss(loss), "reason": f"{aborted}{runs.where}"}
    except TunerError as error:
        is_studys_fault = isinstance(error, StudyError)
        fields = {"status": "failed", "reason": f"{error}{runs.where}"}
    except (Exception, SystemExit) as error:
        words = models.blame(error, models.source(task.study).root, Path(task.study.folder))
        fields = {"status": "failed", "reason": f"{words}{runs.where}"}
    repeats = max(1, len(runs.seeds))
    evaluation = task.evaluation(**fields, repeats=repeats, seconds=time.perf_counter() - started)
    if not evaluation.done:
        return Result(evaluation, is_studys_fault=is_studys_fault)
    keep = evaluation.ranking_loss < task.raster_below
    rasters = {name: replace(recording, traces={}, _cache={}) for name, recording in runs.recordings.items()}
    return Result(evaluation, rasters if keep else None, runs.change, runs.reason)


def evaluate_weighed(task: Task) -> Result:
    """Evaluate a candidate, and measure the peak memory of this process."""
    result = evaluate(task)
    return replace(result, held=memory.held())


def changes(task: Task) -> dict[str, tuple[str, str]]:
    """Return how the network follows a change of each parameter from the task's values, and why.

    The result has a pair of texts for each parameter, such as ("in place", the reason).
    """
    found = {}
    for parameter in task.study.space.parameters:
        _bring_network_to(task, task.values)
        moved = parameter.elsewhere(task.values[parameter.name])
        change = _bring_network_to(task, {**task.values, parameter.name: moved})
        found[parameter.name] = change, _network().reason
    return found
