"""The file of a study: found by name or path, read as TOML, with single entries overridden."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from tuner.errors import StudyError, nearest
from tuner.layout import STUDIES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# What a cluster wants of jobs; it may lie beside studies, and is none.
SITE = "cluster.toml"


def names() -> list[str]:
    """The studies in batch/."""
    return sorted(path.stem for path in STUDIES.glob("*.toml") if path.name != SITE)


def find(study: str | Path) -> Path:
    """The file of a study: a name in batch/, or a path."""
    if str(study) in names():
        return STUDIES / f"{study}.toml"
    path = Path(study)
    if is_file(path):
        return path
    if path.suffix == ".toml" or len(path.parts) > 1 or os.path.isdir(path):
        raise StudyError(f"{study}: is no study file; give the path of a TOML file, or a name in batch/")
    raise StudyError(f"{study}: there is no such study; {nearest(str(study), names())}, or the path of a TOML file")


def is_file(path: Path) -> bool:
    """Whether there is such a file; a name that no file system takes is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def read(file: Path) -> dict[str, Any]:
    """The file's table; StudyError if it is none."""
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8"))
    except OSError as error:
        raise StudyError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise StudyError(f"{file}: is not text; a study is a TOML file in UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise StudyError(f"{file}: is no TOML: {error}") from None


def override(table: dict[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """The table with `key=value` overrides; a table goes into the one that is there, an empty one takes its place."""
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or not key.strip():
            raise StudyError(f"--set {override}: must be key=value, for example optimizer.population_size=20")
        _merge(table, _parse_override(key, value))
    return table


def _parse_override(key: str, value: str) -> dict[str, Any]:
    for text in (value, tomli_w.dumps({"v": value}).partition("=")[2]):
        try:
            return tomllib.loads(f"{key} = {text}")
        except (ValueError, RecursionError):
            continue
    raise StudyError(f"--set {key}={value}: {key!r} is no key; write it as in the study, e.g. budget.evaluations")


def _merge(table: dict[str, Any], change: Mapping[str, Any]) -> None:
    for key, value in change.items():
        if value and isinstance(value, Mapping) and isinstance(table.get(key), dict):
            _merge(table[key], value)
        else:
            table[key] = value
