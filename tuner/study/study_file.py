"""Find the file of a study, read the TOML, and override single entries."""

import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from tuner.errors import StudyError, nearest
from tuner.layout import STUDIES
from tuner.regular_files import LONGEST_NAME, read_named
from tuner.study.schema import Place
from tuner.words import cut, shown

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# The settings of a cluster lie beside studies; this file is not a study.
SITE = "cluster.toml"
MOST_BYTES, MOST_LEVELS = 4 * 1024**2, 50
# A key of many parts takes memory with the square of their number; dots of numbers do not count.
MOST_DOTS, _NUMBER = 1000, re.compile(r"[=,\[]\s*[+-]?\d+\.\d")


def names() -> list[str]:
    """Return the names of the studies in batch/."""
    return sorted(path.stem for path in STUDIES.glob("*.toml") if path.name != SITE)


def find(study: str | Path) -> Path:
    """Return the file of a study, given by a name in batch/ or by a path; raise StudyError if there is no such file."""
    if str(study) in names():
        return STUDIES / f"{study}.toml"
    path, named = Path(study), cut(str(study), LONGEST_NAME)
    if is_file(path):
        return path
    if path.suffix == ".toml" or len(path.parts) > 1 or os.path.lexists(path):
        raise StudyError(f"{named}: is not a study file; give the path of a TOML file, or a name in batch/")
    raise StudyError(f"{named}: there is no such study; {nearest(str(study), names())}, or the path of a TOML file")


def is_file(path: Path) -> bool:
    """Return whether a file exists; False for a name that the file system does not accept."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Return whether a folder exists; False for a name that the file system does not accept."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def read(file: Path) -> dict[str, Any]:
    """Return the table of a TOML file; raise StudyError if the file is not valid TOML in UTF-8."""
    content = read_named(file, StudyError, MOST_BYTES)
    try:
        return _parsed(content.decode("utf-8-sig"), Place(str(file)))
    except UnicodeDecodeError:
        raise StudyError(f"{file}: is not text; a study is a TOML file in UTF-8") from None
    except ValueError as error:
        raise StudyError(f"{file}: {error}") from None


def _parsed(text: str, place: Place) -> dict[str, Any]:
    """Return the table of a TOML text.

    Raises ValueError for text that is not valid TOML, and StudyError, with the place, for a table that is nested too
    deeply or a whole number that is too long.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if line.count(".") - len(_NUMBER.findall(line)) > MOST_DOTS:
            raise place.error(f"line {number} has more than {MOST_DOTS} dots; write it as several lines")
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise ValueError("is not valid TOML: too many levels of brackets") from None
    except ValueError as error:
        # Python's advice on long numbers is for programmers.
        raise ValueError(f"is not valid TOML: {cut(str(error).partition('; use sys')[0], LONGEST_NAME)}") from None
    level: list[tuple[tuple[str, ...], Any]] = [((), table)]
    for _ in range(MOST_LEVELS):
        level = [((*keys, str(key)), inner) for keys, each in level for key, inner in _entries(each)]
        for keys, value in level:
            if isinstance(value, int) and value.bit_length() > 63:
                raise Place(place.file, keys).error("is a whole number of more than 64 bits")
    if level:
        raise place.error(f"has more than {MOST_LEVELS} levels of tables and lists")
    return table


def _entries(value: Any) -> Iterable[tuple[object, Any]]:
    return value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()


def override(table: dict[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """Apply `key=value` overrides to a table, and return the table.

    A table as value is merged into the present table; an empty table replaces the present table.
    """
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or not key.strip():
            raise StudyError(f"--set {cut(override)}: must be key=value, for example optimizer.population_size=20")
        _merge(table, _parse_override(key, value))
    return table


def _parse_override(key: str, value: str) -> dict[str, Any]:
    said = f"--set {cut(f'{key}={value}')}"
    for text in (value, tomli_w.dumps({"v": value}).partition("=")[2]):
        try:
            return _parsed(f"{key} = {text}", Place(said))
        except ValueError:
            continue
    raise StudyError(f"{said}: {shown(key)} is not a key; write it as in the study, e.g. budget.evaluations")


def _merge(table: dict[str, Any], change: Mapping[str, Any]) -> None:
    for key, value in change.items():
        if value and isinstance(value, Mapping) and isinstance(table.get(key), dict):
            _merge(table[key], value)
        else:
            table[key] = value
