"""Read JSON files, and write files completely or not at all."""

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tuner.errors import StoreError
from tuner.regular_files import parse_json, read_regular
from tuner.words import count

# Largest size of a file in a run folder that holds one table.
MOST_BYTES = 256 * 1024**2
MOST_LEVELS, LONGEST_KEY = 100, 80
ADVICE = "repair it, or start again with --fresh"


class DiskError(StoreError):
    """Report a file that cannot be written."""


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Convert an OSError in the `with` block to a DiskError."""
    try:
        yield
    except OSError as error:
        raise DiskError(f"{error.filename or folder}: cannot be written: {error.strerror}") from None


@contextmanager
def keeping(folder: Path, stored: Callable[[], int]) -> Iterator[None]:
    """Add the number of stored evaluations, and how to continue, to the error of a disk in the `with` block."""
    try:
        with writing(folder):
            yield
    except DiskError as error:
        n = stored()
        kept = f"the {count(n, 'evaluation')} before {'is' if n == 1 else 'are'} stored"
        raise StoreError(f"{error}; {kept}: free some space, then run the same command") from None


def check_plain(data: Any) -> None:
    """Raise ValueError for a number that is nan or infinite, which JSON does not allow, and for too many levels."""
    waiting = [("", data, 0)]
    while waiting:
        key, value, level = waiting.pop()
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{key[:LONGEST_KEY] or 'the number'} is not a finite number")
        if level > MOST_LEVELS:
            raise ValueError(f"{key[:LONGEST_KEY].rstrip('.')} has more than {MOST_LEVELS} levels of tables and lists")
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        waiting += [(f"{key}.{name}".lstrip("."), each, level + 1) for name, each in inner]


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the table of a JSON file. None if the file is missing; StoreError if it is damaged."""
    try:
        content = read_regular(path, MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise StoreError(f"{path}: {error}; {ADVICE}") from None
    try:
        table = parse_json(content)
        if not isinstance(table, dict):
            raise ValueError("not a JSON object")
        check_plain(table)
        return table
    except ValueError as error:
        raise StoreError(f"{path}: is damaged ({str(error).removeprefix('is ')}); {ADVICE}") from None


def write_json(path: Path, table: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """Write a JSON file, completely or not at all."""
    write_whole(path, json.dumps(table, indent=1, allow_nan=False).encode() + b"\n")


def write_whole(path: Path, content: bytes) -> None:
    """Write a new file and rename the file to `path`, so that no reader sees an incomplete file."""
    beside = path.with_name(f".{path.name}.new")
    with writing(path.parent):
        try:
            # A link in the place of the new file would lead the content elsewhere.
            beside.unlink(missing_ok=True)
            with open(beside, "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
