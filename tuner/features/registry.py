"""Define the class of features and the table of all features."""

import inspect
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NewType, TypeVar

from tuner.registry import Registry

Window = tuple[float, float] | None
# Annotation of an argument that names another population; "" names no other population.
PopulationName = NewType("PopulationName", str)
# Annotation of an argument that is a time [ms] within the run.
Moment = NewType("Moment", float)
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
        return {p.name: p.annotation for p in named if p.name not in COMMON_ARGUMENTS}

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


FEATURES: Registry[Feature] = Registry("tuner.features")


def feature(
    unit: str, *, is_given: bool = False, lowest: float = -math.inf, highest: float = math.inf
) -> Callable[[Compute], Compute]:
    """Register a function as a feature under the function's name.

    Parameters
    ----------
    unit
        Unit of the number that the function returns; "1" is a plain number, "" the unit of the recorded variable.
    is_given, lowest, highest
        See Feature.
    """

    def enter(compute: Compute) -> Compute:
        entry = Feature(compute.__name__, unit, compute, is_given, lowest, highest)
        FEATURES.enter(entry.name, entry, compute.__module__)
        return compute

    return enter
