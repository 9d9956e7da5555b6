"""Register the sections of the report page, by name and in the order on the page."""

from collections.abc import Callable

from tuner.registry import Registry
from tuner.report.markup import Markup
from tuner.report.result_data import RunData

# A section returns HTML, which is empty if the run has nothing to show. `tuner.report.markup.picture` writes PNG files.
Section = Callable[[RunData], Markup]

SECTIONS: Registry[Section] = Registry("tuner.report.sections")


def section(name: str, place: int) -> Callable[[Section], Section]:
    """Register a section of the page under a name; `place` gives the order on the page."""
    return SECTIONS.entering(name, place)
