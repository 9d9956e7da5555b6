import numpy as np
import pytest

from tests.contracts.optimizer import OptimizerContract, cube, evaluate, sphere
from tuner.study.space import Parameter, SearchSpace

# Every child is a copy of the best.
COPY = {"population_size": 6, "tournament_size": 6, "crossover_rate": 0.0, "mutation_rate": 0.0}


class TestGenetic(OptimizerContract):
    name = "genetic"
    settings = {"gaussian_stdev": 0.1}
    sphere_loss = 0.001

    def test_the_first_candidates_are_uniform(self):
        points = self.make(population_size=4000).ask()
        assert points.mean(axis=0) == pytest.approx([0.5] * 3, abs=0.02)
        assert points.std(axis=0) == pytest.approx([1 / np.sqrt(12)] * 3, abs=0.02)

    def test_the_largest_tournament_chooses_the_best(self):
        optimizer = self.make(**COPY)
        points = optimizer.ask()
        losses = [sphere(point)["loss"] for point in points]
        optimizer.tell(points, evaluate(points, sphere))
        assert optimizer.ask() == pytest.approx(np.tile(points[np.argmin(losses)], (6, 1)), abs=1e-12)

    @pytest.mark.parametrize("elites", [1, 2])
    def test_elites_outlive_worse_children(self, elites):
        optimizer = self.make(**COPY, num_elites=elites)
        best = optimizer.ask()[0]
        points = optimizer.ask()
        points[0] = best
        optimizer.tell(points, evaluate(points, lambda x: {"loss": float(np.any(x != best))}))
        for _ in range(3):
            optimizer.ask()
            worse = np.full((6, 3), 0.9)
            optimizer.tell(worse, evaluate(worse, lambda x: {"loss": 5.0}))
        assert optimizer.ask() == pytest.approx(np.tile(best, (6, 1)), abs=1e-12)

    def test_without_elites_children_replace_their_parents(self):
        optimizer = self.make(**COPY, num_elites=0)
        optimizer.tell(optimizer.ask(), evaluate(np.zeros((6, 3)), sphere))
        optimizer.ask()
        worse = np.full((6, 3), 0.9)
        optimizer.tell(worse, evaluate(worse, lambda x: {"loss": 5.0}))
        assert optimizer.ask() == pytest.approx(worse, abs=1e-12)

    def test_failures_rank_behind_everything_that_ran(self):
        optimizer = self.make(**COPY)
        points = optimizer.ask()
        ran = tuple(points[4])
        optimizer.tell(points, evaluate(points, lambda x: {"loss": 1e12} if tuple(x) == ran else None))
        assert optimizer.ask() == pytest.approx(np.tile(points[4], (6, 1)), abs=1e-12)

    def test_the_best_of_known_points_are_the_first_population(self):
        optimizer = self.make(population_size=4, tournament_size=1, crossover_rate=0.0, mutation_rate=0.0)
        for losses in ({0.1: 7.0, 0.2: 4.0, 0.3: None}, {0.4: 1.0, 0.5: 3.0, 0.6: None, 0.7: 2.0}):
            points = np.array(list(losses))[:, None] @ np.ones((1, 3))
            known = iter([None if loss is None else {"loss": loss} for loss in losses.values()])
            optimizer.tell(points, evaluate(points, lambda x, known=known: next(known)))
        assert set(np.round(np.concatenate([optimizer.ask() for _ in range(60)]), 12).ravel()) == {0.2, 0.4, 0.5, 0.7}

    def test_random_ones_are_asked_for_where_too_few_are_known(self):
        optimizer = self.make(population_size=4, tournament_size=1, crossover_rate=0.0, mutation_rate=0.0)
        known = np.full((1, 3), 0.1)
        optimizer.tell(known, evaluate(known, sphere))
        drawn = optimizer.ask()
        assert drawn.shape == (3, 3)
        optimizer.tell(drawn, evaluate(drawn, sphere))
        asked = np.concatenate([optimizer.ask() for _ in range(60)])
        assert set(np.round(asked[:, 0], 9)) == set(np.round([0.1, *drawn[:, 0]], 9))

    def test_points_are_rounded_as_they_always_were(self):
        # Bit for bit, or runs of earlier versions could not be resumed.
        space = SearchSpace((Parameter("weight", 0.001, 0.1), Parameter("delay", 0.3, 0.7)))
        optimizer = self.make(space=space, population_size=500, crossover_rate=0.0, mutation_rate=0.0)
        points = optimizer.ask()
        optimizer.tell(points, evaluate(points, sphere))
        rounded = {tuple(point) for point in space.from_scaled(space.to_scaled(points)).tolist()}
        assert rounded != {tuple(point) for point in points.tolist()}
        assert {tuple(point) for point in optimizer.ask().tolist()} <= rounded

    def test_mutation_is_in_units_or_decades(self):
        space = SearchSpace((Parameter("delay", 1.0, 21.0), Parameter("weight", 1e-4, 1e-2, scale="log")))
        settings = COPY | {"population_size": 4000, "mutation_rate": 1.0}
        optimizer = self.make(space=space, **settings, gaussian_stdev=0.2, gaussian_mean=0.1)
        middle = np.full((4000, 2), 0.5)
        optimizer.tell(middle, evaluate(middle, sphere))
        delays, weights = zip(*(space.decode(point).values() for point in optimizer.ask()), strict=True)
        steps = np.array(delays) - 11.0, np.log10(weights) + 3.0
        assert [step.mean() for step in steps] == pytest.approx([0.1, 0.1], abs=0.013)
        assert [step.std() for step in steps] == pytest.approx([0.2, 0.2], abs=0.01)

    def test_crossover_exchanges_whole_genes(self):
        optimizer = self.make(space=cube(4), **COPY | {"crossover_rate": 1.0, "population_size": 200}, num_elites=0)
        points = np.random.default_rng(1).integers(0, 2, (200, 4)) * 0.5 + 0.25
        optimizer.tell(points, evaluate(points, lambda x: {"loss": 1.0}))
        children = optimizer.ask()
        assert np.isin(np.round(children, 12), (0.25, 0.75)).all()
        assert children.shape == (200, 4)
