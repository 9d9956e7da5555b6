import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.loops import loop_over
from tuner.optimizers.pareto.ranking import crowding, fronts, order, ranks, survivors, thinned

INF = np.inf
LEVELS = st.sampled_from([0.0, 1.0, 2.0, 3.0, INF])
FINITE = st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0, 4.5])


def tables(numbers, most=16, objectives=(1, 2, 3, 5)):
    """Rows of few different numbers, so that many are equal, in part or whole."""
    return st.sampled_from(objectives).flatmap(
        lambda m: st.lists(st.tuples(*[numbers] * m), min_size=1, max_size=most).map(np.array)
    )


def by_definition(values, violations):
    """Ranks by Deb's rules: one more than the largest rank of those that are before."""

    def is_before(i, j):
        if violations[i] <= 0 and violations[j] <= 0:
            return all(values[i] <= values[j]) and any(values[i] < values[j])
        return max(violations[i], 0) < max(violations[j], 0)

    rows = range(len(values))
    before = [[i for i in rows if is_before(i, j)] for j in rows]
    found = {}
    while len(found) < len(values):
        found |= {
            j: 1 + max((found[i] for i in before[j]), default=-1)
            for j in rows
            if j not in found and all(i in found for i in before[j])
        }
    return [found[row] for row in rows]


def plain_crowding(values):
    """Crowding distance by definition, in plain loops, for one front."""
    distance = [0.0] * len(values)
    first = [i for i, row in enumerate(values.tolist()) if row not in values[:i].tolist()]
    for objective in range(values.shape[1]):
        # Rows that tie in one objective are put in the order of all.
        by_value = sorted(first, key=lambda i: (values[i, objective], *values[i]))
        column = [values[i, objective] for i in by_value]
        for k, i in enumerate(by_value):
            if k in (0, len(by_value) - 1):
                distance[i] = INF
            elif column[-1] > column[0]:
                distance[i] += (column[k + 1] - column[k - 1]) / (column[-1] - column[0])
    return distance


@loop_over(
    ("values", "expected"),
    [
        ([[1, 1]], [0]),
        ([[0, 5], [1, 3], [3, 1], [4, 0]], [0, 0, 0, 0]),
        ([[1, 1], [2, 2], [3, 3]], [0, 1, 2]),
        ([[2, 2], [1, 3], [3, 1], [3, 3], [1, 4], [9, 9]], [0, 0, 0, 1, 1, 2]),
        ([[1, 1], [1, 1], [1, 2]], [0, 0, 1]),
        ([[1, INF], [INF, INF], [2, 0], [INF, INF]], [0, 1, 0, 1]),
        ([[3], [1], [2], [1]], [2, 0, 1, 0]),
        ([[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1]], [0, 0, 0, 1]),
    ],
)
def test_fronts_by_hand(values, expected):
    assert fronts(np.array(values, float)).tolist() == expected


@loop_over("n_objectives", [1, 2, 3])
def test_no_rows_have_no_fronts(n_objectives):
    none = np.empty((0, n_objectives))
    assert len(fronts(none)) == len(ranks(none, np.empty(0))) == len(crowding(none)) == 0


@pytest.mark.long
@given(tables(LEVELS))
def test_fronts_by_definition(values):
    assert fronts(values).tolist() == by_definition(values, np.zeros(len(values)))


@loop_over("n_objectives", [2, 3, 5])
def test_fronts_of_many_rows(n_objectives):
    values = np.random.default_rng(n_objectives).random((150, n_objectives)).round(1)
    assert fronts(values).tolist() == by_definition(values, np.zeros(150))


@given(tables(LEVELS), st.integers(1, 16))
def test_behind_the_wanted_rows_fronts_are_not_told_apart(values, n):
    whole, part = fronts(values), fronts(values, n)
    last = part.max()
    assert part.tolist() == np.minimum(whole, last).tolist()
    assert part.tolist() == whole.tolist() or np.sum(whole < last) >= n


@pytest.mark.long
@given(tables(LEVELS, objectives=(1, 2, 3)), st.data())
def test_ranks_by_definition(values, data):
    levels = st.sampled_from([0.0, 0.0, -1.0, 0.5, 2.0, INF])
    violations = np.array([data.draw(levels) for _ in values])
    assert ranks(values, violations).tolist() == by_definition(values, violations)


def test_ranks_by_hand():
    values = np.array([[9, 9], [0, 0], [1, 2], [5, 5], [0, 1], [2, 1], [INF, INF], [INF, INF]], float)
    violations = np.array([0, 0.5, 0, 0.1, 0.5, -3, INF, INF])
    assert ranks(values, violations).tolist() == [1, 3, 0, 2, 3, 0, 4, 4]


@loop_over(
    ("values", "expected"),
    [
        ([[0, 5], [1, 3], [3, 1], [4, 0]], [INF, 0.75 + 0.8, 0.75 + 0.6, INF]),
        ([[4, 0], [1, 3], [0, 5], [3, 1]], [INF, 0.75 + 0.8, INF, 0.75 + 0.6]),
        ([[0, 2], [1, 1], [2, 0]], [INF, 2.0, INF]),
        ([[0, 2], [1, 1], [1, 1], [2, 0], [0, 2]], [INF, 2.0, 0.0, INF, 0.0]),
        ([[1, 1], [2, 0]], [INF, INF]),
        ([[1, 1]], [INF]),
        ([[0, 7], [1, 7], [4, 7]], [INF, 1.0, INF]),
        ([[INF, INF], [INF, INF]], [INF, 0.0]),
    ],
)
def test_crowding_by_hand(values, expected):
    assert crowding(np.array(values, float)) == pytest.approx(expected)


@given(tables(FINITE, objectives=(1, 2, 3)))
def test_crowding_by_definition(values):
    assert crowding(values).tolist() == plain_crowding(values)


@pytest.mark.long
@given(tables(FINITE, objectives=(2, 3)), st.data())
def test_crowding_is_among_those_of_a_rank(values, data):
    rank = np.array([data.draw(st.integers(0, 2)) for _ in values])
    distance = crowding(values, rank)
    for level in np.unique(rank):
        assert distance[rank == level].tolist() == plain_crowding(values[rank == level])


def test_order_is_rank_then_crowding_then_place():
    values = np.array([[9, 9], [0, 5], [1, 3], [3, 1], [4, 0], [8, 8]], float)
    assert order(values, fronts(values)).tolist() == [1, 4, 2, 3, 5, 0]
    same = np.ones((4, 2))
    assert order(same, fronts(same)).tolist() == [0, 1, 2, 3]
    assert order(same, np.array([1, 0, 1, 0])).tolist() == [1, 3, 0, 2]


def plain_thinned(values, n):
    """The rows that are left, found anew for each that goes: first the repeats, then the most crowded, from the end."""
    left = list(range(len(values)))
    while len(left) > n:
        rows = values[left].tolist()
        repeats = [k for k in range(len(left)) if rows[k] in rows[:k]]
        distance = plain_crowding(values[left])
        del left[repeats[-1] if repeats else min(range(len(left)), key=lambda k: (distance[k], -k))]
    return left


def test_crowding_is_found_anew_after_each_that_goes():
    places = np.array([0, 4, 4.1, 6.1, 10])
    # Of the distances (-, 0.82, 0.42, 1.18, -) the two least belong to 4 and 4.1; without 4.1 those of 4 and 6.1 are
    # 1.22 and 1.2.
    assert thinned(np.column_stack([places, 10 - places]), 3).tolist() == [0, 1, 4]


def test_repeats_go_first():
    values = np.array([[0, 9], [4, 5], [4, 5], [4.1, 4.9], [4, 5], [9, 0]], float)
    assert thinned(values, 5).tolist() == [0, 1, 2, 3, 5]
    assert thinned(values, 4).tolist() == [0, 1, 3, 5]


@pytest.mark.long
@given(tables(FINITE, objectives=(1, 2, 3, 5)), st.data())
def test_thinned_as_one_by_one(values, data):
    n = data.draw(st.integers(0, len(values)))
    assert thinned(values, n).tolist() == plain_thinned(values, n)


@loop_over("n_objectives", [2, 3])
@loop_over("n", [1, 5, 20, 39])
def test_thinned_as_one_by_one_on_a_front(n, n_objectives):
    values = np.random.default_rng(n).random((40, n_objectives))
    values *= 10.0 ** np.arange(n_objectives) / np.linalg.norm(values, axis=1, keepdims=True)
    assert thinned(values, n).tolist() == plain_thinned(values, n)


@pytest.mark.long
@given(tables(FINITE, objectives=(1, 2, 3)), st.data())
def test_survivors_are_whole_ranks_and_a_thinned_one(values, data):
    n = data.draw(st.integers(1, len(values)))
    rank = fronts(values)
    kept = survivors(values, rank, n)
    last = sorted(rank)[n - 1]
    rows = np.flatnonzero(rank == last)
    n_left = n - int(np.sum(rank < last))
    expected = set(np.flatnonzero(rank < last)) | {rows[k] for k in plain_thinned(values[rows], n_left)}
    assert set(kept) == expected and len(kept) == n
    assert (np.diff(rank[kept]) >= 0).all(), "the best rank comes first"


def test_fewer_than_wanted_all_survive():
    values = np.array([[2, 2], [1, 1], [3, 3]], float)
    assert survivors(values, fronts(values), 5).tolist() == [1, 0, 2]


def test_failures_survive_only_where_nothing_else_is_left():
    values = np.array([[INF, INF], [1, 2], [INF, INF], [2, 1], [INF, INF]])
    rank = ranks(values, np.array([INF, 0, INF, 7.0, INF]))
    assert survivors(values, rank, 2).tolist() == [1, 3]
    assert survivors(values, rank, 4).tolist() == [1, 3, 0, 2]
