"""Tables of allowed keys, and the one function that holds a table of a study against them."""

import math
import operator
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tuner.errors import StudyError, nearest
from tuner.words import shown

REQUIRED = object()
KIND_WORDS = {
    "text": "a non-empty string",
    "number": "a finite number",
    "whole": "a whole number",
    "flag": "true or false",
    "window": "[first, second], two numbers",
    "numbers": "a number or a non-empty list of numbers",
    "list": "a non-empty list",
    "table": "a table",
    "scalar": "a number, a string, true or false",
    "value": "a number, a string, true or false, or a list of such",
    "path": "a path, as text or as a list of names, labels and indices",
}


@dataclass(frozen=True)
class Place:
    """A key of a study file, for the errors that name it."""

    file: str
    keys: tuple[str, ...] = ()

    def at(self, key: object) -> "Place":
        """The place of a key below this one."""
        return replace(self, keys=(*self.keys, str(key)))

    def error(self, says: str) -> StudyError:
        """A study error that names file and key."""
        dotted = ".".join(key if re.fullmatch(r"[\w-]+", key) else repr(key) for key in self.keys)
        return StudyError(f"{self.file}: {dotted}: {says}" if dotted else f"{self.file}: {says}")


@dataclass(frozen=True)
class Key:
    """What a key may hold; None as default leaves it out."""

    kind: str
    default: Any = None
    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    one_of: Collection[str] = ()

    def check(self, value: Any, place: Place) -> Any:
        """The value, whole numbers as int and numbers as float where the kind says so."""
        if not _is(self.kind, value):
            raise place.error(f"is {shown(value)}, must be {KIND_WORDS[self.kind]}")
        if self.one_of and value not in self.one_of:
            raise place.error(f"is {shown(value)}; {nearest(value, self.one_of)}")
        for bound, holds, words in (
            (self.above, operator.gt, "above"),
            (self.at_least, operator.ge, "at least"),
            (self.at_most, operator.le, "at most"),
        ):
            if bound is not None and not holds(value, bound):
                raise place.error(f"is {shown(value)}, must be {words} {bound:g}")
        if self.kind in ("window", "numbers"):
            return tuple(map(float, value if isinstance(value, list | tuple) else [value]))
        if self.kind == "number":
            return float(value)
        return int(value) if self.kind == "whole" else value


def _is(kind: str, value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)
    is_list = isinstance(value, list | tuple) and len(value) > 0
    return {
        "text": isinstance(value, str) and value.strip() != "",
        "number": number,
        "whole": number and float(value).is_integer(),
        "flag": isinstance(value, bool),
        "window": is_list and len(value) == 2 and all(_is("number", v) for v in value),
        "numbers": number or (is_list and all(_is("number", v) for v in value)),
        "list": is_list,
        "table": isinstance(value, Mapping),
        "scalar": number or isinstance(value, str | bool),
        "value": number or isinstance(value, str | bool) or (is_list and all(_is("value", v) for v in value)),
        "path": isinstance(value, str) and value.strip() != "" or (is_list and all(_is("scalar", v) for v in value)),
    }[kind]


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def fill(table: object, keys: Mapping[str, Key], place: Place) -> dict[str, Any]:
    """The table with its defaults filled in; an unknown or missing key and a wrong value are StudyErrors."""
    if not isinstance(table, Mapping):
        raise place.error(f"is {shown(table)}, must be a table")
    for name in table:
        if name not in keys:
            raise place.at(name).error(f"unknown key; {nearest(name, keys)}")
    filled = {}
    for name, key in keys.items():
        if name in table:
            filled[name] = key.check(table[name], place.at(name))
        elif key.default is REQUIRED:
            raise place.at(name).error(f"is missing; must be {KIND_WORDS[key.kind]}")
        elif key.default is not None:
            filled[name] = key.default
    return filled
