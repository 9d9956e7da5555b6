"""Parameters that do not matter or make up for each other, by slopes and by ranks."""

import math

import numpy as np
import pytest

from tests.analysis.accounts import NAN, SEEDS, account_of, evaluated, space, target
from tests.loops import loop_over
from tuner.analysis.findings import account, lines
from tuner.analysis.sensitivity import Tie
from tuner.study.space import Parameter, SearchSpace


def of_slopes(slopes, targets, names="abc"):
    """The sensitivity that slopes give, rows by target and columns by parameter."""
    table = {t.name: dict(zip(names, row, strict=True)) for t, row in zip(targets, slopes, strict=True)}
    return account_of(lambda *x: x[: len(targets)], targets, names, n=5, slopes=table).sensitivity


class TestSlopes:
    TWO = (target("one", 5.0, 0.5), target("two", 5.0, 2.0))
    THREE = (*TWO, target("three", 5.0, 1.0))

    def test_flat_parameters_move_less_than_half_a_tolerance(self):
        found = of_slopes([[10.0, 0.1, 0.2], [-30.0, 0.6, 40.0]], self.TWO)
        assert (found.evidence, found.flat, found.ties) == ("slopes", ("b",), ())
        # sqrt(0.2^2 + 0.4^2) < 0.5 <= sqrt(0.4^2 + 0.3^2).
        assert of_slopes([[10.0, 0.1], [0.0, 0.8]], self.TWO, "ab").flat == ("b",)
        assert of_slopes([[10.0, 0.2], [0.0, 0.6001]], self.TWO, "ab").flat == ()

    def test_two_that_are_only_a_product(self):
        found = of_slopes([[10.0, -5.0, 1.0], [12.0, -6.0, 40.0], [30.0, -15.0, 3.0]], self.THREE)
        assert found.ties == (Tie(("a", "b"), 1),)

    def test_two_pairs_are_two_ties(self):
        found = of_slopes([[10, 10, 1, 1.0], [20, 20, 1.1, 1.1], [1, 1, 10, 10]], self.THREE, "abcd")
        assert found.ties == (Tie(("a", "b"), 1), Tie(("c", "d"), 1))

    @loop_over("names", ["ab", "abc", "abcdefgh"])
    def test_one_target_fixes_one_direction_of_all_its_parameters(self, names):
        slopes = [np.random.default_rng(1).uniform(5, 50, len(names))]
        assert of_slopes(slopes, self.TWO[:1], names).ties == (Tie(tuple(names), 1),)

    def test_two_targets_fix_two_directions_of_three_parameters(self):
        found = of_slopes([[10.0, 4.0, -9.0], [7.0, 30.0, 20.0]], self.TWO)
        assert found.ties == (Tie(("a", "b", "c"), 2),)

    def test_a_parameter_with_a_target_of_its_own_makes_up_for_no_other(self):
        found = of_slopes([[10.0, 4.0, 0.0], [0.0, 0.0, 30.0]], self.TWO)
        assert found.ties == (Tie(("a", "b"), 1),)

    def test_three_that_only_their_sum_decides(self):
        found = of_slopes([[10, 10, 10.0], [20, 20, 20], [-5, -5, -5]], self.THREE)
        assert found.ties == (Tie(("a", "b", "c"), 1),)

    @pytest.mark.parametrize(("cosine", "tied"), [(0.94, False), (0.96, True)])
    def test_the_limit_of_the_cosine(self, cosine, tied):
        slopes = [[1.0, cosine], [0.0, 4 * math.sqrt(1 - cosine**2)]]
        assert bool(of_slopes(slopes, self.TWO, "ab").ties) is tied

    def test_parallel_slopes_that_the_tolerances_tell_apart(self):
        """With a cosine of 0.99 a and b can be told apart where 1 % of a slope is many tolerances."""
        slopes = np.array([[1.0, 0.99], [0.0, 4 * math.sqrt(1 - 0.99**2)]])
        assert of_slopes(slopes, self.TWO, "ab").ties != ()
        assert of_slopes(1000 * slopes, self.TWO, "ab").ties == ()

    def test_errors_of_the_slopes_do_not_hide_a_tie(self):
        for seed in SEEDS:
            errors = np.random.default_rng(seed).normal(0, 0.02, (3, 3))
            found = of_slopes(
                np.array([[10.0, -5.0, 1.0], [12.0, -6.0, 40.0], [30.0, -15.0, 3.0]]) * (1 + errors), self.THREE
            )
            assert found.ties == (Tie(("a", "b"), 1),)

    def test_no_false_alarm_on_random_slopes(self):
        """Of orthogonal columns, with lengths of their own."""
        for seed in SEEDS:
            random = np.random.default_rng(seed)
            slopes = np.linalg.qr(random.normal(size=(3, 3)))[0] * random.uniform(5, 100, 3)
            found = of_slopes(slopes * [[0.5], [2.0], [1.0]], self.THREE)
            assert (found.flat, found.ties) == ((), ())

    @loop_over(("number", "evidence"), [(39, "slopes"), (36, "slopes"), (35, "ranks"), (3, "ranks"), (None, "ranks")])
    def test_slopes_far_from_the_best_do_not_count(self, number, evidence):
        """Evaluation 36 is 3 / 39 of the range from the best, 35 more than a tenth."""
        search, targets = space("a"), [target("rate", 5.0)]
        evaluations = evaluated(lambda a: [a], search, targets, np.linspace(0, 1, 40)[:, None])
        slopes = {"number": number, "slopes": {"rate": {"a": 0.01}}}
        found = account(search, targets, evaluations, evaluations[-1], {"rate": 1.0}, slopes).sensitivity
        assert (found.evidence, found.flat) == (evidence, ("a",) * (evidence == "slopes"))

    def test_slopes_of_what_is_idle_by_all_evaluations_are_not_believed(self):
        slopes = {"one": {"a": 10.0, "b": 5.0, "c": 7.0}}
        found = account_of(lambda a, b, c: [a + b], self.TWO[:1], n=200, slopes=slopes).sensitivity
        assert (found.idle, found.flat, found.ties) == (("c",), (), (Tie(("a", "b"), 1),))

    def test_of_slopes_that_are_unknown_nothing_is_said(self):
        found = of_slopes([[10.0, 0.0], [None, None]], self.TWO, "ab")
        assert found.flat == () and found.evidence != "slopes"

    def test_lines(self):
        targets = [target("one", 0.5, 0.5)]
        slopes = {"one": {"a": 10.0, "b": 5.0, "c": 5.0, "d": 0.1}}
        found = account_of(lambda a, *_: [a], targets, "abcd", points=[[0.5] * 4], slopes=slopes)
        assert list(lines(found)) == [
            "one: reached",
            "Almost no effect of d near the best evaluation: its range moves no target by half a tolerance",
            "Near the best evaluation the targets fix only 1 direction of 3 parameters: a, b and c can compensate for"
            " each other",
        ]


class TestRanks:
    TWO = (target("one", 9.0), target("two", 9.0))

    def test_what_moves_only_what_has_no_end_is_not_idle(self):
        targets = [target("rate", 0.5), target("gain", form="maximize")]
        found = account_of(lambda a, b, c: [a, b], targets, n=100).sensitivity
        assert (found.evidence, found.idle) == ("ranks", ("c",))
        # Slopes by the tolerance would say that nothing but a matters: a gain has none.
        slopes = {"rate": {"a": 9.0, "b": 0.0, "c": 0.0}, "gain": {"a": 0.0, "b": 1e-6, "c": 0.0}}
        found = account_of(lambda a, b, c: [a, b], targets, n=100, slopes=slopes).sensitivity
        assert (found.evidence, found.idle, found.flat) == ("ranks", ("c",), ())

    def test_an_idle_parameter(self):
        for seed in SEEDS:
            found = account_of(lambda a, b, c: [a + b / 2, a - b / 2], self.TWO, n=120, seed=seed).sensitivity
            assert (found.evidence, found.idle, found.ties) == ("ranks", ("c",), ())

    def test_two_that_are_only_a_product(self):
        for seed in SEEDS:
            found = account_of(lambda a, b, c: [a * b, a * b + c], self.TWO, n=100, seed=seed).sensitivity
            assert (found.idle, found.ties) == ((), (Tie(("a", "b"), 1),))

    def test_curved_effects_count_by_rank(self):
        found = account_of(lambda a, b, c: [np.exp(9 * a), 1 / (0.01 + b)], self.TWO, n=100).sensitivity
        assert (found.idle, found.ties) == (("c",), ())

    @pytest.mark.long
    def test_no_false_alarm_where_all_matter(self):
        targets = (*self.TWO, target("three", 9.0))
        for seed in SEEDS:
            random = np.random.default_rng(seed)
            mixed = np.eye(3) + random.uniform(-0.4, 0.4, (3, 3))
            found = account_of(
                lambda *x, mixed=mixed, random=random: mixed @ x + random.normal(0, 0.1, 3), targets, n=60, seed=seed
            ).sensitivity
            assert (found.evidence, found.idle, found.ties) == ("ranks", (), ())

    @pytest.mark.long
    def test_noise_ties_nothing(self):
        noise = np.random.default_rng(1)
        for seed in SEEDS:
            assert account_of(lambda *_: noise.normal(size=2), self.TWO, n=200, seed=seed).sensitivity.ties == ()

    def test_few_evaluations_say_nothing(self):
        found = account_of(lambda a, b, c: [a, a], self.TWO, n=33)
        assert (found.sensitivity.evidence, found.sensitivity.idle) == ("", ())
        assert list(lines(found))[-1] == (
            "Sensitivity not resolved: 33 evaluations have defined features, 34 are needed"
        )
        assert account_of(lambda a, b, c: [a, a], self.TWO, n=34).sensitivity.evidence == "ranks"

    def test_targets_that_few_evaluations_define(self):
        found = account_of(lambda a, b, c: [a, b if a > 0.9 else NAN], self.TWO, n=100).sensitivity
        assert (found.evidence, found.evaluations < 34) == ("", True)

    def test_what_never_moves_is_left_out(self):
        found = account_of(lambda a, b, c: [a + b + c, 5.0], self.TWO, n=100).sensitivity
        assert (found.idle, found.ties) == ((), (Tie(("a", "b", "c"), 1),))
        assert account_of(lambda a, b, c: [NAN, 5.0], self.TWO, n=100).sensitivity.idle == ()

    def test_parameters_that_were_varied_together_are_not_idle(self):
        points = np.repeat(np.random.default_rng(1).random((100, 1)), 2, axis=1)
        found = account_of(lambda a, b: [a], self.TWO[:1], "ab", points=points).sensitivity
        assert (found.idle, found.ties) == ((), ())

    def test_fixed_ones_and_choices(self):
        search = SearchSpace(
            (
                Parameter("fixed", 0.0, 1.0, fixed=True),
                Parameter("choice", kind="choice", choices=("x", "y")),
                Parameter("a", 0.0, 1.0),
                Parameter("idle", 0.0, 1.0),
            )
        )
        points = np.random.default_rng(1).random((150, 4))
        points[:, 0] = 0.5
        found = account_of(lambda f, k, a, i: [a], self.TWO[:1], search=search, points=points).sensitivity
        assert (found.idle, found.ties) == (("idle",), ())

    def test_lines(self):
        found = account_of(lambda a, b, c: [a * b], [target("one", 0.5, 0.5)], n=100)
        assert list(lines(found)) == [
            "one: reached",
            "No effect of c found: no target rises or falls with c in 100 evaluations",
            "In 100 evaluations the targets fix only 1 direction of 2 parameters: a and b can compensate for each"
            " other",
        ]
