"""Read and append files of JSON lines, in which a kill may leave an incomplete last line."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar

from tuner.errors import StoreError
from tuner.regular_files import parse_json, read_regular
from tuner.runs.json_files import check_plain
from tuner.runs.typed_tables import sentence

Record = TypeVar("Record")
# Largest size of a file of lines.
MOST_BYTES = 8 * 1024**3


class Line(NamedTuple):
    """Hold a line of a file: number from 1 on, offset [bytes], the bytes, and the data."""

    place: int
    offset: int
    content: bytes
    data: Any


def lines(file: Path, advice: str) -> Iterator[Line]:
    """Yield the lines of a file; an incomplete last line is left out, and a missing file has no lines.

    Raises StoreError, which ends with `advice`, if another line is not valid JSON or has a number that is not finite.
    """
    try:
        content = read_regular(file, MOST_BYTES)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise StoreError(f"{file}: {error}; {advice}") from None
    every, offset = content.splitlines(keepends=True), 0
    for place, line in enumerate(every, 1):
        try:
            if not line.endswith(b"\n"):
                raise ValueError("the line is incomplete")
            data = parse_json(line)
        except ValueError:
            if place == len(every):
                return
            raise StoreError(f"{file}: line {place} is damaged: not valid JSON; {advice}") from None
        try:
            check_plain(data)
        except ValueError as error:
            raise damaged(file, place, str(error), advice) from None
        yield Line(place, offset, line, data)
        offset += len(line)


def record(line: Line, of: Callable[[Any], Record], file: Path, advice: str) -> Record:
    """Return the record of a line; raise StoreError with file, line, key, value and allowed type for a wrong entry."""
    try:
        return of(line.data)
    except ValueError as error:
        raise damaged(file, line.place, sentence(str(error), line.data), advice) from None


def damaged(file: Path, place: int, words: str, advice: str) -> StoreError:
    """Return the error for a damaged line."""
    return StoreError(f"{file}: line {place} is damaged: {words}; {advice}")


def append(file: IO[bytes], line: bytes, *, syncs: bool = True) -> None:
    """Append a line to a file without a buffer, completely, or not at all if the disk fails; `syncs` flushes the disk.

    Raises OSError if the disk fails.
    """
    left = memoryview(line)
    try:
        while left:
            left = left[file.write(left) :]
        if syncs:
            os.fsync(file.fileno())
    except OSError:
        _take_back(file, len(line) - len(left))
        raise


def _take_back(file: IO[bytes], written: int) -> None:
    """Remove the last bytes that were written, unless another process has appended others."""
    size = os.fstat(file.fileno()).st_size
    if written and file.tell() == size:
        file.truncate(size - written)


def end_of(line: Line | None) -> int:
    """Return the end of a line [bytes]; 0 without a line."""
    return line.offset + len(line.content) if line else 0


def cut(path: Path, end: int) -> IO[bytes]:
    """Open a file of lines for appending, without a buffer, and remove everything behind `end` [bytes]."""
    file = open(path, "ab", buffering=0)
    if os.fstat(file.fileno()).st_size > end:
        file.truncate(end)
    return file
