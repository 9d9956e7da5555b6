"""Expand entries that stand for several targets: several windows, or the `pops` of NetPyNE's fitness functions."""

from collections.abc import Iterator, Mapping
from typing import Any

from tuner.objective.targets import EXPONENTIAL_MAX
from tuner.study.schema import REQUIRED, Key, Place, fill
from tuner.words import shown

WINDOW = Key("window")
POPS_KEYS = {
    "pops": Key("table", REQUIRED),
    "maxFitness": Key("number", EXPONENTIAL_MAX),
    "tranges": Key("list"),
    "weight": Key("number", 1.0),
    "objective": Key("text"),
    "protocol": Key("text"),
    "source": Key("text"),
}
# Keys of a `pops` entry that each of its targets inherits.
COMMON_KEYS = ("weight", "objective", "protocol", "source")
# `max` is allowed because users of NetPyNE write it, although NetPyNE's fitness function does not read it.
POP_KEYS = {
    "target": Key("number", REQUIRED),
    "width": Key("number", REQUIRED, above=0, at_least=1e-30),
    "min": Key("number"),
    "max": Key("number"),
}


def spread(name: str, table: object, place: Place) -> dict[str, Any]:
    """Return the single targets of an entry by name: one for each window and population.

    An entry with neither `pops` nor `windows_ms` is returned unchanged. The weights of the single targets add up to the
    weight of the entry, so that the loss is the mean over them.
    """
    if isinstance(table, Mapping) and "pops" in table:
        return _shared(_of_pops(name, table, place))
    if isinstance(table, Mapping) and "windows_ms" in table:
        return _shared(_of_windows(name, table, place))
    return {name: table}


def _shared(entries: Iterator[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    several = dict(entries)
    return {name: {**entry, "weight": entry.get("weight", 1.0) / len(several)} for name, entry in several.items()}


def _windows(windows: object, place: Place) -> Iterator[tuple[str, list[float]]]:
    labels: set[str] = set()
    for window in Key("list").check(windows, place):
        start, end = WINDOW.check(window, place)
        label = f"{start:.10g}-{end:.10g}"
        if label in labels:
            raise place.error(f"has the window {label} twice")
        labels.add(label)
        yield label, [start, end]


def _of_windows(name: str, table: Mapping[str, Any], place: Place) -> Iterator[tuple[str, dict[str, Any]]]:
    if "window_ms" in table:
        raise place.at("windows_ms").error("cannot be combined with window_ms; keep one of the two")
    rest = {key: value for key, value in table.items() if key != "windows_ms"}
    if "weight" in rest:
        rest["weight"] = Key("number").check(rest["weight"], place.at("weight"))
    for label, window in _windows(table["windows_ms"], place.at("windows_ms")):
        yield f"{name}.{label}", {**rest, "window_ms": window}


def _of_pops(name: str, table: Mapping[str, Any], place: Place) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the targets of NetPyNE's fitness function for rates.

    Each has the loss min(exp(|target - rate| / width), maxFitness), and maxFitness if the rate is not above min.
    """
    if table.get("feature", "rate") != "rate":
        raise place.at("feature").error(f"is {shown(table['feature'])}, but pops are targets of the feature 'rate'")
    filled = fill({key: value for key, value in table.items() if key != "feature"}, POPS_KEYS, place)
    if not filled["pops"]:
        raise place.at("pops").error("is empty")
    common: dict[str, Any] = {key: filled[key] for key in COMMON_KEYS if key in filled}
    common |= {"feature": "rate", "form": "exponential", "max": filled["maxFitness"]}
    windows = dict(_windows(filled["tranges"], place.at("tranges"))) if "tranges" in filled else {"": None}
    for pop, entry in filled["pops"].items():
        goal = fill(entry, POP_KEYS, place.at("pops").at(pop))
        own = {"value": goal["target"], "width": goal["width"], "tolerance": goal["width"]}
        own |= {"min": goal["min"]} if "min" in goal else {}
        for label, window in windows.items():
            label = f"{name}.{pop}.{label}" if label else f"{name}.{pop}"
            timed = {"window_ms": window} if window else {}
            yield label, {**common, **own, **timed, "population": pop}
