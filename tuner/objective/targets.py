"""A target: which feature of which population should have which value, and how much a miss costs."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from numbers import Real
from pathlib import Path
from typing import Any

from tuner.errors import StudyError
from tuner.features import lookup, references
from tuner.features.registry import PopulationName
from tuner.protocols import DEFAULT
from tuner.recording import ALL, Recording
from tuner.words import quantity, shown, with_unit

# Forms of targets that have no wish to reach.
ENDLESS = ("minimize", "maximize")
FORMS = ("z", "squared", "hinge", "exponential", *ENDLESS)
CAP, ENDLESS_CAP = 250.0, 1e9
EXPONENTIAL_MAX = 1000.0


@dataclass(frozen=True)
class Target:
    """A wanted `value` +- `tolerance`, or a range `low` to `high` (either may be open) of a feature.

    Or, without a wish, a feature that is to be as low or as high as possible (the forms of ENDLESS). Wishes, tolerance,
    `width` and `min` are in the feature's `unit`; `weight`, `cap` (by default 250, of ENDLESS 1e9) and `max` are plain
    numbers. A target of weight 0 is no part of any objective, and may be without a wish: its feature is recorded. One
    that `must` be met is no part of any objective either: what misses it is behind everything that does not. The files
    of `reference` and of the feature count from `folder`.
    """

    name: str
    feature: str
    population: str = ALL
    protocol: str = DEFAULT
    window_ms: tuple[float, float] | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    tolerance: float = 1.0
    weight: float = 1.0
    unit: str = ""
    objective: str = ""
    must: bool = False
    reference: str = ""
    form: str = "z"
    width: float | None = None
    min: float = -math.inf
    max: float = EXPONENTIAL_MAX
    cap: float = math.nan
    source: str = ""
    arguments: tuple[tuple[str, Any], ...] = ()
    folder: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if math.isnan(self.cap):
            object.__setattr__(self, "cap", ENDLESS_CAP if self.is_endless else CAP)

    @property
    def is_endless(self) -> bool:
        """Whether its feature is to be as low or as high as possible: there is nothing to reach, and to miss."""
        return self.form in ENDLESS

    @property
    def counts(self) -> bool:
        """Whether it is part of an objective."""
        return self.weight > 0 and not self.must

    @property
    def files(self) -> list[Path]:
        """The files, beside the study, that decide its feature."""
        own = lookup.files_of(self.feature, self.folder) if lookup.is_own(self.feature) else ()
        return [*own, *([Path(self.folder, self.reference)] if self.reference else [])]

    @property
    def populations(self) -> dict[str, str]:
        """The populations that it reads, by the key that names them."""
        own = lookup.find(self.feature, self.folder).arguments
        others = {key: name for key, name in self.arguments if own[key] is PopulationName and name}
        return {"population": self.population, **others}

    @property
    def reads_spikes_alone(self) -> bool:
        """Whether spikes decide its feature: no trace, and no function of anybody's own, which may read anything."""
        feature = lookup.find(self.feature, self.folder)
        return not (lookup.is_own(self.feature) or feature.needs_trace or feature.is_given)

    @property
    def what(self) -> str:
        """Its feature with its arguments, population, window and protocol in words."""
        window = f", {self.window_ms[0]:g}-{self.window_ms[1]:g} ms" if self.window_ms else ""
        protocol = f", {self.protocol}" if self.protocol != DEFAULT else ""
        return f"{self.feature} of {self.population}{self.own_arguments}{window}{protocol}"

    @property
    def own_arguments(self) -> str:
        """What is given to the feature alone, as words to append."""
        return "".join(f", {key} = {shown(value)}" for key, value in self.arguments)

    @property
    def has_wish(self) -> bool:
        """Whether there is a value or range to reach."""
        return any(wish is not None for wish in (self.value, self.low, self.high))

    @property
    def wish(self) -> str:
        """The wish in words, with its unit."""
        if self.is_endless:
            return f"as {'low' if self.form == 'minimize' else 'high'} as possible"
        if not self.has_wish:
            return "nothing"
        if self.value is not None:
            return with_unit(f"{self.value:g} +- {self.tolerance:g}", self.unit)
        if self.low is None:
            return with_unit(f"at most {self.high:g}", self.unit)
        if self.high is None:
            return with_unit(f"at least {self.low:g}", self.unit)
        return with_unit(f"{self.low:g} to {self.high:g}", self.unit)

    def read_reference(self) -> references.Reference:
        """What the file `reference` holds."""
        return references.read(Path(self.folder, self.reference), self.protocol)

    def measure(self, recording: Recording, reference: references.Reference | None = None) -> float:
        """The target's feature of a recording, in the feature's unit; nan if the raster does not define it.

        Where it is a distance, that is from the target's own reference unless another is given.
        """
        feature = lookup.find(self.feature, self.folder)
        arguments = dict(self.arguments)
        if feature.needs_reference:
            arguments["reference"] = reference or self.read_reference()
        value = feature.compute(recording, self.population, self.window_ms, **arguments)
        if isinstance(value, bool) or not isinstance(value, Real):
            raise StudyError(f"{feature.name} gave {shown(value)}, must give a number")
        # What is not finite is null in every file.
        return float(value) if math.isfinite(value) else math.nan

    def miss(self, feature: float) -> float:
        """By how much a feature misses the wish, with sign, in the feature's unit; 0 inside a range."""
        if self.value is not None:
            return feature - self.value
        if self.low is not None and feature < self.low:
            return feature - self.low
        if self.high is not None and feature > self.high:
            return feature - self.high
        return 0.0 * feature

    def reached(self, feature: float) -> bool:
        """Whether a feature is within the tolerance of the value, or inside the range; never where that has no end."""
        if self.is_endless:
            return False
        slack = self.tolerance if self.value is not None else 0.0
        return abs(self.miss(feature)) <= slack * (1.0 + 1e-12)

    def outcome(self, feature: float) -> str:
        """Return "reached", "missed", "recorded" where no value is wanted, or "" where the target has no end."""
        if self.is_endless:
            return ""
        if not self.has_wish:
            return "recorded"
        return "reached" if self.reached(feature) else "missed"

    def missed_by(self, feature: float) -> str:
        """Return the distance of a feature from the wanted value, with sign and unit, as text."""
        return quantity(self.miss(feature), self.unit)

    def violation(self, feature: float) -> float:
        """By how many tolerances a target that must be met is missed; nan counts the cap, one met or free nothing."""
        if not self.must or self.reached(feature):
            return 0.0
        beyond = abs(self.miss(feature)) / self.tolerance - (1.0 if self.value is not None else 0.0)
        return self.cap if math.isnan(beyond) else min(beyond, self.cap)

    def part(self, feature: float) -> float:
        """The unweighted loss of a feature [1]; nan and whatever is larger count the cap.

        With d the distance from the wish and z = d / tolerance: z, z^2 (squared), max(0, z - 1) (hinge); or, as
        NetPyNE's users write it, min(exp(d / width), max), and max where the feature is not above min (exponential); or
        the feature itself (minimize), its negative (maximize), -1e9 at least.
        """
        if self.is_endless:
            loss = feature if self.form == "minimize" else -feature
            return self.cap if math.isnan(loss) else min(max(loss, -ENDLESS_CAP), self.cap)
        distance = abs(self.miss(feature))
        if self.form == "exponential":
            return self._exponential(feature, distance)
        if not self.has_wish:
            return 0.0
        z = distance / self.tolerance
        loss = {"z": z, "squared": z * z, "hinge": max(0.0, z - 1.0)}[self.form]
        return self.cap if math.isnan(distance) else min(loss, self.cap)

    def _exponential(self, feature: float, distance: float) -> float:
        if not feature > self.min:
            return self.max
        assert self.width is not None, "the width of an exponential target is its tolerance if the study gives none"
        exponent = distance / self.width
        return self.max if exponent > math.log(self.max) else math.exp(exponent)


def grouped(targets: Iterable[Target], by: str | None) -> tuple[Target, ...]:
    """The targets, those that name no objective with their `protocol`, `population` or `feature` for one."""
    if by is None:
        return tuple(targets)
    return tuple(t if t.objective or not t.counts else replace(t, objective=getattr(t, by)) for t in targets)
