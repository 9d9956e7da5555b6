"""Define targets: the feature of a population that should reach a value, and the cost of missing this value."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from numbers import Real
from pathlib import Path
from typing import Any

from tuner.errors import StudyError
from tuner.features import lookup, references
from tuner.features.registry import Feature, PopulationName
from tuner.protocols import DEFAULT
from tuner.recording import ALL, Recording
from tuner.words import quantity, shown, with_unit

# Loss functions of targets without a target value.
ENDLESS = ("minimize", "maximize")
FORMS = ("z", "squared", "hinge", "exponential", *ENDLESS)
CAP, ENDLESS_CAP = 250.0, 1e9
EXPONENTIAL_MAX = 1000.0


@dataclass(frozen=True)
class Target:
    """Represent a target: a `value` +- `tolerance`, or a range from `low` to `high`, of a feature.

    One end of the range may be open. With the loss functions of ENDLESS, a target has no target value: its feature is
    minimised or maximised. `value`, `low`, `high`, `tolerance`, `width` and `min` are in the feature's `unit`.
    `weight`, `cap` (250 by default, 1e9 for ENDLESS) and `max` are plain numbers.

    A target of weight 0 belongs to no objective and needs no target value: its feature is only recorded. A target with
    `must` is a constraint and belongs to no objective either: a candidate that violates the constraint ranks behind all
    candidates that do not. The files of `reference` and of the feature are relative to `folder`. Without `imports`, a
    file of the user is not imported, so the target's feature cannot be measured.
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
    imports: bool = field(default=True, compare=False)

    def __post_init__(self) -> None:
        if math.isnan(self.cap):
            object.__setattr__(self, "cap", ENDLESS_CAP if self.is_endless else CAP)

    @property
    def is_endless(self) -> bool:
        """Return whether the feature is minimised or maximised; such a target is neither reached nor missed."""
        return self.form in ENDLESS

    @property
    def counts(self) -> bool:
        """Return whether the target is a term of an objective."""
        return self.weight > 0 and not self.must

    @property
    def files(self) -> list[Path]:
        """Return the files beside the study on which the target's feature depends."""
        own = lookup.files_of(self.feature, self.folder, imports=self.imports) if lookup.is_own(self.feature) else ()
        return [*own, *([Path(self.folder, self.reference)] if self.reference else [])]

    @property
    def _feature(self) -> Feature:
        return lookup.find(self.feature, self.folder, imports=self.imports)

    @property
    def needs_reference(self) -> bool:
        """Return whether the feature compares with the reference; so does every feature that was not imported."""
        return bool(self.reference) if self._feature.is_unread else self._feature.needs_reference

    @property
    def populations(self) -> dict[str, str]:
        """Return the populations that the target reads, by the argument that names the population."""
        own = self._feature.arguments
        others = {key: name for key, name in self.arguments if own.get(key) is PopulationName and name}
        return {"population": self.population, **others}

    @property
    def reads_spikes_alone(self) -> bool:
        """Return whether the feature depends on spikes only.

        A feature of traces does not, and a function of a user or of the model may read anything.
        """
        feature = self._feature
        return not (lookup.is_own(self.feature) or feature.needs_trace or feature.is_given)

    @property
    def what(self) -> str:
        """Return the feature with arguments, population, window and protocol, as text."""
        window = f", {self.window_ms[0]:g}-{self.window_ms[1]:g} ms" if self.window_ms else ""
        protocol = f", {self.protocol}" if self.protocol != DEFAULT else ""
        return f"{self.feature} of {self.population}{self.own_arguments}{window}{protocol}"

    @property
    def own_arguments(self) -> str:
        """Return the arguments that only this feature has, as text to append."""
        return "".join(f", {key} = {shown(value)}" for key, value in self.arguments)

    @property
    def has_goal(self) -> bool:
        """Return whether the target has a target value or range."""
        return any(goal is not None for goal in (self.value, self.low, self.high))

    @property
    def goal(self) -> str:
        """Return the target value or range with the unit, as text."""
        if self.is_endless:
            return f"as {'low' if self.form == 'minimize' else 'high'} as possible"
        if not self.has_goal:
            return "none (recorded only)"
        if self.value is not None:
            return with_unit(f"{self.value:g} +- {self.tolerance:g}", self.unit)
        if self.low is None:
            return with_unit(f"at most {self.high:g}", self.unit)
        if self.high is None:
            return with_unit(f"at least {self.low:g}", self.unit)
        return with_unit(f"{self.low:g} to {self.high:g}", self.unit)

    def read_reference(self) -> references.Reference:
        """Return the content of the file `reference`."""
        return references.read(Path(self.folder, self.reference), self.protocol)

    def measure(self, recording: Recording, reference: references.Reference | None = None) -> float:
        """Return the target's feature of a recording, in the feature's unit.

        Parameters
        ----------
        reference
            Reference for a feature that is a distance. The default is the target's reference.

        Returns
        -------
        float
            The feature; nan if the recording does not define the feature, or if the number is not finite.

        Raises
        ------
        StudyError
            If the feature's function returns something other than a number.
        """
        feature = self._feature
        arguments = dict(self.arguments)
        if feature.needs_reference:
            arguments["reference"] = reference or self.read_reference()
        value = feature.compute(recording, self.population, self.window_ms, **arguments)
        if isinstance(value, bool) or not isinstance(value, Real):
            raise StudyError(f"{feature.name} returned {shown(value)}, must return a number")
        # Numbers that are not finite are null in all files, which read as nan.
        return float(value) if math.isfinite(value) else math.nan

    def miss(self, feature: float) -> float:
        """Return the difference of a feature from the target value, with sign, in the feature's unit.

        The difference from a range is 0 inside the range, and is measured from the nearest end outside.
        """
        if self.value is not None:
            return feature - self.value
        if self.low is not None and feature < self.low:
            return feature - self.low
        if self.high is not None and feature > self.high:
            return feature - self.high
        return 0.0 * feature

    def reached(self, feature: float) -> bool:
        """Return whether a feature is within the tolerance of the value, or inside the range.

        A target that is minimised or maximised is never reached.
        """
        if self.is_endless:
            return False
        slack = self.tolerance if self.value is not None else 0.0
        return abs(self.miss(feature)) <= slack * (1.0 + 1e-12)

    def outcome(self, feature: float) -> str:
        """Return "reached" or "missed".

        The outcome is "recorded" without a target value, and "" if the feature is minimised or maximised.
        """
        if self.is_endless:
            return ""
        if not self.has_goal:
            return "recorded"
        return "reached" if self.reached(feature) else "missed"

    def missed_by(self, feature: float) -> str:
        """Return the difference of a feature from the target value, with sign and unit, as text."""
        return quantity(self.miss(feature), self.unit)

    def violation(self, feature: float) -> float:
        """Return the number of tolerances by which a feature violates the constraint, at most the cap.

        nan counts the cap. A constraint that is met counts 0, as does a target without `must`.
        """
        if not self.must or self.reached(feature):
            return 0.0
        beyond = abs(self.miss(feature)) / self.tolerance - (1.0 if self.value is not None else 0.0)
        return self.cap if math.isnan(beyond) else min(beyond, self.cap)

    def part(self, feature: float) -> float:
        """Return the unweighted term of a feature in the loss [1].

        nan and all larger terms count the `cap`, or `max` for the exponential loss function. Let d be the distance from
        the target value or range, and z = d / tolerance. The loss function `form` gives:

        - "z": z
        - "squared": z^2
        - "hinge": max(0, z - 1)
        - "exponential": min(exp(d / width), max), and max if the feature is not above `min`, as in NetPyNE's examples
        - "minimize": the feature, at least -1e9
        - "maximize": the negative of the feature, at least -1e9
        """
        if self.is_endless:
            loss = feature if self.form == "minimize" else -feature
            return self.cap if math.isnan(loss) else min(max(loss, -ENDLESS_CAP), self.cap)
        distance = abs(self.miss(feature))
        if self.form == "exponential":
            return self._exponential(feature, distance)
        if not self.has_goal:
            return 0.0
        z = distance / self.tolerance
        loss = {"z": z, "squared": z * z, "hinge": max(0.0, z - 1.0)}[self.form]
        return self.cap if math.isnan(distance) else min(loss, self.cap)

    def _exponential(self, feature: float, distance: float) -> float:
        if not feature > self.min:
            return self.max
        assert self.width is not None, "the default width of an exponential target is the tolerance"
        exponent = distance / self.width
        return self.max if exponent > math.log(self.max) else math.exp(exponent)


def grouped(targets: Iterable[Target], by: str | None) -> tuple[Target, ...]:
    """Return the targets, after naming the objectives of targets without a named objective.

    The name is the target's `protocol`, `population` or `feature`, as `by` says. Without `by`, the targets are returned
    unchanged.
    """
    if by is None:
        return tuple(targets)
    return tuple(t if t.objective or not t.counts else replace(t, objective=getattr(t, by)) for t in targets)
