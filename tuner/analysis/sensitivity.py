"""Find the parameters without effect on any target, and the parameters that can compensate for each other.

The evidence is the ranks of all evaluations, and the slopes of the features near the best point if these are known.
Slopes come from a regression on few points and amplify noise. So slopes are ignored for a parameter that has no effect
according to the ranks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.study.space import SearchSpace

# All values are chosen where no source is given; tests/analysis/test_sensitivity.py holds them against false alarms.
# A flat parameter moves all targets together by less than this over its whole range [tolerances].
FLAT = 0.5
# A direction is open if its eigenvalue (for two parameters 1 - |cosine| of the slopes) is below COLLINEAR, and if the
# features change by less than RESOLVED tolerances along its whole length.
COLLINEAR, RESOLVED = 0.05, 5.0
# A parameter belongs to the open directions with a SHARE above this. Two such parameters are in one group if their
# correlation within the open directions is above LINK.
SHARE, LINK = 0.05, 0.3
SIGNIFICANT = 0.01  # p-value of a partial rank correlation, divided by the number of tests (Bonferroni)
# An absent effect is a partial rank correlation surely below EFFECT: by SURE standard deviations, 99 % one-sided.
EFFECT, SURE = 0.5, 2.326
FEWEST = 25  # fewest evaluations, plus 3 per varied parameter
LEAST_SPREAD = 0.1  # least eigenvalue of the correlations between parameters, to separate their effects
LEAST_EXPLAINED = 0.8  # least R^2 of the regression on ranks
SAME = 1e-9  # relative differences below this count as rounding errors


@dataclass(frozen=True)
class Tie:
    """Store parameters that can compensate for each other: the targets fix only `directions` directions."""

    parameters: tuple[str, ...]
    directions: int


@dataclass(frozen=True)
class Sensitivity:
    """Store the parameters without effect and the groups of parameters that can compensate for each other.

    Attributes
    ----------
    evidence
        Source of the ties: "slopes" or "ranks". "" means not resolved: no slopes, and fewer `evaluations` than
        `needed`.
    evaluations
        Number of evaluations in which the features of the targets are defined.
    needed
        Number of evaluations that the ranks need.
    idle
        Parameters without effect in any evaluation, by the ranks.
    flat
        Parameters with almost no effect near the best evaluation, by the slopes.
    ties
        Groups of parameters that can compensate for each other.
    """

    evidence: str
    evaluations: int
    needed: int
    idle: tuple[str, ...] = ()
    flat: tuple[str, ...] = ()
    ties: tuple[Tie, ...] = ()


def moves(values: np.ndarray) -> bool:
    """Return whether a feature (n_evaluations,) differs between evaluations; nan counts as one more value."""
    defined = values[np.isfinite(values)]
    if len(defined) < len(values):
        return len(defined) > 0
    return bool(np.ptp(values) > SAME * np.abs(values).max()) if len(values) else False


def of_ranks(space: SearchSpace, targets: Sequence[Target], done: Sequence[Evaluation]) -> Sensitivity:
    """Return the sensitivity by partial rank correlations of features and parameters, and by regression on ranks.

    Both methods detect monotonic effects only. A parameter is idle if no coefficient is significant (with Bonferroni's
    correction) and all coefficients are surely below 0.5. Choices have no ranks, so they are never idle or tied.

    Source: Marino, Hogue, Ray & Kirschner 2008, J. Theor. Biol. 254:178.
    """
    points = np.array([space.encode(evaluation.values) for evaluation in done]).reshape(len(done), len(space))
    varied = np.array([not p.fixed and np.ptp(x) > 0 for p, x in zip(space.parameters, points.T, strict=True)], bool)
    features = [np.array([e.features.get(target.name, np.nan) for e in done], float) for target in targets]
    moving = [values for values in features if moves(values)]
    evaluations = min((int(np.isfinite(values).sum()) for values in moving), default=len(done))
    needed = 3 * int(varied.sum()) + FEWEST
    if evaluations < needed:
        return Sensitivity("", evaluations, needed)
    if not moving or not varied.any():
        return Sensitivity("ranks", evaluations, needed)
    ranked = np.array([parameter.kind != "choice" for parameter in space.parameters])[varied]
    names = _chosen([parameter.name for parameter in space.parameters], varied)
    effects = [_Effects(points[:, varied], values, len(moving)) for values in moving]
    idle = np.all([effect.absent for effect in effects], axis=0) & ranked
    matters = np.any([effect.present for effect in effects], axis=0) & ranked
    found: tuple[Tie, ...] = ()
    if all(effect.explains for effect in effects):
        found = ties(np.array([effect.coefficients for effect in effects])[:, matters], _chosen(names, matters))
    return Sensitivity("ranks", evaluations, needed, idle=_chosen(names, idle), ties=found)


def of_slopes(
    space: SearchSpace, targets: Sequence[Target], slopes: Mapping[str, Mapping[str, float | None]], ranks: Sensitivity
) -> Sensitivity:
    """Return the sensitivity by slopes, for the parameters that are not idle by `ranks`.

    `slopes` is {target: {parameter: slope}}, in the unit of the feature over the whole range of the parameter, as
    `LeastSquares.slopes`. If a slope is None (never defined), `ranks` is returned unchanged.
    """
    names = [p.name for p in space.parameters if not p.fixed and p.name not in ranks.idle]
    asked = [(slopes.get(target.name, {}).get(name, 0.0), target.tolerance) for target in targets for name in names]
    known = [slope / tolerance for slope, tolerance in asked if slope is not None]
    if len(known) < len(asked):
        # A feature that was never defined may depend on any parameter.
        return ranks
    matrix = np.array(known, float).reshape(len(targets), len(names))
    matters = np.linalg.norm(matrix, axis=0) >= FLAT
    found = ties(matrix[:, matters], _chosen(names, matters), RESOLVED)
    return replace(ranks, evidence="slopes", flat=_chosen(names, ~matters), ties=found)


def ties(matrix: np.ndarray, names: Sequence[str], resolved: float = np.inf) -> tuple[Tie, ...]:
    """Return groups of parameters that can compensate for each other.

    `matrix` holds the slopes (n_targets, n_parameters); no column is 0. The open directions are the eigenvectors with
    small eigenvalues of the matrix of cosines between columns. An eigenvalue of 0.05 is a collinearity index of 4.5,
    1 / sqrt(eigenvalue), in the source. Two parameters are in one group if they are correlated within the open
    directions.

    Source: Brun, Reichert & Kuensch 2001, Water Resour. Res. 37:1015, eq. 12.
    """
    if len(names) < 2:
        return ()
    norms = np.linalg.norm(matrix, axis=0)
    values, vectors = np.linalg.eigh((matrix / norms).T @ (matrix / norms))  # eq. 12: index = 1 / sqrt(value)
    moved = np.sqrt(np.maximum(values, 0.0)) / np.abs(vectors / norms[:, None]).max(axis=0)
    free = vectors[:, (values < COLLINEAR) & (moved < resolved)]
    inside = free @ free.T
    from scipy.sparse.csgraph import connected_components

    _, groups = connected_components(_linked(inside), directed=False)
    found = []
    for group in np.unique(groups):
        members = groups == group
        n_free = round(float(np.trace(inside[np.ix_(members, members)])))
        if members.sum() > 1 and n_free:
            found.append(Tie(_chosen(names, members), int(members.sum()) - n_free))
    return tuple(found)


def _linked(inside: np.ndarray) -> np.ndarray:
    """Return which parameters are correlated, by the projector `inside` on the open directions."""
    shares = np.diag(inside)
    fixed = np.maximum(1.0 - shares, SAME)
    scale = np.sqrt(np.maximum(np.minimum(np.outer(shares, shares), np.outer(fixed, fixed)), SAME))
    taking = shares >= SHARE
    linked: np.ndarray = (np.abs(inside) > LINK * scale) & np.outer(taking, taking)
    return linked


class _Effects:
    """Compute the effects of parameters, points (n, n_parameters), on the ranks of a feature (n,).

    `present` marks significant effects (Bonferroni over parameters and `n_features`), `absent` marks effects that are
    surely small, and `coefficients` are the standardised regression coefficients of the ranks; all are (n_parameters,).
    `explains` is True if the regression explains the feature.
    """

    def __init__(self, points: np.ndarray, feature: np.ndarray, n_features: int) -> None:
        from scipy import stats

        defined = np.isfinite(feature)
        ranks, own = _ranks(points[defined]), _ranks(feature[defined, None])[:, 0]
        n, n_parameters = ranks.shape
        correlations = np.array([_partial(ranks, own, place) for place in range(n_parameters)])
        bounded = np.clip(np.nan_to_num(correlations), -1.0 + SAME, 1.0 - SAME)
        freedom = n - 1 - n_parameters
        # t test of a partial rank correlation (Marino et al. 2008).
        p_values = 2.0 * stats.t.sf(np.abs(bounded) * np.sqrt(freedom / (1.0 - bounded**2)), freedom)
        unsure = SURE / np.sqrt(freedom - 1)
        self.present = p_values < SIGNIFICANT / (n_parameters * n_features)
        # Confidence limit by Fisher's transform, with standard deviation 1 / sqrt(freedom - 1).
        small = np.arctanh(np.abs(bounded)) + unsure < np.arctanh(EFFECT)
        self.absent = small & ~self.present & np.isfinite(correlations)
        self.coefficients = np.linalg.lstsq(ranks, own, rcond=None)[0]
        explained = 1.0 - np.mean((own - ranks @ self.coefficients) ** 2)
        spread = np.linalg.eigvalsh(ranks.T @ ranks / n)[0]
        self.explains = bool(explained > LEAST_EXPLAINED and spread > LEAST_SPREAD)


def _ranks(columns: np.ndarray) -> np.ndarray:
    """Return the ranks of each column of (n, n_columns), with mean 0 and variance 1; 0 if all are equal."""
    from scipy import stats

    ranks: np.ndarray = stats.rankdata(columns, axis=0)
    ranks -= ranks.mean(axis=0)
    ranks /= np.maximum(ranks.std(axis=0), SAME)
    return ranks


def _partial(ranks: np.ndarray, own: np.ndarray, place: int) -> float:
    """Return the partial correlation of the ranks `own` with column `place`, given the other columns.

    The result is 0 if the other columns explain all of `own`, and nan if they explain all of column `place`.
    """
    others = np.delete(ranks, place, axis=1)
    both = np.column_stack([ranks[:, place], own])
    column, rest = (both - others @ np.linalg.lstsq(others, both, rcond=None)[0]).T
    lengths = np.linalg.norm(column), np.linalg.norm(rest)
    least = 1e-6 * np.sqrt(len(own))
    if lengths[0] < least:
        return np.nan
    return float(column @ rest / np.prod(lengths)) if lengths[1] > least else 0.0


def _chosen(names: Sequence[str], which: np.ndarray) -> tuple[str, ...]:
    return tuple(name for name, is_one in zip(names, which, strict=True) if is_one)
