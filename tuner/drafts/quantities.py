"""Derive the kind and the unit of a number in a model's specs from the path of the number."""

from typing import Any

from tuner.interfaces.netpyne_types import NetParams
from tuner.model import path_units
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
    """Return the unit of the value at a path, also if only the name suggests one; "" if unknown."""
    name = steps_of(path)[-1]
    if not isinstance(name, str) or name == "weight":
        return path_units.unit_of(path, net_params)
    return path_units.unit_of(path, net_params) or ("ms" if name.startswith("tau") else _UNITS.get(name, ""))
