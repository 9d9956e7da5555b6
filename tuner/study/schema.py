"""Define the schema of tables, and check the tables of a study against the allowed keys."""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tuner.errors import StudyError, nearest
from tuner.features.registry import Range
from tuner.words import cut, shown

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
    "value": "a number, a string, true or false, or a list of these",
    "path": "a path, as text or as a list of names, labels and indices",
}
LONGEST_TEXT = 10_000
# Bounds of numbers without bounds of their own. Products of a few such numbers do not overflow.
LARGEST = {"number": 1e30, "window": 1e30, "numbers": 1e30, "whole": 1e6}


@dataclass(frozen=True)
class Place:
    """Represent the place of a key in a study file, for error messages."""

    file: str
    keys: tuple[str, ...] = ()

    def at(self, key: object) -> "Place":
        """Return the place of a key below this place."""
        return replace(self, keys=(*self.keys, str(key)))

    def error(self, says: str) -> StudyError:
        """Return a StudyError with the file, the dotted key and a message."""
        dotted = ".".join(cut(key if re.fullmatch(r"[\w-]+", key) else repr(key)) for key in self.keys)
        return StudyError(f"{self.file}: {dotted}: {says}" if dotted else f"{self.file}: {says}")


@dataclass(frozen=True)
class Key:
    """Represent the values that a key may hold.

    Attributes
    ----------
    kind : str
        Kind of value, a key of KIND_WORDS.
    default : object
        Value of a missing key; None leaves the key out, REQUIRED makes a missing key an error.
    above, at_least, at_most : float or None
        Bounds of a number, or of each number of a list; without bounds, LARGEST holds.
    one_of : collection of str
        Allowed texts; empty if all are allowed.
    """

    kind: str
    default: Any = None
    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    one_of: Collection[str] = ()

    @property
    def _range(self) -> Range:
        """Return the range of a number; a range without bounds for other kinds."""
        if self.kind not in LARGEST:
            return Range()
        largest = LARGEST[self.kind]
        at_least = -largest if self.at_least is None and self.above is None else self.at_least
        return Range(self.above, at_least, largest if self.at_most is None else self.at_most)

    def check(self, value: Any, place: Place) -> Any:
        """Return the checked value, converted by kind: to int, to float, or (lists of numbers) to a tuple of floats."""
        if not _is(self.kind, value):
            raise place.error(f"is {shown(value)}, must be {KIND_WORDS[self.kind]}")
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise place.error(f"is {shown(value)}, must have at most {LONGEST_TEXT} characters")
        if self.one_of and value not in self.one_of:
            raise place.error(f"is {shown(value)}; {nearest(value, self.one_of)}")
        if bound := self._range.broken_by(value):
            raise place.error(f"is {shown(value)}, must be {bound}")
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
    """Return the table with defaults filled in; raise StudyError for an unknown key, a missing key or a wrong value."""
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
