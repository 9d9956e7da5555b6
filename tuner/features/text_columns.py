"""Read the columns of numbers, and the statements in comments, of a text file."""

import io
import math
import re
from array import array
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from tuner.errors import StudyError
from tuner.words import shown

COLUMNS = {1: "rates [Hz]", 2: "time [ms] and cell id"}
STATEMENT = re.compile(rb"^(?:\xef\xbb\xbf)?[ \t]*#[ \t]*(duration_ms|cells)[ \t]*=(.*)", re.MULTILINE)
MOST_LINES, LONGEST_LINE = 50 * 10**6, 1000


def read_statements(file: str, content: bytes) -> dict[str, float]:
    """Return the numbers of the comments `# duration_ms = 1000` and `# cells = 20`, by name."""
    written = {name.decode(): value.decode() for name, value in STATEMENT.findall(content)}
    return {name: _number(file, f"# {name}", value) for name, value in written.items()}


def read_columns(file: str, content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Return the line numbers of all lines with numbers, and these numbers, (n_lines, n_columns)."""
    lines = _lines(file, content)
    first = next(lines, None)
    if first and not any(map(_is_number, first[1])):
        first = next(lines, None)
    if not first:
        raise StudyError(f"{file}: contains no numbers")
    columns = len(first[1])
    if columns not in COLUMNS:
        known = " or ".join(f"{n} ({name})" for n, name in COLUMNS.items())
        raise StudyError(f"{file}: line {first[0]}: has {columns} columns, must have {known}")
    # Arrays of numbers take a tenth of the memory of lists.
    places, numbers = array("q"), array("d")
    for place, words in chain([first], lines):
        if len(words) != columns:
            other = f"does not have {columns} column{'s' * (columns > 1)} like the lines before"
            raise StudyError(f"{file}: line {place}: {other}")
        if len(places) == MOST_LINES:
            raise StudyError(f"{file}: has more than {MOST_LINES // 10**6} million lines, the most that is read")
        places.append(place)
        numbers.extend(_row(file, place, words))
    rows = np.frombuffer(numbers).reshape(-1, columns)
    refuse(file, "a number is not finite", places, np.logical_not(np.isfinite(rows).all(axis=1)))
    return np.frombuffer(places, np.int64), rows


def _lines(file: str, content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the words of each line that has words before a #."""
    for number, line in enumerate(io.TextIOWrapper(io.BytesIO(content), "utf-8-sig"), 1):
        written = line.partition("#")[0].strip()
        if len(written) > LONGEST_LINE:
            raise StudyError(f"{file}: line {number}: is longer than {LONGEST_LINE} characters, the most that is read")
        if written:
            yield number, written.split(",") if "," in written else written.split()


def _row(file: str, place: int, words: list[str]) -> list[float]:
    try:
        return [float(word) for word in words]
    except ValueError:
        return [_number(file, f"line {place}", word) for word in words]


def _is_number(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def _number(file: str, place: str, word: str) -> float:
    if not _is_number(word):
        raise StudyError(f"{file}: {place}: {shown(word.strip())} is not a finite number")
    return float(word)


def refuse(file: str, says: str, places: Sequence[int] | np.ndarray, wrong: np.ndarray) -> None:
    """Raise StudyError with the number of the first wrong line, if there is one."""
    if len(found := np.flatnonzero(wrong)):
        raise StudyError(f"{file}: line {places[found[0]]}: {says}")
