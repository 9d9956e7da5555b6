"""The generations of NSGA-II: how they begin, shrink their steps, and are replaced by a steady state."""

import numpy as np
import pytest
from scipy.stats import kstest

from tests.contracts.optimizer import cube
from tests.optimizers.pareto.searches import COPY, GRID, make, tell, uniform
from tests.optimizers.pareto.zdt1 import hypervolume, zdt1


class TestAnnealing:
    def steps(self, generations, **settings):
        """Mean mutation step of each generation, far from all bounds."""
        optimizer = make(cube(4), population_size=500, crossover_rate=0.0, mutation_rate=1.0, **settings)
        points = 0.5 + 1e-9 * uniform(500, 4)
        optimizer.ask()
        tell(optimizer, points, [[0.0]] * 500)
        found = []
        for _ in range(generations):
            children = optimizer.ask()
            found.append(np.abs(children - 0.5).mean())
            tell(optimizer, children, [[1.0]] * len(children))
        return found

    @pytest.mark.parametrize("capacity", [700, 1500])
    def test_steps_shrink_from_generation_to_generation(self, capacity):
        found = self.steps(9, capacity=capacity, eta_m=8.0, eta_m_end=48.0, anneal_from=3, anneal_over=4)
        # Generation 1 is the first that has children; eta is 8 up to the third and 48 from the seventh on.
        etas = [8, 8, 8, 18, 28, 38, 48, 48, 48]
        assert found == pytest.approx([1 / (eta + 2) for eta in etas], rel=0.12)

    def test_known_points_are_no_generations(self):
        optimizer = make(cube(4), population_size=500, crossover_rate=0.0, mutation_rate=1.0, eta_m=8.0, eta_m_end=48.0,
                         anneal_over=4)  # fmt: skip
        tell(optimizer, 0.5 + 1e-9 * uniform(4000, 4), [[0.0]] * 4000)
        assert np.abs(optimizer.ask() - 0.5).mean() == pytest.approx(1 / 10, rel=0.07)

    def test_without_anneal_over_it_is_at_once(self):
        found = self.steps(4, eta_m=8.0, eta_m_end=48.0, anneal_from=2)
        assert found[0] == pytest.approx(1 / 10, rel=0.07)
        assert found[2:] == pytest.approx([1 / 50] * 2, rel=0.07)

    def test_spread_is_annealed_too(self):
        optimizer = make(cube(1), population_size=40, mutation_rate=1e-12, eta_c=2.0, eta_c_end=1e12, anneal_over=2)
        points = np.linspace(0.3, 0.7, 40)[:, None]
        optimizer.ask()
        tell(optimizer, points, [[0.0]] * 40)
        far = []
        for _ in range(3):
            children = optimizer.ask()
            far.append(np.mean(np.abs(children - points.T).min(axis=1) > 1e-4))
            tell(optimizer, children, [[1.0]] * 40)
        assert far[0] > 0.3 and far[1] < 0.7 and far[2] < 0.7

    def test_in_a_steady_state_so_many_points_are_a_generation(self):
        optimizer = make(cube(4), population_size=10, crossover_rate=0.0, mutation_rate=1.0, eta_m=8.0, eta_m_end=1e12,
                         anneal_from=1, anneal_over=2, asynchronous=True)  # fmt: skip
        for number in range(50):
            point = optimizer.ask()
            tell(optimizer, 0.5 + 1e-9 * uniform(1, 4, number), [[0.0]], first=number)
            if 10 <= number < 20:
                assert np.abs(point - 0.5).max() > 1e-3
            if number >= 30:
                assert np.abs(point - 0.5).max() < 1e-6


class TestSteadyState:
    def test_one_point_is_asked_for_at_a_time(self):
        optimizer = make(asynchronous=True)
        for number in range(60):
            points = optimizer.ask()
            assert points.shape == (1, 2)
            if number >= 10:
                tell(optimizer, points, [[float(points.sum())]], first=number)

    def fly(self, seed, n, space=None, in_flight=7, size=20, order_seed=9):
        """Asks with several points in flight, told in scrambled order; gives points and values as they were asked."""
        optimizer = make(space or cube(5), ("f1", "f2"), seed, population_size=size, asynchronous=True)
        order, flying, asked = np.random.default_rng(order_seed), [], []
        while len(asked) < n:
            while len(flying) < in_flight:
                flying.append((len(asked), optimizer.ask()))
                asked.append(flying[-1][1][0])
            number, points = flying.pop(order.integers(len(flying)))
            tell(optimizer, points, [list(zdt1(points[0]).values())], first=number, names=("f1", "f2"))
        return np.array(asked), optimizer

    @pytest.mark.long
    def test_what_it_asks_depends_on_seed_and_order_alone(self):
        first, again = self.fly(1, 150)[0], self.fly(1, 150)[0]
        assert np.array_equal(first, again)
        other_seed, other_order = self.fly(2, 150)[0], self.fly(1, 150, order_seed=8)[0]
        assert not np.array_equal(first, other_seed)
        # Random points come first, whatever is told meanwhile.
        assert np.array_equal(first[:20], other_order[:20]) and not np.array_equal(first[20:], other_order[20:])

    @pytest.mark.long
    @pytest.mark.parametrize("seed", [1, 2])
    def test_hypervolume_on_zdt1(self, seed):
        asked, optimizer = self.fly(seed, 1200)
        values = np.array([list(zdt1(point).values()) for point in asked])
        assert 0.84 < hypervolume(values[optimizer.survivors]) <= 1.21 - 1 / 3
        assert hypervolume(values[:20]) < 0.1

    def test_what_is_in_flight_is_not_asked_for_again(self):
        for seed in range(3):
            asked, _ = self.fly(seed, 45, GRID, in_flight=12, size=8)
            assert len(np.unique(asked, axis=0)) == 45

    def test_failures_are_followed_by_random_points_until_two_have_run(self):
        optimizer = make(cube(1), population_size=4, asynchronous=True, **COPY)
        for _ in range(300):
            tell(optimizer, optimizer.ask(), [None])
        asked = np.concatenate([optimizer.ask() for _ in range(300)])
        assert kstest(asked[:, 0], "uniform").pvalue > 0.001
        tell(optimizer, [[0.25], [0.75]], [[1.0], [2.0]])
        children = np.concatenate([optimizer.ask() for _ in range(200)])
        # Two failures are in the population too: of three fights each the best wins all, the second two.
        near = [np.isclose(children, best, atol=1e-6).mean() for best in (0.25, 0.75)]
        assert near == pytest.approx([1 / 2, 1 / 3], abs=0.12)


class TestBeginning:
    @pytest.mark.parametrize("failing", [0, 3])
    def test_random_points_fill_up_what_is_known(self, failing):
        optimizer = make(population_size=20)
        known = uniform(12)
        tell(optimizer, known, [None] * failing + [[1.0]] * (12 - failing), first=-12)
        points = optimizer.ask()
        assert points.shape == (8 + failing, 2)
        tell(optimizer, points, [[2.0]] * len(points))
        assert set(range(-12 + failing, 0)) <= set(optimizer.survivors)
        assert optimizer.ask().shape == (20, 2)

    def test_more_than_a_population_is_known(self):
        optimizer = make(population_size=4, capacity=10, **COPY)
        known = uniform(200)
        tell(optimizer, known, known[:, :1].tolist(), first=-200)
        best = np.argsort(known[:, 0])[:4]
        assert optimizer.survivors == (best - 200).tolist()
        children = optimizer.ask()
        assert children.shape == (6, 2)
        # The first generation has children already, of the three best: the fourth wins no fight.
        assert np.abs(children[:, None] - known[best[:3]]).max(axis=2).min(axis=1) == pytest.approx(0, abs=1e-9)

    def test_in_a_steady_state_random_points_fill_up_too(self):
        optimizer = make(population_size=6, asynchronous=True, **COPY)
        known = uniform(4)
        tell(optimizer, known, [[0.0]] * 4)
        near = []
        for _ in range(8):
            points = optimizer.ask()
            near.append(bool(np.abs(points - known).max(axis=1).min() < 1e-9))
            tell(optimizer, points, [[1.0]])
        assert near[:2] == [False, False] and near[2:].count(True) >= 4

    def test_known_points_are_told_in_any_portions(self):
        known = uniform(40)
        whole, parts = make(population_size=20), make(population_size=20)
        tell(whole, known, known[:, :1].tolist())
        for begin in range(0, 40, 10):
            tell(parts, known[begin : begin + 10], known[begin : begin + 10, :1].tolist(), first=begin)
        assert whole.survivors == parts.survivors
        assert np.array_equal(whole.ask(), parts.ask())

    def test_where_all_have_failed_points_are_random_again(self):
        optimizer = make(cube(1), population_size=300, capacity=500)
        for size in (300, 200, 200):
            points = optimizer.ask()
            assert points.shape == (size, 1)
            assert kstest(points[:, 0], "uniform").pvalue > 0.001
            tell(optimizer, points, [None] * size)
        tell(optimizer, uniform(1, 1), [[1.0]])
        assert kstest(optimizer.ask()[:, 0], "uniform").pvalue > 0.001

    def test_known_failures_alone_are_followed_by_a_whole_generation(self):
        optimizer = make(population_size=20)
        tell(optimizer, uniform(50), [None] * 50)
        assert optimizer.ask().shape == (20, 2)
