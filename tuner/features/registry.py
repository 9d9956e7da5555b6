"""Define the class of features and the table of all features."""

import functools
import inspect
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, NewType, TypeVar, cast

from tuner.recording import NARROWEST_BIN_MS
from tuner.registry import Registry
from tuner.words import cut

Window = tuple[float, float] | None
# Annotation of an argument that names another population; "" names no other population.
PopulationName = NewType("PopulationName", str)
# Annotation of an argument that is a time [ms] within the run.
Moment = NewType("Moment", float)


@dataclass(frozen=True)
class Range:
    """Bound a number that a target gives as an argument, or each number of a list; an annotation has the range."""

    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    def broken_by(self, value: Any) -> str:
        """Return a bound that a number, or a number of a list, violates, such as "at least 0"; "" without one."""
        numbers = value if isinstance(value, list | tuple) else (value,)
        bounds = (
            (self.above, operator.gt, "above"),
            (self.at_least, operator.ge, "at least"),
            (self.at_most, operator.le, "at most"),
        )
        for bound, holds, words in bounds:
            if bound is not None and not all(holds(number, bound) for number in numbers):
                return f"{words} {bound:g}"
        return ""


# Width of a bin [ms], time constant or length [ms], and number of cells.
BinWidth = Annotated[float, Range(at_least=NARROWEST_BIN_MS, at_most=1e6)]
Length = Annotated[float, Range(above=0, at_most=1e7)]
CellCount = Annotated[int, Range(at_least=1, at_most=10**6)]
Compute = TypeVar("Compute", bound=Callable[..., float])
COMMON_ARGUMENTS = ("recording", "population", "window_ms", "reference")


@dataclass(frozen=True)
class Feature:
    """Represent a named feature: the function, and the unit of the result ("1" is a plain number).

    `is_given` says that the model's own code has computed the number. The data that this code reads are then unknown.
    `lowest` and `highest` bound the values that the feature can have, in `unit`. `is_unread` marks a function in a
    user's file that was not imported, so nothing but the name is known.
    """

    name: str
    unit: str
    compute: Callable[..., float]
    is_given: bool = False
    lowest: float = -math.inf
    highest: float = math.inf
    is_unread: bool = False

    @property
    def arguments(self) -> dict[str, type]:
        """Return the names and types of the arguments that only this feature has."""
        parameters = inspect.signature(self.compute, eval_str=True).parameters.values()
        named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        return {p.name: _type_of(p.annotation) for p in named if p.name not in COMMON_ARGUMENTS}

    @property
    def ranges(self) -> dict[str, Range]:
        """Return the ranges of the arguments that have a range, by name."""
        return ranges_of(self.compute)

    @property
    def required(self) -> list[str]:
        """Return the names of the feature's arguments without a default."""
        parameters = inspect.signature(self.compute).parameters
        return [name for name in self.arguments if parameters[name].default is inspect.Parameter.empty]

    @property
    def needs_reference(self) -> bool:
        """Return whether the feature compares with a reference; a target must then name a reference file."""
        return "reference" in inspect.signature(self.compute).parameters

    @property
    def needs_trace(self) -> bool:
        """Return whether the feature reads recorded traces; the argument `trace` gives the trace's name."""
        return "trace" in inspect.signature(self.compute).parameters

    @property
    def possible(self) -> str:
        """Return the values that the feature can have, as text; "" if all numbers are possible."""
        if math.isfinite(self.highest):
            return f"{self.lowest:g} to {self.highest:g}"
        return f"{self.lowest:g} or more" if math.isfinite(self.lowest) else ""

    @property
    def summary(self) -> str:
        """Return the first line of the function's docstring, without "Return the"."""
        line = (inspect.getdoc(self.compute) or "").partition("\n")[0]
        return re.sub(r"^Return (?:(?:the|a) (\w))?", lambda match: (match[1] or "").upper(), line)


def _type_of(annotation: Any) -> Any:
    return annotation.__origin__ if hasattr(annotation, "__metadata__") else annotation


def ranges_of(compute: Callable[..., float]) -> dict[str, Range]:
    """Return the ranges in the annotations of a function, by the name of the argument."""
    parameters = inspect.signature(compute, eval_str=True).parameters.values()
    found = {p.name: [e for e in getattr(p.annotation, "__metadata__", ()) if isinstance(e, Range)] for p in parameters}
    return {name: ranges[0] for name, ranges in found.items() if ranges}


def _written(value: Any) -> str:
    return cut(f"[{', '.join(map(_written, value))}]") if isinstance(value, list | tuple) else f"{value:g}"


def within_ranges(compute: Compute) -> Compute:
    """Return the function, changed to raise ValueError if a number lies outside the range of the argument."""
    ranges, signature = ranges_of(compute), inspect.signature(compute)

    @functools.wraps(compute)
    def checked(*arguments: Any, **named: Any) -> float:
        given = signature.bind(*arguments, **named).arguments
        for name, limits in ranges.items():
            value = given.get(name)
            if value is not None and (bound := limits.broken_by(value)):
                raise ValueError(f"{name} is {_written(value)}, must be {bound}")
        return compute(*arguments, **named)

    return cast(Compute, checked)


FEATURES: Registry[Feature] = Registry("tuner.features")


def feature(
    unit: str, *, is_given: bool = False, lowest: float = -math.inf, highest: float = math.inf
) -> Callable[[Compute], Compute]:
    """Register a function as a feature under the function's name, and check numbers against annotated ranges.

    Parameters
    ----------
    unit
        Unit of the number that the function returns; "1" is a plain number, "" the unit of the recorded variable.
    is_given, lowest, highest
        See Feature.
    """

    def enter(compute: Compute) -> Compute:
        compute = within_ranges(compute)
        entry = Feature(compute.__name__, unit, compute, is_given, lowest, highest)
        FEATURES.enter(entry.name, entry, compute.__module__)
        return compute

    return enter
