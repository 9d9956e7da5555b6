"""What can be tuned in a model as lines of text, and which of it a pattern means."""

import difflib
import fnmatch
import re
from collections.abc import Iterator, Sequence

from tuner.drafts.survey import Entry
from tuner.errors import StudyError
from tuner.words import shown

# Path, value, unit and note: columns are no wider, what is longer sticks out.
WIDEST = (64, 16, 8, 0)
NEAREST = 3


def matching(entries: Sequence[Entry], pattern: str, model: str) -> list[Entry]:
    """The entries whose path has the pattern as a part, or is as a pattern with * or ? says; StudyError if none is."""
    found = [entry for entry in entries if _matches(entry.path.lower(), pattern.lower())]
    if not found:
        raise StudyError(f"{pattern!r} is in no path of {model}; the nearest: {', '.join(_nearest(entries, pattern))}")
    return found


def _matches(path: str, pattern: str) -> bool:
    if "*" in pattern or "?" in pattern:
        return fnmatch.fnmatchcase(path, pattern.replace("[", "[[]"))
    return pattern in path


def _nearest(entries: Sequence[Entry], pattern: str) -> list[str]:
    """The words of paths that are most like the pattern; where none is, the first paths."""
    words = {word.lower(): word for entry in entries for word in re.findall(r"\w+", entry.path)}
    near = difflib.get_close_matches(pattern.lower().strip("*?"), words, n=NEAREST, cutoff=0.6)
    return [words[word] for word in near] or [entry.path for entry in entries[:NEAREST]]


def lines(entries: Sequence[Entry]) -> Iterator[str]:
    """A line for each: path, present value, unit, and what it sets."""
    rows = [(entry.path, number(entry.value), entry.unit, entry.note) for entry in entries]
    columns = zip(*rows, strict=True)
    widths = [min(max(map(len, column)), widest) for column, widest in zip(columns, WIDEST, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def number(value: object) -> str:
    """A value as a person reads it."""
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else shown(value)
