"""Convert tables of JSON files to frozen dataclasses; types are checked, and unknown keys are ignored."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tuner.errors import StoreError
from tuner.words import shown

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Table = TypeVar("Table", bound="DataclassInstance")
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
_ERROR = re.compile(r"Expected `(?P<type>[^`]+)`(?P<bound> >= \S+)?(?:, got `(?P<got>\w+)`)?" + _PATH)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_LACKS = re.compile(r"Object missing required field `(?P<name>[^`]+)`" + _PATH)
_NAMES = {dict: "object", list: "array", str: "str", bool: "bool", int: "int", float: "float", type(None): "null"}


def typed(kind: type[Table], table: Mapping[str, Any], file: Path) -> Table:
    """Return a file's table as a dataclass, with the table in the field `table`.

    Raises StoreError if a key is missing or has the wrong type. The error names file, key, value and the allowed type.
    """
    try:
        made = msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise StoreError(f"{file}: {_sentence(str(error), table)}; repair it, or start again with --fresh") from None
    return replace(made, table=table)


def _sentence(error: str, table: Mapping[str, Any]) -> str:
    if lacks := _LACKS.fullmatch(error):
        key, _ = _found(table, lacks["path"], "object")
        return f"{key}: the key {lacks['name']} is missing" if key else f"the key {lacks['name']} is missing"
    found = _ERROR.fullmatch(error)
    if not found:
        return error
    key, value = _found(table, found["path"], found["got"])
    names = [WORDS.get(name, name) for name in found["type"].split(" | ")]
    bound = f" of at least {found['bound'].split()[-1]}" if found["bound"] else ""
    return f"{key}: is {shown(value)}, must be {' or '.join(names)}{bound}"


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
