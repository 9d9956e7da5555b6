"""Compare the speed-ups with plain NetPyNE: shared synapses and CoreNEURON.

A speed-up is used only if it gives the same raster as plain NetPyNE. The comparison runs in a worker, at the values of
one task.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from tuner.evaluate.proof import Observations, difference
from tuner.evaluate.simulations import observe, record, record_all, specs_of, unshared_of
from tuner.evaluate.task import Observation, Task
from tuner.executors import apart
from tuner.interfaces import netpyne_private
from tuner.interfaces.netpyne_types import NetParams, SimConfig
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.recording import Recording, same_rasters
from tuner.runs.decisions import Engine, Sharing
from tuner.simulation import process_state
from tuner.simulation.network.sharing import refusals
from tuner.simulation.network.warm import FRESH_PROCESS, IN_PLACE, UNTOUCHED
from tuner.simulation.simulate import warm_up

NEURON, CORENEURON = "neuron", "coreneuron"


Rasters = dict[str, Recording]


def plain_observations(task: Task) -> dict[str, Observation]:
    """Return the observations of plain NetPyNE at the task's values, by protocol, made in a fresh process."""
    return observe(replace(task, shared=False, coreneuron=None, reuse=FRESH_PROCESS))


def silent_populations(task: Task, recordings: Rasters) -> list[str]:
    """Return the populations in which a target counts spikes and that never spike.

    A raster without spikes cannot show a difference, so the speed-ups are not tested with it.
    """
    counting = [target for target in task.study.targets if target.reads_spikes_alone]
    read = {(target.protocol, name) for target in counting for name in target.populations.values()}
    spikes = {(name, len(recordings[protocol].spikes(name).times)) for protocol, name in read}
    return sorted({name for name, _ in spikes} - {name for name, n_spikes in spikes if n_spikes})


def rasters_of(observations: Observations) -> Rasters:
    """Return the recordings of observations, by protocol."""
    return {name: observation.recording for name, observation in observations.items()}


def _n_spikes(recordings: Rasters) -> int:
    return sum(len(recording.spike_times) for recording in recordings.values())


def compare_shared(task: Task, plain: Observations) -> Sharing:
    """Test whether shared synapses give the observations of plain NetPyNE."""
    if reason := models.of(task.study).live_steps.reason:
        return Sharing(False, reason)
    specs = specs_of(task, task.values)
    if found := refusals(*specs):
        return Sharing(False, "; ".join(found))
    rest = unshared_of(task, specs)
    if len(rest) == len(specs.net_params.synMechParams):
        words = f"no synapse can be shared ({', '.join(rest)})" if rest else "the model has no synapses"
        return Sharing(False, words, unshared=rest)
    if differs := difference(observe(replace(task, shared=True)), plain):
        return Sharing(False, f"shared synapses gave a different result: {differs}", unshared=rest)
    apart = f"; not shared: {', '.join(rest)}" if rest else ""
    words = f"the same {_n_spikes(rasters_of(plain))} spikes as with a synapse for each connection{apart}"
    return Sharing(True, words, unshared=rest)


def compare_engines(task: Task, plain: Rasters) -> Engine:
    """Test whether CoreNEURON, with the task's library, gives the plain rasters, and measure the gain in time."""
    recordings = record_all(task)
    if not same_rasters(recordings, plain):
        return Engine(NEURON, f"CoreNEURON gave a different raster ({_n_spikes(recordings)} spikes)")
    gain = _seconds(replace(task, coreneuron=None)) / _seconds(task)
    return Engine(CORENEURON, f"the same {_n_spikes(plain)} spikes as NEURON", gain=gain)


def _seconds(task: Task) -> float:
    """Return the CPU time of the first trial on a network that has been built before [s]."""
    for _ in range(2):
        started = time.process_time()
        if record(task)[1] in (UNTOUCHED, IN_PLACE):
            break
    return time.process_time() - started


def coreneuron_lacks(task: Task) -> list[str]:
    """Return the properties of the model that CoreNEURON does not support, as texts."""
    if models.of(task.study).live_steps.reason:
        return ["changes of the network by a script"]
    return list(_lacks(*specs_of(task, task.values)))


def _lacks(params: NetParams, config: SimConfig) -> Iterator[str]:
    for name in ("recordTraces", "recordLFP", "recordDipole", "saveIMembrane", "recordStim"):
        if getattr(config, name, None):
            yield f"{name} (CoreNEURON returns spikes only)"
    if config.cvode_active:
        yield "cvode_active (CoreNEURON has a fixed time step)"
    rules = {"connParams": params.connParams, "stimTargetParams": params.stimTargetParams}
    for name, table in rules.items():
        for label, rule in table.items():
            if found := [key for key in ("plast", "shape", "gapJunction") if key in rule]:
                yield f"{', '.join(found)} in {name}[{label!r}]"
    if watched := [label for label, rule in params.cellParams.items() if _has_own_voltage(rule)]:
        yield f"vref in cells of {', '.join(map(str, watched))} (CoreNEURON detects spikes at the membrane only)"
    if netpyne_private.has_pointers(params):
        yield "pointers of synapses"
    if any(source.get("type") == "XStim" for source in params.stimSourceParams.values()):
        yield "XStim"
    if params.rxdParams:
        yield "rxdParams"


def _has_own_voltage(rule: Mapping[str, Any]) -> bool:
    """Return whether a point process has the voltage from which the cell's spikes are detected (vref)."""
    tables = (section.get("pointps", {}) for section in rule.get("secs", {}).values())
    return any("vref" in process for table in tables for process in table.values())


class Facts(NamedTuple):
    """Hold the mechanisms that a model uses, and why a script rebuilds the network ("" without such a script)."""

    mechanisms: set[str]
    live: str


def facts_of(task: Task) -> Facts:
    """Return the facts about the model at the task's values that limit the reuse of networks."""
    return apart.run_if_worker(_facts_of, task, warm_up)


def _facts_of(task: Task) -> Facts:
    process_state.begin_in_child()
    return Facts(libraries.named(specs_of(task, task.values).net_params), models.of(task.study).live_steps.reason)
