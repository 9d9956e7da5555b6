"""Read the fixed values and the parameters of a study, and write parameters back as tables."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tuner.errors import StudyError
from tuner.study import paths
from tuner.study.entries.labels import check_label, drop_empty
from tuner.study.schema import REQUIRED, Key, Place, fill
from tuner.study.space import KINDS, SCALES, Parameter, SearchSpace
from tuner.words import shown

PARAMETER_KEYS = {
    "low": Key("number"),
    "high": Key("number"),
    "unit": Key("text"),
    "scale": Key("text", "linear", one_of=SCALES),
    "kind": Key("text", "float", one_of=KINDS),
    "choices": Key("list"),
    "start": Key("scalar"),
    "fixed": Key("flag", False),
    "path": Key("path"),
    "paths": Key("list"),
    "relative": Key("flag", False),
    "doc": Key("text"),
}
# A float holds each smaller whole number, and the middle between two of these, exactly.
LARGEST_WHOLE = 10**15
PATH_KEYS = {"path": Key("path", REQUIRED), "factor": Key("number", 1.0), "choices": Key("list")}


def read_values(table: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return the fixed values by name or path: scalars or nested lists of scalars, which simConfig may hold."""
    for name in table:
        check_label(name, place.at(name))
    return {name: Key("value").check(value, place.at(name)) for name, value in table.items()}


def read_space(table: Mapping[str, Any], place: Place) -> SearchSpace:
    """Return the search space: the parameters in the order of the table."""
    if not table:
        raise place.error("is empty; a study needs at least one free parameter")
    space = SearchSpace(tuple(_parameter(name, entry, place.at(name)) for name, entry in table.items()))
    if space.fixed.all():
        raise place.error("are all fixed; a study needs at least one free parameter")
    taken: dict[str, str] = {}
    for parameter in space.parameters:
        for path, _ in (*parameter.paths, *parameter.zipped):
            if path in taken:
                words = f"is {shown(path)}, which {shown(taken[path])} sets too"
                raise place.at(parameter.name).at("path").error(words)
            taken[path] = parameter.name
    return space


def _parameter(name: str, table: object, place: Place) -> Parameter:
    check_label(name, place)
    entry = fill(table, PARAMETER_KEYS, place)
    if "path" in entry and "paths" in entry:
        raise place.at("paths").error("cannot be combined with path; keep one of the two")
    tied = [{"path": entry.pop("path")}] if "path" in entry else entry.pop("paths", [])
    filled = [_tied(each, place.at("paths").at(i), place) for i, each in enumerate(tied)]
    entry["zipped"] = tuple((each["path"], tuple(each["choices"])) for each in filled if "choices" in each)
    entry["paths"] = tuple((each["path"], each["factor"]) for each in filled if "choices" not in each)
    if entry["zipped"]:
        _zip(entry, place)
    if entry["kind"] == "choice":
        _check_choices(entry, place)
    else:
        _check_bounds(entry, place)
    _check_paths(entry, place)
    parameter = Parameter(name, **entry)
    if parameter.start is not None and not parameter.holds(parameter.start):
        allowed = "one of the choices" if parameter.choices else f"between {parameter.low:g} and {parameter.high:g}"
        raise place.at("start").error(f"is {shown(parameter.start)}, must be {allowed}")
    return parameter


def _tied(table: object, place: Place, parameter: Place) -> dict[str, Any]:
    """Return the checked table of one path, with the path as text."""
    entry = fill(table, PATH_KEYS, place)
    if "choices" in entry:
        entry["choices"] = [Key("value").check(choice, place.at("choices")) for choice in entry["choices"]]
    try:
        entry["path"] = paths.joined(entry["path"]) if isinstance(entry["path"], list) else entry["path"]
        paths.parse(entry["path"])
    except StudyError as error:
        raise parameter.at("path").error(str(error)) from None
    return entry


def _zip(entry: dict[str, Any], place: Place) -> None:
    """Make a choice of a parameter with several lists of values: choice i sets the i-th value at each path."""
    entry["kind"] = "choice"
    lengths = {len(values) for _, values in entry["zipped"]}
    if len(lengths) > 1:
        raise place.at("paths").error("have choices of different lengths; paths of one parameter need equally many")
    together = zip(*(values for _, values in entry["zipped"]), strict=True)
    entry.setdefault("choices", [", ".join(map(str, values)) for values in together])
    if len(entry["choices"]) != lengths.pop():
        raise place.at("choices").error(f"has {len(entry['choices'])} values, but the paths have another number")


def _check_paths(entry: dict[str, Any], place: Place) -> None:
    numbers = all(map(_is_number, entry.get("choices", ())))
    if not numbers and any(factor != 1.0 for _, factor in entry["paths"]):
        raise place.at("paths").error("has a factor, but not all choices are numbers")
    if not entry["relative"]:
        return
    if not entry["paths"]:
        raise place.at("relative").error("is true, but no path is given whose value could be multiplied")
    if not numbers:
        raise place.at("relative").error("is true, but not all choices are numbers")


def _is_number(choice: object) -> bool:
    return isinstance(choice, int | float) and not isinstance(choice, bool)


def _check_choices(entry: dict[str, Any], place: Place) -> None:
    for key in ("low", "high"):
        if key in entry:
            raise place.at(key).error(f"is {entry[key]:g}, but a parameter of kind choice has choices, not bounds")
    if "choices" not in entry:
        raise place.at("choices").error("is missing; must be a non-empty list")
    if entry["scale"] != "linear":
        raise place.at("scale").error(f"is {shown(entry['scale'])}, but a parameter of kind choice has no scale")
    choices = [Key("scalar").check(choice, place.at("choices")) for choice in entry["choices"]]
    # As in `same_choice`, 1 and 1.0 are the same, true and 1 are not.
    counts = Counter((isinstance(choice, bool), choice) for choice in choices)
    for (_, choice), count in counts.items():
        if count > 1:
            raise place.at("choices").error(f"contains {shown(choice)} twice")
    entry["choices"] = tuple(choices)


def _check_bounds(entry: dict[str, Any], place: Place) -> None:
    if "choices" in entry:
        raise place.at("choices").error('needs kind = "choice"; add it, or give low and high instead')
    for key in ("low", "high"):
        if key not in entry:
            raise place.at(key).error("is missing; must be a finite number")
        if entry["kind"] == "int":
            entry[key] = Key("whole", at_least=-LARGEST_WHOLE, at_most=LARGEST_WHOLE).check(entry[key], place.at(key))
    if entry["low"] >= entry["high"]:
        raise place.at("low").error(f"is {entry['low']:g}, must be below high ({entry['high']:g})")
    if not math.isfinite(entry["high"] - entry["low"]):
        raise place.at("low").error(f"is {entry['low']:g}, too far from high ({entry['high']:g}); the range overflows")
    if entry["scale"] == "log" and entry["low"] <= 0:
        raise place.at("low").error(f"is {entry['low']:g}, must be above 0 on a log scale")


def parameter_table(parameter: Parameter) -> dict[str, Any]:
    """Return a parameter as a table of a study file."""
    table = drop_empty(asdict(parameter))
    del table["name"]
    tied = [{"path": path, "factor": factor} for path, factor in table.pop("paths")]
    tied += [{"path": path, "choices": list(values)} for path, values in table.pop("zipped")]
    for flag in ("fixed", "relative"):
        if not table[flag]:
            del table[flag]
    if tied:
        table["paths"] = tied
    table["choices"] = list(table["choices"])
    return {key: value for key, value in table.items() if value != []}
