"""What may be done otherwise than plain NetPyNE does it, because the raster is the same: shared synapses, CoreNEURON.

All of it is held against plain NetPyNE at the values of one task, in a worker.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tuner.evaluate.evaluate import record, record_all, specs_of, unshared_of
from tuner.evaluate.task import Task
from tuner.interfaces import netpyne_private
from tuner.interfaces.netpyne_types import NetParams, SimConfig
from tuner.recording import Recording, same_rasters
from tuner.runs.decisions import Engine, Sharing
from tuner.simulation.network.sharing import refusals
from tuner.simulation.network.warm import IN_PLACE, UNTOUCHED

NEURON, CORENEURON = "neuron", "coreneuron"


Rasters = dict[str, Recording]


def plain_recordings(task: Task) -> Rasters:
    """What plain NetPyNE records at the task's values, by protocol."""
    return record_all(replace(task, shared=False, coreneuron=None))


def silent_populations(task: Task, recordings: Rasters) -> list[str]:
    """Populations that a target reads and in which nothing ever spikes: such rasters prove nothing."""
    read = {(target.protocol, name) for target in task.study.targets for name in target.populations.values()}
    spikes = {(name, len(recordings[protocol].spikes(name).times)) for protocol, name in read}
    return sorted({name for name, _ in spikes} - {name for name, n_spikes in spikes if n_spikes})


def _n_spikes(recordings: Rasters) -> int:
    return sum(len(recording.spike_times) for recording in recordings.values())


def compare_shared(task: Task, plain: Rasters) -> Sharing:
    """Whether shared synapses give the plain rasters."""
    specs = specs_of(task, task.values)
    if found := refusals(*specs):
        return Sharing(False, "; ".join(found))
    rest = unshared_of(task, specs)
    if len(rest) == len(specs.net_params.synMechParams):
        return Sharing(
            False, f"none of {', '.join(rest)} may be" if rest else "the model has no synapses", unshared=rest
        )
    if not same_rasters(record_all(replace(task, shared=True)), plain):
        return Sharing(False, "shared synapses gave another raster", unshared=rest)
    apart = f", {', '.join(rest)} apart" if rest else ""
    words = f"the same {_n_spikes(plain)} spikes as with a synapse for each connection{apart}"
    return Sharing(True, words, unshared=rest)


def compare_engines(task: Task, plain: Rasters) -> Engine:
    """Whether CoreNEURON, with the task's library, gives the plain rasters, and in how much less time."""
    recordings = record_all(task)
    if not same_rasters(recordings, plain):
        return Engine(NEURON, f"CoreNEURON gave another raster ({_n_spikes(recordings)} spikes)")
    gain = _seconds(replace(task, coreneuron=None)) / _seconds(task)
    return Engine(CORENEURON, f"the same {_n_spikes(plain)} spikes as NEURON", gain=gain)


def _seconds(task: Task) -> float:
    """CPU time of the first trial on a network that is there already."""
    for _ in range(2):
        started = time.process_time()
        _, change = record(task)
        if change in (UNTOUCHED, IN_PLACE):
            break
    return time.process_time() - started


def coreneuron_lacks(task: Task) -> list[str]:
    """What the model asks for that CoreNEURON does not do, in words."""
    return list(_lacks(*specs_of(task, task.values)))


def _lacks(params: NetParams, config: SimConfig) -> Iterator[str]:
    for name in ("recordTraces", "recordLFP", "recordDipole", "saveIMembrane", "recordStim"):
        if getattr(config, name, None):
            yield f"{name}: nothing but spikes comes back from it"
    if config.cvode_active:
        yield "cvode_active: its time step is fixed"
    rules = {"connParams": params.connParams, "stimTargetParams": params.stimTargetParams}
    for name, table in rules.items():
        for label, rule in table.items():
            if found := [key for key in ("plast", "shape", "gapJunction") if key in rule]:
                yield f"{name}[{label!r}] has {', '.join(found)}"
    if watched := [label for label, rule in params.cellParams.items() if _has_own_voltage(rule)]:
        yield f"cells of {', '.join(map(str, watched))} spike by a vref: it detects spikes at membranes alone"
    if netpyne_private.has_pointers(params):
        yield "a synapse has pointers"
    if any(source.get("type") == "XStim" for source in params.stimSourceParams.values()):
        yield "an XStim"
    if params.rxdParams:
        yield "rxdParams"


def _has_own_voltage(rule: Mapping[str, Any]) -> bool:
    """Whether a point process has the voltage at which the cell's spikes are detected."""
    tables = (section.get("pointps", {}) for section in rule.get("secs", {}).values())
    return any("vref" in process for table in tables for process in table.values())
