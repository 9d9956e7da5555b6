import numpy as np
import pytest
from scipy.stats import binom, kstest

from tests.loops import loop_over
from tuner.optimizers.pareto.variation import crossover, mutate, spread_apart, spread_factors, tournament


def within(law, count, sigmas=4):
    return abs(count - law.mean()) <= sigmas * law.std()


def couples(n, *pair):
    """n pairs of parents, each with these genes."""
    return np.tile(np.array(pair, float), (n, 1))


@loop_over("n", [2, 4, 10, 11])
def test_everyone_fights_twice(n):
    random = np.random.default_rng(1)
    for _ in range(20):
        winners = tournament(np.arange(n), n // 2 * 2, random)
        wins = np.bincount(winners, minlength=n)
        assert len(winners) == n // 2 * 2 and wins.max() <= 2 and wins[-1] == 0
        assert n % 2 or wins[0] == 2


def test_of_an_odd_number_one_sits_out():
    random = np.random.default_rng(2)
    wins = np.bincount(np.concatenate([tournament(np.arange(3), 2, random) for _ in range(3000)]), minlength=3)
    # Each of three pairs fights equally often, twice for two winners: 0 wins two of three fights, 1 the third.
    assert wins.sum() == 6000 and wins[2] == 0
    assert within(binom(6000, 2 / 3), wins[0])


def test_copies_of_each_place_fall_with_it():
    n, rounds, random = 20, 4000, np.random.default_rng(3)
    wins = np.bincount(np.concatenate([tournament(np.arange(n), n, random) for _ in range(rounds)]), minlength=n)
    assert wins / rounds == pytest.approx(2 * (1 - np.arange(n) / (n - 1)), abs=0.06)


@loop_over(("n", "expected"), [(1, 2), (2, 2), (7, 8), (30, 30)])
def test_as_many_winners_as_are_wanted(n, expected):
    assert len(tournament(np.array([3, 1, 0, 2]), n, np.random.default_rng(4))) == expected


def test_the_lower_place_wins():
    assert tournament(np.array([1, 0]), 4, np.random.default_rng(5)).tolist() == [1, 1, 1, 1]


def spread_law(eta):
    """Distribution of the spread factor: density ~ b^eta up to 1, b^-(eta + 2) beyond."""
    return lambda b: np.where(b <= 1, b ** (eta + 1) / 2, 1 - np.maximum(b, 1) ** -(eta + 1) / 2)


def test_spread_factors_by_hand():
    assert spread_factors(np.array([0.0, 0.125, 0.5, 0.875]), 1.0) == pytest.approx([0.0, 0.5, 1.0, 2.0])
    assert spread_factors(np.array([0.25, 0.75]), 0.0) == pytest.approx([0.5, 2.0])


@loop_over("eta", [0.0, 2.0, 20.0])
def test_law_of_spread_factors(eta):
    assert kstest(spread_factors(np.random.default_rng(6).random(20_000), eta), spread_law(eta)).pvalue > 0.001


def test_children_lie_about_the_middle():
    one, other = spread_apart(np.array([0.2, 0.2, 0.7]), np.array([0.6, 0.6, 0.3]), np.array([0.5, 1.5, 1.0]))
    assert one == pytest.approx([0.3, 0.1, 0.7])
    assert other == pytest.approx([0.5, 0.7, 0.3])
    assert one[2] == 0.7 and other[2] == 0.3


@pytest.mark.parametrize("eta", [2.0, 15.0])
def test_distance_of_crossed_children(eta):
    n, low, high = 20_000, 0.499, 0.501
    children = crossover(couples(n, [low], [high]), 1.0, eta, np.random.default_rng(7)).reshape(n, 2)
    spread = ~np.isin(children, (low, high)).all(axis=1)
    assert within(binom(n, 0.5), spread.sum())
    assert children.sum(axis=1) == pytest.approx(np.ones(n))
    assert kstest(np.abs(np.diff(children[spread], axis=1)[:, 0]) / (high - low), spread_law(eta)).pvalue > 0.001


@pytest.mark.parametrize("eta", [2.0, 15.0])
def test_children_are_cut_at_the_bounds(eta):
    n, low, high = 20_000, 0.02, 0.12
    children = crossover(couples(n, [low], [high]), 1.0, eta, np.random.default_rng(8)).reshape(n, 2)
    # The lower child is at 0 where the spread factor is above 0.07 / 0.05.
    assert within(binom(n, 0.5 * (1 - spread_law(eta)(1.4))), (children.min(axis=1) == 0).sum())
    mirrored = crossover(couples(n, [1 - low], [1 - high]), 1.0, eta, np.random.default_rng(8)).reshape(n, 2)
    assert mirrored == pytest.approx(1 - children)


@loop_over("rate", [0.0, 0.3, 0.9, 1.0])
def test_pairs_and_genes_are_crossed_with_their_chances(rate):
    pairs, genes = 4000, 5
    parents = couples(pairs, [0.4] * genes, [0.6] * genes)
    children = crossover(parents, rate, 15.0, np.random.default_rng(9)).reshape(pairs, 2, genes)
    spread = ~np.isin(children, (0.4, 0.6)).all(axis=1)
    changed = (children[:, 0] != 0.4).any(axis=1)
    # A pair that is crossed keeps a gene as it was if it is neither spread nor exchanged.
    assert within(binom(pairs, rate * (1 - 0.25**genes)), changed.sum())
    assert within(binom(pairs, rate * (1 - 0.5**genes)), spread.any(axis=1).sum())
    if rate == 0.0:
        assert np.array_equal(children.reshape(parents.shape), parents)
    if rate == 1.0:
        assert within(binom(pairs * genes, 0.5), spread.sum())


def test_genes_are_exchanged_one_by_one():
    pairs, genes = 4000, 5
    parents = couples(pairs, [0.4] * genes, [0.6] * genes)
    children = crossover(parents, 1.0, 15.0, np.random.default_rng(10), blended=False).reshape(pairs, 2, genes)
    assert np.isin(children, (0.4, 0.6)).all()
    exchanged = children[:, 0] == 0.6
    assert np.array_equal(exchanged, children[:, 1] == 0.4)
    assert within(binom(pairs * genes, 0.5), exchanged.sum())
    # All 32 combinations are equally likely.
    combinations = np.bincount(exchanged @ (2 ** np.arange(genes)), minlength=32)
    assert all(within(binom(pairs, 1 / 32), count) for count in combinations)


def test_spread_genes_are_exchanged_too():
    pairs = 4000
    children = crossover(couples(pairs, [0.2], [0.8]), 1.0, 30.0, np.random.default_rng(11)).reshape(pairs, 2)
    spread = ~np.isin(children, (0.2, 0.8)).all(axis=1)
    assert within(binom(spread.sum(), 0.5), (children[spread, 0] > 0.5).sum())


def test_genes_that_belong_together_are_exchanged_all_or_none():
    pairs, together = 4000, np.array([True, False, True, True])
    parents = couples(pairs, [0.1, 0.2, 0.3, 0.4], [0.6, 0.7, 0.8, 0.9])
    random = np.random.default_rng(12)
    children = crossover(parents, 1.0, 15.0, random, blended=~together, together=together)
    blocks, counts = np.unique(children[:, together], axis=0, return_counts=True)
    assert blocks.tolist() == [[0.1, 0.3, 0.4], [0.6, 0.8, 0.9]] and counts.tolist() == [pairs, pairs]
    has_first = children[0::2, 0] == 0.1
    assert within(binom(pairs, 0.5), has_first.sum())
    # The other gene goes its own way.
    assert within(binom(pairs, 0.5), (has_first == (children[0::2, 1] < 0.45)).sum())


def mutation_law(eta):
    """Distribution of the step of polynomial mutation: density ~ (1 - |step|)^eta."""

    def law(step):
        down, up = 1 + np.minimum(step, 0), 1 - np.maximum(step, 0)
        return np.where(step < 0, down ** (eta + 1) / 2, 1 - up ** (eta + 1) / 2)

    return law


def mutated(x, eta, n=20_000, seed=13):
    return mutate(np.full((n, 1), x), np.ones((n, 1), bool), eta, np.random.default_rng(seed))[:, 0]


@pytest.mark.parametrize("eta", [20.0, 60.0])
def test_law_of_mutation_steps(eta):
    steps = mutated(0.5, eta) - 0.5
    assert kstest(steps, mutation_law(eta)).pvalue > 0.001
    assert np.abs(steps).mean() == pytest.approx(1 / (eta + 2), rel=0.03)


@loop_over("x", [0.0, 0.05, 0.5, 0.9, 1.0])
@loop_over("eta", [1.0, 20.0])
def test_mutants_are_cut_at_the_bounds(x, eta):
    points, law = mutated(x, eta), mutation_law(eta)
    assert points.min() >= 0 and points.max() <= 1
    assert within(binom(len(points), law(-x)), (points == 0).sum())
    assert within(binom(len(points), 1 - law(1 - x)), (points == 1).sum())
    inside = points[(points > 0) & (points < 1)]
    low, high = law(-x), law(1 - x)
    assert kstest(inside - x, lambda step: (law(step) - low) / (high - low)).pvalue > 0.001


def test_only_the_genes_that_are_to_change_do():
    points = np.random.default_rng(14).random((500, 6))
    changed = np.random.default_rng(15).random((500, 6)) < 0.3
    mutants = mutate(points, changed, 20.0, np.random.default_rng(16))
    assert np.array_equal(mutants != points, changed)
