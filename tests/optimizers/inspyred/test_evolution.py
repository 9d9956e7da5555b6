import math

import numpy as np
import pytest
from scipy.stats import kstest

from tests.contracts.optimizer import OptimizerContract, cube, evaluate, play, sphere
from tests.loops import loop_over
from tuner.optimizers.scales import Scales
from tuner.study.space import Parameter, SearchSpace

pytestmark = pytest.mark.long

UNCROSSED = {"crossover_rate": 0.0}
UNMUTATED = {"mutation_rate": 0.0}


def rows(*places):
    """Points (n, 3) whose coordinates are all alike."""
    return np.repeat(np.array(places)[:, None], 3, axis=1)


def tell(optimizer, points, losses):
    """Tells one loss a point, None for failures."""
    left = iter(losses)
    optimizer.tell(points, evaluate(points, lambda x: None if (loss := next(left)) is None else {"loss": loss}))


def places(points):
    """How many points have which first coordinate."""
    values, counts = np.unique(np.round(points[:, 0], 9), return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def zdt1(point):
    g = 1 + 9 * np.mean(point[1:])
    return {"f1": float(point[0]), "f2": float(g * (1 - np.sqrt(point[0] / g)))}


class TestScales:
    space = SearchSpace((Parameter("weight", 0.001, 0.1), Parameter("delay", 0.3, 0.7)))

    def test_unchanged_points_come_back_into_the_very_same_places(self):
        scales, space = Scales(self.space), self.space
        places = np.random.default_rng(1).uniform(*space.scaled_bounds, (1000, 2))
        points = scales.points(places)
        assert not np.array_equal(space.to_scaled(points), places)
        points[7] = 0.5
        back = scales.places(points)
        assert np.array_equal(np.delete(back, 7, axis=0), np.delete(places, 7, axis=0))
        assert back[7] == pytest.approx([0.0505, 0.5])

    def test_other_points_are_computed(self):
        scales = Scales(self.space)
        scales.points(np.array([[0.01, 0.5]]))
        other = np.array([[0.0, 1.0], [0.5, 0.25]])
        assert scales.places(other) == pytest.approx(np.array([[0.001, 0.7], [0.0505, 0.4]]))


class TestNetPyNEGenetic(OptimizerContract):
    name = "netpyne_genetic"
    settings = {"population_size": 30}
    sphere_loss = 0.03
    rates_loss = 10.0

    @loop_over("seed", [1, 2, 3])
    def test_improves_on_a_sphere(self, seed):
        """Near the best, but not nearer than the first candidates: it only crosses them, and keeps no elites."""
        asked = np.concatenate(play(self.make(seed), sphere, 30))
        assert min(sphere(point)["loss"] for point in asked) < self.sphere_loss

    def test_no_parameter_has_a_value_that_no_first_candidate_had(self):
        asked = play(self.make(), sphere, 30)
        for first, later in zip(asked[0].T, np.concatenate(asked[1:]).T, strict=True):
            assert np.abs(later[:, None] - first).min(axis=1).max() < 1e-12

    def test_parents_are_drawn_by_rank(self):
        optimizer = self.make(population_size=4, num_selected=20000, **UNCROSSED)
        tell(optimizer, rows(0.1, 0.2, 0.3, 0.4), [3.0, 1.0, None, 2.0])
        drawn = places(optimizer.ask())
        assert [drawn[x] / 20000 for x in (0.2, 0.4, 0.1, 0.3)] == pytest.approx([0.4, 0.3, 0.2, 0.1], abs=0.015)


class TestEvolutionStrategy(OptimizerContract):
    name = "evolutionStrategy"
    sphere_loss = 0.03
    rates_loss = 12.0

    @pytest.mark.parametrize("least", [0.01, 0.3])
    def test_first_steps_are_normal_with_a_uniform_deviation(self, least):
        n = 10000
        optimizer = self.make(space=cube(1), population_size=n, tau=1e-9, tau_prime=1e-9, epsilon=least)
        tell(optimizer, np.full((n, 1), 0.5), np.ones(n))
        deviations = np.maximum(np.linspace(0.0, 1.0, 10001), least)
        within = np.mean([math.erf(0.1 / (deviation * math.sqrt(2))) for deviation in deviations])
        assert np.mean(np.abs(optimizer.ask() - 0.5) < 0.1) == pytest.approx(within, abs=0.015)

    def test_a_candidate_keeps_its_steps_where_another_point_is_told(self):
        space = SearchSpace((Parameter("x", -20.0, 20.0),))
        optimizer = self.make(space=space, population_size=1, tau=1e-9, tau_prime=1e-9)
        moved = []
        for _ in range(1000):
            moved.append(40.0 * (optimizer.ask()[0, 0] - 0.5))
            tell(optimizer, np.array([[0.5]]), [1.0])
        # One normal deviation for all; were it drawn anew, uniform, the moves would be no normal ones.
        assert kstest(np.array(moved[1:]) / np.std(moved[1:]), "norm").pvalue > 0.01
        assert np.std(moved[1:]) < 1.1


class TestSimulatedAnnealing(OptimizerContract):
    name = "simulatedAnnealing"
    settings = {"population_size": 10, "temperature": 0.1, "mutation_rate": 0.5, "gaussian_stdev": 0.1}
    sphere_loss = 0.03
    rates_loss = 6.0

    @pytest.mark.parametrize(("generation", "temperature"), [(1, 1.6), (3, 1.024)])
    def test_worse_children_are_taken_with_boltzmanns_chance(self, generation, temperature):
        n = 4000
        optimizer = self.make(population_size=n, temperature=2.0, cooling_rate=0.8, **UNMUTATED)
        tell(optimizer, np.full((n, 3), 0.2), np.ones(n))
        for loss in [1.0] * (generation - 1) + [2.5]:
            optimizer.ask()
            tell(optimizer, np.full((n, 3), 0.2 if loss == 1.0 else 0.9), np.full(n, loss))
        assert places(optimizer.ask())[0.9] / n == pytest.approx(math.exp(-1.5 / temperature), abs=0.025)

    def test_a_failure_is_never_taken_and_always_left(self):
        optimizer = self.make(population_size=4, temperature=1e30, cooling_rate=1.0, **UNMUTATED)
        tell(optimizer, rows(0.1, 0.2, 0.3, 0.4), [1.0, None, None, 1.0])
        optimizer.ask()
        tell(optimizer, rows(0.5, 0.6, 0.7, 0.8), [None, 1e9, None, 2.0])
        assert optimizer.ask() == pytest.approx(rows(0.1, 0.6, 0.7, 0.8))


class TestDifferentialEvolution(OptimizerContract):
    name = "diffEvolution"
    settings = {"num_selected": 10, "gaussian_stdev": 0.1}
    sphere_loss = 0.01
    rates_loss = 10.0

    @pytest.mark.parametrize(("n_children", "best"), [(2, 0.1), (6, 0.9)])
    def test_children_take_the_places_of_the_worst(self, n_children, best):
        settings = UNCROSSED | UNMUTATED | {"num_selected": n_children, "tournament_size": 6}
        optimizer = self.make(population_size=6, **settings)
        tell(optimizer, rows(0.1, 0.2, 0.3, 0.4, 0.5, 0.6), [1.0, 2.0, 3.0, None, None, 4.0])
        assert len(optimizer.ask()) == n_children
        tell(optimizer, np.full((n_children, 3), 0.9), np.full(n_children, 9.0))
        assert optimizer.ask() == pytest.approx(np.full((n_children, 3), best))

    def test_children_lie_between_their_parents(self):
        optimizer = self.make(population_size=2, num_selected=2, tournament_size=1, **UNMUTATED)
        tell(optimizer, rows(0.4, 0.8), [1.0, None])
        children = np.concatenate([optimizer.ask() for _ in range(2000)])
        crossed = children[np.ptp(children, axis=1) > 0].ravel()
        assert len(crossed) == pytest.approx(2 * 2000 * 3 / 2, rel=0.1)
        assert kstest((crossed - 0.4) / 0.4, "uniform").pvalue > 0.01


class TestEstimationOfDistribution(OptimizerContract):
    name = "estimationDist"
    settings = {"population_size": 30}
    sphere_loss = 0.06
    rates_loss = 10.0

    def test_children_are_normal_with_the_variance_as_deviation(self):
        optimizer = self.make(population_size=8, num_offspring=20000)
        best = [0.1, 0.3, 0.5, 0.9]
        tell(optimizer, rows(*best, 0.7, 0.7, 0.2, 0.2), [1.0, 2.0, 1.0, 2.0, None, None, 5.0, 6.0])
        children = optimizer.ask()
        inside = children[(children > 0) & (children < 1)]
        assert inside.size > 0.999 * children.size
        assert inside.mean() == pytest.approx(0.45, abs=0.002)
        assert inside.std() == pytest.approx(np.var(best, ddof=1), abs=0.002)


class TestParticleSwarm(OptimizerContract):
    name = "particleSwarm"
    sphere_loss = 0.002
    rates_loss = 5.0

    def test_particles_go_on_as_they_went(self):
        optimizer = self.make(population_size=4, inertia=0.5, cognitive_rate=0.0, social_rate=0.0)
        tell(optimizer, rows(0.1, 0.2, 0.3, 0.9), [1.0, 2.0, 3.0, None])
        assert optimizer.ask() == pytest.approx(rows(0.1, 0.2, 0.3, 0.9))
        tell(optimizer, rows(0.3, 0.1, 0.3, 0.8), [9.0, 9.0, 9.0, None])
        assert optimizer.ask() == pytest.approx(rows(0.4, 0.05, 0.3, 0.75))

    def test_each_is_drawn_to_its_own_best(self):
        optimizer = self.make(population_size=1000, inertia=0.0, cognitive_rate=1.5, social_rate=0.0)
        tell(optimizer, np.full((1000, 3), 0.2), np.ones(1000))
        optimizer.ask()
        tell(optimizer, np.full((1000, 3), 0.6), [None] * 1000)
        assert kstest((0.6 - optimizer.ask().ravel()) / 0.6, "uniform").pvalue > 0.01

    @loop_over(
        ("settings", "moved"),
        [({}, {4, 6}), ({"neighborhood_size": 5}, {3, 4, 6, 7}), ({"topology": "star"}, set(range(10)) - {5})],
    )
    def test_each_is_drawn_to_the_best_of_its_neighbours(self, settings, moved):
        optimizer = self.make(population_size=10, inertia=0.0, cognitive_rate=0.0, social_rate=1.0, **settings)
        points = np.full((10, 3), 0.2)
        points[5] = 0.6
        tell(optimizer, points, [1.0] * 5 + [0.5] + [None] * 4)
        asked = optimizer.ask()
        assert set(np.flatnonzero((asked != points).any(axis=1)).tolist()) == moved
        assert asked.max() <= 0.6 and asked.min() >= 0.2


class TestInspyredNSGA2(OptimizerContract):
    name = "inspyred_nsga2"
    settings = {"gaussian_stdev": 0.1}
    sphere_loss = 0.0005
    rates_loss = 1.0

    def test_the_front_survives(self):
        optimizer = self.make(objectives=("a", "b"), population_size=4, **UNCROSSED, **UNMUTATED)
        values = {0.1: (1, 4), 0.2: (4, 1), 0.3: (2, 3), 0.4: (5, 5), 0.5: (3, 2), 0.6: (6, 1.5), 0.7: None, 0.8: None}
        by_place = {place: pair and {"a": pair[0], "b": pair[1]} for place, pair in values.items()}
        for points in (rows(0.8, 0.4, 0.1, 0.6), rows(0.2, 0.7, 0.5, 0.3)):
            optimizer.tell(points, evaluate(points, lambda x: by_place[x[0]]))
            optimizer.ask()
        asked = np.concatenate([optimizer.ask() for _ in range(30)])
        assert set(places(asked)) == {0.1, 0.2, 0.3, 0.5}


class TestPAES(OptimizerContract):
    name = "paes"
    settings = {"population_size": 10, "mutation_rate": 0.5, "gaussian_stdev": 0.1}
    sphere_loss = 0.01
    rates_loss = 7.0

    def test_a_mutant_that_dominates_takes_its_parents_place(self):
        optimizer = self.make(objectives=("a", "b"), population_size=4, **UNMUTATED)
        optimizer.tell(rows(0.1, 0.2, 0.3, 0.4), evaluate(rows(0.1, 0.2, 0.3, 0.4), self._at))
        optimizer.ask()
        mutants = rows(0.5, 0.6, 0.7, 0.8)
        optimizer.tell(mutants, evaluate(mutants, self._at))
        assert optimizer.ask() == pytest.approx(rows(0.5, 0.2, 0.3, 0.8))

    @staticmethod
    def _at(point):
        values = {0.1: (2, 2), 0.2: (2, 2), 0.3: (2, 2), 0.4: None, 0.5: (2, 1), 0.6: (3, 2), 0.7: None, 0.8: (9, 9)}
        pair = values[point[0]]
        return pair and {"a": pair[0], "b": pair[1]}

    def test_two_in_one_process_do_not_meet(self):
        def points(optimizer):
            asked = optimizer.ask()
            optimizer.tell(asked, evaluate(asked, zdt1))
            return asked

        alone, one, other = (self.make(seed, cube(4), ("f1", "f2"), num_grid_divisions=2) for seed in (1, 1, 2))
        expected = [points(alone) for _ in range(40)]
        beside = [(points(one), points(other))[0] for _ in range(40)]
        assert np.array_equal(expected, beside)

    def test_the_grid_of_many_objectives_is_coarser(self):
        names = "abcdefghijklmnopqrstuvwxyz"
        optimizer = self.make(objectives=tuple(names), num_grid_divisions=4)
        asked = play(optimizer, lambda x: {name: float(x.sum()) + i for i, name in enumerate(names)}, 20)
        assert len(asked) == 20 and asked[-1].sum(axis=1).min() < asked[0].sum(axis=1).min()


COPIES = {
    "netpyne_genetic": UNCROSSED,
    "simulatedAnnealing": UNMUTATED,
    "diffEvolution": {**UNCROSSED, **UNMUTATED, "tournament_size": 1},
    "particleSwarm": {"inertia": 0.0, "cognitive_rate": 0.0, "social_rate": 0.0},
    "inspyred_nsga2": {**UNCROSSED, **UNMUTATED, "tournament_size": 1},
    "paes": UNMUTATED,
}


class TestKnownPoints:
    @staticmethod
    def make(name, settings):
        contract = OptimizerContract()
        contract.name = name
        return contract.make(population_size=4, **settings)

    @loop_over(("name", "settings"), COPIES.items())
    def test_the_best_are_the_first_population(self, name, settings):
        optimizer = self.make(name, settings)
        tell(optimizer, rows(0.1, 0.2, 0.3, 0.4), [7.0, 4.0, None, 1.0])
        tell(optimizer, rows(0.5, 0.6, 0.7), [3.0, None, 2.0])
        asked = np.concatenate([optimizer.ask() for _ in range(60)])
        assert set(places(asked)) == {0.2, 0.4, 0.5, 0.7}

    @loop_over(("name", "settings"), COPIES.items())
    def test_random_ones_are_asked_for_where_they_are_too_few(self, name, settings):
        optimizer = self.make(name, settings)
        tell(optimizer, rows(0.1), [1.0])
        drawn = optimizer.ask()
        assert drawn.shape == (3, 3) and len(np.unique(drawn)) == 9
        tell(optimizer, drawn, [2.0, 3.0, 4.0])
        asked = np.concatenate([optimizer.ask() for _ in range(60)])
        assert set(places(asked)) == {0.1, *np.round(drawn[:, 0], 9)}
