"""Check that each parameter of a study gives a number of the kind and unit that NetPyNE reads at the paths."""

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from tuner.errors import StudyError
from tuner.interfaces.netpyne_types import NetParams
from tuner.model.base import Model
from tuner.model.effects import Effect
from tuner.model.path_units import unit_of
from tuner.study import paths, units
from tuner.study.paths import Specs
from tuner.study.schema import Place
from tuner.study.space import Parameter
from tuner.study.study import Study

# Paths at which NetPyNE or NEURON needs a whole number; * stands for any label.
WHOLE = (
    ("netParams", "popParams", "*", "numCells"),
    ("netParams", "connParams", "*", "synsPerConn"),
    ("netParams", "stimTargetParams", "*", "synsPerConn"),
    ("netParams", "cellParams", "*", "secs", "*", "geom", "nseg"),
    ("simConfig", "seeds", "*"),
)


def not_whole(study: Study, effects: Iterable[Effect]) -> Iterator[str]:
    """Yield a note for each parameter and fixed value that gives a float where NetPyNE needs a whole number.

    NetPyNE fails at some of these values, and NEURON cuts others off.
    """
    for effect in effects:
        floats = (each for each in effect.changes if _needs_whole(each.path) and isinstance(each.new, float))
        for change in islice(floats, 1):
            advice = 'write kind = "int"' if effect.parameter.kind == "float" else "give whole choices, and no factor"
            words = f"sets {paths.joined(change.path)} to {change.new!r}, which must be a whole number"
            yield f"parameter {effect.parameter.name} {words}; {advice}"
    for name, values in _fixed(study):
        for path, value in values.items():
            if _needs_whole(_steps(path)) and isinstance(value, float):
                yield f"{name}: {path} = {value!r} must be a whole number, such as {round(value)}"


def _fixed(study: Study) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "values", study.values
    for protocol in study.protocols:
        yield f"protocols.{protocol.name}.values", protocol.values


def _steps(path: str) -> tuple[Any, ...]:
    try:
        root, steps = paths.parse(path)
    except StudyError:
        return ()
    return (root, *steps)


def _needs_whole(steps: tuple[Any, ...]) -> bool:
    return any(
        len(steps) == len(each) and all(step in ("*", own) for step, own in zip(each, steps, strict=True))
        for each in WHOLE
    )


def check_units(study: Study, effects: Iterable[Effect], net_params: NetParams) -> None:
    """Raise StudyError for a unit that contradicts the unit in which NetPyNE or NEURON reads the value.

    Only values that reach the specs unchanged are compared. With a factor, the parameter's unit may be any.
    """
    for effect in effects:
        parameter = effect.parameter
        if not parameter.unit or parameter.relative or any(factor != 1.0 for _, factor in parameter.paths):
            continue
        for path in effect.passed_on:
            unit = unit_of(path, net_params)
            if units.contradict(parameter.unit, unit):
                place = study.place.at("parameters").at(parameter.name).at("unit")
                size = _size(parameter.unit, unit)
                raise place.error(f"is {parameter.unit!r}, but the unit of {path} is {unit!r}{size}")


def _size(unit: str, of_model: str) -> str:
    ratio = units.ratio(of_model, unit)
    if math.isnan(ratio):
        return ""
    times = f"{ratio:g} times as large" if ratio > 1 else f"{1 / ratio:g} times as small"
    return f", which is {times}; give low, high and start in {of_model}"


def check_element(model: Model, specs: Specs, parameter: Parameter, path: str, place: Place) -> None:
    """Raise StudyError if a parameter gives one number, but the model has a list at the path."""
    is_number = all(isinstance(each, int | float) for each in parameter.choices)
    if model.creates or parameter.zipped or not is_number:
        return
    for each in paths.matching(specs, path):
        value = paths.read(specs, each)
        if not isinstance(value, list | tuple) and not hasattr(value, "__len__") or isinstance(value, str):
            continue
        name = type(value).__name__
        first = f"; name one element, such as {each}[0]" if isinstance(value, list) and value else ""
        raise place.error(f"{each!r} is a {name} of {len(value)} elements, but the parameter gives one number{first}")
