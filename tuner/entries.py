"""The entries of a study: values, parameters and targets, read from their tables and written back."""

import math
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from tuner import paths
from tuner.errors import StudyError, nearest
from tuner.features import FEATURES, Feature
from tuner.recording import ALL, Recording
from tuner.schema import REQUIRED, Key, Place, fill, shown
from tuner.space import KINDS, SCALES, Parameter, SearchSpace, same_choice
from tuner.targets import CAP, EXPONENTIAL_MAX, FORMS, Target

# No sum of weights times parts comes near the largest float.
LARGEST = 1e9
PARAMETER_KEYS = {
    "low": Key("number"),
    "high": Key("number"),
    "unit": Key("text"),
    "scale": Key("text", "linear", one_of=SCALES),
    "kind": Key("text", "float", one_of=KINDS),
    "choices": Key("list"),
    "start": Key("scalar"),
    "fixed": Key("flag", False),
    "path": Key("text"),
    "paths": Key("list"),
    "doc": Key("text"),
}
ARGUMENT_KINDS = {
    float: "number",
    int: "whole",
    str: "text",
    bool: "flag",
    float | None: "number",
    tuple[float, float]: "window",
    tuple[float, ...]: "numbers",
}
PATH_KEYS = {"path": Key("text", REQUIRED), "factor": Key("number", 1.0)}
TARGET_KEYS = {
    "feature": Key("text", REQUIRED),
    "population": Key("text", ALL),
    "window_ms": Key("window"),
    "value": Key("number"),
    "low": Key("number"),
    "high": Key("number"),
    "tolerance": Key("number", above=0),
    "weight": Key("number", 1.0, at_least=0, at_most=LARGEST),
    "unit": Key("text"),
    "objective": Key("text"),
    "form": Key("text", "z", one_of=FORMS),
    "width": Key("number", above=0),
    "min": Key("number"),
    "max": Key("number", EXPONENTIAL_MAX, above=0, at_most=LARGEST),
    "cap": Key("number", CAP, above=0, at_most=LARGEST),
    "source": Key("text"),
}


def read_values(table: Mapping, place: Place) -> dict[str, object]:
    """The fixed values, by name."""
    return {name: Key("scalar").check(value, place.at(name)) for name, value in table.items()}


def read_space(table: Mapping, place: Place) -> SearchSpace:
    """The free parameters, in the order of the table."""
    if not table:
        raise place.error("is empty; a study needs at least one free parameter")
    space = SearchSpace(tuple(_parameter(name, entry, place.at(name)) for name, entry in table.items()))
    if space.fixed.all():
        raise place.error("are all fixed; a study needs at least one free parameter")
    taken: dict[str, str] = {}
    for parameter in space.parameters:
        for path, _ in parameter.paths:
            if path in taken:
                raise place.at(parameter.name).at("path").error(f"is {path!r}, which {taken[path]!r} sets already")
            taken[path] = parameter.name
    return space


def _check_label(name: str, place: Place) -> None:
    if not name.strip():
        raise place.error("has an empty name")


def _parameter(name: str, table: object, place: Place) -> Parameter:
    _check_label(name, place)
    entry = fill(table, PARAMETER_KEYS, place)
    if entry["kind"] == "choice":
        _check_choices(entry, place)
    else:
        _check_bounds(entry, place)
    if "path" in entry and "paths" in entry:
        raise place.at("paths").error("stands beside path; keep one of the two")
    tied = [{"path": entry.pop("path")}] if "path" in entry else entry.pop("paths", [])
    filled = [fill(each, PATH_KEYS, place.at("paths").at(i)) for i, each in enumerate(tied)]
    for each in filled:
        try:
            paths.parse(each["path"])
        except StudyError as error:
            raise place.at("path").error(str(error)) from None
    entry["paths"] = tuple((each["path"], each["factor"]) for each in filled)
    numbers = all(
        isinstance(choice, int | float) and not isinstance(choice, bool) for choice in entry.get("choices", ())
    )
    if not numbers and any(factor != 1.0 for _, factor in entry["paths"]):
        raise place.at("paths").error("has a factor, but the choices are no numbers")
    parameter = Parameter(name, **entry)
    if parameter.start is not None and not parameter.holds(parameter.start):
        allowed = "one of the choices" if parameter.choices else f"between {parameter.low:g} and {parameter.high:g}"
        raise place.at("start").error(f"is {shown(parameter.start)}, must be {allowed}")
    return parameter


def _check_choices(entry: dict, place: Place) -> None:
    for key in ("low", "high"):
        if key in entry:
            raise place.at(key).error(f"is {entry[key]:g}, but a choice has choices, no bounds")
    if "choices" not in entry:
        raise place.at("choices").error("is missing; must be a non-empty list")
    if entry["scale"] != "linear":
        raise place.at("scale").error(f"is {entry['scale']!r}, but a choice has no scale")
    choices = [Key("scalar").check(choice, place.at("choices")) for choice in entry["choices"]]
    for i, choice in enumerate(choices):
        if any(same_choice(choice, other) for other in choices[:i]):
            raise place.at("choices").error(f"names {shown(choice)} twice")
    entry["choices"] = tuple(choices)


def _check_bounds(entry: dict, place: Place) -> None:
    if "choices" in entry:
        raise place.at("choices").error('choices need kind = "choice"')
    for key in ("low", "high"):
        if key not in entry:
            raise place.at(key).error("is missing; must be a finite number")
        if entry["kind"] == "int":
            entry[key] = Key("whole").check(entry[key], place.at(key))
    if entry["low"] >= entry["high"]:
        raise place.at("low").error(f"is {entry['low']:g}, must be below high ({entry['high']:g})")
    if not math.isfinite(entry["high"] - entry["low"]):
        raise place.at("low").error(f"is {entry['low']:g}, too far from high ({entry['high']:g}) to be told apart")
    if entry["scale"] == "log" and entry["low"] <= 0:
        raise place.at("low").error(f"is {entry['low']:g}, must be above 0 on a log scale")


def read_targets(table: Mapping, duration_ms: float, place: Place) -> tuple[Target, ...]:
    """The targets, in the order of the table; their windows must lie within the run."""
    if not table:
        raise place.error("is empty; a study needs at least one target")
    targets = tuple(_target(name, entry, duration_ms, place.at(name)) for name, entry in table.items())
    if not any(target.weight for target in targets):
        raise place.error("all have weight 0; a study needs a target that counts")
    return targets


def _target(name: str, table: object, duration_ms: float, place: Place) -> Target:
    _check_label(name, place)
    feature = _feature(table, place)
    own = {key: Key(_kind(annotation)) for key, annotation in feature.arguments.items()}
    entry = fill(table, TARGET_KEYS | own, place)
    for argument in feature.required:
        if argument not in entry:
            raise place.at(argument).error(f"is missing; {feature.name} needs it")
    entry["arguments"] = tuple((key, entry.pop(key)) for key in own if key in entry)
    entry["unit"] = _unit(entry.get("unit"), feature.unit, place.at("unit"))
    _check_wish(entry, place)
    entry["tolerance"] = _tolerance(entry, place.at("tolerance"))
    if entry["form"] == "exponential":
        entry.setdefault("width", entry["tolerance"])
    _check_window(entry.get("window_ms"), duration_ms, place.at("window_ms"))
    target = Target(name, **entry)
    _try(target, place)
    return target


def _feature(table: object, place: Place) -> Feature:
    if not isinstance(table, Mapping):
        raise place.error(f"is {shown(table)}, must be a table")
    fill({key: table[key] for key in table if key == "feature"}, {"feature": TARGET_KEYS["feature"]}, place)
    if table["feature"] not in FEATURES:
        allowed = nearest(table["feature"], FEATURES)
        raise place.at("feature").error(f"no feature is called {shown(table['feature'])}; {allowed}")
    return FEATURES[table["feature"]]


def _kind(annotation: object) -> str:
    return ARGUMENT_KINDS[annotation]


def _unit(written: str | None, unit: str, place: Place) -> str:
    if written is not None and written != unit:
        raise place.error(f"is {shown(written)}, but the feature's unit is {unit!r}")
    return unit


def _check_wish(entry: dict, place: Place) -> None:
    has = [key for key in ("value", "low", "high") if key in entry]
    if not has and entry["weight"] == 0:
        return
    if not has:
        raise place.error("has no wish; give value, or low and/or high")
    if "value" in has and len(has) > 1:
        raise place.at(has[1]).error(f"is {entry[has[1]]:g} beside value; give value, or low and/or high")
    if "low" in entry and "high" in entry and entry["low"] >= entry["high"]:
        raise place.at("low").error(f"is {entry['low']:g}, must be below high ({entry['high']:g})")


def _tolerance(entry: dict, place: Place) -> float:
    """A tenth of the wished value, or of the range's width (its one bound if it is open), unless the study says."""
    if "tolerance" in entry:
        return entry["tolerance"]
    if "low" in entry and "high" in entry:
        return (entry["high"] - entry["low"]) / 10
    if not {"value", "low", "high"} & entry.keys():
        return 1.0
    wish = abs(entry.get("value", entry.get("low", entry.get("high"))))
    if wish == 0:
        raise place.error("is missing; a wish of 0 needs a tolerance above 0")
    return wish / 10


def _check_window(window: tuple[float, float] | None, duration_ms: float, place: Place) -> None:
    if window is None:
        return
    if window[0] >= window[1]:
        raise place.error(f"is {list(window)}, must begin before it ends")
    if window[0] < 0 or window[1] > duration_ms:
        raise place.error(f"is {list(window)}, must lie within the run, 0 to {duration_ms:g} ms")


def _try(target: Target, place: Place) -> None:
    """Computes the feature of a silent cell, so that an argument it cannot take is an error of the study."""
    nobody = np.array([])
    silent = Recording(nobody, nobody, {target.population: np.array([0])}, 1.0)
    try:
        target.measure(silent)
    except (ValueError, TypeError) as error:
        arguments = ", ".join(f"{key} = {shown(value)}" for key, value in target.arguments)
        raise place.error(f"{target.feature} cannot take {arguments}: {error}") from None


def drop_empty(table: dict) -> dict:
    """The table without what is None or empty text."""
    return {key: value for key, value in table.items() if value is not None and value != ""}


def parameter_table(parameter: Parameter) -> dict:
    """A parameter as the table of a study."""
    table = drop_empty(asdict(parameter))
    del table["name"]
    tied = table.pop("paths")
    if not parameter.fixed:
        del table["fixed"]
    if tied:
        table["paths"] = [{"path": path, "factor": factor} for path, factor in tied]
    table["choices"] = list(table["choices"])
    return {key: value for key, value in table.items() if value != []}


def target_table(target: Target) -> dict:
    """A target as the table of a study."""
    table = drop_empty(asdict(target))
    del table["name"]
    if table["min"] == -math.inf:
        del table["min"]
    if "window_ms" in table:
        table["window_ms"] = list(table["window_ms"])
    own = dict(table.pop("arguments"))
    return table | {key: list(value) if isinstance(value, tuple) else value for key, value in own.items()}
