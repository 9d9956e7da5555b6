"""The table of features, and what a function must be to stand in it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import NewType, TypeVar

from tuner.registry import Registry

Window = tuple[float, float] | None
# The annotation of an own argument that names another population; "" is none.
PopulationName = NewType("PopulationName", str)
# That of one that is a time [ms] within the run.
Moment = NewType("Moment", float)
Compute = TypeVar("Compute", bound=Callable[..., float])
COMMON_ARGUMENTS = ("recording", "population", "window_ms", "reference")


@dataclass(frozen=True)
class Feature:
    """A named feature: its function, and the unit of what it returns ("1": a plain number).

    `is_given` says that the model's own code has computed it: nothing is known of what that reads.
    """

    name: str
    unit: str
    compute: Callable[..., float]
    is_given: bool = False

    @property
    def arguments(self) -> dict[str, type]:
        """Names and types of its own arguments."""
        parameters = inspect.signature(self.compute, eval_str=True).parameters.values()
        named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        return {p.name: p.annotation for p in named if p.name not in COMMON_ARGUMENTS}

    @property
    def required(self) -> list[str]:
        """Names of its own arguments that have no default."""
        parameters = inspect.signature(self.compute).parameters
        return [name for name in self.arguments if parameters[name].default is inspect.Parameter.empty]

    @property
    def needs_reference(self) -> bool:
        """Whether it compares with a reference, which a target must name then."""
        return "reference" in inspect.signature(self.compute).parameters

    @property
    def needs_trace(self) -> bool:
        """Whether it reads recorded traces; its argument `trace` says which."""
        return "trace" in inspect.signature(self.compute).parameters

    @property
    def summary(self) -> str:
        """What it gives, in one line."""
        return (inspect.getdoc(self.compute) or "").partition("\n")[0]


FEATURES: Registry[Feature] = Registry("tuner.features")


def feature(unit: str, *, is_given: bool = False) -> Callable[[Compute], Compute]:
    """Enters a function into FEATURES under its own name."""

    def enter(compute: Compute) -> Compute:
        FEATURES.enter(compute.__name__, Feature(compute.__name__, unit, compute, is_given), compute.__module__)
        return compute

    return enter
