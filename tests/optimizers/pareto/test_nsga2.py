from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, kstest

from tests.contracts.optimizer import MIXED, OptimizerContract, cube, evaluate, play, sphere
from tests.loops import loop_over
from tests.samples import make_study
from tuner.errors import StudyError
from tuner.evaluation import Evaluation
from tuner.optimizers.base import Problem
from tuner.optimizers.pareto.nsga2 import NSGA2, NSGA3
from tuner.optimizers.pareto.ranking import fronts
from tuner.optimizers.pareto.reference_points import associate, directions
from tuner.optimizers.resolution import resolve
from tuner.study.schema import Place, fill
from tuner.study.space import Parameter, SearchSpace

# Children are copies of their parents to nine digits: no pair is crossed, and mutants stay where they are.
COPY = {"crossover_rate": 0.0, "eta_m": 1e12}
BLOCKS = SearchSpace(
    (
        Parameter("x0", 0.0, 1.0),
        Parameter("g0", 0.0, 1.0, fixed=True),
        Parameter("x1", 0.0, 1.0),
        Parameter("cells", 1, 9, kind="int", fixed=True),
        Parameter("shape", kind="choice", choices=("a", "b", "c"), fixed=True),
    )
)
GRID = SearchSpace(tuple(Parameter(name, 1, 8, kind="int") for name in "ab"))


def make(space=None, objectives=("loss",), seed=1, kind=NSGA2, **settings):
    settings = fill({"population_size": 20, **settings}, kind.SETTINGS, Place("study"))
    return kind(Problem(space or cube(2), objectives=tuple(objectives)), seed, **settings)


def tell(optimizer, points, rows, first=0, violations=None, names=("loss",)):
    """Tells one row of objectives a point, None for failures; the evaluations' numbers count from `first`."""
    evaluations = []
    for place, row in enumerate(rows):
        if row is None:
            evaluations.append(Evaluation(first + place, 0, {}, 1, status="failed"))
        else:
            violation = 0.0 if violations is None else violations[place]
            objectives = dict(zip(names, row, strict=True))
            evaluations.append(
                Evaluation(first + place, 0, {}, 1, loss=sum(row), objectives=objectives, violation=violation)
            )
    optimizer.tell(np.asarray(points, float), evaluations)


def uniform(n, n_parameters=2, seed=3):
    return np.random.default_rng(seed).random((n, n_parameters))


def zdt1(point):
    g = 1 + 9 * np.mean(point[1:])
    return {"f1": float(point[0]), "f2": float(g * (1 - np.sqrt(point[0] / g)))}


def hypervolume(values, reference=(1.1, 1.1)):
    """Area that the rows dominate below the reference."""
    area, floor = 0.0, reference[1]
    for x, y in sorted(map(tuple, values)):
        if x < reference[0] and y < floor:
            area += (reference[0] - x) * (floor - y)
            floor = y
    return area


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
        wish = {name: (lambda x, i=i: abs(float(x[0]) - ideal[i])) for i, name in enumerate(objectives)}
        asked = play(self.make(objectives=objectives), lambda x: {n: f(x) for n, f in wish.items()}, 40)
        last = asked[-1][:, 0]
        # Whatever lies between the ideals is a compromise; nothing else is.
        assert np.mean((last > ideal[0] - 0.05) & (last < ideal[-1] + 0.05)) > 0.7
        assert all(np.abs(np.concatenate(asked)[:, 0] - best).min() < 0.01 for best in ideal)


class TestNSGA3(OptimizerContract):
    name = "nsga3"
    sphere_loss = 0.0002


class TestParents:
    def test_children_come_from_the_best(self):
        optimizer = make(population_size=4, **COPY)
        first = np.array([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3], [0.4, 0.4]])
        tell(optimizer, first, first[:, :1].tolist())
        children = np.round(optimizer.ask(), 9).tolist()
        assert children.count([0.1, 0.1]) == 2 and children.count([0.4, 0.4]) == 0
        tell(optimizer, first + 0.05, [None] * 4)
        assert {tuple(child) for child in np.round(optimizer.ask(), 9)} <= {tuple(point) for point in first}

    def test_fitter_are_those_of_a_better_rank_and_then_of_a_wider_gap(self):
        optimizer = make(objectives=("f1", "f2"), population_size=6, **COPY)
        points = np.linspace(0.1, 0.6, 6)[:, None].repeat(2, axis=1)
        # The first four are the front, whose third is the most crowded; the fifth and sixth are behind it.
        rows = [(0, 5), (1, 3), (3, 1), (4, 0), (8, 8), (9, 9)]
        tell(optimizer, points, rows, names=("f1", "f2"))
        wins = [0] * 6
        for _ in range(200):
            for child in optimizer.ask():
                wins[int(np.argmin(np.abs(points[:, 0] - child[0])))] += 1
        # Two fights each, against one of five others: place k of the order 0, 3, 1, 2, 4, 5 wins (5 - k) / 5 of them.
        assert np.array(wins)[[0, 3, 1, 2, 4, 5]] / 200 == pytest.approx([2, 1.6, 1.2, 0.8, 0.4, 0], abs=0.2)

    @pytest.mark.parametrize(("n", "rate"), [(4, 0.25), (10, 0.1)])
    def test_each_gene_mutates_with_chance_one_in_n(self, n, rate):
        optimizer = make(cube(n), population_size=200, eta_c=1e12, eta_m=0.0)
        points = uniform(200, n)
        tell(optimizer, points, points[:, :1].tolist())
        children = optimizer.ask()
        is_parents = np.array([np.isclose(children[:, [j]], points[:, j], atol=1e-9).any(axis=1) for j in range(n)])
        law = binom(is_parents.size, rate)
        assert abs((~is_parents).sum() - law.mean()) < 4 * law.std()

    def test_a_lone_gene_need_not_mutate(self):
        optimizer = make(cube(1), population_size=400, eta_c=1e12, eta_m=0.0)
        points = uniform(400, 1)
        tell(optimizer, points, points.tolist())
        unmutated = np.isclose(optimizer.ask(), points.T, atol=1e-9).any(axis=1)
        # Neither mutated nor equal to a parent are those that were spread, half of all crossed.
        assert unmutated.mean() == pytest.approx(0.5 * 0.9 * 0.5, abs=0.08)

    def test_fixed_parameters_do_not_lower_the_chance(self):
        optimizer = make(BLOCKS, population_size=200, eta_c=1e12, eta_m=0.0)
        points = BLOCKS.snap(uniform(200, 5))
        tell(optimizer, points, points[:, :1].tolist())
        children = optimizer.ask()[:, [0, 2]]
        is_parents = np.array([np.isclose(children[:, [j]], points[:, 2 * j], atol=1e-9).any(axis=1) for j in (0, 1)])
        assert np.mean(~is_parents) == pytest.approx(0.5, abs=0.1)

    def test_with_mutate_parents_every_survivor_has_a_mutant(self):
        optimizer = make(population_size=6, capacity=10, eta_m=1e12, mutate_parents=True)
        points = uniform(6)
        assert optimizer.ask().shape == (6, 2)
        tell(optimizer, points, points[:, :1].tolist())
        generation = optimizer.ask()
        assert generation.shape == (4 + 6, 2)
        assert generation[4:] == pytest.approx(points[np.argsort(points[:, 0])], abs=1e-9)
        tell(optimizer, generation, [[5.0]] * 10, first=6)
        assert optimizer.survivors == np.argsort(points[:, 0]).tolist()


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


class TestRepeats:
    def test_no_point_is_asked_for_twice_in_a_discrete_space(self):
        for seed in range(5):
            optimizer = make(GRID, population_size=8, seed=seed)
            known = GRID.snap(uniform(6))
            tell(optimizer, known, known[:, :1].tolist())
            asked = [known]
            for _ in range(5):
                asked.append(optimizer.ask())
                tell(optimizer, asked[-1], asked[-1][:, :1].tolist())
            everything = np.concatenate(asked)
            assert len(np.unique(everything, axis=0)) == len(everything) == 6 + 2 + 4 * 8

    def test_a_first_generation_repeats_nothing(self):
        for seed in range(20):
            points = make(GRID, population_size=20, seed=seed).ask()
            assert len(np.unique(points, axis=0)) == 20

    @pytest.mark.parametrize("settings", [{}, {"asynchronous": True}], ids=["generations", "asynchronous"])
    def test_a_space_that_is_used_up_is_no_end(self, settings):
        space = SearchSpace((Parameter("a", 1, 3, kind="int"), Parameter("b", kind="choice", choices=("x", "y"))))
        optimizer = make(space, population_size=8, **settings)
        asked = np.concatenate(play(optimizer, lambda x: {"loss": float(x[0] + x[1])}, 40))
        assert {tuple(space.decode(point).values()) for point in asked} == set(product((1, 2, 3), "xy"))
        assert len(optimizer.survivors) == 6

    @pytest.mark.parametrize("settings", [{}, {"asynchronous": True}], ids=["generations", "asynchronous"])
    def test_what_a_start_point_took_the_place_of_is_asked_for_later(self, settings):
        space = SearchSpace(tuple(Parameter(name, 1, 3, kind="int") for name in "ab"))
        for seed in range(5):
            optimizer = make(space, seed=seed, population_size=4, **settings)
            first = optimizer.ask()
            start = next(p for p in space.snap(uniform(20)) if not (p == first).all(axis=1).any())
            told = [start, *first[1:]]
            tell(optimizer, told, [[1.0]] * len(told))
            while len(told) < 9:
                points = optimizer.ask()
                tell(optimizer, points, [[1.0]] * len(points), first=len(told))
                told.extend(points)
            assert first[0].tolist() in np.array(told).tolist()

    def test_survivors_are_different_in_a_discrete_space(self):
        optimizer = make(GRID, population_size=12)
        told = []
        for _ in range(12):
            points = optimizer.ask()
            tell(optimizer, points, points.sum(axis=1)[:, None].tolist(), first=len(told))
            told += points.tolist()
        kept = np.array(told)[optimizer.survivors]
        assert len(np.unique(kept, axis=0)) == 12
        # They are the twelve of the least sum; the last of these is one of several that are as good.
        sums = sorted(GRID.decode(point)["a"] + GRID.decode(point)["b"] for point in kept)
        assert sums == [2, 3, 3, 4, 4, 4, 5, 5, 5, 5, 6, 6]


class TestKinds:
    def test_points_are_where_values_are(self):
        optimizer = make(MIXED, population_size=10)
        for points in play(optimizer, lambda x: {"loss": float(np.sum(x))}, 10):
            assert np.array_equal(points, MIXED.snap(points))

    def test_whole_numbers_are_blended_and_choices_only_exchanged(self):
        space = SearchSpace(
            (Parameter("n", 1, 10**7, kind="int"), Parameter("c", kind="choice", choices=tuple("abcdefghi")))
        )
        optimizer = make(space, population_size=200, crossover_rate=1.0, eta_c=0.0, mutation_rate=1e-9)
        points = space.snap(np.column_stack([0.3 + 0.4 * uniform(200, 1), np.arange(200) % 2]))
        tell(optimizer, points, [[1.0]] * 200)
        values = [space.decode(child) for child in optimizer.ask()]
        fresh = {value["n"] for value in values} - {space.decode(point)["n"] for point in points}
        # Half of the numbers are spread; of the others those mutate that repeat a survivor.
        assert len(fresh) > 90
        counts = [sum(value["c"] == c for value in values) for c in "abcdefghi"]
        # Were choices blended, the middle ones would be the most; here they come of mutation alone.
        assert counts[0] + counts[8] > 150 and max(counts[1:8]) < 15

    def test_a_choice_that_mutates_is_drawn_from_all(self):
        space = SearchSpace((Parameter("x", 0.0, 1.0), Parameter("c", kind="choice", choices=tuple("abcd"))))
        optimizer = make(space, population_size=200, mutation_rate=1.0, eta_m=1e12)
        points = space.snap(np.column_stack([uniform(200, 1), np.zeros(200)]))
        tell(optimizer, points, points[:, :1].tolist())
        drawn = [space.decode(child)["c"] for _ in range(5) for child in optimizer.ask()]
        assert [drawn.count(c) for c in "abcd"] == pytest.approx([250] * 4, abs=55)

    def test_a_whole_number_that_mutates_moves(self):
        space = SearchSpace((Parameter("x", 0.0, 1.0), Parameter("n", 1, 4, kind="int")))
        optimizer = make(space, population_size=200, mutation_rate=1.0, eta_m=1e12)
        points = space.snap(np.column_stack([uniform(200, 1), np.full(200, 0.4)]))
        tell(optimizer, points, points[:, :1].tolist())
        drawn = [space.decode(child)["n"] for _ in range(5) for child in optimizer.ask()]
        # So small a step changes no whole number: any is drawn instead.
        assert [drawn.count(n) for n in (1, 2, 3, 4)] == pytest.approx([250] * 4, abs=55)


class TestFixed:
    known = BLOCKS.snap(
        np.repeat([[0.1, 0.15, 0.1, 0.05, 0.2], [0.9, 0.35, 0.9, 0.5, 0.5], [0.5, 0.85, 0.5, 0.95, 0.9]], 4, axis=0)
    )

    @loop_over("settings", [{}, {"asynchronous": True}, {"mutate_parents": True}])
    def test_a_block_is_inherited_whole(self, settings):
        known = self.known.copy()
        known[:, [0, 2]] = uniform(12)
        optimizer = make(BLOCKS, ("f1", "f2"), population_size=20, mutation_rate=1.0, **settings)
        tell(optimizer, known, [(x, 1 - x) for x in known[:, 0]], names=("f1", "f2"))
        blocks = {tuple(row) for row in known[:, [1, 3, 4]].tolist()}
        asked = np.concatenate(play(optimizer, lambda x: {"f1": float(x[0]), "f2": float(1 - x[0])}, 15))
        assert {tuple(row) for row in asked[:, [1, 3, 4]].tolist()} == blocks

    def test_blocks_meet_other_genes(self):
        optimizer = make(BLOCKS, population_size=12, crossover_rate=1.0, eta_c=1e12, eta_m=1e12)
        tell(optimizer, self.known + np.arange(12)[:, None] * [1e-6, 0, 1e-6, 0, 0], [[1.0]] * 12)
        children = np.concatenate([optimizer.ask() for _ in range(60)])
        own = np.abs(children[:, 0] - self.known[[0, 4, 8], 0][:, None]).argmin(axis=0)
        block = np.abs(children[:, 1] - self.known[[0, 4, 8], 1][:, None]).argmin(axis=0)
        # Parents have different blocks 8 times of 11; then half of the children have the other's.
        assert np.mean(own != block) == pytest.approx(8 / 11 / 2, abs=0.06)

    def test_without_known_points_all_have_the_base(self):
        base = BLOCKS.encode({"x0": 0.5, "g0": 0.7, "x1": 0.5, "cells": 3, "shape": "c"})
        settings = fill({"population_size": 8}, NSGA2.SETTINGS, Place("study"))
        optimizer = NSGA2(Problem(BLOCKS, base=base), 1, **settings)
        asked = np.concatenate(play(optimizer, sphere, 5))
        assert np.array_equal(asked[:, [1, 3, 4]], np.tile(base[[1, 3, 4]], (len(asked), 1)))


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
