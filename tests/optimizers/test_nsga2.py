import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, kstest

from tests.contracts.optimizer import OptimizerContract, cube, evaluate, play
from tuner.optimizers.nsga2 import crossover, crowding, fronts, mutate, nsga2_order, tournament

INF = np.inf
SMALL = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=14)


def zdt1(point):
    g = 1 + 9 * np.mean(point[1:])
    return {"f1": float(point[0]), "f2": float(g * (1 - np.sqrt(point[0] / g)))}


def hypervolume(values, reference=1.1):
    """Area that the rows dominate below (reference, reference)."""
    area, floor = 0.0, reference
    for x, y in sorted(map(tuple, values)):
        if x < reference and y < floor:
            area += (reference - x) * (floor - y)
            floor = y
    return area


class TestNSGA2(OptimizerContract):
    name = "nsga2"
    sphere_loss = 0.0002

    @pytest.mark.parametrize("seed", [1, 2])
    def test_hypervolume_on_zdt1(self, seed):
        # The whole front has 1.21 - 1/3; the random first generation is far from it.
        optimizer = self.make(seed, cube(10), ("f1", "f2"), population_size=40)
        asked = play(optimizer, zdt1, 120)
        values = [list(zdt1(point).values()) for point in np.concatenate(asked)]
        assert 0.85 < hypervolume(values) <= 1.21 - 1 / 3
        assert hypervolume(values[:40]) < 0.1

    def test_children_come_from_the_best(self):
        optimizer = self.make(space=cube(2), population_size=4, crossover_rate=0.0, mutation_rate=1e-12)
        first = np.array([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3], [0.4, 0.4]])
        optimizer.tell(first, evaluate(first, lambda x: {"loss": float(x[0])}))
        children = optimizer.ask().tolist()
        assert children.count([0.1, 0.1]) == 2 and children.count([0.4, 0.4]) == 0
        optimizer.tell(first + 0.05, evaluate(first + 0.05, lambda x: None))
        assert {tuple(child) for child in optimizer.ask().tolist()} <= {tuple(point) for point in first.tolist()}

    def test_of_equal_points_one_is_kept(self):
        optimizer = self.make(space=cube(2), population_size=4, crossover_rate=0.0, mutation_rate=1e-12)
        points = np.array([[0.1, 0.1], [0.1, 0.1], [0.1, 0.1], [0.4, 0.4]])
        optimizer.tell(points, evaluate(points, lambda x: {"loss": float(x[0])}))
        optimizer.tell(points + 0.2, evaluate(points + 0.2, lambda x: {"loss": float(x[0])}))
        parents = {tuple(np.round(child, 9)) for child in np.concatenate([optimizer.ask() for _ in range(20)])}
        assert parents == {(0.1, 0.1), (0.3, 0.3), (0.4, 0.4)}

    @pytest.mark.parametrize("objectives", [("a",), ("a", "b"), ("a", "b", "c")])
    def test_any_number_of_objectives(self, objectives):
        ideal = np.linspace(0.2, 0.8, len(objectives))
        wish = {name: (lambda x, i=i: abs(float(x[0]) - ideal[i])) for i, name in enumerate(objectives)}
        asked = play(self.make(objectives=objectives), lambda x: {n: f(x) for n, f in wish.items()}, 40)
        last = asked[-1][:, 0]
        # Whatever lies between the ideals is a compromise; nothing else is.
        assert np.mean((last > ideal[0] - 0.05) & (last < ideal[-1] + 0.05)) > 0.7
        assert all(np.abs(np.concatenate(asked)[:, 0] - best).min() < 0.01 for best in ideal)


@pytest.mark.parametrize(
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


@given(SMALL)
def test_fronts_by_definition(rows):
    values = np.array(rows, float)
    front = fronts(values)

    def dominates(a, b):
        return all(a <= b) and any(a < b)

    for i, row in enumerate(values):
        above = [front[j] for j, other in enumerate(values) if dominates(other, row)]
        assert front[i] == max(above, default=-1) + 1


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[0, 5], [1, 3], [3, 1], [4, 0]], [INF, 0.75 + 0.8, 0.75 + 0.6, INF]),
        ([[4, 0], [1, 3], [0, 5], [3, 1]], [INF, 0.75 + 0.8, INF, 0.75 + 0.6]),
        ([[0, 2], [1, 1], [2, 0]], [INF, 2.0, INF]),
        ([[1, 1], [2, 0]], [INF, INF]),
        ([[1, 1]], [INF]),
        ([[0, 7], [1, 7], [4, 7]], [INF, 1.0, INF]),
    ],
)
def test_crowding_by_hand(values, expected):
    assert crowding(np.array(values, float)) == pytest.approx(expected)


def test_order_is_front_then_crowding_then_place():
    values = np.array([[9, 9], [0, 5], [1, 3], [3, 1], [4, 0], [8, 8]], float)
    assert nsga2_order(values).tolist() == [1, 4, 2, 3, 5, 0]
    assert nsga2_order(np.ones((3, 2))).tolist()[0] == 0


@pytest.mark.parametrize("n", [2, 4, 10, 11])
def test_everyone_fights_twice(n):
    random = np.random.default_rng(1)
    for _ in range(20):
        winners = tournament(np.arange(n), n, random)
        wins = np.bincount(winners, minlength=n)
        assert len(winners) == n + n % 2
        assert n % 2 or (wins[0] == 2 and wins[-1] == 0 and wins.max() == 2)


def spread_law(widest, eta):
    """Distribution of the spread factor: density ~ b^eta up to 1, b^-(eta + 2) beyond, none beyond `widest`."""
    alpha = 2 - widest ** -(eta + 1)
    return lambda b: np.where(b <= 1, b ** (eta + 1), 2 - np.maximum(b, 1) ** -(eta + 1)) / alpha


@pytest.mark.parametrize(("low", "high"), [(0.4, 0.6), (0.02, 0.12), (0.0, 0.3), (0.3, 0.95)])
@pytest.mark.parametrize("eta", [2.0, 15.0])
def test_spread_of_crossed_children(low, high, eta):
    n, gap = 20_000, high - low
    children = crossover(np.tile([[low], [high]], (n, 1)), 1.0, eta, np.random.default_rng(4)).reshape(n, 2)
    crossed = ~np.isin(children, (low, high)).all(axis=1)
    smaller, larger = children[crossed].min(axis=1), children[crossed].max(axis=1)
    assert kstest((low + high - 2 * smaller) / gap, spread_law(1 + 2 * low / gap, eta)).pvalue > 0.001
    assert kstest((2 * larger - low - high) / gap, spread_law(1 + 2 * (1 - high) / gap, eta)).pvalue > 0.001
    assert children.min() >= 0 and children.max() <= 1


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.9, 1.0])
def test_pairs_and_genes_are_crossed_with_their_chances(rate):
    pairs, genes = 4000, 5
    parents = np.tile([[0.4] * genes, [0.6] * genes], (pairs, 1))
    children = crossover(parents, rate, 15.0, np.random.default_rng(5)).reshape(pairs, 2, genes)
    crossed = children[:, 0] != 0.4
    assert np.allclose(children.sum(axis=1), 1.0, atol=1e-9), "the middle of a pair stays, far from the borders"
    # A pair that is crossed keeps all its genes with chance 2^-5.
    assert within(binom(pairs, rate * (1 - 0.5**genes)), crossed.any(axis=1).sum())
    if rate == 1.0:
        assert within(binom(pairs * genes, 0.5), crossed.sum())
        assert within(binom(crossed.sum(), 0.5), (children[:, 0] > children[:, 1])[crossed].sum())


def within(law, count, sigmas=4):
    return abs(count - law.mean()) <= sigmas * law.std()


def mutation_law(x, eta):
    """Distribution of the step of polynomial mutation from x, bounded by 0 and 1."""
    to_low, to_high = (1 - x) ** (eta + 1), x ** (eta + 1)

    def law(step):
        down = ((1 + np.minimum(step, 0)) ** (eta + 1) - to_low) / (2 * (1 - to_low))
        up = (2 - to_high - (1 - np.maximum(step, 0)) ** (eta + 1)) / (2 * (1 - to_high))
        return np.where(step < 0, down, up)

    return law


@pytest.mark.parametrize("x", [0.5, 0.05, 0.9])
@pytest.mark.parametrize("eta", [1.0, 20.0])
def test_spread_of_mutations(x, eta):
    mutated = mutate(np.full((20_000, 1), x), 1.0, eta, np.random.default_rng(6))
    assert kstest(mutated[:, 0] - x, mutation_law(x, eta)).pvalue > 0.001
    assert mutated.min() >= 0 and mutated.max() <= 1


@pytest.mark.parametrize("x", [0.0, 1.0])
def test_mutations_leave_the_border_only_inwards(x):
    mutated = mutate(np.full((2000, 1), x), 1.0, 20.0, np.random.default_rng(7))
    assert mutated.min() >= 0 and mutated.max() <= 1
    assert 0.4 < np.mean(mutated != x) < 0.6


@pytest.mark.parametrize("rate", [0.1, 0.5, 1.0])
def test_genes_mutate_with_their_chance(rate):
    mutated = mutate(np.full((2000, 10), 0.5), rate, 20.0, np.random.default_rng(8))
    assert within(binom(20_000, rate), (mutated != 0.5).sum())
