"""Decide which synapses of a place may be shared; the result is as exact as a sum of linear conductances.

NetPyNE makes a synapse for every connection. All connections onto a place may use one synapse instead if the mechanism
is linear in the contributions of its events and keeps no state for a single connection. The currents are the same, and
the computing time is a fraction. Each label of synMechParams is judged separately. A label is shared only if both
conditions are known to hold.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tuner.interfaces.netpyne_private import AddSynapse, replace_add_synapse
from tuner.interfaces.netpyne_types import Cell, NetParams, SimConfig

# Point processes of NEURON that receive events, in the format of `nmodl.read`.
BUILT_IN = {"ExpSyn": "", "Exp2Syn": ""}


def refusals(net_params: NetParams, sim_config: SimConfig) -> list[str]:
    """Return the reasons why no synapse of a model can be shared; empty if some synapses may be shared."""
    if not sim_config.oneSynPerNetcon:
        return ["the model shares synapses itself (oneSynPerNetcon is False)"]
    return [*_of_rules(net_params), *_of_recordings(sim_config)]


def unshared(net_params: NetParams, nonlinearities: Mapping[str, str], settings: Mapping[str, bool]) -> dict[str, str]:
    """Return the labels of synMechParams that need a synapse for each connection, with the reasons.

    Parameters
    ----------
    nonlinearities
        Reasons against sharing for the model's mechanisms, by name, as `nmodl.read` gives them; "" allows sharing.
    settings
        Settings of simulation.share_synapses, by label. They override the judgement of the mechanism.
    """
    known = {**BUILT_IN, **nonlinearities}
    reasons = {
        str(label): _reason(synapse, known, settings.get(str(label)))
        for label, synapse in net_params.synMechParams.items()
    }
    return {label: reason for label, reason in reasons.items() if reason}


def _reason(synapse: Mapping[str, Any], known: Mapping[str, str], setting: bool | None) -> str:
    functions = [key for key, value in synapse.items() if key != "mod" and isinstance(value, str | dict | list)]
    if functions:
        return f"not a plain number: {', '.join(functions)}"
    if setting is not None:
        return "" if setting else "simulation.share_synapses is false"
    mechanism = str(synapse.get("mod"))
    reason = known.get(mechanism, "not known to be linear")
    return reason and f"{mechanism}: {reason}"


@contextmanager
def by_label(sim_config: SimConfig) -> Iterator[None]:
    """Support a list of labels as `oneSynPerNetcon` in the `with` block.

    NetPyNE itself supports only all labels or no label.
    """
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
            yield f"the trace {name!r} records a synapse"
