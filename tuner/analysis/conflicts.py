"""Find conflicts between targets: near the best evaluation, on a Pareto front, or over a space-filling design.

A correlation along the walk of a search is no evidence, since the walk itself goes from one target to the other.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from tuner.analysis.compensation import SURE, draws
from tuner.analysis.local_slopes import LocalSlopes
from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.optimizers.pareto.nondominated import pareto_front

# Fewest evaluations in the better half. Chosen: a rank correlation of fewer evaluations is rarely significant.
FEWEST_BETTER = 12
# Chosen: a correlation below OPPOSED, with a p-value below SIGNIFICANT, may be a conflict ...
OPPOSED, SIGNIFICANT = -0.5, 0.01
# ... if it is DEVIATIONS standard deviations below the correlations for PERMUTATIONS random orders. Chosen: with
# 3.5, 3 of 1440 designs without a conflict gave an alarm, with 4.5 none (models of tests/analysis/test_conflicts.py).
PERMUTATIONS, DEVIATIONS = 200, 4.5
# Chosen: the least cosine of slopes that count as parallel, and the draws of slopes in which steps are sought.
PARALLEL, TRIES = 0.95, 20
# Chosen: fewest evaluations on a front, and the chance that none reaches both targets if reaching one does not depend
# on reaching the other.
FEWEST_OF_FRONT, BY_CHANCE = 12, 1e-3
NEAR_BEST, FRONT, DESIGN = "near the best", "front", "design"


@dataclass(frozen=True)
class Conflict:
    """Store two conflicting targets and the evidence.

    Attributes
    ----------
    correlation
        Rank correlation of the two terms of the loss; near the best, the cosine of the slopes towards the targets.
    evidence
        "near the best", "front" or "design".
    evaluations
        Number of evaluations of the design, or of the run with the front; 0 near the best.
    reached
        Number of evaluations that reach the first and the second target, for a front.
    """

    targets: tuple[str, str]
    correlation: float
    evidence: str
    evaluations: int = 0
    reached: tuple[int, int] = (0, 0)


def find_conflicts(
    targets: Sequence[Target],
    evaluations: Sequence[Evaluation],
    best: Evaluation,
    design: Sequence[Evaluation],
    local: LocalSlopes | None,
    missed: set[str],
) -> Iterator[Conflict]:
    """Yield the pairs of targets that conflict, each once: the nearer one, the further the other.

    At least one target of a pair is in `missed`, the names of the targets that the best evaluation misses. `design` are
    the evaluations of a space-filling design, and `local` the slopes near the best evaluation. Without such evidence
    there is no conflict.
    """
    found = [
        *(_near_best(local, best, missed) if local else ()),
        *_of_front(targets, evaluations, best, missed),
        *_of_design(targets, [evaluation for evaluation in design if evaluation.done], missed),
    ]
    yield from {conflict.targets: conflict for conflict in reversed(found)}.values()


def _near_best(local: LocalSlopes, best: Evaluation, missed: set[str]) -> Iterator[Conflict]:
    """Yield the pairs of which the slopes near the best evaluation allow to reach each target, but not both.

    The slopes of both features must be parallel. All must hold in nearly all draws within the errors of the slopes.
    """
    if not local.is_complete:
        return
    drawn = draws(local.slopes, local.errors)
    lengths = np.linalg.norm(drawn, axis=2)
    sure: np.ndarray = np.any(local.believed, axis=1)
    for one, other in combinations(range(len(local.targets)), 2):
        pair = [one, other]
        names = local.targets[one].name, local.targets[other].name
        ways = np.array([_way(local.targets[i], best.features.get(local.targets[i].name, math.nan)) for i in pair])
        if not (missed & {*names} and sure[pair].all()) or np.isnan(ways).any():
            continue
        cosines = np.einsum("ij,ij->i", drawn[:, one], drawn[:, other]) / (lengths[:, one] * lengths[:, other])
        if np.mean(np.abs(cosines) > PARALLEL) >= SURE and _is_sure(drawn[:TRIES, pair], ways, local.room):
            yield Conflict(names, -float(np.median(np.abs(cosines))), NEAR_BEST)


def _is_sure(drawn: np.ndarray, ways: np.ndarray, room: np.ndarray) -> bool:
    """Return whether nearly all draws of slopes (n_draws, 2, n_parameters) let reach each target, but not both."""
    reached = np.array([[_is_within(each[some], ways[some], room) for some in ([0], [1], [0, 1])] for each in drawn])
    return bool(np.mean(reached[:, 0] & reached[:, 1] & ~reached[:, 2]) >= SURE)


def _is_within(slopes: np.ndarray, ways: np.ndarray, room: np.ndarray) -> bool:
    """Return whether a step within the bounds, `room` (n_parameters, 2), changes each feature by an allowed amount."""
    from scipy.optimize import linprog

    limits, signs = np.column_stack([ways[:, 1], -ways[:, 0]]), np.array([1.0, -1.0])
    rows, most = np.vstack([sign * slopes for sign in signs]), limits.T.ravel()
    kept = np.isfinite(most)
    bounds = [(low, high) for low, high in room.tolist()]
    found = linprog(np.zeros(slopes.shape[1]), rows[kept], most[kept], bounds=bounds)
    return bool(found.status != 2)


def _way(target: Target, feature: float) -> tuple[float, float]:
    """Return the least and the largest change of a feature that reaches the target, in tolerances."""
    if target.value is not None:
        low, high = target.value - target.tolerance, target.value + target.tolerance
    else:
        low = -math.inf if target.low is None else target.low
        high = math.inf if target.high is None else target.high
    return (low - feature) / target.tolerance, (high - feature) / target.tolerance


def _of_front(
    targets: Sequence[Target], evaluations: Sequence[Evaluation], best: Evaluation, missed: set[str]
) -> Iterator[Conflict]:
    """Yield the pairs of which each target is reached by evaluations, but never both, and that oppose on the front."""
    done = [evaluation for evaluation in evaluations if evaluation.done]
    front = pareto_front(done) if len(best.objectives) > 1 else []
    if len(front) < FEWEST_OF_FRONT:
        return
    goals = [target for target in targets if target.has_goal]
    reached = {t.name: np.array([t.reached(e.features.get(t.name, math.nan)) for e in done]) for t in goals}
    for one, other in combinations(goals, 2):
        names = one.name, other.name
        first, second = reached[one.name], reached[other.name]
        if not missed & {*names} or (first & second).any():
            continue
        # The chance that the two are apart if they are independent.
        by_chance = math.exp(-float(first.sum()) * float(second.sum()) / len(done))
        parts = np.array([[e.parts.get(name, math.nan) for name in names] for e in front], float)
        correlation = _correlation(*parts.T) if np.isfinite(parts).all() else 0.0
        if by_chance < BY_CHANCE and correlation < OPPOSED:
            yield Conflict(names, correlation, FRONT, len(done), (int(first.sum()), int(second.sum())))


def _of_design(targets: Sequence[Target], done: Sequence[Evaluation], missed: set[str]) -> Iterator[Conflict]:
    """Yield the pairs of which the term of one is better the worse the other, in the better half of a design."""
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
                yield Conflict(names, correlation, DESIGN, len(parts))


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
