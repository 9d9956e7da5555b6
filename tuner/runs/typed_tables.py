"""Convert tables of JSON files to frozen dataclasses; types are checked, and unknown keys are ignored."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tuner.errors import StoreError
from tuner.runs.json_files import ADVICE
from tuner.words import shown

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Table = TypeVar("Table", bound="DataclassInstance")
AnyKind = TypeVar("AnyKind")
# Names of types in msgspec, and in messages.
WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "object": "a table",
    "array": "a list",
}
_PATH = r"(?: - at `\$(?P<path>.*)`)?"
_BOUND = r"(?: of (?P<length>length))?(?: (?P<sign>[<>]=) (?P<bound>\d+))?"
_ERROR = re.compile(r"Expected `(?P<type>[^`]+)`" + _BOUND + r"(?:, got `(?P<got>\w+)`)?" + _PATH)
_SIGNS = {">=": "at least", "<=": "at most"}
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_LACKS = re.compile(r"Object missing required field `(?P<name>[^`]+)`" + _PATH)
_NAMES = {dict: "object", list: "array", str: "str", bool: "bool", int: "int", float: "float", type(None): "null"}


def typed(kind: type[Table], table: Mapping[str, Any], file: Path) -> Table:
    """Return a file's table as a dataclass, with the table in the field `table`.

    Raises StoreError if a key is missing or has the wrong type. The error names file, key, value and the allowed type.
    """
    return replace(converted(kind, table, file), table=table)


def converted(kind: type[AnyKind], table: Mapping[str, Any], file: Path) -> AnyKind:
    """Return a file's table as another type; raise StoreError as `typed` does."""
    try:
        return msgspec.convert(table, kind)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise StoreError(f"{file}: {sentence(str(error), table)}; {ADVICE}") from None


def sentence(error: str, table: Any) -> str:
    """Return an error of msgspec about a table as text: key, value and allowed type; other errors are unchanged."""
    if lacks := _LACKS.fullmatch(error):
        key, _ = _found(table, lacks["path"], "object")
        return f"{key}: the key {lacks['name']} is missing" if key else f"the key {lacks['name']} is missing"
    found = _ERROR.fullmatch(error)
    if not found:
        return error
    key, value = _found(table, found["path"], found["got"])
    names = dict.fromkeys(WORDS.get(name, name) for name in found["type"].split(" | "))
    if "a number" in names:
        names.pop(WORDS["int"], None)
    if found["length"]:
        return f"{key}: is {shown(value)}, must not be empty".removeprefix(": ")
    bound = f" of {_SIGNS[found['sign']]} {found['bound']}" if found["bound"] else ""
    return f"{key}: is {shown(value)}, must be {' or '.join(names)}{bound}".removeprefix(": ")


def _found(table: Mapping[str, Any], path: str | None, got: str | None) -> tuple[str, Any]:
    """Return the dotted key and the value of a path of msgspec, in which `[...]` is any key of a table."""
    steps = [name or place for name, place in _STEP.findall(path or "")]
    values = list(_reached(table, steps, ""))
    alike = [each for each in values if _NAMES.get(type(each[1])) == got]
    return next(iter(alike or values), ("", table))


def _reached(value: Any, steps: list[str], key: str) -> Iterator[tuple[str, Any]]:
    if not steps:
        yield key.lstrip("."), value
        return
    step, *rest = steps
    inner = dict(enumerate(value)) if isinstance(value, list | tuple) else value
    names = list(inner) if step == "..." else [int(step) if isinstance(value, list | tuple) else step]
    for name in names:
        yield from _reached(inner[name], rest, f"{key}.{name}")
