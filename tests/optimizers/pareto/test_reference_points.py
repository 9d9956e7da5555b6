from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.loops import loop_over
from tuner.optimizers.pareto.ranking import fronts
from tuner.optimizers.pareto.reference_points import associate, directions, normalized, survivors

INF = np.inf


@loop_over(
    ("n_objectives", "n", "divisions"),
    [(2, 2, 1), (2, 11, 10), (2, 100, 99), (3, 91, 12), (3, 104, 12), (3, 105, 13), (4, 35, 4), (4, 20, 3)],
)
def test_a_lattice_of_das_and_dennis(n_objectives, n, divisions):
    found = directions(n_objectives, n)
    assert len(found) == len(np.unique(found, axis=0)) == comb(n_objectives + divisions - 1, divisions) <= n
    assert found.sum(axis=1) == pytest.approx(np.ones(len(found)))
    assert found.min() == 0 and found.max() == 1
    assert found * divisions == pytest.approx(np.round(found * divisions))


@loop_over(("n_objectives", "n", "outer"), [(4, 34, 20), (5, 20, 15), (8, 50, 36), (10, 30, 10)])
def test_a_second_lattice_lies_inside(n_objectives, n, outer):
    found = directions(n_objectives, n)
    assert len(found) == outer + n_objectives
    assert found.sum(axis=1) == pytest.approx(np.ones(len(found)))
    # The second are the corners, drawn half the way to the middle.
    inside = found[found.min(axis=1) > 0]
    assert inside == pytest.approx(inside[::-1].T[::-1]) and len(inside) == n_objectives
    assert inside.max(axis=1) == pytest.approx(np.full(n_objectives, 0.5 + 0.5 / n_objectives))


@pytest.mark.parametrize("n", [1, 3])
def test_corners_are_the_least(n):
    assert sorted(directions(4, n)[:4].tolist()) == sorted(np.eye(4).tolist())


def test_normalized_by_hand():
    # Above (0, 0, 1) the extremes are (6, 0, 0), (0, 6, 0), (1, 1, 3); their plane meets the third axis at 4.5.
    front = np.array([[6, 0, 1], [0, 6, 1], [1, 1, 4]], float)
    values = np.vstack([front, [[3, 3, 5.5], [12, 9, 10]]])
    assert normalized(values, front)[:4] == pytest.approx(
        np.array([[1, 0, 0], [0, 1, 0], [1 / 6, 1 / 6, 2 / 3], [0.5, 0.5, 1]])
    )
    assert normalized(values, front)[4] == pytest.approx([2, 1.5, 2])


def test_no_intercept_is_beyond_the_largest_value():
    front = np.array([[6, 0, 1], [0, 6, 1], [1, 1, 4]], float)
    assert normalized(front, front)[2] == pytest.approx([1 / 6, 1 / 6, 1])


@pytest.mark.filterwarnings("error")
@loop_over(
    ("front", "largest"),
    [
        ([[0, 0, 2], [0, 0, 2], [0, 4, 1]], (1, 4, 1)),
        ([[5, 1, 0], [1, 3, 0], [0, 9, 0]], (5, 8, 1)),
        ([[7, 7, 7]], (1, 1, 1)),
        # The plane through all three meets the first axis at -1.
        ([[1, 2, 2], [1, 0, 3], [0, 3, 0]], (1, 3, 3)),
        # The plane through all three meets the second axis nowhere.
        ([[2, 0, 0], [1, 2, 1], [0, 0, 2]], (2, 2, 2)),
    ],
)
def test_largest_values_where_there_is_no_plane(front, largest):
    front = np.array(front, float)
    values = np.vstack([front, front.min(axis=0) + np.maximum(np.ptp(front, axis=0), 1)])
    assert normalized(values, front)[-1] == pytest.approx([1, 1, 1])
    assert normalized(values, front)[:-1] == pytest.approx((front - front.min(axis=0)) / np.array(largest))


@given(st.integers(2, 5).flatmap(lambda m: st.lists(st.tuples(*[st.integers(0, 4)] * m), min_size=1, max_size=12)))
def test_normalized_is_within_bounds(rows):
    values = np.array(rows, float)
    scaled = normalized(values, values[fronts(values) == 0])
    assert np.isfinite(scaled).all() and scaled.min() == 0
    # Scaling keeps the order in each objective.
    assert all(np.array_equal(fronts(a[:, None]), fronts(b[:, None])) for a, b in zip(values.T, scaled.T, strict=True))


def test_associate_by_hand():
    lines = np.array([[0, 1], [0.5, 0.5], [1, 0]])
    niche, distance = associate(np.array([[3.0, 4.0], [0, 2], [5, 1], [1, 1]]), lines)
    assert niche.tolist() == [1, 0, 2, 1]
    assert distance == pytest.approx([np.sqrt(0.5), 0, 1, 0], abs=1e-7)


@given(st.lists(st.tuples(*[st.floats(0, 2)] * 3), min_size=1, max_size=10))
def test_associate_by_definition(rows):
    scaled, lines = np.array(rows), directions(3, 15)
    unit = lines / np.linalg.norm(lines, axis=1)[:, None]
    distances = np.linalg.norm(scaled[:, None] - (scaled @ unit.T)[:, :, None] * unit, axis=2)
    niche, distance = associate(scaled, lines)
    assert distance == pytest.approx(distances.min(axis=1), abs=1e-6)
    assert distances[np.arange(len(rows)), niche] == pytest.approx(distances.min(axis=1), abs=1e-6)


@loop_over("seed", range(5))
def test_the_emptiest_niche_takes_its_nearest(seed):
    # The whole front lies on the axes, whose intercepts are 10; of the next rank two are near the diagonal.
    values = np.array([[0, 10], [10, 0], [5.5, 6.5], [6, 6], [0.5, 12], [12, 0.4]], float)
    rank = np.array([0, 0, 1, 1, 1, 1])
    assert survivors(values, rank, 3, np.random.default_rng(seed)).tolist() == [0, 1, 3]


def test_of_niches_as_empty_and_of_their_rows_chance_decides():
    values = np.array([[0, 10], [10, 0], [4.5, 5], [0.3, 11], [0.4, 12], [11, 0.3]], float)
    rank = np.array([0, 0, 1, 1, 1, 1])
    kept = [survivors(values, rank, 4, np.random.default_rng(seed)).tolist() for seed in range(400)]
    # Four lines; the diagonal's row has a niche of its own, then both axes' niches have one row.
    assert all(rows[:3] == [0, 1, 2] for rows in kept)
    counts = np.bincount([rows[3] for rows in kept], minlength=6)
    assert counts[[3, 4, 5]] == pytest.approx([100, 100, 200], abs=45)


@pytest.mark.long
@given(
    st.integers(2, 4).flatmap(
        lambda m: st.lists(st.tuples(*[st.integers(0, 6)] * m), min_size=2, max_size=24, unique=True)
    ),
    st.data(),
)
def test_niches_are_filled_evenly(rows, data):
    values = np.array(rows, float)
    rank = fronts(values)
    n = data.draw(st.integers(1, len(values)))
    kept = survivors(values, rank, n, np.random.default_rng(1))
    assert len(kept) == len(set(kept)) == n and (np.diff(rank[kept]) >= 0).all()
    last = sorted(rank)[n - 1]
    assert set(np.flatnonzero(rank < last)) <= set(kept)
    if n == len(values):
        return
    considered = np.flatnonzero(rank <= last)
    niche, _ = associate(normalized(values[considered], values[rank == 0]), directions(values.shape[1], n))
    of = dict(zip(considered, niche, strict=True))
    counts = np.bincount([of[row] for row in kept], minlength=niche.max() + 1)
    chosen = {of[row] for row in kept if rank[row] == last}
    waiting = {of[row] for row in considered if row not in kept}
    assert all(counts[taken] <= counts[left] + 1 for taken in chosen for left in waiting)


def test_failures_are_taken_in_their_order():
    values = np.array([[INF] * 3, [1, 2, 3], [INF] * 3, [INF] * 3])
    rank = np.array([1, 0, 1, 1])
    assert survivors(values, rank, 3, np.random.default_rng(1)).tolist() == [1, 0, 2]
