"""Targets as residuals: how far features are from what is wished, and what the loss makes of that."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tuner.objective.loss import largest_part
from tuner.objective.targets import ENDLESS, ENDLESS_CAP, Target

OfSize = Callable[[np.ndarray], np.ndarray]
# Of a target's form: its loss, and that loss's slope, at the size of a residual.
FORMS: dict[str, tuple[OfSize, OfSize]] = {
    "z": (lambda size: size, np.ones_like),
    "squared": (np.square, lambda size: 2.0 * size),
    "hinge": (lambda size: np.maximum(size - 1.0, 0.0), lambda size: 1.0 * (size > 1.0)),
    "exponential": (np.exp, np.exp),
    # Losses of these are not of the residual's size.
    **dict.fromkeys(ENDLESS, (np.zeros_like, np.ones_like)),
}
# A capped target's loss is flat; this slope is left for a search that has nothing else to go by.
SLOPE_WHERE_CAPPED = 1e-6
PULL_INSIDE = 1e-3
SMALLEST_SIZE = 0.05
# How far inside a range a step aims, in tolerances.
AIM_INSIDE = 1.0
# The residual of a feature that is to be as low as possible: so much that no step changes its pull.
ENDLESS_RESIDUAL = 1e9


class Wishes:
    """The targets of one objective. Arrays are (n_targets,), or (..., n_targets); features are *mapped*, see `map`.

    A residual's unit is the target's tolerance (its width, for the exponential form), taken to first order at the wish.
    Where a feature is to be as low or as high as possible, its unit is 1, and the wish is far away.
    """

    def __init__(self, targets: Sequence[Target]) -> None:
        self._names = [target.name for target in targets]
        signs = {"minimize": 1.0, "maximize": -1.0}
        self._signs = np.array([signs.get(target.form, 0.0) for target in targets], float)
        self._far = ENDLESS_RESIDUAL * self._signs
        self._are_rates = np.array([target.unit == "Hz" and not target.is_endless for target in targets], bool)
        self._forms = np.array([target.form for target in targets], str)
        self._weights = np.array([target.weight for target in targets], float)
        self._caps = np.array([largest_part(target) for target in targets], float)
        low, high = np.array([_range(target) for target in targets], float).reshape(-1, 2).T
        self._low, self._high = self.map(low), self.map(high)
        self._least = self.map(np.array([target.min for target in targets], float))
        self._scales = np.array([_scale(target) for target in targets], float)
        inside = np.minimum(AIM_INSIDE * self._scales, (high - low) / 4.0)
        self._aims = self.map(low + inside), self.map(high - inside)

    def read(self, features: Mapping[str, float]) -> np.ndarray:
        """Mapped features of an evaluation; nan where it has none."""
        return self.map(np.array([features.get(name, np.nan) for name in self._names], float))

    def map(self, features: np.ndarray) -> np.ndarray:
        """sign(y) log(1 + 2 |y|) of what is in Hz, since rates multiply rather than add up; y of all else.

        What counts as it is, to be as low or as high as possible, is not mapped either.
        """
        with np.errstate(invalid="ignore"):
            return np.where(self._are_rates, np.sign(features) * np.log1p(2.0 * np.abs(features)), features)

    def slopes_of_map(self, mapped: np.ndarray) -> np.ndarray:
        """d mapped / d feature."""
        return np.where(self._are_rates, 2.0 * np.exp(-np.abs(mapped)), 1.0)

    def units(self, mapped: np.ndarray) -> np.ndarray:
        """How much of a mapped feature one unit of residual is."""
        units: np.ndarray = self._scales * self.slopes_of_map(np.clip(mapped, self._low, self._high))
        return units

    def residuals(self, mapped: np.ndarray) -> np.ndarray:
        """Signed distances from the wish; 0 inside a range, nan where the feature is."""
        distances: np.ndarray = (mapped - np.clip(mapped, self._low, self._high)) / self.units(mapped) + self._far
        return distances

    def aims(self, mapped: np.ndarray) -> np.ndarray:
        """Signed distances from what a step aims at: the wish, of a range a place a little inside its nearer bound."""
        distances: np.ndarray = (mapped - np.clip(mapped, *self._aims)) / self.units(mapped) + self._far
        return distances

    def losses(self, mapped: np.ndarray) -> np.ndarray:
        """Losses (...): the weighted sum of every target's form of its residual, capped; compare `Target.part`."""
        parts = self._parts(mapped, np.abs(self.residuals(mapped)))
        losses: np.ndarray = np.where(self._are_capped(parts, mapped), self._caps, parts) @ self._weights
        return losses

    def pulls(self, mapped: np.ndarray) -> np.ndarray:
        """Weights of squared residuals by which their sum has the slopes of the loss: slope / size.

        Nothing where a feature is nan; next to nothing where the target is capped, and inside a range, where a feature
        that no other target moves should stay.
        """
        sizes = np.abs(self.residuals(mapped))
        capped = self._are_capped(self._parts(mapped, sizes), mapped)
        slopes = np.where(capped, SLOPE_WHERE_CAPPED, self._by_form(1, sizes))
        pulls = np.where((sizes == 0.0) & (self._low < self._high), PULL_INSIDE, slopes / np.fmax(sizes, SMALLEST_SIZE))
        return np.where(np.isnan(sizes), 0.0, self._weights * pulls)

    def _parts(self, mapped: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Parts, without cap, of mapped features whose residuals have these sizes."""
        return np.where(self._signs == 0.0, self._by_form(0, sizes), np.maximum(self._signs * mapped, -ENDLESS_CAP))

    def _are_capped(self, parts: np.ndarray, mapped: np.ndarray) -> np.ndarray:
        return ~(parts < self._caps) | (mapped <= self._least)

    def _by_form(self, which: int, sizes: np.ndarray) -> np.ndarray:
        found = np.empty_like(sizes)
        with np.errstate(over="ignore"):
            for form in np.unique(self._forms):
                mine = self._forms == form
                found[..., mine] = FORMS[form][which](sizes[..., mine])
        return found


def _scale(target: Target) -> float:
    """How much of the feature one unit of residual is."""
    if target.is_endless:
        return 1.0
    if target.form == "exponential":
        assert target.width is not None, "this form has a width"
        return target.width
    return target.tolerance


def _range(target: Target) -> tuple[float, float]:
    if target.value is not None:
        return target.value, target.value
    return -np.inf if target.low is None else target.low, np.inf if target.high is None else target.high
