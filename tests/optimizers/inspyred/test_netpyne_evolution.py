from random import Random

import numpy as np
import pytest
from scipy.stats import kstest

from tests.contracts.optimizer import OptimizerContract, cube, evaluate, play, sphere
from tests.loops import loop_over
from tuner.optimizers.inspyred.netpyne_evolution import towards_bound
from tuner.study.space import Parameter, SearchSpace

pytestmark = pytest.mark.long

UNCROSSED = {"crossover_rate": 0.0, "tournament_size": 6}


def sigmoid_rates(n=6, seed=42):
    """Sum of |z| of n rates [Hz] that n parameters drive together, as a function of a point; 0 at one point."""
    random = np.random.default_rng(seed)
    weights = random.normal(0.0, 1.2, (n, n)) + 3.0 * np.eye(n)

    def rates(x):
        return 60.0 / (1.0 + np.exp(-(weights @ (2.0 * x - 1.0) - 1.0)))

    wanted = rates(random.uniform(0.2, 0.8, n))
    tolerance = np.maximum(0.1 * wanted, 0.5)
    return lambda x: {"loss": float(np.sum(np.abs(rates(x) - wanted) / tolerance))}


@loop_over("strength", [0.2, 1.0, 3.0])
def test_a_gene_moves_by_a_power_of_a_uniform_number(strength):
    random = Random(1)
    moved = np.array([towards_bound(random, 2.0, 1.0, 7.0, strength) for _ in range(4000)])
    up = moved > 2.0
    assert up.mean() == pytest.approx(0.5, abs=0.03)
    share = np.where(up, (moved - 2.0) / 5.0, 2.0 - moved)
    assert kstest((1.0 - share) ** (1.0 / strength), "uniform").pvalue > 0.01
    assert share.mean() == pytest.approx(1.0 - 1.0 / (1.0 + strength), abs=0.02)


class TestNetPyNECustom(OptimizerContract):
    name = "netpyne_custom"
    sphere_loss = 0.05  # what random search reaches as well
    rates_loss = 12.0

    def test_every_gene_of_every_child_is_redrawn(self):
        optimizer = self.make(population_size=2000)
        middle = np.full((2000, 3), 0.5)
        optimizer.tell(middle, evaluate(middle, sphere))
        assert kstest(optimizer.ask().ravel(), "uniform").pvalue > 0.01

    def test_the_best_is_lost(self):
        optimizer = self.make(population_size=6, **UNCROSSED, mutation_strength=1e-12)
        for place, loss in ((0.2, 0.0), (0.7, 5.0)):
            points = np.full((6, 3), place)
            optimizer.tell(points, evaluate(points, lambda x, loss=loss: {"loss": loss}))
            asked = optimizer.ask()
        assert asked == pytest.approx(np.full((6, 3), 0.7), abs=1e-9)


class TestCustom(OptimizerContract):
    name = "custom"
    sphere_loss = 0.0005
    rates_loss = 2.0

    @loop_over("rate", [0.0, 0.3, 1.0])
    def test_the_mutation_rate_is_obeyed(self, rate):
        optimizer = self.make(population_size=2000, mutation_rate=rate)
        middle = np.full((2000, 3), 0.5)
        optimizer.tell(middle, evaluate(middle, sphere))
        assert np.mean(optimizer.ask() != 0.5) == pytest.approx(rate, abs=0.025)

    @loop_over("generation", [0, 10, 40])
    def test_steps_shrink(self, generation):
        n = 500
        optimizer = self.make(population_size=n, mutation_rate=1.0, mutation_strength=0.5, shrinking_generations=20)
        middle = np.full((n, 1), 0.5) @ np.ones((1, 3))
        optimizer.tell(middle, evaluate(middle, sphere))
        for _ in range(generation):
            optimizer.ask()
            optimizer.tell(middle, evaluate(middle, sphere))
        strength = 0.5 / (1.0 + generation / 20)
        expected = 0.5 * (1.0 - 1.0 / (1.0 + strength))
        assert np.abs(optimizer.ask() - 0.5).mean() == pytest.approx(expected, rel=0.1)

    def test_the_best_is_kept(self):
        optimizer = self.make(population_size=6, **UNCROSSED, mutation_rate=0.0)
        for place, loss in ((0.2, 0.0), (0.7, 5.0), (0.8, None)):
            points = np.full((6, 3), place)
            optimizer.tell(points, evaluate(points, lambda x, loss=loss: None if loss is None else {"loss": loss}))
            asked = optimizer.ask()
        assert asked == pytest.approx(np.full((6, 3), 0.2))

    def test_steps_are_on_the_parameters_scale(self):
        space = SearchSpace((Parameter("delay", 1.0, 21.0), Parameter("weight", 1e-4, 1e-2, scale="log")))
        optimizer = self.make(space=space, population_size=2000, mutation_rate=1.0, mutation_strength=1.0)
        middle = np.full((2000, 2), 0.5)
        optimizer.tell(middle, evaluate(middle, sphere))
        delays, weights = zip(*(space.decode(point).values() for point in optimizer.ask()), strict=True)
        assert kstest((np.array(delays) - 1.0) / 20.0, "uniform").pvalue > 0.01
        assert kstest((np.log10(weights) + 4.0) / 2.0, "uniform").pvalue > 0.01


@pytest.mark.parametrize(
    ("function", "times"), [(sphere, 50.0), (sigmoid_rates(), 3.0)], ids=["sphere", "sigmoid rates"]
)
def test_custom_beats_netpynes(function, times):
    """After 600 evaluations of six parameters, the median of nine seeds is that many times nearer."""

    def median(contract):
        kind = contract()
        ends = []
        for seed in range(1, 10):
            asked = play(kind.make(seed, cube(6)), function, 60)
            ends.append(min(function(point)["loss"] for point in np.concatenate(asked)))
        return np.median(ends)

    assert median(TestNetPyNECustom) > times * median(TestCustom)
