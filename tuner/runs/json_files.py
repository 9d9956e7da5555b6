"""Read JSON files, and write files completely or not at all."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tuner.errors import StoreError


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Convert an OSError in the `with` block to a StoreError."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{error.filename or folder}: cannot be written: {error.strerror}") from None


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the table of a JSON file. None if the file is missing; StoreError if it is damaged."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(table, dict):
            raise ValueError("not a JSON object")
        return table
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as error:
        raise StoreError(f"{path}: is damaged ({error}); start again with --fresh") from None


def write_json(path: Path, table: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """Write a JSON file, completely or not at all."""
    write_whole(path, json.dumps(table, indent=1, allow_nan=False).encode() + b"\n")


def write_whole(path: Path, content: bytes) -> None:
    """Write a new file and rename the file to `path`, so that no reader sees an incomplete file."""
    beside = path.with_name(f".{path.name}.new")
    with writing(path.parent):
        try:
            with open(beside, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
