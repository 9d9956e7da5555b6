"""Read the targets of a study, and write targets back as tables."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tuner.errors import StudyError, nearest
from tuner.features import lookup
from tuner.features.registry import Feature, Moment, PopulationName, Range
from tuner.objective.targets import EXPONENTIAL_MAX, FORMS, Target
from tuner.protocols import Protocol
from tuner.recording import ALL
from tuner.study.entries.labels import check_label, drop_empty
from tuner.study.entries.possible_values import check_possible
from tuner.study.entries.read_protocols import DURATION_MS
from tuner.study.entries.spreading import spread
from tuner.study.entries.trial_rasters import measure_on, reference_of, try_lively, try_silent
from tuner.study.schema import REQUIRED, Key, Place, fill
from tuner.words import cut, shown

# This bound keeps every sum of weights times terms far below the largest float.
LARGEST = 1e9
# Placeholders while the model's duration is not known yet: a duration, and a target value from a reference.
ASSUMED_MS, UNKNOWN = 1000.0, 1.0
ARGUMENT_KINDS: dict[object, str] = {
    float: "number",
    int: "whole",
    str: "text",
    PopulationName: "text",
    Moment: "number",
    bool: "flag",
    float | None: "number",
    tuple[float, float]: "window",
    tuple[float, float] | None: "window",
    tuple[float, ...]: "numbers",
}
# An argument of a user's own feature may be any number.
ENDLESS_RANGE = Range(at_least=-math.inf, at_most=math.inf)
SMALLEST = 1e-30
TARGET_KEYS = {
    "feature": Key("text", REQUIRED),
    "population": Key("text", ALL),
    "protocol": Key("text"),
    "window_ms": Key("window"),
    "value": Key("number"),
    "low": Key("number"),
    "high": Key("number"),
    "tolerance": Key("number", above=0, at_least=SMALLEST),
    "weight": Key("number", 1.0, at_least=0, at_most=LARGEST),
    "unit": Key("text"),
    "objective": Key("text"),
    "must": Key("flag", False),
    "reference": Key("text"),
    "form": Key("text", "z", one_of=FORMS),
    "width": Key("number", above=0, at_least=SMALLEST),
    "min": Key("number"),
    "max": Key("number", EXPONENTIAL_MAX, above=0, at_most=LARGEST),
    "cap": Key("number", above=0, at_most=LARGEST),
    "source": Key("text"),
}


def read_targets(
    table: Mapping[str, Any],
    protocols: Sequence[Protocol],
    folder: str,
    place: Place,
    *,
    must_count: bool = True,
    imports: bool = True,
) -> tuple[Target, ...]:
    """Return the targets in the order of the table; raise StudyError if an entry is wrong.

    The window of a target must lie within the duration of its protocol. Relative paths of references and of the user's
    features count from `folder`. With `must_count`, at least one target must add to the loss. Without `imports`, the
    files of the user's features are not imported, and arguments of these features are not checked.
    """
    if not table:
        raise place.error("is empty; a study needs at least one target")
    entries = {}
    for name, entry in table.items():
        for label, single in spread(name, entry, place.at(name)).items():
            check_label(label, place.at(label))
            if label in entries:
                raise place.at(label).error("is defined twice")
            entries[label] = single
    targets = tuple(
        _target(name, entry, protocols, folder, place.at(name), imports=imports) for name, entry in entries.items()
    )
    if must_count and not any(target.counts for target in targets):
        raise place.error("all have weight 0 or must = true; at least one target has to add to the loss")
    return targets


def _target(
    name: str, table: object, protocols: Sequence[Protocol], folder: str, place: Place, *, imports: bool
) -> Target:
    feature = _feature(table, folder, place, imports=imports)
    own = _own_keys(feature, table, place.at("feature"))
    for key in own.keys() & TARGET_KEYS.keys():
        words = f"has an argument {shown(key)}, which is a target's key; rename it"
        raise place.at("feature").error(f"{feature.name} {words}")
    entry = fill(table, TARGET_KEYS | own, place)
    for argument in feature.required:
        if argument not in entry:
            raise place.at(argument).error(f"is missing; feature {feature.name} needs this argument")
    arguments = {key: entry.pop(key) for key in own if key in entry}
    entry["arguments"] = tuple(arguments.items())
    entry["unit"] = _unit(entry.get("unit"), feature.unit, place.at("unit"))
    chosen = _protocol(entry.get("protocol"), protocols, place.at("protocol"))
    moments = {key: arguments[key] for key, kind in feature.arguments.items() if kind is Moment}
    duration_ms = _duration_ms(chosen, entry.get("window_ms"), moments.values(), Place(place.file))
    _check_window(entry.get("window_ms"), duration_ms, place.at("window_ms"))
    _check_moments(moments, entry.get("window_ms") or (0.0, duration_ms), place)
    entry |= {"protocol": chosen.name, "folder": folder, "imports": imports}
    if feature.needs_reference and "reference" not in entry:
        raise place.at("reference").error(f"is missing; feature {feature.name} compares with a reference file")
    target = Target(name, **entry)
    try_silent(target, feature, place)
    try_lively(target, feature, duration_ms, place)
    if target.is_endless:
        _check_endless(entry, target, place)
        return target
    if chosen.duration_ms is None and target.reference and not target.needs_reference:
        entry["value"] = UNKNOWN
    else:
        _refer(target, feature, duration_ms, entry, place)
    _check_goal(entry, place)
    check_possible(entry, feature, place)
    entry["tolerance"] = _tolerance(entry, place.at("tolerance"))
    if entry["form"] == "exponential":
        entry.setdefault("width", entry["tolerance"])
    return Target(name, **entry)


def _own_keys(feature: Feature, table: Any, place: Place) -> dict[str, Key]:
    """Return the keys of the arguments that only this feature has; any, for a feature that was not imported."""
    if feature.is_unread:
        return {key: Key("value") for key in table if key not in TARGET_KEYS}
    try:
        kinds = {key: _kind(annotation) for key, annotation in feature.arguments.items()}
        return {key: Key(kind, **asdict(feature.ranges.get(key, ENDLESS_RANGE))) for key, kind in kinds.items()}
    except Exception as error:
        # Annotations are code of the user.
        raise place.error(f"{feature.name}: a type annotation cannot be resolved: {cut(str(error))}") from None


def _feature(table: object, folder: str, place: Place, *, imports: bool) -> Feature:
    if not isinstance(table, Mapping):
        raise place.error(f"is {shown(table)}, must be a table")
    fill({key: table[key] for key in table if key == "feature"}, {"feature": TARGET_KEYS["feature"]}, place)
    try:
        return lookup.find(table["feature"], folder, imports=imports)
    except StudyError as error:
        raise place.at("feature").error(str(error)) from None


def _protocol(name: str | None, protocols: Sequence[Protocol], place: Place) -> Protocol:
    named = {protocol.name: protocol for protocol in protocols}
    if name is None and len(named) > 1:
        raise place.error(f"is missing; the study has several protocols: {cut(', '.join(named))}")
    if name is not None and name not in named:
        raise place.error(f"no protocol is called {shown(name)}; {nearest(name, named)}")
    return named[name] if name is not None else protocols[0]


def _duration_ms(
    protocol: Protocol, window: tuple[float, float] | None, moments: Iterable[float], place: Place
) -> float:
    """Return a protocol's duration [ms]; while unknown, a time long enough for the target, to be read again later."""
    if protocol.duration_ms is not None:
        # The duration may be the model's own.
        duration_ms: float = DURATION_MS.check(protocol.duration_ms, place.at("duration_ms"))
        return duration_ms
    return max(ASSUMED_MS, window[1] if window else 0.0, *moments)


def _refer(target: Target, feature: Feature, duration_ms: float, entry: dict[str, Any], place: Place) -> None:
    """Set the target value of a target with a reference: distance 0, or the feature of the reference."""
    if not target.reference:
        return
    has = [key for key in ("value", "low", "high") if key in entry]
    if target.needs_reference:
        entry.update({} if has else {"value": 0.0})
        return
    if has:
        raise place.at(has[0]).error("cannot be combined with reference; keep one of the two")
    if not target.reads_spikes_alone:
        raise place.at("reference").error(f"contains only spikes, but {feature.name} may read more; give value instead")
    reference = reference_of(target, place)
    end_ms = target.window_ms[1] if target.window_ms else duration_ms
    try:
        raster = reference.raster(target.population, end_ms, tuple(target.populations.values()))
    except StudyError as error:
        raise place.at("reference").error(str(error)) from None
    entry["value"] = measure_on(raster, target, place)
    if not math.isfinite(entry["value"]):
        raise place.at("reference").error(f"has a raster with an undefined {feature.name}{target.own_arguments}")


def _kind(annotation: object) -> str:
    # The annotation of a user's feature may be unhashable, so it cannot be looked up in the dictionary.
    return next((kind for known, kind in ARGUMENT_KINDS.items() if known == annotation), "scalar")


def _unit(written: str | None, unit: str, place: Place) -> str:
    if not unit:
        return written or "1"
    if written is not None and written != unit:
        raise place.error(f"is {shown(written)}, but the feature's unit is {unit!r}")
    return unit


def _check_goal(entry: dict[str, Any], place: Place) -> None:
    has = [key for key in ("value", "low", "high") if key in entry]
    if entry["must"] and (entry["weight"] == 0 or "objective" in entry):
        key = "objective" if "objective" in entry else "weight"
        words = f"is {shown(entry[key])}, but a target with must = true is a constraint; remove {key} or must"
        raise place.at(key).error(words)
    if not has and entry["weight"] == 0:
        return
    if not has:
        raise place.error("has no target value; give value, or low and/or high")
    if "value" in has and len(has) > 1:
        raise place.at(has[1]).error(f"is {entry[has[1]]:g}, but value is given too; give value, or low and/or high")
    if "low" in entry and "high" in entry and entry["low"] >= entry["high"]:
        raise place.at("low").error(f"is {entry['low']:g}, must be below high ({entry['high']:g})")


def _check_endless(entry: dict[str, Any], target: Target, place: Place) -> None:
    """Raise StudyError if `form` allows no target value, but the entry has one.

    A reference gives a target value too, unless the feature is itself a distance from the reference.
    """
    taken = ("value", "low", "high", *(() if target.needs_reference else ("reference",)))
    words = f"cannot be combined with the loss function {entry['form']!r}, which has no target value"
    for key in taken:
        if key in entry:
            raise place.at(key).error(f"{words}; keep one of the two")
    if entry["must"]:
        raise place.at("must").error(f"{words} to be met; keep one of the two")


def _tolerance(entry: dict[str, Any], place: Place) -> float:
    """Return the tolerance; by default a tenth of the target value, of a range's width, or of an open range's bound."""
    if "tolerance" in entry:
        return float(entry["tolerance"])
    if "low" in entry and "high" in entry:
        return float(entry["high"] - entry["low"]) / 10
    goals = [abs(float(entry[key])) for key in ("value", "low", "high") if key in entry]
    if not goals:
        return 1.0
    if goals[0] == 0:
        raise place.error("is missing; a target value of 0 needs a tolerance above 0")
    return goals[0] / 10


def _check_window(window: tuple[float, float] | None, duration_ms: float, place: Place) -> None:
    if window is None:
        return
    if window[0] >= window[1]:
        raise place.error(f"is {list(window)}, must begin before it ends")
    if window[0] < 0 or window[1] > duration_ms:
        raise place.error(f"is {list(window)}, must lie within the run, 0 to {duration_ms:g} ms")


def _check_moments(moments: Mapping[str, float], within: tuple[float, float], place: Place) -> None:
    for key, moment in moments.items():
        if not within[0] <= moment <= within[1]:
            raise place.at(key).error(f"is {moment:g}, must lie within {within[0]:g} to {within[1]:g} ms")


def target_table(target: Target, *, names_protocol: bool = False) -> dict[str, Any]:
    """Return a target as a table of a study file, with the protocol if `names_protocol` is set."""
    table = drop_empty(asdict(target))
    del table["name"], table["folder"], table["imports"]
    if table["min"] == -math.inf:
        del table["min"]
    if not names_protocol:
        del table["protocol"]
    if not target.must:
        del table["must"]
    if target.reference and not target.needs_reference:
        # The target value is measured on the reference when the table is read again.
        del table["value"]
    if "window_ms" in table:
        table["window_ms"] = list(table["window_ms"])
    own = dict(table.pop("arguments"))
    return table | {key: list(value) if isinstance(value, tuple) else value for key, value in own.items()}
