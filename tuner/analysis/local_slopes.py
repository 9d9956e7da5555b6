"""Collect the slopes of the targets near the best evaluation, with standard errors, from the fit or from a design."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuner.analysis.excursions import MOVES, SAME
from tuner.analysis.surrogate import LEAST_Q2, fit_surrogate
from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.optimizers.base import Problem
from tuner.optimizers.least_squares.residuals import Goals
from tuner.optimizers.least_squares.slope_errors import slope_table
from tuner.study.space import SearchSpace, same_choice

# All values are chosen. Slopes were taken near the best evaluation if no parameter differs by more of its range; the
# radius of the fit [fraction of each range] is the same.
NEAR = RADIUS = 0.1
# A slope is believed beyond BELIEVED standard errors, and beyond the quantile of Student's t that gives one false slope
# among all of them with a chance of FALSE (Bonferroni).
BELIEVED, FALSE = 2.0, 0.05
FIT, DESIGN = "fit", "design"


@dataclass(frozen=True)
class Slope:
    """Store a believed slope: the change over the whole range of a parameter, and the error, both in tolerances."""

    parameter: str
    target: str
    change: float
    error: float


@dataclass(frozen=True)
class LocalSlopes:
    """Hold slopes at the best evaluation, in tolerances over the whole range of each parameter.

    `slopes`, `errors` and `limits` are (n_targets, n_parameters). A slope is believed if it is beyond its limit, in
    standard errors. `room` (n_parameters, 2) is the distance from the best to the lower and the upper bound, over the
    range. `evidence` is "fit" or "design".
    """

    targets: tuple[Target, ...]
    names: tuple[str, ...]
    slopes: np.ndarray
    errors: np.ndarray
    limits: np.ndarray
    room: np.ndarray
    evidence: str

    @property
    def believed(self) -> np.ndarray:
        """Return which slopes are believed and move the target by more than half a tolerance."""
        sure: np.ndarray = np.abs(self.slopes) > np.maximum(self.limits * self.errors, MOVES)
        return sure

    @property
    def is_complete(self) -> bool:
        """Return whether all slopes and errors are known."""
        return bool(np.isfinite(self.slopes).all() and np.isfinite(self.errors).all())

    def listed(self) -> Iterator[Slope]:
        """Yield the believed slopes."""
        for row, column in np.argwhere(self.believed).tolist():
            change, error = float(self.slopes[row, column]), float(self.errors[row, column])
            yield Slope(self.names[column], self.targets[row].name, change, error)


def fit_table(
    space: SearchSpace,
    targets: Sequence[Target],
    done: Sequence[Evaluation],
    best: Evaluation,
    table: Mapping[str, Any] | None,
) -> Mapping[str, Any] | None:
    """Return slopes near the best evaluation with errors, as `LeastSquares.slopes`; None without enough evaluations.

    This is the `table` in the manifest, if its slopes were taken near the best evaluation. Otherwise, also for a
    manifest without errors, it is the same fit to the evaluations that equal the best in choices and fixed parameters.
    """
    if table and "errors" in table and _is_near(space, best, done, table.get("number")):
        return table
    free = _free(space)
    others = [parameter.name for parameter in space.parameters if parameter not in free.parameters]
    rows = [e for e in done if all(same_choice(e.values[name], best.values[name]) for name in others)]
    numbers = [evaluation.number for evaluation in rows]
    if best.number not in numbers or len(rows) < len(free) + 2 or not len(free):
        return None
    points = np.array([free.encode(evaluation.values) for evaluation in rows])
    goals = Goals(targets)
    mapped = np.array([goals.read(evaluation.features) for evaluation in rows])
    return slope_table(Problem(free, tuple(targets)), goals, points, mapped, numbers.index(best.number), RADIUS)


def of_fit(
    space: SearchSpace, targets: Sequence[Target], best: Evaluation, table: Mapping[str, Any] | None
) -> LocalSlopes | None:
    """Return the slopes of a table (see `fit_table`) in tolerances; None without a table.

    Targets that are minimised or maximised have no tolerance and are left out, as are choices.
    """
    goals = tuple(target for target in targets if target.has_goal)
    if not table or not goals:
        return None
    names = tuple(parameter.name for parameter in _free(space).parameters)
    units = np.array([target.tolerance for target in goals])[:, None]
    slopes, errors = (_matrix(table[key], goals, names) / units for key in ("slopes", "errors"))
    freedom = np.array([[table.get("freedom", {}).get(target.name)] for target in goals], float)
    return LocalSlopes(goals, names, slopes, errors, _limits(freedom, slopes), _room(space, best), FIT)


def of_design(
    space: SearchSpace, targets: Sequence[Target], design: Sequence[Evaluation], best: Evaluation
) -> LocalSlopes | None:
    """Return the slopes at the best evaluation of a polynomial through a design; None without a good fit.

    All targets must have a tolerance, and all free parameters must be numbers. A polynomial fits if it predicts
    evaluations that are left out: within a tolerance on average, and 80 % of the variance.
    """
    done = [evaluation for evaluation in design if evaluation.done]
    free, has_choice = _free(space), any(p.varies and p.kind == "choice" for p in space.parameters)
    if not done or has_choice or not all(target.has_goal for target in targets):
        return None
    points, here = np.array([free.encode(e.values) for e in done]), free.encode(best.values)
    rows, moving = [], []
    for target in targets:
        values = np.array([e.features.get(target.name, np.nan) for e in done], float)
        if not np.isfinite(values).all():
            return None
        if np.ptp(values) <= SAME * np.abs(values).max():
            continue
        surrogate = fit_surrogate(points, values / target.tolerance)
        if surrogate is None or surrogate.missed > 1.0 or surrogate.q2 < LEAST_Q2:
            return None
        moving.append(target)
        rows.append((*surrogate.slopes(here), len(done) - len(surrogate.terms)))
    if not rows:
        return None
    slopes, errors = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    limits = _limits(np.array([[row[2]] for row in rows], float), slopes)
    names = tuple(parameter.name for parameter in free.parameters)
    return LocalSlopes(tuple(moving), names, slopes, errors, limits, _room(space, best), DESIGN)


def _room(space: SearchSpace, best: Evaluation) -> np.ndarray:
    here = _free(space).encode(best.values)
    return np.column_stack([-here, 1.0 - here])


def _free(space: SearchSpace) -> SearchSpace:
    """Return the parameters that have slopes: neither fixed nor a choice."""
    return SearchSpace(tuple(p for p in space.parameters if p.varies and p.kind != "choice"))


def _is_near(space: SearchSpace, best: Evaluation, done: Sequence[Evaluation], number: int | None) -> bool:
    """Return whether evaluation `number` lies near the best one; verification may choose another evaluation as best."""
    values = next((evaluation.values for evaluation in done if evaluation.number == number), None)
    return values is not None and bool(np.abs(space.encode(values) - space.encode(best.values)).max() <= NEAR)


def _matrix(
    table: Mapping[str, Mapping[str, float | None]], targets: Sequence[Target], names: Sequence[str]
) -> np.ndarray:
    """Return a table by target and parameter as an array, with nan for None and for missing entries."""
    return np.array([[table.get(target.name, {}).get(name) for name in names] for target in targets], float)


def _limits(freedom: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Return the limits of believed slopes, in standard errors; inf without degrees of freedom."""
    from scipy import stats

    tests = max(slopes.size, 1)
    quantiles = stats.t.ppf(1.0 - FALSE / (2 * tests), np.where(freedom >= 1.0, freedom, 1.0))
    limits: np.ndarray = np.where(freedom >= 1.0, np.maximum(quantiles, BELIEVED), np.inf) + np.zeros_like(slopes)
    return limits
