"""Find the parameters that move a target over a space-filling design, by partial rank correlations.

The evaluations must be those of a design (`Design`): grid, random points, Sobol' or Latin hypercube. Along the walk of
a search the parameters follow the features, so correlations between them mean little.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tuner.analysis.excursions import MOVES, SAME
from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.study.space import SearchSpace

# All values are chosen where no source is given.
SIGNIFICANT = 0.01  # p-value of a partial rank correlation, divided by the number of tests (Bonferroni)
FEWEST = 25  # fewest evaluations, plus 3 per varied parameter


@dataclass(frozen=True)
class Rank:
    """Store a significant partial rank correlation of a parameter and a target in a design of n `evaluations`.

    `change` is the change of the target over the whole range by a linear regression, in tolerances, or in the unit of
    the feature if the target is minimised or maximised.
    """

    parameter: str
    target: str
    correlation: float
    change: float
    evaluations: int


def design_ranks(space: SearchSpace, targets: Sequence[Target], design: Sequence[Evaluation]) -> Iterator[Rank]:
    """Yield the significant partial rank correlations of parameters and targets, of at least half a tolerance.

    Ranks detect monotonic effects. So a parameter without a correlation may still matter. Choices have no ranks. Too
    few evaluations yield nothing.

    Source: Marino, Hogue, Ray & Kirschner 2008, J. Theor. Biol. 254:178.
    """
    done = [evaluation for evaluation in design if evaluation.done]
    if len(done) < FEWEST:
        return
    points = np.array([space.encode(evaluation.values) for evaluation in done]).reshape(len(done), len(space))
    varied = np.array([not p.fixed and np.ptp(x) > 0 for p, x in zip(space.parameters, points.T, strict=True)], bool)
    names = [p.name for p, is_varied in zip(space.parameters, varied, strict=True) if is_varied and p.kind != "choice"]
    columns = np.array([p.kind != "choice" for p in space.parameters])[varied]
    for target in targets:
        values = np.array([e.features.get(target.name, np.nan) for e in done], float)
        defined = np.isfinite(values)
        if defined.sum() < FEWEST + 3 * varied.sum() or np.ptp(values[defined]) <= SAME * np.abs(values[defined]).max():
            continue
        x, y = points[np.ix_(defined, varied)], values[defined]
        correlations, p_values = _partial_ranks(x, y)
        unit, least = (1.0, 0.0) if target.is_endless else (target.tolerance, MOVES)
        changes = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)[0][:-1] / unit
        present = (p_values < SIGNIFICANT / (varied.sum() * len(targets))) & (np.abs(changes) > least)
        rows = zip(present[columns], correlations[columns].tolist(), changes[columns].tolist(), names, strict=True)
        yield from (Rank(name, target.name, r, change, len(x)) for is_present, r, change, name in rows if is_present)


def _partial_ranks(points: np.ndarray, feature: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the partial rank correlations of a feature (n,) with points (n, n_parameters), and the p-values.

    The p-value is nan for a parameter that the others explain.
    """
    from scipy import stats

    ranks, own = _ranks(points), _ranks(feature[:, None])[:, 0]
    correlations = np.array([_partial(ranks, own, place) for place in range(ranks.shape[1])])
    bounded = np.clip(correlations, -1.0 + SAME, 1.0 - SAME)
    freedom = len(points) - 1 - points.shape[1]
    # t test of a partial rank correlation (Marino et al. 2008).
    p_values: np.ndarray = 2.0 * stats.t.sf(np.abs(bounded) * np.sqrt(freedom / (1.0 - bounded**2)), freedom)
    return correlations, p_values


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
