"""Represent targets as residuals: signed distances of features from the target values, in tolerances.

With y a feature, t the target value (or the nearest bound of a range), tol the tolerance, and rho a loss function:

    phi(y) = sign(y) log(1 + 2 |y|) for a rate [Hz], y for other features            (1)
    r = (phi(y) - phi(t)) / (tol phi'(t))                                            (2)
    loss = sum over targets of weight min(rho(|r|), cap)                             (3)
    pull = weight rho'(|r|) / max(|r|, 0.05)                                         (4)

The sum of pull r^2 / 2 has the gradient of the loss (iteratively reweighted least squares).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tuner.objective.loss import largest_part
from tuner.objective.targets import ENDLESS, ENDLESS_CAP, Target

OfSize = Callable[[np.ndarray], np.ndarray]
# For each loss function of a target (the key `form`): rho and the derivative rho' at the absolute value of a residual.
FORMS: dict[str, tuple[OfSize, OfSize]] = {
    "z": (lambda size: size, np.ones_like),
    "squared": (np.square, lambda size: 2.0 * size),
    "hinge": (lambda size: np.maximum(size - 1.0, 0.0), lambda size: 1.0 * (size > 1.0)),
    "exponential": (np.exp, np.exp),
    # The loss of these targets is the feature itself, see `_parts`.
    **dict.fromkeys(ENDLESS, (np.zeros_like, np.ones_like)),
}
# The loss of a capped target is flat. Chosen: a slope that matters only if all targets are capped.
SLOPE_WHERE_CAPPED = 1e-6
# Pull of a target inside its range. Chosen: small beside any missed target, see `pulls`.
PULL_INSIDE = 1e-3
# Least |r| in eq. 4, so that pulls stay finite. Chosen in the prototype, see `least_squares`.
SMALLEST_SIZE = 0.05
# A step aims so far inside a range [tolerances]. Measured on the study rhythm (five searches): a mean loss of 0.05
# under held-out seeds, instead of 0.35 with 0.1.
AIM_INSIDE = 1.0
# Residual of a feature that is to be minimised. Chosen: so large that no step changes the pull.
ENDLESS_RESIDUAL = 1e9


class Goals:
    """Compute residuals, losses and pulls of the targets of one objective.

    Arrays have the shape (n_targets,) or (..., n_targets). Features are *mapped*, see `map`. The unit of a residual is
    the tolerance, or the width for `form = "exponential"`, to first order at the target value. For a feature that is
    minimised or maximised the unit is 1, and the target value is far away.
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
        """Return the mapped features of an evaluation; nan for a missing or undefined feature."""
        return self.map(np.array([features.get(name, np.nan) for name in self._names], float))

    def map(self, features: np.ndarray) -> np.ndarray:
        """Map features y: sign(y) log(1 + 2 |y|) for rates [Hz], y for all others (eq. 1).

        Effects on rates multiply rather than add up. A rate that is minimised or maximised is not mapped, since it is a
        linear term of the loss.
        """
        with np.errstate(invalid="ignore"):
            return np.where(self._are_rates, np.sign(features) * np.log1p(2.0 * np.abs(features)), features)

    def slopes_of_map(self, mapped: np.ndarray) -> np.ndarray:
        """Return the derivative of the map, phi'(y), at mapped features."""
        return np.where(self._are_rates, 2.0 * np.exp(-np.abs(mapped)), 1.0)

    def units(self, mapped: np.ndarray) -> np.ndarray:
        """Return the unit of the residuals, as a difference of mapped features (tol phi'(t) in eq. 2)."""
        units: np.ndarray = self._scales * self.slopes_of_map(np.clip(mapped, self._low, self._high))
        return units

    def residuals(self, mapped: np.ndarray) -> np.ndarray:
        """Return the residuals of mapped features (eq. 2); 0 inside a range, nan for nan."""
        distances: np.ndarray = (mapped - np.clip(mapped, self._low, self._high)) / self.units(mapped) + self._far
        return distances

    def aims(self, mapped: np.ndarray) -> np.ndarray:
        """Return the residuals from the aim of a step: the target value, or a place inside the range near a bound."""
        distances: np.ndarray = (mapped - np.clip(mapped, *self._aims)) / self.units(mapped) + self._far
        return distances

    def losses(self, mapped: np.ndarray) -> np.ndarray:
        """Return the losses (...) of mapped features (..., n_targets) by eq. 3; compare `Target.part`."""
        parts = self._parts(mapped, np.abs(self.residuals(mapped)))
        losses: np.ndarray = np.where(self._are_capped(parts, mapped), self._caps, parts) @ self._weights
        return losses

    def pulls(self, mapped: np.ndarray) -> np.ndarray:
        """Return the weights of the squared residuals (eq. 4).

        The weight is 0 for a nan feature, and small for a capped target. It is small, but not 0, inside a range: there
        a feature should stay unless another target requires a change.
        """
        sizes = np.abs(self.residuals(mapped))
        capped = self._are_capped(self._parts(mapped, sizes), mapped)
        slopes = np.where(capped, SLOPE_WHERE_CAPPED, self._by_form(1, sizes))
        pulls = np.where((sizes == 0.0) & (self._low < self._high), PULL_INSIDE, slopes / np.fmax(sizes, SMALLEST_SIZE))
        return np.where(np.isnan(sizes), 0.0, self._weights * pulls)

    def _parts(self, mapped: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Return the terms of the loss without cap and weight; `sizes` are the absolute values of the residuals."""
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
    """Return the unit of a residual, in the unit of the feature."""
    if target.is_endless:
        return 1.0
    if target.form == "exponential":
        assert target.width is not None, "an exponential target has a width"
        return target.width
    return target.tolerance


def _range(target: Target) -> tuple[float, float]:
    if target.value is not None:
        return target.value, target.value
    return -np.inf if target.low is None else target.low, np.inf if target.high is None else target.high
