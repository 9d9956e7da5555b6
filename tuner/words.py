"""Convert counts, time spans, paths and values with units into text for people, and text into lines for a terminal."""

import math
import os
import re
from pathlib import Path
from typing import TextIO

SPANS = (("d", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0))
RED, PLAIN = "\033[1;31m", "\033[0m"
LONGEST = 80
# Control characters, line separators, and marks that turn the direction of text. Tabs and line feeds are left out.
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Alarm(str):
    """Represent a line that must not be overlooked: red on a terminal, plain text elsewhere."""


def printable(text: str, encoding: str | None = None) -> str:
    """Return a text with escapes such as \\x1b for control characters, and for characters that the encoding lacks.

    Tabs and line feeds stay. The default encoding is UTF-8, which lacks only lone surrogates.
    """
    visible = _HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    return visible.encode(encoding or "utf-8", "backslashreplace").decode(encoding or "utf-8")


def one_line(text: str, encoding: str | None = None) -> str:
    """Return a printable text on one line, with spaces for line feeds."""
    return printable(text.replace("\n", " "), encoding)


def colored(text: str, stream: TextIO) -> str:
    """Return a text as one line for a stream: an alarm in red if this is a terminal and NO_COLOR is not set."""
    is_red = isinstance(text, Alarm) and stream.isatty() and not os.environ.get("NO_COLOR")
    line = one_line(text, stream.encoding)
    return f"{RED}{line}{PLAIN}" if is_red else line


def short(file: Path) -> str:
    """Return the path of a file: relative if the file lies below the working directory, else unchanged."""
    relative = os.path.relpath(file)
    return relative if not relative.startswith("..") else str(file)


def shown(value: object) -> str:
    """Return a value as text in the notation of a study file, at most 80 characters long."""
    return cut(repr(value).lower() if isinstance(value, bool) else repr(value))


def cut(text: str, most: int = LONGEST) -> str:
    """Return a text, with dots at the end if more than `most` characters were cut to this length."""
    return text if len(text) <= most else text[: most - 3] + "..."


def count(number: float, noun: str) -> str:
    """Return a number with a noun in the right number: 1 target, 2 targets."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def span(seconds: float) -> str:
    """Return a time span [s] as text, in the largest unit that gives at least 2: 90 s, 2 min, 36 h."""
    unit, length = next((u, s) for u, s in SPANS if seconds >= 2 * s or u == "s")
    return f"{seconds / length:.0f} {unit}"


def memory(mb: float) -> str:
    """Return an amount of memory [MB] as text with at least two significant digits: 210 MB, 1.3 GB, 24 GB."""
    if mb < 995:
        return f"{mb:.2g} MB" if mb < 99.5 else f"{round(mb, -1):.0f} MB"
    return f"{mb / 1000:.1f} GB" if mb < 9950 else f"{mb / 1000:.0f} GB"


def quantity(value: object, unit: str = "", digits: int = 5) -> str:
    """Return a value with a unit as text; floats are rounded to `digits` significant digits, nan is "undefined"."""
    if not isinstance(value, float):
        return with_unit(str(value), unit)
    return "undefined" if math.isnan(value) else with_unit(f"{value:.{digits}g}", unit)


def with_unit(text: str, unit: str) -> str:
    """Return a text followed by a unit; the units "" and "1" mean a plain number and add nothing."""
    return text if unit in ("", "1") else f"{text} {unit}"
