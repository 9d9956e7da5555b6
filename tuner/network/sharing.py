"""Whether the synapses of a segment may be one: as exact as the sum of linear conductances is.

NetPyNE makes a synapse for every connection. Where the mechanism is linear in what its events add, and has no state of
a single connection, all connections onto a place may use one synapse instead: the same currents, in a fraction of the
time. What is not known to be so is not shared.
"""

from collections.abc import Iterator

# NEURON's own: an event adds its weight to states that decay linearly and enter the current as a sum.
LINEAR = ("ExpSyn", "Exp2Syn")


def refusals(net_params: object, sim_config: object) -> list[str]:
    """Why the synapses of a model cannot be shared, in words; empty if they can."""
    if not sim_config.oneSynPerNetcon:
        return ["the model shares them itself"]
    return [*_of_synapses(net_params), *_of_rules(net_params), *_of_recordings(sim_config)]


def _of_synapses(net_params: object) -> Iterator[str]:
    for label, synapse in net_params.synMechParams.items():
        if synapse.get("mod") not in LINEAR:
            yield f"synapse {label!r}: {synapse.get('mod')} is not known to be linear"
        functions = [key for key, value in synapse.items() if key != "mod" and isinstance(value, str | dict | list)]
        if functions:
            yield f"synapse {label!r}: {', '.join(functions)} is no plain number"


def _of_rules(net_params: object) -> Iterator[str]:
    for name, rules in (("connParams", net_params.connParams), ("stimTargetParams", net_params.stimTargetParams)):
        for label, rule in rules.items():
            own = [key for key in ("plast", "gapJunction", "shape") if key in rule]
            if own:
                yield f"{name}[{label!r}] has {', '.join(own)}"
    if net_params.subConnParams or net_params.rxdParams:
        yield "the model has subConnParams or rxdParams"
    if not net_params.synMechParams:
        yield "the model has no synapses"


def _of_recordings(sim_config: object) -> Iterator[str]:
    for name, trace in sim_config.recordTraces.items():
        if "synMech" in trace:
            yield f"the trace {name!r} is of a synapse"
