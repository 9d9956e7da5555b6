"""Whether the synapses of a place may be one: as exact as the sum of linear conductances is.

NetPyNE makes a synapse for every connection. Where the mechanism is linear in what its events add, and has no state of
a single connection, all connections onto a place may use one synapse instead: the same currents, in a fraction of the
time. What is not known to be so is not shared, each label of synMechParams for itself.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tuner.interfaces.netpyne_private import AddSynapse, replace_add_synapse
from tuner.interfaces.netpyne_types import Cell, NetParams, SimConfig

# NEURON's own point processes that take events, as `nmodl.read` gives those of files.
BUILT_IN = {"ExpSyn": "", "Exp2Syn": ""}


def refusals(net_params: NetParams, sim_config: SimConfig) -> list[str]:
    """Why no synapse of a model can be shared, whatever its mechanism, in words; empty if some may."""
    if not sim_config.oneSynPerNetcon:
        return ["the model shares them itself"]
    return [*_of_rules(net_params), *_of_recordings(sim_config)]


def unshared(net_params: NetParams, nonlinearities: Mapping[str, str], wishes: Mapping[str, bool]) -> dict[str, str]:
    """For each label of synMechParams that needs a synapse for each connection, why.

    `nonlinearities` are those of the model's own mechanisms by name, as `nmodl.read` gives them. A label that `wishes`
    has is shared or not by what it says there, not by its mechanism.
    """
    known = {**BUILT_IN, **nonlinearities}
    reasons = {
        str(label): _reason(synapse, known, wishes.get(str(label)))
        for label, synapse in net_params.synMechParams.items()
    }
    return {label: reason for label, reason in reasons.items() if reason}


def _reason(synapse: Mapping[str, Any], known: Mapping[str, str], wish: bool | None) -> str:
    functions = [key for key, value in synapse.items() if key != "mod" and isinstance(value, str | dict | list)]
    if functions:
        return f"{', '.join(functions)} is no plain number"
    if wish is not None:
        return "" if wish else "the study says so"
    mechanism = str(synapse.get("mod"))
    reason = known.get(mechanism, "it is not known to be linear")
    return reason and f"{mechanism}: {reason}"


@contextmanager
def by_label(sim_config: SimConfig) -> Iterator[None]:
    """While it lasts, `oneSynPerNetcon` may list the labels that it holds for; NetPyNE by itself knows all or none."""
    single = sim_config.oneSynPerNetcon
    if not isinstance(single, list):
        yield
        return
    add: AddSynapse

    def add_by_label(cell: Cell, synLabel: Any, *place: Any, **named_place: Any) -> Any:
        sim_config.oneSynPerNetcon = str(synLabel) in single
        try:
            return add(cell, synLabel, *place, **named_place)
        finally:
            sim_config.oneSynPerNetcon = single

    add = replace_add_synapse(add_by_label)
    try:
        yield
    finally:
        replace_add_synapse(add)


def _of_rules(net_params: NetParams) -> Iterator[str]:
    for name, rules in (("connParams", net_params.connParams), ("stimTargetParams", net_params.stimTargetParams)):
        for label, rule in rules.items():
            own = [key for key in ("plast", "gapJunction", "shape") if key in rule]
            if own:
                yield f"{name}[{label!r}] has {', '.join(own)}"
    if net_params.subConnParams or net_params.rxdParams:
        yield "the model has subConnParams or rxdParams"
    if not net_params.synMechParams:
        yield "the model has no synapses"


def _of_recordings(sim_config: SimConfig) -> Iterator[str]:
    for name, trace in sim_config.recordTraces.items():
        if "synMech" in trace:
            yield f"the trace {name!r} is of a synapse"
