"""Simulate the values of a task: build the specs, bring the network to the specs, run, and observe."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tuner.errors import TunerError
from tuner.evaluate.isolation import isolated
from tuner.evaluate.live import record_live
from tuner.evaluate.task import Observation, Simulated, Task
from tuner.executors import apart
from tuner.mechanisms import libraries, nmodl
from tuner.model import models
from tuner.model.base import Inputs
from tuner.protocols import Trial
from tuner.recording import Recording
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
        # What the model's code changes in the process must last until the end of the simulation.
        with process_state.restored():
            return _record(call)
    except (TunerError, Aborted):
        raise
    except (Exception, SystemExit) as error:
        raise TunerError(blame(call.task, error)) from error


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


def blame(task: Task, error: BaseException) -> str:
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
