"""Rank candidates with several objectives: fronts, crowding distances, Deb's rules for constraints, survivors.

In all arrays rows are candidates and columns are objectives. Objectives are minimised. Section numbers are those of
Deb, Pratap, Agarwal & Meyarivan 2002, IEEE Trans. Evol. Comput. 6:182.
"""

import heapq
from bisect import bisect_right

import numpy as np


def ranks(values: np.ndarray, violations: np.ndarray, n: int | None = None) -> np.ndarray:
    """Return the rank of each row by Deb's rules for constraints, 0 for the best (section VI, definition 1).

    Rows without violation have their front as rank. They come before all rows with a violation, which are sorted by
    violation. A failed evaluation has an infinite violation and comes last. With `n`, only the first n rows need exact
    ranks; the rows behind may share one.
    """
    rank = np.empty(len(values), int)
    feasible = violations <= 0.0
    rank[feasible] = fronts(values[feasible], n)  # definition 1, case 3
    worse = np.unique(violations[~feasible], return_inverse=True)[1]
    rank[~feasible] = rank[feasible].max(initial=-1) + 1 + worse  # definition 1, cases 1 and 2
    return rank


def order(values: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Return the rows from best to worst: by rank, by crowding distance, by place (section III-B, operator <_n)."""
    return np.lexsort((np.arange(len(values)), -crowding(values, rank), rank))


def fronts(values: np.ndarray, n: int | None = None) -> np.ndarray:
    """Return the front of each row, 0 for rows that no other row dominates (section III-A).

    Row a dominates row b if a is larger in no column and smaller in at least one. As soon as `n` rows have a front, the
    other rows may share one.
    """
    if not len(values):
        return np.empty(0, int)
    by_value, is_first = _in_order(values)
    distinct = values[by_value[is_first]]
    if values.shape[1] == 1:
        found = np.arange(len(distinct))
    else:
        found = _of_two(distinct) if values.shape[1] == 2 else _of_many(distinct, n)
    front = np.empty(len(values), int)
    front[by_value] = found[np.cumsum(is_first) - 1]
    return front


def _in_order(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows in lexical order, and for each whether the row differs from the row before."""
    by_value = np.lexsort(values.T[::-1])
    rows = values[by_value]
    return by_value, np.append(True, (rows[1:] != rows[:-1]).any(axis=1))


def _of_two(rows: np.ndarray) -> np.ndarray:
    """Return the fronts of distinct rows of two columns in lexical order, in n log n steps.

    Bisection finds the first front in which the last row does not dominate the next row (Jensen 2003, IEEE Trans. Evol.
    Comput. 7:503).
    """
    lasts: list[float] = []
    found = []
    for second in rows[:, 1].tolist():
        front = bisect_right(lasts, second)
        lasts[front : front + 1] = [second]
        found.append(front)
    return np.array(found)


def _of_many(rows: np.ndarray, n: int | None) -> np.ndarray:
    """Return the fronts of distinct rows in lexical order.

    No remaining row dominates the first remaining row, so this row belongs to the current front. All rows that the row
    dominates belong to later fronts.
    """
    found = np.zeros(len(rows), int)
    left, front = np.arange(len(rows)), 0
    while len(left) and (n is None or len(rows) - len(left) < n):
        beaten = []
        while len(left):
            found[left[0]] = front
            worse = (rows[left[0]] <= rows[left]).all(axis=1)
            beaten.append(left[worse][1:])
            left = left[~worse]
        left, front = np.sort(np.concatenate(beaten)), front + 1
    found[left] = front
    return found


def crowding(values: np.ndarray, rank: np.ndarray | None = None) -> np.ndarray:
    """Return the crowding distance of each row among the rows of equal rank (section III-B).

    It is inf at the borders. Of equal rows the first has the distance, the others have 0. Without `rank` all rows have
    the same rank.
    """
    if not len(values):
        return np.empty(0)
    rank = np.zeros(len(values), int) if rank is None else rank
    by_value, is_first = _in_order(np.column_stack([rank, values]))
    distinct = by_value[is_first]
    distance = np.zeros(len(values))
    for column in values[distinct].T:
        distance[distinct] += _gaps(column, rank[distinct])
    return distance


def _gaps(column: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Return the term of one objective: the gap between the neighbours over the range of the rank; inf at the ends."""
    by_value = np.lexsort((column, rank))
    rows, ranked = column[by_value], rank[by_value]
    starts = np.append(True, ranked[1:] != ranked[:-1])
    ends = np.append(starts[1:], True)
    # Rows without a loss are inf: inf - inf is nan, and their gap stays 0.
    with np.errstate(invalid="ignore"):
        ranges = (rows[ends] - rows[starts])[np.cumsum(starts) - 1]
        gaps = np.append(rows[1:], 0.0) - np.append(0.0, rows[:-1])
    gaps = np.divide(gaps, ranges, out=np.zeros(len(rows)), where=np.isfinite(ranges) & (ranges > 0.0))
    gaps[starts | ends] = np.inf
    found = np.empty(len(column))
    found[by_value] = gaps
    return found


def survivors(values: np.ndarray, rank: np.ndarray, n: int) -> np.ndarray:
    """Return the best n rows: whole ranks, and the least crowded rows of the rank that does not fit."""
    by_rank = np.argsort(rank, kind="stable")
    if len(values) <= n:
        return by_rank
    last = rank[by_rank[n - 1]]
    whole = by_rank[: np.searchsorted(rank[by_rank], last)]
    rows = np.flatnonzero(rank == last)
    return np.append(whole, rows[thinned(values[rows], n - len(whole))])


def thinned(values: np.ndarray, n: int) -> np.ndarray:
    """Return the n rows of a front that remain after the most crowded row is removed repeatedly.

    Crowding distances are updated after each removal (Kukkonen & Deb 2006, IEEE Congr. Evol. Comput.: 1179). Repeated
    rows are removed first. Of equally crowded rows the last is removed. If a value is not finite, rows are removed from
    the end.
    """
    if not np.isfinite(values).all():
        return np.arange(n)
    by_value, is_first = _in_order(values)
    if is_first.sum() <= n:
        repeats = np.sort(by_value[~is_first])
        return np.sort(np.append(by_value[is_first], repeats[: n - is_first.sum()]))
    return np.sort(_least_crowded(values, by_value[is_first].tolist(), n))


def _least_crowded(values: np.ndarray, distinct: list[int], n: int) -> list[int]:
    """Return the n remaining rows of `distinct` rows, given in lexical order."""
    chains = [_Chain(values[distinct, place], distinct) for place in range(values.shape[1])]
    left = dict(zip(distinct, crowding(values[distinct]).tolist(), strict=True))
    heap = [(distance, -row) for row, distance in left.items()]
    heapq.heapify(heap)
    while len(left) > n:
        distance, row = heapq.heappop(heap)
        if left.get(-row) != distance:
            continue
        del left[-row]
        for neighbour in {each for chain in chains for each in chain.remove(-row)}:
            left[neighbour] = sum(chain.gap(neighbour) for chain in chains)
            heapq.heappush(heap, (left[neighbour], -neighbour))
    return list(left)


class _Chain:
    """Link the rows of a front in the order of one objective; `column` holds the values in the order of `rows`."""

    def __init__(self, column: np.ndarray, rows: list[int]) -> None:
        order = [rows[place] for place in np.argsort(column, kind="stable").tolist()]
        self._column: dict[int, float] = dict(zip(rows, column.tolist(), strict=True))
        self._range = float(column.max() - column.min()) or 1.0
        self._before = dict(zip(order[1:], order, strict=False))
        self._after = dict(zip(order, order[1:], strict=False))

    def remove(self, row: int) -> list[int]:
        """Remove a row, link the neighbours, and return these; a row at an end has one neighbour."""
        before, after = self._before.pop(row, None), self._after.pop(row, None)
        if before is not None:
            self._relink(self._after, before, after)
        if after is not None:
            self._relink(self._before, after, before)
        return [each for each in (before, after) if each is not None]

    def gap(self, row: int) -> float:
        """Return the distance between the neighbours of a row over the range; inf at an end."""
        if row not in self._before or row not in self._after:
            return np.inf
        return (self._column[self._after[row]] - self._column[self._before[row]]) / self._range

    @staticmethod
    def _relink(links: dict[int, int], row: int, neighbour: int | None) -> None:
        if neighbour is None:
            links.pop(row)
        else:
            links[row] = neighbour
