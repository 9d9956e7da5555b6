"""Who is better under several objectives: fronts, crowding, Deb's rules for constraints, and who survives.

Rows are candidates, columns objectives, throughout; objectives are minimised. Sections are those of Deb, Pratap,
Agarwal & Meyarivan 2002, IEEE Trans. Evol. Comput. 6:182.
"""

import heapq
from bisect import bisect_right

import numpy as np


def ranks(values: np.ndarray, violations: np.ndarray, n: int | None = None) -> np.ndarray:
    """The front of each row, after Deb's rules; with `n`, the rows behind the first n may share one.

    A row without violation is before every row with one; of these the smaller violation is before the larger (section
    VI, definition 1). An infinite violation is a failure, behind all.
    """
    rank = np.empty(len(values), int)
    feasible = violations <= 0.0
    rank[feasible] = fronts(values[feasible], n)
    worse = np.unique(violations[~feasible], return_inverse=True)[1]
    rank[~feasible] = rank[feasible].max(initial=-1) + 1 + worse
    return rank


def order(values: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Rows from best to worst: by rank, then by crowding distance, then by place (section III B)."""
    return np.lexsort((np.arange(len(values)), -crowding(values, rank), rank))


def fronts(values: np.ndarray, n: int | None = None) -> np.ndarray:
    """The front of each row, 0 for those that no other dominates (section III A).

    a dominates b if it is nowhere larger and somewhere smaller. When `n` rows have a front, the others may share one.
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
    """The rows in lexical order, equal ones by place, and which of these is the first of its kind."""
    by_value = np.lexsort(values.T[::-1])
    rows = values[by_value]
    return by_value, np.append(True, (rows[1:] != rows[:-1]).any(axis=1))


def _of_two(rows: np.ndarray) -> np.ndarray:
    """Fronts of different rows in lexical order: bisection finds the first whose last row does not dominate the next.

    Time n log n: Jensen 2003, IEEE Trans. Evol. Comput. 7:503, section III.
    """
    lasts: list[float] = []
    found = []
    for second in rows[:, 1].tolist():
        front = bisect_right(lasts, second)
        lasts[front : front + 1] = [second]
        found.append(front)
    return np.array(found)


def _of_many(rows: np.ndarray, n: int | None) -> np.ndarray:
    """Fronts of different rows in lexical order: none dominates the first one left, which strikes out what it does."""
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
    """Crowding distance of each row among those of its rank, inf at the borders (section III B).

    Of equal rows the first has it, the others 0. Without `rank` all have the same.
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
    """What one objective adds: the gap between a row's neighbours over the range of its rank, inf at the ends."""
    by_value = np.lexsort((column, rank))
    rows, ranked = column[by_value], rank[by_value]
    starts = np.append(True, ranked[1:] != ranked[:-1])
    ends = np.append(starts[1:], True)
    # Failures have no numbers: inf - inf is nan, which is no gap.
    with np.errstate(invalid="ignore"):
        ranges = (rows[ends] - rows[starts])[np.cumsum(starts) - 1]
        gaps = np.append(rows[1:], 0.0) - np.append(0.0, rows[:-1])
    gaps = np.divide(gaps, ranges, out=np.zeros(len(rows)), where=np.isfinite(ranges) & (ranges > 0.0))
    gaps[starts | ends] = np.inf
    found = np.empty(len(column))
    found[by_value] = gaps
    return found


def survivors(values: np.ndarray, rank: np.ndarray, n: int) -> np.ndarray:
    """The best n rows: whole ranks, and of the rank that does not fit what is least crowded."""
    by_rank = np.argsort(rank, kind="stable")
    if len(values) <= n:
        return by_rank
    last = rank[by_rank[n - 1]]
    whole = by_rank[: np.searchsorted(rank[by_rank], last)]
    rows = np.flatnonzero(rank == last)
    return np.append(whole, rows[thinned(values[rows], n - len(whole))])


def thinned(values: np.ndarray, n: int) -> np.ndarray:
    """The n rows that are left of one front when the most crowded is taken out again and again.

    Neighbours are found anew after each (Kukkonen & Deb 2006, IEEE Congr. Evol. Comput.: 1179). Repeats of a row go
    before all others, of equally crowded rows the last. Where a number is not finite, rows are taken from the end.
    """
    if not np.isfinite(values).all():
        return np.arange(n)
    by_value, is_first = _in_order(values)
    if is_first.sum() <= n:
        repeats = np.sort(by_value[~is_first])
        return np.sort(np.append(by_value[is_first], repeats[: n - is_first.sum()]))
    return np.sort(_least_crowded(values, by_value[is_first].tolist(), n))


def _least_crowded(values: np.ndarray, distinct: list[int], n: int) -> list[int]:
    """The n rows that are left of different rows, which are given in lexical order."""
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
    """Rows of a front, linked in the order of one objective; `column` has its values in the order of `rows`."""

    def __init__(self, column: np.ndarray, rows: list[int]) -> None:
        order = [rows[place] for place in np.argsort(column, kind="stable").tolist()]
        self._column: dict[int, float] = dict(zip(rows, column.tolist(), strict=True))
        self._range = float(column.max() - column.min()) or 1.0
        self._before = dict(zip(order[1:], order, strict=False))
        self._after = dict(zip(order, order[1:], strict=False))

    def remove(self, row: int) -> list[int]:
        """Takes a row out and links its neighbours, which it gives; those at an end have one."""
        before, after = self._before.pop(row, None), self._after.pop(row, None)
        if before is not None:
            self._relink(self._after, before, after)
        if after is not None:
            self._relink(self._before, after, before)
        return [each for each in (before, after) if each is not None]

    def gap(self, row: int) -> float:
        """The distance of a row's neighbours over the range; inf at an end."""
        if row not in self._before or row not in self._after:
            return np.inf
        return (self._column[self._after[row]] - self._column[self._before[row]]) / self._range

    @staticmethod
    def _relink(links: dict[int, int], row: int, neighbour: int | None) -> None:
        if neighbour is None:
            links.pop(row)
        else:
            links[row] = neighbour
