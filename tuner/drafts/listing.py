"""Select the values of a model by a pattern, and list values as lines of text."""

import difflib
import fnmatch
import re
from collections.abc import Iterator, Sequence

from tuner.drafts.survey import Entry
from tuner.errors import StudyError
from tuner.words import shown

# Largest widths of the columns path, value, unit and note; longer texts are not cut.
WIDEST = (64, 16, 8, 0)
NEAREST = 3


def matching(entries: Sequence[Entry], pattern: str, model: str) -> list[Entry]:
    """Return the entries with a matching path; raise StudyError with the nearest names if no path matches.

    A path matches if it contains the pattern, or if it equals a pattern with * or ?.
    """
    found = [entry for entry in entries if _matches(entry.path.lower(), pattern.lower())]
    if not found:
        raise StudyError(f"{pattern!r} matches no path of {model}; nearest: {', '.join(_nearest(entries, pattern))}")
    return found


def _matches(path: str, pattern: str) -> bool:
    if "*" in pattern or "?" in pattern:
        return fnmatch.fnmatchcase(path, pattern.replace("[", "[[]"))
    return pattern in path


def _nearest(entries: Sequence[Entry], pattern: str) -> list[str]:
    """Return the words in paths that are nearest in spelling to the pattern, or else the first paths."""
    words = {word.lower(): word for entry in entries for word in re.findall(r"\w+", entry.path)}
    near = difflib.get_close_matches(pattern.lower().strip("*?"), words, n=NEAREST, cutoff=0.6)
    return [words[word] for word in near] or [entry.path for entry in entries[:NEAREST]]


def lines(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield a line for each entry: path, present value, unit and note."""
    rows = [(entry.path, number(entry.value), entry.unit, entry.note) for entry in entries]
    columns = zip(*rows, strict=True)
    widths = [min(max(map(len, column)), widest) for column, widest in zip(columns, WIDEST, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def number(value: object) -> str:
    """Return a value as text for people."""
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else shown(value)
