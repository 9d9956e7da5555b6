"""Read files that a study, a model or a run folder names: regular files of a bounded size."""

import errno
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MOST_BYTES = 1024**3
# Parsed code takes about 100 times the memory of the text.
MOST_CODE_BYTES = 16 * 1024**2
# Each value of parsed JSON takes up to 80 bytes of memory.
MOST_VALUES = 50 * 10**6
LONGEST_NAME = 300


def read_regular(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """Return the content of a file.

    Raises ValueError, with one sentence without the path, if the file is not a regular file or is larger than
    `most_bytes`, and OSError if the file cannot be read.
    """
    if "\0" in str(path):
        raise ValueError("has a NUL character in its name")
    # A device may act as soon as it is opened, so the kind of the file is checked before and after.
    status = os.stat(path)
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    _check(status, most_bytes)
    with open(path, "rb", opener=_open) as file:
        # A file that grows in the meantime is read to its size before.
        return file.read(_check(os.fstat(file.fileno()), most_bytes))


def _open(path: str, flags: int) -> int:
    # Without O_NONBLOCK, a FIFO without a writer waits for ever.
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _check(status: os.stat_result, most_bytes: int) -> int:
    """Return the size of a regular file [bytes]; raise ValueError for another kind of file or a larger file."""
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("is not a regular file")
    if status.st_size > most_bytes:
        raise ValueError(f"is larger than {_words(most_bytes)}, the most that is read")
    return status.st_size


def _words(size: int) -> str:
    return f"{size // 1024**3} GB" if size >= 1024**3 else f"{size // 1024**2} MB"


def read_named(path: Path, error: Callable[[str], Exception], most_bytes: int = MOST_BYTES) -> bytes:
    """Return the content of a file; raise an exception that `error` makes of one sentence with the path."""
    with _refusing(path, error):
        return read_regular(path, most_bytes)


def check_named(path: Path, error: Callable[[str], Exception]) -> None:
    """Check a file, perhaps of Python code, that another library reads; raise an exception as `read_named` does."""
    with _refusing(path, error):
        _check(os.stat(path), MOST_CODE_BYTES if path.suffix == ".py" else MOST_BYTES)


@contextmanager
def _refusing(path: Path, error: Callable[[str], Exception]) -> Iterator[None]:
    name = str(path) if len(str(path)) <= LONGEST_NAME else f"{str(path)[: LONGEST_NAME - 3]}..."
    try:
        yield
    except FileNotFoundError:
        raise error(f"{name}: there is no such file") from None
    except OSError as failure:
        raise error(f"{name}: cannot be read: {failure.strerror}") from None
    except ValueError as failure:
        raise error(f"{name}: {failure}") from None


def read_searchable(path: Path) -> str:
    """Return the text of a file in which words are searched; "" for a file that is not regular or not readable."""
    try:
        return read_regular(path).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def parse_json(content: bytes) -> Any:
    """Return the data of a JSON text in UTF-8; raise ValueError, with one sentence, if the text is not valid JSON."""
    if sum(map(content.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise ValueError(f"has more than {MOST_VALUES // 10**6} million values, the most that is read")
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("is not text in UTF-8") from None
    except RecursionError:
        raise ValueError("is not valid JSON: too many levels of brackets") from None
    except ValueError as error:
        # Python's advice on long numbers is for programmers.
        words = str(error).partition("; use sys")[0]
        raise ValueError(f"is not valid JSON: {words}") from None
