"""Read JSON files, and write files completely or not at all."""

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tuner.errors import StoreError
from tuner.regular_files import read_regular
from tuner.words import count

# Largest size of a file in a run folder that holds one table.
MOST_BYTES = 256 * 1024**2
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


def parse(content: bytes) -> Any:
    """Return the data of a JSON text in UTF-8; raise ValueError, with one sentence, if the text is not valid JSON."""
    try:
        return json.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("not text in UTF-8") from None
    except RecursionError:
        raise ValueError("too many levels of brackets") from None


def not_finite(data: Any, key: str = "") -> str:
    """Return the dotted key of the first number that is nan or infinite, which JSON does not allow; "" if finite."""
    if isinstance(data, float):
        return "" if math.isfinite(data) else key or "the number"
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return next(filter(None, (not_finite(value, f"{key}.{name}".lstrip(".")) for name, value in inner)), "")


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
        table = parse(content)
        if not isinstance(table, dict):
            raise ValueError("not a JSON object")
        if key := not_finite(table):
            raise ValueError(f"{key} is not a finite number")
        return table
    except ValueError as error:
        raise StoreError(f"{path}: is damaged ({error}); {ADVICE}") from None


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
