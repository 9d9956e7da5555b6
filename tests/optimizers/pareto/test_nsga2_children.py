"""The children of NSGA-II: whose they are, what they inherit, how they mutate, and that none is a repeat."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from tests.contracts.optimizer import MIXED, cube, play, sphere
from tests.loops import loop_over
from tests.optimizers.pareto.searches import BLOCKS, COPY, GRID, make, tell, uniform
from tuner.optimizers.base import Problem
from tuner.optimizers.pareto.nsga2 import NSGA2
from tuner.study.schema import Place, fill
from tuner.study.space import Parameter, SearchSpace


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
