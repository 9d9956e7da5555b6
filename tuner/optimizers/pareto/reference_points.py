"""Select survivors by reference points, as NSGA-III does where objectives are too many for crowding distances.

Source: Deb & Jain 2014, IEEE Trans. Evol. Comput. 18:577, with the numbers of sections and algorithms below. Rows are
candidates, columns are objectives.
"""

from itertools import combinations
from math import comb

import numpy as np

# Weight of the other axes in the achievement scalarising function, max(f_i / w_i) (section IV-C).
SMALL_WEIGHT = 1e-6
# Smaller intercepts count as 0. Chosen: far below normal objectives, above rounding errors.
LEAST_INTERCEPT = 1e-10


def directions(n_objectives: int, n: int) -> np.ndarray:
    """Return about n evenly spaced points of the simplex, (n_points, n_objectives): the lattice of Das & Dennis.

    The lattice has the largest number of divisions with at most n points. If all points are on the border, a second
    lattice of half the size is added inside (section IV-B).
    """
    # A lattice of p divisions has comb(n_objectives + p - 1, p) points (section IV-B).
    divisions = max(p for p in range(1, n + 1) if p == 1 or comb(n_objectives + p - 1, p) <= max(n, n_objectives))
    outer = _lattice(n_objectives, divisions)
    if divisions >= n_objectives or len(outer) >= n:
        return outer
    return np.vstack([outer, 0.5 * _lattice(n_objectives, 1) + 0.5 / n_objectives])


def _lattice(n_objectives: int, divisions: int) -> np.ndarray:
    places = range(divisions + n_objectives - 1)
    bars = np.array(list(combinations(places, n_objectives - 1))).reshape(-1, n_objectives - 1)
    edges = np.full((len(bars), 1), -1), np.full((len(bars), 1), divisions + n_objectives - 1)
    return (np.diff(np.hstack([edges[0], bars, edges[1]]), axis=1) - 1) / divisions


def survivors(values: np.ndarray, rank: np.ndarray, n: int, random: np.random.Generator) -> np.ndarray:
    """Return the best n rows: whole ranks, and rows of the emptiest niches of the next rank (algorithm 1)."""
    by_rank = np.argsort(rank, kind="stable")
    if len(values) <= n:
        return by_rank
    last = rank[by_rank[n - 1]]
    n_whole = int(np.searchsorted(rank[by_rank], last))
    rows = by_rank[rank[by_rank] <= last]
    if not np.isfinite(values[rows]).all():
        return by_rank[:n]
    scaled = normalized(values[rows], values[rows[rank[rows] == rank[rows[0]]]])
    niche, distance = associate(scaled, directions(values.shape[1], n))
    chosen = _fill(niche[:n_whole], niche[n_whole:], distance[n_whole:], n - n_whole, random)
    return np.append(rows[:n_whole], rows[n_whole:][chosen])


def normalized(values: np.ndarray, front: np.ndarray) -> np.ndarray:
    """Return values with the ideal point at 0 and the intercepts of the extreme points' plane at 1 (section IV-C).

    Ideal point and extreme points are those of the given rows, not of all rows so far. If the extreme points span no
    plane, or a plane with an intercept below 0, the largest values of the front replace the intercepts. If these are 0,
    the largest values of all rows do. No intercept is larger than the largest value of all rows.
    """
    shifted = values - values.min(axis=0)  # translated objectives, section IV-C
    worst = shifted.max(axis=0)
    on_front = front - values.min(axis=0)
    intercepts = _intercepts(on_front)
    if not (np.isfinite(intercepts) & (intercepts > LEAST_INTERCEPT)).all():
        largest = on_front.max(axis=0)
        intercepts = np.where(largest > LEAST_INTERCEPT, largest, worst)
    scaled: np.ndarray = shifted / np.maximum(np.minimum(intercepts, worst), LEAST_INTERCEPT)
    return scaled


def _intercepts(front: np.ndarray) -> np.ndarray:
    """Return the intercepts of the plane through the extreme points of a front; inf or nan if there is no intercept."""
    weights = np.where(np.eye(front.shape[1]) > 0.0, 1.0, SMALL_WEIGHT)
    extremes = front[[int(np.argmin((front / weight).max(axis=1))) for weight in weights]]
    try:
        with np.errstate(divide="ignore"):
            return 1.0 / np.linalg.solve(extremes, np.ones(len(extremes)))
    except np.linalg.LinAlgError:
        return np.full(len(extremes), np.nan)


def associate(scaled: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each row the nearest reference line, and the distance from this line (section IV-D)."""
    lines = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    along = scaled @ lines.T
    squared = np.maximum(np.sum(scaled**2, axis=1, keepdims=True) - along**2, 0.0)
    niche = np.argmin(squared, axis=1)
    return niche, np.sqrt(squared[np.arange(len(scaled)), niche])


def _fill(
    taken: np.ndarray, niche: np.ndarray, distance: np.ndarray, n: int, random: np.random.Generator
) -> np.ndarray:
    """Return n rows of the last rank: from the emptiest niches, the nearest rows first (section IV-E)."""
    counts = dict(zip(*np.unique(taken, return_counts=True), strict=True))
    waiting = {each: np.flatnonzero(niche == each).tolist() for each in np.unique(niche)}
    chosen: list[int] = []
    while len(chosen) < n:
        least = min(counts.get(each, 0) for each in waiting)
        here = random.choice([each for each in waiting if counts.get(each, 0) == least])
        rows = waiting[here]
        row = min(rows, key=lambda r: (distance[r], r)) if least == 0 else rows[random.integers(len(rows))]
        rows.remove(row)
        chosen.append(row)
        counts[here] = least + 1
        if not rows:
            del waiting[here]
    return np.array(chosen, int)
