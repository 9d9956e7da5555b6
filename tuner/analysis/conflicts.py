"""Find conflicts between targets, from the evaluations of a run."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from tuner.evaluation import Evaluation
from tuner.objective.targets import Target

# Fewest evaluations in the better half. Chosen: a rank correlation of fewer evaluations is rarely significant.
FEWEST_BETTER = 12
# Chosen: a correlation below OPPOSED, with a p-value below SIGNIFICANT, may be a conflict ...
OPPOSED, SIGNIFICANT = -0.5, 0.01
# ... if it is DEVIATIONS standard deviations below the correlations for PERMUTATIONS random orders. Chosen so that 20
# searches without conflicts give no alarm, see tests/analysis/test_conflicts.py.
PERMUTATIONS, DEVIATIONS = 200, 3.5


@dataclass(frozen=True)
class Conflict:
    """Store two conflicting targets and the rank correlation of the two terms of the loss in the better half."""

    targets: tuple[str, str]
    correlation: float


def find_conflicts(targets: Sequence[Target], done: Sequence[Evaluation], missed: set[str]) -> Iterator[Conflict]:
    """Yield the pairs of targets that conflict: the better the term of one target, the worse the term of the other.

    At least one target of a pair is in `missed`, the names of the targets that the best evaluation misses. Too few
    evaluations yield no conflict.
    """
    rows = np.array([[e.parts.get(target.name, np.nan) for target in targets] for e in done], float)
    rows = rows.reshape(len(done), len(targets))
    parts = rows[np.isfinite(rows).all(axis=1)]
    if len(parts) < 2 * FEWEST_BETTER:
        return
    weights = np.array([target.weight if target.counts else 0.0 for target in targets])
    for one, other in combinations(range(len(targets)), 2):
        names = targets[one].name, targets[other].name
        if missed & {*names}:
            rest = parts @ np.where(np.arange(len(targets)) == other, 0.0, weights)
            correlation = _opposition(rest, parts[:, one], parts[:, other], weights[other])
            if correlation is not None:
                yield Conflict(names, correlation)


def _opposition(rest: np.ndarray, one: np.ndarray, other: np.ndarray, weight: float) -> float | None:
    """Return the rank correlation of two terms in the half of least loss if there is a conflict.

    The loss is `rest + weight * other`; `rest` contains `one`. The selection by this sum alone gives independent terms
    a negative correlation, of -1/2 for uniform terms. So the correlation must be far below the correlations after the
    same selection with `other` in random order.
    """
    from scipy import stats

    better = _better_half(rest + weight * other)
    correlation = _correlation(one[better], other[better])
    if not (correlation < OPPOSED and stats.spearmanr(one[better], other[better]).pvalue < SIGNIFICANT):
        return None
    random = np.random.default_rng(0)
    by_chance = []
    for shuffled in (random.permutation(other) for _ in range(PERMUTATIONS)):
        better = _better_half(rest + weight * shuffled)
        by_chance.append(_fisher(_correlation(one[better], shuffled[better])))
    limit = np.mean(by_chance) - DEVIATIONS * np.std(by_chance)
    return correlation if _fisher(correlation) < limit else None


def _better_half(losses: np.ndarray) -> np.ndarray:
    return np.argsort(losses, kind="stable")[: len(losses) // 2]


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Spearman's rank correlation; 0 if one column is constant."""
    from scipy import stats

    if not np.ptp(one) or not np.ptp(other):
        return 0.0
    return float(np.corrcoef(stats.rankdata(one), stats.rankdata(other))[0, 1])


def _fisher(correlation: float) -> float:
    """Return Fisher's transform of a correlation, which is nearly normally distributed."""
    return math.atanh(max(-1.0 + 1e-9, min(correlation, 1.0 - 1e-9)))
