"""Find the file of a study, read the TOML, and override single entries."""

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

# The settings of a cluster lie beside studies; this file is not a study.
SITE = "cluster.toml"


def names() -> list[str]:
    """Return the names of the studies in batch/."""
    return sorted(path.stem for path in STUDIES.glob("*.toml") if path.name != SITE)


def find(study: str | Path) -> Path:
    """Return the file of a study, given by a name in batch/ or by a path; raise StudyError if there is no such file."""
    if str(study) in names():
        return STUDIES / f"{study}.toml"
    path = Path(study)
    if is_file(path):
        return path
    if path.suffix == ".toml" or len(path.parts) > 1 or os.path.isdir(path):
        raise StudyError(f"{study}: is not a study file; give the path of a TOML file, or a name in batch/")
    raise StudyError(f"{study}: there is no such study; {nearest(str(study), names())}, or the path of a TOML file")


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
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8"))
    except OSError as error:
        raise StudyError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise StudyError(f"{file}: is not text; a study is a TOML file in UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise StudyError(f"{file}: is not valid TOML: {error}") from None


def override(table: dict[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """Apply `key=value` overrides to a table, and return the table.

    A table as value is merged into the present table; an empty table replaces the present table.
    """
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
    raise StudyError(f"--set {key}={value}: {key!r} is not a key; write it as in the study, e.g. budget.evaluations")


def _merge(table: dict[str, Any], change: Mapping[str, Any]) -> None:
    for key, value in change.items():
        if value and isinstance(value, Mapping) and isinstance(table.get(key), dict):
            _merge(table[key], value)
        else:
            table[key] = value
