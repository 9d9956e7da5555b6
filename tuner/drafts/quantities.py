"""Derive the kind and the unit of a number in a model's specs from the path of the number."""

from collections.abc import Mapping
from typing import Any

from tuner.interfaces.netpyne_types import NetParams
from tuner.study import paths

WEIGHT, PROBABILITY, RATE, CONDUCTANCE, COUNT = "weight", "probability", "rate", "conductance", "count"
CURRENT, DELAY, POTENTIAL, NOISE, OTHER = "current", "delay", "potential", "noise", "other"
TIME, PLACE, CELLS, CONDITION = "time", "place", "cells", "condition"

_KINDS = {
    "weight": WEIGHT,
    "probability": PROBABILITY,
    "rate": RATE,
    "convergence": COUNT,
    "divergence": COUNT,
    "synsPerConn": COUNT,
    "amp": CURRENT,
    "delay": DELAY,
    "noise": NOISE,
    "e": POTENTIAL,
    "v_init": CONDITION,
    "celsius": CONDITION,
    "start": TIME,
    "dur": TIME,
    "interval": TIME,
    "loc": PLACE,
    "numCells": CELLS,
}
# Words in names that the author of a model chose.
_WORDS = {"weight": WEIGHT, "prob": PROBABILITY, "rate": RATE, "delay": DELAY}
_NAMES_BY_UNIT = {
    "ms": "delay dur duration dt interval start defaultDelay",
    "Hz": "rate",
    "um": "L diam sizeX sizeY sizeZ",
    "ohm cm": "Ra",
    "uF/cm2": "cm",
    "mV": "e v_init el ek ena eca threshold defaultThreshold",
    "degC": "celsius",
    "nA": "amp",
    "um/ms": "propVelocity",
}
_UNITS = {name: unit for unit, names in _NAMES_BY_UNIT.items() for name in names.split()}
_DENSITIES = {("hh", "gnabar"), ("hh", "gkbar"), ("hh", "gl"), ("pas", "g")}
# Synapses whose events add a conductance [uS].
_CONDUCTANCES = {"ExpSyn", "Exp2Syn", "AlphaSynapse"}


def steps_of(path: str) -> tuple[Any, ...]:
    """Return the root and the steps of a path as one tuple."""
    root, steps = paths.parse(path)
    return root, *steps


def last_name(path: str) -> str:
    """Return the last step of a path that is a text, not an index."""
    return next((step for step in reversed(steps_of(path)) if isinstance(step, str)), "")


def kind_of(path: str) -> str:
    """Return the kind of a number: weight, probability, rate ..."""
    name, steps = last_name(path), steps_of(path)
    if "mechs" in steps and name.startswith("g"):
        return CONDUCTANCE
    if name == "delay" and "stimSourceParams" in steps:
        return TIME
    return _KINDS.get(name, OTHER)


def kind_by_words(path: str) -> str:
    """Return the kind that the words in a name suggest, for a number that the author of the model named."""
    name = last_name(path).lower()
    return next((kind for word, kind in _WORDS.items() if word in name), _KINDS.get(name, OTHER))


def unit_of(path: str, net_params: NetParams) -> str:
    """Return the unit of the value at a path; "" if unknown."""
    *_, holder, name = steps_of(path)
    if not isinstance(name, str):
        return ""
    if name == "weight":
        return "uS" if _are_conductances(path, net_params) else ""
    if (holder, name) in _DENSITIES:
        return "S/cm2"
    return "ms" if name.startswith("tau") else _UNITS.get(name, "")


def _are_conductances(path: str, net_params: NetParams) -> bool:
    """Return whether the synapses of a weight add a conductance; the default is the first synapse of the model."""
    root, table, label, *_ = (*steps_of(path), "")
    if root != "netParams" or table not in ("connParams", "stimTargetParams"):
        return False
    synapses = net_params.synMechParams
    named = getattr(net_params, table)[label].get("synMech") or list(synapses)[:1]
    found = [synapses.get(str(each)) for each in ([named] if isinstance(named, str) else named)]
    return bool(found) and all(isinstance(each, Mapping) and each.get("mod") in _CONDUCTANCES for each in found)
