"""Find the unit in which NetPyNE or NEURON reads the value at a path into the specs."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from tuner.interfaces.netpyne_types import NetParams
from tuner.interfaces.neuron_types import interpreter
from tuner.simulation.simulate import quiet
from tuner.study import paths

UNITS = {
    ("netParams",): {
        "sizeX": "um", "sizeY": "um", "sizeZ": "um", "defaultDelay": "ms", "propVelocity": "um/ms",
        "defaultThreshold": "mV",
    },
    ("simConfig",): {"duration": "ms", "dt": "ms"},
    ("simConfig", "hParams"): {"celsius": "degC", "v_init": "mV"},
    ("netParams", "connParams", "*"): {"delay": "ms"},
    ("netParams", "stimTargetParams", "*"): {"delay": "ms"},
    ("netParams", "cellParams", "*", "secs", "*"): {"vinit": "mV", "threshold": "mV"},
    ("netParams", "cellParams", "*", "secs", "*", "geom"): {
        "L": "um", "diam": "um", "Ra": "ohm cm", "cm": "uF/cm2",
    },
    ("netParams", "cellParams", "*", "secs", "*", "ions", "*"): {"e": "mV", "i": "mM", "o": "mM"},
}  # fmt: skip
# NetPyNE's own entries of stimuli, beside the variables of NEURON's point process.
OF_STIMULI = {"NetStim": {"rate": "Hz"}, "IClamp": {"del": "ms"}}
# Synapses whose events add a conductance [uS].
CONDUCTANCES = {"ExpSyn", "Exp2Syn"}
# Populations of these are sources of spikes, which no weight reaches.
SOURCES = ("NetStim", "VecStim", "DynamicNetStim")


def unit_of(path: str, net_params: NetParams) -> str:
    """Return the unit of the value at a path; "" where neither NetPyNE nor NEURON is certain of one."""
    root, steps = paths.parse(path)
    while steps and not isinstance(steps[-1], str):
        # The elements of a list have the unit of the list.
        steps = steps[:-1]
    if not steps:
        return ""
    *holders, name = root, *steps
    for pattern, units in UNITS.items():
        if len(pattern) == len(holders) and all(p in ("*", h) for p, h in zip(pattern, holders, strict=True)):
            if name in units:
                return units[name]
    return _of_rule(net_params, holders[1:], name) if holders[0] == "netParams" else ""


def _of_rule(net_params: NetParams, holders: list[Any], name: str) -> str:
    table, label, *rest = (*holders, "", "")[: max(len(holders), 2)]
    if name == "weight" and table in ("connParams", "stimTargetParams") and not rest:
        return "uS" if _adds_conductance(net_params, table, label) else ""
    if table == "cellParams" and len(rest) == 4 and rest[2] == "mechs":
        return _of_neuron(f"{name}_{rest[3]}")
    if table == "cellParams" and len(rest) == 4 and rest[2] == "pointps":
        return _of_neuron(f"{_entry(net_params, 'cellParams', label, *rest, 'mod')}.{name}")
    if table == "synMechParams" and not rest:
        return _of_neuron(f"{_entry(net_params, table, label, 'mod')}.{name}")
    kind = {"stimSourceParams": "type", "popParams": "cellModel"}.get(table)
    if kind is None or rest:
        return ""
    process = _entry(net_params, table, label, kind)
    return OF_STIMULI.get(str(process), {}).get(name) or _of_neuron(f"{process}.{name}")


def _adds_conductance(net_params: NetParams, table: str, label: Any) -> bool:
    """Return whether a weight is certainly a conductance.

    Without a synMech, NetPyNE takes the first of the model. Point processes with a voltage of their own, and artificial
    cells, read the weight in a unit of their own, whatever the synMech says.
    """
    rule, synapses = _entry(net_params, table, label), net_params.synMechParams
    if not isinstance(rule, Mapping) or _has_own_targets(net_params):
        return False
    named = rule.get("synMech") or list(synapses)[:1]
    labels = named if isinstance(named, list) else [named]
    found = [_entry(net_params, "synMechParams", label, "mod") for label in labels]
    return bool(found) and all(mod in CONDUCTANCES for mod in found)


def _has_own_targets(net_params: NetParams) -> bool:
    sections = [section for rule in net_params.cellParams.values() for section in rule.get("secs", {}).values()]
    processes = [process for section in sections for process in section.get("pointps", {}).values()]
    rules = *net_params.popParams.values(), *net_params.cellParams.values()
    models = {str(rule["cellModel"]) for rule in rules if rule.get("cellModel")} - {*SOURCES}
    return any("vref" in each for each in processes) or any(hasattr(interpreter(), model) for model in models)


def _entry(net_params: NetParams, *steps: Any) -> Any:
    """Return an entry of netParams by labels, which may be numbers; `None` if there is no such entry."""
    found: Any = vars(net_params)
    for step in steps:
        names = [name for name in found if str(name) == str(step)] if isinstance(found, Mapping) else []
        if not names:
            return None
        found = found[names[0]]
    return found


@cache
def _of_neuron(name: str) -> str:
    """Return NEURON's unit of a variable such as gnabar_hh or IClamp.amp; "" if NEURON has no such variable."""
    try:
        with quiet():
            return str(interpreter().units(name))
    except RuntimeError:
        return ""
