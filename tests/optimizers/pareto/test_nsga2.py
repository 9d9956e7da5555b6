"""NSGA-II and NSGA-III: the contract, who survives, reference points, and settings that are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.optimizer import OptimizerContract, cube, evaluate, play, sphere
from tests.loops import loop_over
from tests.optimizers.pareto.searches import make, tell, uniform
from tests.optimizers.pareto.zdt1 import hypervolume, zdt1
from tests.samples import make_study
from tuner.errors import StudyError
from tuner.optimizers.pareto.nsga2 import NSGA2, NSGA3
from tuner.optimizers.pareto.ranking import fronts
from tuner.optimizers.pareto.reference_points import associate, directions
from tuner.optimizers.resolution import resolve


class TestNSGA2(OptimizerContract):
    name = "nsga2"
    sphere_loss = 0.0002

    @pytest.mark.long
    @pytest.mark.parametrize("seed", [1, 2])
    def test_hypervolume_on_zdt1(self, seed):
        # The whole front has 1.21 - 1/3; the random first generation is far from it.
        optimizer = self.make(seed, cube(10), ("f1", "f2"), population_size=40)
        values = [list(zdt1(point).values()) for point in np.concatenate(play(optimizer, zdt1, 120))]
        assert 0.867 < hypervolume(values) <= 1.21 - 1 / 3
        assert hypervolume(values[:40]) < 0.1

    @loop_over("objectives", [("a",), ("a", "b"), ("a", "b", "c"), ("a", "b", "c", "d")])
    def test_any_number_of_objectives(self, objectives):
        ideal = np.linspace(0.2, 0.8, len(objectives))
        goal = {name: (lambda x, i=i: abs(float(x[0]) - ideal[i])) for i, name in enumerate(objectives)}
        asked = play(self.make(objectives=objectives), lambda x: {n: f(x) for n, f in goal.items()}, 40)
        last = asked[-1][:, 0]
        # Whatever lies between the ideals is a compromise; nothing else is.
        assert np.mean((last > ideal[0] - 0.05) & (last < ideal[-1] + 0.05)) > 0.7
        assert all(np.abs(np.concatenate(asked)[:, 0] - best).min() < 0.01 for best in ideal)


class TestNSGA3(OptimizerContract):
    name = "nsga3"
    sphere_loss = 0.0002


class TestSurvivors:
    def test_parents_are_not_lost_to_worse_children(self):
        optimizer = make(population_size=6)
        best = uniform(6)
        tell(optimizer, best, [[0.0]] * 6)
        for generation in range(1, 4):
            tell(optimizer, optimizer.ask(), [[1.0]] * 6, first=6 * generation)
        assert sorted(optimizer.survivors) == [0, 1, 2, 3, 4, 5]

    def test_parents_are_replaced_by_better_children(self):
        optimizer = make(population_size=6)
        tell(optimizer, uniform(6), [[1.0]] * 6)
        tell(optimizer, optimizer.ask(), [[2.0], [0.5], [0.1], [2.0], [0.7], [2.0]], first=6)
        assert optimizer.survivors[:3] == [8, 7, 10] and max(optimizer.survivors[3:]) <= 5

    def test_of_a_front_the_least_crowded_survive(self):
        optimizer = make(objectives=("f1", "f2"), population_size=4)
        places = [0, 4, 4.1, 6.1, 10, 3]
        tell(optimizer, uniform(6), [(x, 10 - x) for x in places], names=("f1", "f2"))
        assert sorted(optimizer.survivors) == [0, 3, 4, 5]

    def test_of_equal_points_one_is_kept(self):
        optimizer = make(population_size=4)
        points = np.array([[0.1, 0.1], [0.1, 0.1], [0.1, 0.1], [0.4, 0.4]])
        tell(optimizer, points, points[:, :1].tolist())
        assert optimizer.survivors == [0, 3]
        tell(optimizer, points + 0.3, (points[:, :1] + 0.3).tolist(), first=4)
        assert optimizer.survivors == [0, 3, 7]

    def test_a_point_that_failed_and_ran_has_run(self):
        optimizer = make(population_size=4)
        points = uniform(3)
        tell(optimizer, points, [None, [2.0], [1.0]])
        tell(optimizer, points, [[3.0], None, [1.0]], first=3)
        assert optimizer.survivors == [2, 1, 3]

    @pytest.mark.long
    @given(st.lists(st.sampled_from([None, None, 1.0, 2.0, 3.0]), min_size=1, max_size=24), st.integers(1, 8))
    def test_failures_never_survive_before_successes(self, losses, per_tell):
        optimizer = make(population_size=6)
        points = uniform(len(losses))
        for begin in range(0, len(losses), per_tell):
            some = losses[begin : begin + per_tell]
            rows = [None if loss is None else [loss] for loss in some]
            tell(optimizer, points[begin : begin + per_tell], rows, first=begin)
        kept = [losses[number] for number in optimizer.survivors]
        ran = sorted(loss for loss in losses if loss is not None)
        assert len(kept) == min(6, len(losses))
        assert kept[: len(ran)] == ran[:6] and set(kept[len(ran) :]) <= {None}

    def test_what_is_not_finite_has_failed(self):
        optimizer = make(objectives=("f1", "f2"), population_size=4)
        rows = [(np.nan, 0.0), (9.0, 9.0), (-np.inf, 0.0), (0.0, np.inf), (8.0, 9.0)]
        tell(optimizer, uniform(5), rows, names=("f1", "f2"))
        assert optimizer.survivors[:2] == [4, 1]

    def test_constraints_come_before_losses(self):
        optimizer = make(objectives=("f1", "f2"), population_size=5)
        rows = [(9, 9), (0, 0), (8, 9), (1, 1), None, (2, 2), (7, 9)]
        tell(optimizer, uniform(7), rows, violations=[0, 0.2, 0, 0.1, 0, 0.3, 0], names=("f1", "f2"))
        # Without violation by objectives, with by its size alone, then the failure.
        assert optimizer.survivors == [6, 2, 0, 3, 1]

    def test_constraints_are_met_where_that_is_hard(self):
        # The loss falls towards the corner, but only a thin ring far from it is allowed.
        def violation(point):
            return max(0.0, abs(np.hypot(*point) - 1.0) - 0.02)

        optimizer = make(population_size=20)
        for _ in range(30):
            points = optimizer.ask()
            tell(optimizer, points, points.sum(axis=1)[:, None].tolist(), violations=[violation(p) for p in points])
        best = optimizer.ask()
        feasible = [point.sum() for point in best if violation(point) == 0.0]
        assert len(feasible) > 5 and min(feasible) == pytest.approx(0.98, abs=0.02)


def dtlz2(points):
    """Four objectives, whose front is where the unit sphere has no negative number."""
    radius = 1 + np.sum((points[:, 3:] - 0.5) ** 2, axis=1)
    one, two, three = np.pi / 2 * points[:, :3].T
    columns = np.cos(one) * np.cos(two) * np.cos(three), np.cos(one) * np.cos(two) * np.sin(three)
    return radius[:, None] * np.column_stack([*columns, np.cos(one) * np.sin(two), np.sin(one)])


class TestReferencePoints:
    names = ("f1", "f2", "f3", "f4")

    def front(self, kind, names=names, seed=1, generations=100):
        """Asked points and the values of the last survivors."""
        optimizer = make(cube(8), names, seed, kind, population_size=35)
        values = []
        for _ in range(generations):
            points = optimizer.ask()
            rows = dtlz2(points)[:, : len(names)].tolist()
            tell(optimizer, points, rows, first=len(values), names=names)
            values += rows
        return points, np.array(values)[optimizer.survivors]

    @pytest.mark.long
    def test_four_objectives_are_spread_over_the_lattice(self):
        lattice = directions(4, 35)

        def niches(values):
            niche, distance = associate(values, lattice)
            return len(np.unique(niche)), np.linalg.norm(values, axis=1)

        crowded = type("Crowded", (NSGA2,), {"FEWEST_FOR_REFERENCE_POINTS": 9})
        taken, radius = niches(self.front(NSGA2)[1])
        assert taken >= 30 and np.median(radius) < 1.02
        assert niches(self.front(crowded)[1])[0] < 26

    def test_nsga2_has_them_from_four_objectives_on(self):
        same, other = (self.front(kind, generations=8)[0] for kind in (NSGA2, NSGA3))
        assert np.array_equal(same, other)
        three = [self.front(kind, self.names[:3], generations=8)[0] for kind in (NSGA2, NSGA3)]
        assert not np.array_equal(*three)


@loop_over(
    ("settings", "words"),
    [
        ({"population_size": 10, "capacity": 10}, r"capacity: is 10, must be above population_size \(10\)"),
        ({"in_flight": 3}, "in_flight: is 3, needs asynchronous = true"),
        ({"mutate_parents": True, "asynchronous": True}, "mutate_parents: .*asynchronous = false"),
    ],
)
@loop_over("name", ["nsga2", "nsga3"])
def test_settings_that_do_not_go_together_are_refused(settings, words, name):
    with pytest.raises(StudyError, match=words):
        resolve(make_study(optimizer={"name": name, **settings}))


def test_the_capacity_is_twice_the_population():
    optimizer = make(population_size=7)
    points = optimizer.ask()
    optimizer.tell(points, evaluate(points, sphere))
    assert points.shape == optimizer.ask().shape == (7, 2)


def test_the_front_is_kept_whole_while_it_fits():
    optimizer = make(cube(5), ("f1", "f2"), population_size=40)
    everything, survivors = [], []
    for _ in range(6):
        points = optimizer.ask()
        rows = [list(zdt1(point).values()) for point in points]
        tell(optimizer, points, rows, first=len(everything), names=("f1", "f2"))
        everything += rows
        survivors.append(set(optimizer.survivors))
        front = set(np.flatnonzero(fronts(np.array(everything)) == 0))
        assert len(front) <= 40 and front <= survivors[-1]
