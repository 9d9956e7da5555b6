"""Which parameters move no target, and which can make up for each other: what the targets leave open.

From the ranks of all evaluations, and from the slopes of the features near the best point where they are known. Slopes
are by regression on few points, whose noise they multiply: where the ranks deny that a parameter does anything, its
slopes are not believed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.study.space import SearchSpace

# Over its whole range a parameter that is flat moves all targets together by less than this [tolerances].
FLAT = 0.5
# A direction is open where the unit slopes along it cancel but for this (1 - |cosine|, of two parameters), and the
# features move by less than so many tolerances along the whole of it.
COLLINEAR, RESOLVED = 0.05, 5.0
# A parameter's share in the open directions, and the correlation within them that makes two parameters one group.
SHARE, LINK = 0.05, 0.3
SIGNIFICANT = 0.01
# A partial rank correlation that would matter, and how sure it must be, one-sided, that there is none [deviations].
EFFECT, SURE = 0.5, 2.326
FEWEST = 25
LEAST_SPREAD = 0.1
LEAST_EXPLAINED = 0.8
SAME = 1e-9


@dataclass(frozen=True)
class Tie:
    """Parameters that can make up for each other: the targets fix only so many `directions` of them."""

    parameters: tuple[str, ...]
    directions: int


@dataclass(frozen=True)
class Sensitivity:
    """What `evaluations` that define the targets show: parameters that are `idle`, whose effects none of them shows,
    `flat`, whose slopes near the best are next to nothing, and `ties`.

    The ties are by "slopes" or by "ranks". The evidence is "" without slopes and with fewer evaluations than `needed`:
    nothing is said then.
    """

    evidence: str
    evaluations: int
    needed: int
    idle: tuple[str, ...] = ()
    flat: tuple[str, ...] = ()
    ties: tuple[Tie, ...] = ()


def moves(values: np.ndarray) -> bool:
    """Whether a feature, (n_evaluations,), is not the same in all evaluations; nan is a value of its own."""
    defined = values[np.isfinite(values)]
    if len(defined) < len(values):
        return len(defined) > 0
    return bool(np.ptp(values) > SAME * np.abs(values).max()) if len(values) else False


def of_ranks(space: SearchSpace, targets: Sequence[Target], done: Sequence[Evaluation]) -> Sensitivity:
    """By partial rank correlation coefficients of features and parameters, and regression on ranks.

    Both see effects that rise or fall. A parameter is idle where no coefficient is significant (Bonferroni over all)
    and all are surely below 0.5. Choices have no ranks: nothing is said of them.

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
    """By slopes {target: {parameter: feature's unit per whole range}}, in tolerances, of what is not idle by ranks."""
    names = [p.name for p in space.parameters if not p.fixed and p.name not in ranks.idle]
    asked = [(slopes.get(target.name, {}).get(name, 0.0), target.tolerance) for target in targets for name in names]
    known = [slope / tolerance for slope, tolerance in asked if slope is not None]
    if len(known) < len(asked):
        # Nothing is known of a target that was never defined, and so of what moves it.
        return ranks
    matrix = np.array(known, float).reshape(len(targets), len(names))
    matters = np.linalg.norm(matrix, axis=0) >= FLAT
    found = ties(matrix[:, matters], _chosen(names, matters), RESOLVED)
    return replace(ranks, evidence="slopes", flat=_chosen(names, ~matters), ties=found)


def ties(matrix: np.ndarray, names: Sequence[str], resolved: float = np.inf) -> tuple[Tie, ...]:
    """Groups of parameters that can make up for each other, by slopes (n_targets, n_parameters), no column 0.

    The open directions are the eigenvectors, of small eigenvalue, of the cosines between columns; a collinearity index
    above 4.5 in the source. Two parameters are of a group where they are correlated within the open directions.

    Source: Brun, Reichert & Kuensch 2001, Water Resour. Res. 37:1015, eq. 12.
    """
    if len(names) < 2:
        return ()
    norms = np.linalg.norm(matrix, axis=0)
    values, vectors = np.linalg.eigh((matrix / norms).T @ (matrix / norms))
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
    """Which parameters are correlated within the open directions, by the projector on these, or across them."""
    shares = np.diag(inside)
    fixed = np.maximum(1.0 - shares, SAME)
    scale = np.sqrt(np.maximum(np.minimum(np.outer(shares, shares), np.outer(fixed, fixed)), SAME))
    taking = shares >= SHARE
    linked: np.ndarray = (np.abs(inside) > LINK * scale) & np.outer(taking, taking)
    return linked


class _Effects:
    """Rank effects of parameters, points (n, n_parameters), on a feature (n,) that is one of `n_features`.

    `present` and `absent` say which are significant, and which surely small; `coefficients` are those of the
    standardised regression on ranks; all (n_parameters,). `explains` says whether these may be relied on.
    """

    def __init__(self, points: np.ndarray, feature: np.ndarray, n_features: int) -> None:
        from scipy import stats

        defined = np.isfinite(feature)
        ranks, own = _ranks(points[defined]), _ranks(feature[defined, None])[:, 0]
        n, n_parameters = ranks.shape
        correlations = np.array([_partial(ranks, own, place) for place in range(n_parameters)])
        bounded = np.clip(np.nan_to_num(correlations), -1.0 + SAME, 1.0 - SAME)
        freedom = n - 1 - n_parameters
        p_values = 2.0 * stats.t.sf(np.abs(bounded) * np.sqrt(freedom / (1.0 - bounded**2)), freedom)
        unsure = SURE / np.sqrt(freedom - 1)
        self.present = p_values < SIGNIFICANT / (n_parameters * n_features)
        small = np.arctanh(np.abs(bounded)) + unsure < np.arctanh(EFFECT)
        self.absent = small & ~self.present & np.isfinite(correlations)
        self.coefficients = np.linalg.lstsq(ranks, own, rcond=None)[0]
        explained = 1.0 - np.mean((own - ranks @ self.coefficients) ** 2)
        spread = np.linalg.eigvalsh(ranks.T @ ranks / n)[0]
        self.explains = bool(explained > LEAST_EXPLAINED and spread > LEAST_SPREAD)


def _ranks(columns: np.ndarray) -> np.ndarray:
    """Ranks of each column of (n, n_columns), of mean 0 and variance 1; 0 where all are equal."""
    from scipy import stats

    ranks: np.ndarray = stats.rankdata(columns, axis=0)
    ranks -= ranks.mean(axis=0)
    ranks /= np.maximum(ranks.std(axis=0), SAME)
    return ranks


def _partial(ranks: np.ndarray, own: np.ndarray, place: int) -> float:
    """Correlation with one of the columns of what the others do not explain.

    0 where they explain all of the feature; nan where they explain all of the column.
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
