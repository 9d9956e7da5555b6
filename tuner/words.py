"""Convert counts, time spans, paths and values with units into text for people; color alarms on a terminal."""

import math
import os
from pathlib import Path
from typing import TextIO

SPANS = (("d", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0))
RED, PLAIN = "\033[1;31m", "\033[0m"


class Alarm(str):
    """Represent a line that must not be overlooked: red on a terminal, plain text elsewhere."""


def colored(line: str, stream: TextIO) -> str:
    """Return an alarm in red if the stream is a terminal and NO_COLOR is not set, and any other line unchanged."""
    is_red = isinstance(line, Alarm) and stream.isatty() and not os.environ.get("NO_COLOR")
    return f"{RED}{line}{PLAIN}" if is_red else str(line)


def short(file: Path) -> str:
    """Return the path of a file: relative if the file lies below the working directory, else unchanged."""
    relative = os.path.relpath(file)
    return relative if not relative.startswith("..") else str(file)


def shown(value: object) -> str:
    """Return a value as text in the notation of a study file, at most 60 characters long."""
    text = repr(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


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
