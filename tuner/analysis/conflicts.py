"""Targets that pull against each other, by the evaluations of a run."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from tuner.evaluation import Evaluation
from tuner.objective.targets import Target

FEWEST_BETTER = 12
OPPOSED, SIGNIFICANT = -0.5, 0.01
# By so many standard deviations a correlation is below those of parts in random order.
PERMUTATIONS, DEVIATIONS = 200, 3.5


@dataclass(frozen=True)
class Conflict:
    """Two targets that pull against each other, and the rank correlation of their parts in the better half."""

    targets: tuple[str, str]
    correlation: float


def find_conflicts(targets: Sequence[Target], done: Sequence[Evaluation], missed: set[str]) -> Iterator[Conflict]:
    """Pairs, at least one of them missed in the best, where one is the worse the better the other is."""
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
    """Rank correlation of two parts in the half of least rest + weight * other, if it tells of a conflict.

    To choose by their sum alone makes independent parts oppose each other, by -1/2 where they are uniform; so it must
    be far below what comes of the other part in random order.
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
    """Spearman's rank correlation; 0 where one is constant."""
    from scipy import stats

    if not np.ptp(one) or not np.ptp(other):
        return 0.0
    return float(np.corrcoef(stats.rankdata(one), stats.rankdata(other))[0, 1])


def _fisher(correlation: float) -> float:
    """Fisher's transform, by which correlations are nearly normal."""
    return math.atanh(max(-1.0 + 1e-9, min(correlation, 1.0 - 1e-9)))
