import numpy as np
import pytest
from scipy.stats import binom, kstest

from tests.contracts.optimizer import OptimizerContract, cube, play
from tests.loops import loop_over
from tests.samples import make_study
from tuner.errors import StudyError
from tuner.evaluation import Evaluation
from tuner.optimizers.base import Problem
from tuner.optimizers.pareto.emoo import Emoo
from tuner.optimizers.resolution import resolve
from tuner.study.schema import Place, fill
from tuner.study.space import Parameter, SearchSpace

TWO = ("f1", "f2")
FIXED = SearchSpace(tuple(Parameter(name, 0.0, 1.0, fixed=name.startswith("g")) for name in ("x0", "x1", "g0", "g1")))


def make(space=None, objectives=("loss",), seed=1, **settings):
    settings = fill({"population_size": 6, **settings}, Emoo.SETTINGS, Place("study"))
    return Emoo(Problem(space or cube(2), objectives=tuple(objectives)), seed, **settings)


def tell(optimizer, points, rows, first=0, names=("loss",)):
    """Tells one row of objectives a point, None for failures; the evaluations' numbers count from `first`."""
    evaluations = [
        Evaluation(first + place, 0, {}, 1, status="failed")
        if row is None
        else Evaluation(first + place, 0, {}, 1, loss=sum(row), objectives=dict(zip(names, row, strict=True)))
        for place, row in enumerate(rows)
    ]
    optimizer.tell(np.asarray(points, float), evaluations)


def uniform(n, n_parameters=2, seed=3):
    return np.random.default_rng(seed).random((n, n_parameters))


class TestEmoo(OptimizerContract):
    name = "emoo"
    settings = {"population_size": 20}
    sphere_loss = 0.001


class TestPool:
    def test_everyone_but_the_worst_may_be_in_it_twice(self):
        optimizer = make()
        tell(optimizer, uniform(6), [[float(k)] for k in (3, 0, 5, 1, 4, 2)])
        assert optimizer.survivors == [1, 3, 5, 0, 4, 2]
        optimizer.ask()
        pool = np.bincount(optimizer.survivors, minlength=6)
        assert pool.sum() == 6 and pool[1] == 2 and pool[2] == 0 and pool.max() == 2

    def test_it_replaces_the_population(self):
        # Parents that lost their fights are gone, though every child is worse.
        lost = []
        for seed in range(20):
            optimizer = make(seed=seed)
            tell(optimizer, uniform(6), [[float(k)] for k in range(6)])
            tell(optimizer, optimizer.ask(), [[9.0]] * 6, first=6)
            assert optimizer.survivors[:2] == [0, 0] and max(optimizer.survivors) < 6
            lost.append(6 - len(set(optimizer.survivors)))
        # Place k wins a fight against one of five others with chance (5 - k) / 5, and has two.
        assert np.mean(lost) == pytest.approx(sum((k / 5) ** 2 for k in range(6)), abs=0.35)

    @loop_over(("known", "children"), [(2, 10), (3, 10), (5, 8), (6, 6)])
    def test_an_odd_one_sits_out(self, known, children):
        optimizer = make()
        tell(optimizer, uniform(known), [[1.0]] * known)
        assert optimizer.ask().shape == (children, 2)
        assert len(optimizer.survivors) == known // 2 * 2

    def test_a_single_known_point_has_no_pool(self):
        optimizer = make()
        tell(optimizer, uniform(1), [[0.0]])
        points = optimizer.ask()
        assert points.shape == (6, 2)
        tell(optimizer, points, [[1.0]] * 6, first=1)
        assert optimizer.survivors == [0, 1, 2, 3, 4, 5]

    @loop_over(("capacity", "children"), [(12, 6), (13, 8), (20, 14)])
    def test_children_come_in_pairs_up_to_the_capacity(self, capacity, children):
        optimizer = make(capacity=capacity)
        tell(optimizer, optimizer.ask(), [[1.0]] * 6)
        assert optimizer.ask().shape == (children, 2)


class TestChildren:
    def pairs(self, space, points, **settings):
        n = len(points)
        optimizer = make(space, population_size=n, capacity=9 * n, p_m=0.0, **settings)
        tell(optimizer, points, [[1.0]] * n)
        return optimizer.ask().reshape(-1, 2, len(space))

    def test_no_gene_is_exchanged(self):
        corners = np.random.default_rng(1).integers(0, 2, (100, 6)) * 0.4 + 0.3
        first, second = self.pairs(cube(6), corners, eta_c=200.0).swapaxes(0, 1)
        # The first child is beside its first parent in every gene, the second beside the other.
        known = {tuple(corner) for corner in corners}
        assert {tuple(np.round(child, 1)) for child in np.vstack([first, second])} <= known

    def test_every_gene_of_every_pair_is_spread(self):
        points = np.tile([[0.49] * 5, [0.51] * 5], (50, 1))
        pairs = self.pairs(cube(5), points, eta_c=20.0)
        different = np.abs(pairs[:, 0] - pairs[:, 1]).max(axis=1) > 1e-9
        # Both parents are drawn with replacement.
        assert different.mean() == pytest.approx(0.5, abs=0.1)
        assert pairs.sum(axis=1)[different] == pytest.approx(np.ones((different.sum(), 5)))
        beta = np.abs(pairs[:, 0] - pairs[:, 1])[different].ravel() / 0.02
        law = binom(len(beta), 0.5)
        assert abs((beta < 1).sum() - law.mean()) < 4 * law.std()
        assert kstest(beta, lambda b: np.where(b <= 1, b**21 / 2, 1 - np.maximum(b, 1) ** -21.0 / 2)).pvalue > 0.001

    def test_fixed_parameters_are_inherited_one_by_one(self):
        points = np.tile([[0.2, 0.2, 0.1, 0.3], [0.8, 0.8, 0.7, 0.9]], (50, 1))
        pairs = self.pairs(FIXED, points, eta_c=200.0)
        assert np.array_equal(pairs[:, 0, 2:], pairs[:, 1, 2:]), "both children have the same"
        blocks, counts = np.unique(pairs[:, 0, 2:], axis=0, return_counts=True)
        assert blocks.tolist() == [[0.1, 0.3], [0.1, 0.9], [0.7, 0.3], [0.7, 0.9]]
        # Half of the pairs have different parents; of these a quarter has each combination.
        assert counts == pytest.approx(400 * np.array([3, 1, 1, 3]) / 8, abs=4 * np.sqrt(400 * 15 / 64))

    @loop_over("p_m", [0.0, 0.5, 1.0])
    def test_genes_mutate_with_their_chance(self, p_m):
        optimizer = make(FIXED, population_size=200, p_m=p_m, eta_m=0.0)
        tell(optimizer, np.full((200, 4), 0.5), [[1.0]] * 200)
        changed = optimizer.ask() != 0.5
        assert not changed[:, 2:].any()
        assert abs(changed.sum() - 400 * p_m) <= 4 * np.sqrt(400 * p_m * (1 - p_m))

    def test_children_may_be_copies(self):
        optimizer = make(p_m=0.0)
        tell(optimizer, np.full((6, 2), 0.25), [[1.0]] * 6)
        points = optimizer.ask()
        assert np.array_equal(points, np.full((6, 2), 0.25))
        tell(optimizer, points, [[0.5]] * 6, first=6)
        assert optimizer.survivors == list(range(6, 12))


class TestSettings:
    def steps(self, generations, **settings):
        """Mean mutation step of each generation."""
        optimizer = make(cube(4), population_size=300, p_m=1.0, **settings)
        points = optimizer.ask()
        found = []
        for _ in range(generations):
            tell(optimizer, np.full((len(points), 4), 0.5), [[1.0]] * len(points))
            points = optimizer.ask()
            found.append(np.abs(points - 0.5).mean())
        return found

    def test_etas_grow_after_finishgen(self):
        etas = [8, 8, 18, 28, 38]
        assert self.steps(5, eta_m=8.0, finishgen=2, d_eta_m=10.0) == pytest.approx(
            [1 / (eta + 2) for eta in etas], rel=0.1
        )

    def test_etas_stay_without_finishgen(self):
        assert self.steps(4, eta_m=8.0, d_eta_m=10.0) == pytest.approx([0.1] * 4, rel=0.1)

    def test_etas_do_not_fall_below_zero(self):
        # Without bounds a step's mean would be 1/2; half of the steps of an even law go beyond a bound 0.5 away.
        assert self.steps(4, eta_m=5.0, finishgen=0, d_eta_m=-10.0)[-1] == pytest.approx(0.375, rel=0.1)

    def test_etas_of_crossover_grow_too(self):
        optimizer = make(cube(1), population_size=200, p_m=0.0, eta_c=0.0, finishgen=1, d_eta_c=1e9)
        points, far = optimizer.ask(), []
        for _ in range(3):
            known = np.repeat([[0.4], [0.6]], len(points) // 2, axis=0)
            tell(optimizer, known, [[1.0]] * len(points))
            points = optimizer.ask()
            far.append(np.mean(np.abs(points - known.T).min(axis=1) > 1e-3))
        assert far[0] > 0.3 and far[1:] == [0, 0]

    def test_with_mutate_parents_no_parent_is_kept(self):
        optimizer = make(capacity=16, mutate_parents=True, p_m=1.0, eta_m=1e12)
        known = uniform(6)
        tell(optimizer, known, [[float(k)] for k in range(6)])
        points = optimizer.ask()
        assert points.shape == (16, 2) and optimizer.survivors == []
        distances = np.abs(points[:6, None] - known).max(axis=2)
        # The pool comes first, with the best twice.
        assert distances.min(axis=1) == pytest.approx(0, abs=1e-9)
        assert np.bincount(distances.argmin(axis=1), minlength=6)[[0, 5]].tolist() == [2, 0]
        tell(optimizer, points, [[9.0]] * 16, first=6)
        assert min(optimizer.survivors) >= 6 and len(optimizer.survivors) == 6

    def test_a_capacity_without_children_is_refused(self):
        with pytest.raises(StudyError, match=r"capacity: is 50, must be above population_size \(50\)"):
            resolve(make_study(optimizer={"name": "emoo", "capacity": 50}, budget={"evaluations": 100}))


class TestSurvivors:
    def test_fronts_come_before_crowding(self):
        optimizer = make(objectives=TWO)
        rows = [(9, 9), (0, 5), (1, 3), (3, 1), (4, 0), (8, 8), (10, 10)]
        tell(optimizer, uniform(7), rows, names=TWO)
        # Both ends have 1e15 twice, then comes the wider gap.
        assert optimizer.survivors == [1, 4, 2, 3, 5, 0]

    def test_crowding_is_found_once(self):
        optimizer = make(objectives=TWO, population_size=4)
        tell(optimizer, uniform(6), [(x, 10 - x) for x in (0, 3, 3.1, 5.5, 8, 10)], names=TWO)
        # The distances are (-, 0.62, 0.5, 0.98, 0.9, -); were they found anew without 3.1, 3 would stay and 8 go.
        assert sorted(optimizer.survivors) == [0, 3, 4, 5]

    def test_a_border_of_equal_rows_is_kept_twice(self):
        optimizer = make(objectives=TWO, population_size=4)
        rows = [(0, 9), (0, 9), (0, 9), (4, 5), (5, 4), (9, 0)]
        tell(optimizer, uniform(6), rows, names=TWO)
        # By the first objective the first of the equal ones is the border, by the second the last.
        assert sorted(optimizer.survivors)[:2] == [0, 2] and 5 in optimizer.survivors

    def test_with_one_objective_the_smallest_survive_in_their_order(self):
        optimizer = make()
        tell(optimizer, uniform(8), [[3.0], [1.0], [2.0], [1.0], [5.0], None, [4.0], [1.0]])
        assert optimizer.survivors == [1, 3, 7, 2, 0, 6]

    @loop_over("names", [("loss",), TWO, ("f1", "f2", "f3")])
    def test_failures_come_last(self, names):
        optimizer = make(objectives=names)
        good = [tuple(float((k + j) % 3) for j in range(len(names))) for k in range(4)]
        tell(optimizer, uniform(8), [None, good[0], None, good[1], good[2], None, None, good[3]], names=names)
        assert set(optimizer.survivors[:4]) == {1, 3, 4, 7}
        assert set(optimizer.survivors[4:]) < {0, 2, 5, 6}


class TestBeginning:
    def test_known_points_are_the_population(self):
        optimizer = make()
        known = uniform(30)
        tell(optimizer, known, known[:, :1].tolist(), first=-30)
        assert optimizer.survivors == (np.argsort(known[:, 0])[:6] - 30).tolist()
        # No random generation comes between.
        children = make(p_m=0.0, eta_c=1e9)
        tell(children, known, known[:, :1].tolist())
        best = known[np.argsort(known[:, 0])[:5]]
        assert np.abs(children.ask()[:, None] - best).max(axis=2).min(axis=1) == pytest.approx(0, abs=1e-6)

    def test_a_generation_that_failed_has_children_all_the_same(self):
        asked = play(make(cube(3), population_size=10), lambda point: None, 5)
        assert [len(points) for points in asked] == [10] * 5
        assert len(np.unique(np.concatenate(asked), axis=0)) > 40
