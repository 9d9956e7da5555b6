"""The sections of the report's page, by name, in the order in which they stand on it."""

from collections.abc import Callable

from tuner.registry import Registry
from tuner.report.result_data import RunData

# Returns its HTML, or "" where a run has nothing to show; PNGs are written by `tuner.report.markup.picture`.
Section = Callable[[RunData], str]

SECTIONS: Registry[Section] = Registry("tuner.report.sections")


def section(name: str, place: int) -> Callable[[Section], Section]:
    """Enter a section of the page under a name; sections stand in the order of their `place`."""
    return SECTIONS.entering(name, place)
