import numpy as np
import pytest

from tests.contracts.optimizer import OptimizerContract, cube, evaluate
from tests.loops import loop_over
from tuner.optimizers.asd import first_steps, least_step
from tuner.study.space import Parameter, SearchSpace

pytestmark = pytest.mark.long


def tell(optimizer, points, losses):
    """Tells one loss a point, None for failures."""
    left = iter(losses)
    optimizer.tell(points, evaluate(points, lambda x: None if (loss := next(left)) is None else {"loss": loss}))


class TestASD(OptimizerContract):
    name = "asd"
    settings = {"population_size": 8}
    sphere_loss = 0.005
    rates_loss = 7.0

    def started(self, places, losses=None, space=None, **settings):
        optimizer = self.make(space=space, population_size=len(places), **settings)
        points = np.array(places)
        tell(optimizer, points, losses or np.ones(len(places)))
        return optimizer

    def test_one_direction_at_a_time(self):
        asked = self.started(np.full((4000, 3), 0.5)).ask()
        moves = asked - 0.5
        assert np.all(np.count_nonzero(moves, axis=1) == 1)
        assert np.abs(moves[moves != 0]) == pytest.approx(0.05)
        shares = np.concatenate([(moves > 0).mean(axis=0), (moves < 0).mean(axis=0)])
        assert shares == pytest.approx(np.full(6, 1 / 6), abs=0.02)

    @loop_over(
        ("loss", "chance", "step"), [(0.5, 3.0, 1.5), (1.0, 1 / 4, 1 / 5), (2.0, 1 / 4, 1 / 5), (None, 1 / 4, 1 / 5)]
    )
    def test_each_walker_learns_from_its_own_step(self, loss, chance, step):
        n = 3000
        rates = {"pinc": 3.0, "sinc": 1.5, "pdec": 4.0, "sdec": 5.0, "stepsize": 0.04}
        optimizer = self.started(np.full((n, 2), 0.5), space=cube(2), **rates)
        points = optimizer.ask()
        first = points - 0.5
        tell(optimizer, points, [loss] * n)
        second = optimizer.ask() - (points if loss == 0.5 else 0.5)
        again = (np.sign(second) == np.sign(first)).all(axis=1)
        assert again.mean() == pytest.approx(chance / (3.0 + chance), abs=0.03)
        assert np.abs(second[again]).max(axis=1) == pytest.approx(0.02 * step)
        assert np.abs(second[~again]).max(axis=1) == pytest.approx(0.02)

    def test_a_bound_stops_a_step_and_turns_the_next(self):
        optimizer = self.started(np.full((500, 1), 0.97), space=cube(1))
        points = optimizer.ask()
        assert set(np.round(points[:, 0], 9)) == {1.0, 0.873}
        tell(optimizer, points, np.where(points[:, 0] == 1.0, 0.5, None))
        assert optimizer.ask()[points[:, 0] == 1.0] == pytest.approx(1.0 - 0.097)

    def test_where_a_place_failed_a_walker_begins_elsewhere(self):
        optimizer = self.make(population_size=2)
        points = optimizer.ask()
        tell(optimizer, points, [None, 1.0])
        after = optimizer.ask()
        assert np.count_nonzero(after != points, axis=1).tolist() == [3, 1]

    def test_where_nothing_is_gained_a_walker_begins_elsewhere(self):
        optimizer = self.started([[0.5, 0.5, 0.5]], stalliters=7)
        moved = []
        for _ in range(10):
            points = optimizer.ask()
            moved.append(np.count_nonzero(points != 0.5))
            tell(optimizer, points, [1.0])
        # Eight steps in vain are more than seven; the next is elsewhere, and from there one goes on.
        assert moved[:9] == [1] * 8 + [3]
        assert np.count_nonzero(optimizer.ask() != 0.5) == 3

    @pytest.mark.parametrize("sign", [1.0, -1.0])
    def test_gains_are_small_beside_the_size_of_a_loss(self, sign):
        optimizer = self.started([[0.5, 0.5, 0.5]], losses=[sign], stalliters=7)
        places = [np.full(3, 0.5)]
        for number in range(1, 11):
            points = optimizer.ask()
            places.append(points[0])
            tell(optimizer, points, [sign - 1e-5 * number])
        # Each gains more than abstol (1e-6), the last seven of eight less than reltol (1e-3): the ninth is elsewhere.
        changed = [np.count_nonzero(after != before) for before, after in zip(places, places[1:], strict=False)]
        assert changed[:9] == [1] * 8 + [3]

    def test_the_best_known_places_are_where_walkers_stand(self):
        optimizer = self.make(population_size=3)
        known = np.array([0.1, 0.2, 0.3, 0.4, 0.5])[:, None] @ np.ones((1, 3))
        tell(optimizer, known[:3], [4.0, 1.0, None])
        tell(optimizer, known[3:], [2.0, 3.0])
        for row, place in zip(optimizer.ask(), (0.2, 0.4, 0.5), strict=True):
            assert sorted(np.abs(row - place)) == pytest.approx([0.0, 0.0, 0.1 * place])

    def test_walkers_without_a_known_place_begin_anywhere(self):
        optimizer = self.make(population_size=3)
        tell(optimizer, np.array([[0.2] * 3, [0.6] * 3]), [1.0, None])
        asked = optimizer.ask()
        assert np.count_nonzero(asked == 0.2, axis=1).tolist() == [2, 0, 0]

    def test_whole_numbers_and_choices_go_by_one_at_least(self):
        # A tenth of 2 would be lost in rounding, and so would all smaller steps after it.
        space = SearchSpace((Parameter("n", 1, 9, kind="int"), Parameter("c", kind="choice", choices=tuple("abcde"))))
        at = space.encode({"n": 2, "c": "c"})
        values = [space.decode(point) for point in self.started([at] * 200, space=space).ask()]
        assert {(v["n"], v["c"]) for v in values} == {(1, "c"), (3, "c"), (2, "b"), (2, "d")}

    def test_a_direction_that_a_bound_blocks_is_taken_less_often(self):
        n = 1000
        optimizer = self.started(np.full((n, 1), 0.95), space=cube(1), pinc=1000.0, pdec=2.0)
        stopped = np.full(n, True)
        # Upwards is 1000 times as likely after a success, 250 times after one blocked and one vain step.
        for loss, odds in ((0.5, None), (0.5, 1000.0), (0.5, 250.0)):
            points = optimizer.ask()
            if odds:
                assert np.mean(points[stopped] == 1.0) == pytest.approx((odds / (odds + 1.0)) ** 100, abs=0.06)
            stopped &= points[:, 0] == 1.0
            tell(optimizer, points, np.where(points[:, 0] == 1.0, loss, None))


def test_first_steps_are_shares_of_the_values():
    space = SearchSpace(
        (Parameter("a", -80.0, -40.0), Parameter("b", 0.0, 1.0), Parameter("c", 1e-4, 1e-2, scale="log"))
    )
    steps = first_steps(space, np.array([-60.0, 0.5, -3.0]), 0.1)
    assert steps == pytest.approx([6.0, 0.05, np.log10(1.1)] * 2)
    assert 10.0 ** (-3.0 + steps[2]) == pytest.approx(1.1e-3)
    assert first_steps(cube(3), np.array([0.0, 0.2, 0.4]), 0.1) == pytest.approx([0.03, 0.02, 0.04] * 2)
    assert first_steps(cube(2), np.zeros(2), 0.1) == pytest.approx([0.1] * 4)


@loop_over(
    ("parameter", "place", "step"),
    [
        (Parameter("a", 1.0, 9.0), 3.0, 0.0),
        (Parameter("a", 1, 9, kind="int"), 3.0, 1.0),
        (Parameter("a", 1, 1000, kind="int", scale="log"), 2.0, np.log10(1.01)),
        (Parameter("a", kind="choice", choices=("x", "y")), 0.0, 1.0),
    ],
)
def test_least_steps(parameter, place, step):
    assert least_step(parameter, place) == pytest.approx(step)
