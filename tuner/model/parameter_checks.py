"""Check that each parameter of a study gives a number of the kind and unit that NetPyNE reads at the paths."""

import math
from collections.abc import Iterable, Iterator, Mapping
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


def check_whole(study: Study, effects: Iterable[Effect]) -> None:
    """Raise StudyError for a parameter or a fixed value that gives a float where NetPyNE needs a whole number."""
    for effect in effects:
        for change in effect.changes:
            if _needs_whole(change.path) and isinstance(change.new, float):
                place = study.place.at("parameters").at(effect.parameter.name)
                raise _not_whole(effect.parameter, paths.joined(change.path), change.new, place)
    for place, values in _fixed(study):
        for path, value in values.items():
            if _needs_whole(_steps(path)) and isinstance(value, float):
                raise place.at(path).error(f"is {value!r}, must be a whole number, such as {round(value)}")


def _not_whole(parameter: Parameter, path: str, value: float, place: Place) -> StudyError:
    words = f"sets {path} to {value!r}, which must be a whole number"
    if parameter.kind == "float":
        return place.at("kind").error(f'is "float", but the parameter {words}; write kind = "int"')
    return place.error(f"{words}; give whole choices, and no factor")


def _fixed(study: Study) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    yield study.place.at("values"), study.values
    for protocol in study.protocols:
        yield study.place.at("protocols").at(protocol.name).at("values"), protocol.values


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
