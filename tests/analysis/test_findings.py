import json
import math
import warnings
from dataclasses import asdict, replace

import numpy as np
import pytest

from tests.loops import loop_over
from tuner.analysis.conflicts import Conflict
from tuner.analysis.findings import account, lines
from tuner.analysis.sensitivity import Tie
from tuner.evaluation import Evaluation, finite
from tuner.objective.targets import Target
from tuner.study.space import Parameter, SearchSpace

SEEDS = range(20)
NAN = math.nan


@pytest.fixture(autouse=True)
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def space(*names, **fields):
    return SearchSpace(tuple(Parameter(name, 0.0, 1.0, **fields) for name in names))


def target(name, value=None, tolerance=0.1, **fields):
    return Target(name, "rate", value=value, tolerance=tolerance, unit="Hz", **fields)


def evaluated(model, search, targets, points):
    """Evaluations of a model, which makes features, one a target, of a point in the unit cube."""
    evaluations = []
    for number, point in enumerate(points):
        features = {t.name: float(y) for t, y in zip(targets, model(*point), strict=True)}
        parts = {t.name: t.part(features[t.name]) for t in targets}
        loss = sum(t.weight * parts[t.name] for t in targets if t.counts)
        evaluations.append(Evaluation(number, 0, search.decode(point), 1, loss=loss, parts=parts, features=features))
    return evaluations


def account_of(model, targets, names="abc", n=80, seed=0, points=None, search=None, slopes=None, **changed):
    """The account of a model evaluated at random points, or these; features of the best as they are, or `changed`."""
    search = search or space(*names)
    points = np.random.default_rng(seed).random((n, len(search))) if points is None else points
    evaluations = evaluated(model, search, targets, points)
    best = min(evaluations, key=lambda evaluation: evaluation.loss)
    table = slopes and {"number": best.number, "slopes": slopes}
    return account(search, targets, evaluations, best, {**best.features, **changed}, table)


def of_slopes(slopes, targets, names="abc"):
    """The sensitivity that slopes give, rows by target and columns by parameter."""
    table = {t.name: dict(zip(names, row, strict=True)) for t, row in zip(targets, slopes, strict=True)}
    return account_of(lambda *x: x[: len(targets)], targets, names, n=5, slopes=table).sensitivity


class TestVerdicts:
    def test_reached(self):
        found = account_of(lambda a, b, c: [a], [target("rate", 0.5, 0.5)])
        assert (found.verdicts[0].reached, found.missed) == (True, ())
        assert next(lines(found)) == "rate: reached"

    def test_the_features_of_the_best_are_what_counts(self):
        targets = [target("rate", 0.5, 0.5)]
        found = account_of(lambda a, b, c: [a], targets, rate=2.5)
        assert found.verdicts[0].miss == pytest.approx(2.0)
        assert found.verdicts[0].reached_by == 80
        assert next(lines(found)) == "rate: missed by 2 Hz (4 tolerances); 80 of 80 evaluations reached it"
        assert account_of(lambda a, b, c: [a], targets, rate=None).missed == ("rate",)

    @pytest.mark.parametrize("form", ["minimize", "maximize"])
    def test_none_of_what_has_no_end(self, form):
        targets = [target("rate", 0.5, 0.5), target("gain", form=form)]
        found = account_of(lambda a, b, c: [a, b], targets)
        assert [verdict.target for verdict in found.verdicts] == ["rate"] and found.missed == ()
        assert not any("gain" in line for line in lines(found))
        alone = account_of(lambda a, b, c: [b], targets[1:])
        assert (alone.verdicts, alone.missed, alone.conflicts) == ((), (), ())
        assert list(lines(alone))

    def test_the_nearest_of_all(self):
        points = np.linspace(0.0, 1.0, 11)[:, None] * [1, 1, 1]
        found = account_of(lambda a, b, c: [6.1 + a], [target("rate", 17.0, 0.25)], points=points, rate=6.5)
        assert (found.verdicts[0].nearest, found.verdicts[0].stuck) == (pytest.approx(7.1), False)
        assert next(lines(found)) == (
            "rate: missed by -10.5 Hz (42 tolerances); the nearest of all evaluations: 7.1 Hz"
        )

    @loop_over(
        ("wish", "miss", "nearest"),
        [({"low": 2.0}, -1.5, 1.0), ({"high": -1.0}, 1.5, 0.0), ({"low": 5, "high": 6}, -4.5, 1)],
    )
    def test_ranges(self, wish, miss, nearest):
        points = np.linspace(0.0, 1.0, 11)[:, None]
        found = account_of(lambda a: [a], [target("rate", tolerance=0.5, **wish)], "a", points=points, rate=0.5)
        verdict = found.verdicts[0]
        assert (verdict.miss, verdict.tolerances) == (pytest.approx(miss), pytest.approx(abs(miss) / 0.5))
        assert verdict.nearest == pytest.approx(nearest)

    def test_a_wish_between_what_was_seen_has_no_nearest(self):
        points = np.array([[0.0], [0.1], [0.9], [1.0]])
        found = account_of(lambda a: [a], [target("rate", 0.5, 0.1)], "a", points=points)
        assert found.verdicts[0].nearest is None
        assert next(lines(found)) == "rate: missed by -0.4 Hz (4 tolerances)"

    def test_a_feature_that_nothing_moves(self):
        found = account_of(lambda a, b, c: [9.97 + 1e-12 * a, a], [target("rate", 17.0, 0.25), target("other", 0.5)])
        assert [verdict.stuck for verdict in found.verdicts] == [True, False]
        assert next(lines(found)) == (
            "rate: missed by -7.03 Hz (28.1 tolerances); it cannot be reached by any of the parameters: it was 9.97 Hz"
            " in all 80 evaluations"
        )

    def test_one_that_moves_a_little_is_not_stuck(self):
        assert not account_of(lambda a, b, c: [9.97 + 1e-6 * a], [target("rate", 17.0)]).verdicts[0].stuck

    def test_few_evaluations_do_not_tell_that_nothing_moves_it(self):
        stuck = [account_of(lambda a, b, c: [1.0], [target("rate", 17.0)], n=n).verdicts[0].stuck for n in (1, 9, 10)]
        assert stuck == [False, False, True]

    def test_a_feature_that_is_never_defined(self):
        found = account_of(lambda a, b, c: [NAN, a], [target("cv", 1.0), target("other", 0.5)])
        assert next(lines(found)) == (
            "cv: undefined in the best; it cannot be reached by any of the parameters: it was undefined in all"
            " 80 evaluations"
        )

    def test_a_feature_that_is_undefined_in_the_best_alone(self):
        found = account_of(lambda a, b, c: [1.0], [target("cv", 1.0)], cv=NAN)
        assert next(lines(found)) == "cv: undefined in the best; 80 of 80 evaluations reached it"

    def test_targets_without_a_wish_are_left_out(self):
        found = account_of(lambda a, b, c: [a, b], [target("rate", 0.5, 0.5), target("recorded", weight=0.0)])
        assert [verdict.target for verdict in found.verdicts] == ["rate"]

    def test_what_did_not_come_to_its_end_is_left_out(self):
        search, targets = space("a"), [target("rate", 5.0)]
        done = evaluated(lambda a: [a], search, targets, np.linspace(0, 1, 12)[:, None])
        aborted = [replace(done[0], number=12, status="aborted", parts={}, features={}), Evaluation(13, 0, {}, 1)]
        found = account(
            search, targets, [*done, aborted[0], replace(aborted[1], status="failed")], done[-1], {"rate": 1.0}
        )
        assert found.evaluations == 12
        assert found.verdicts[0].nearest == 1.0


class TestConflicts:
    def test_opposing_targets(self):
        targets = [target("low", 0.0), target("high", 1.0), target("other", 0.5)]
        for seed in range(5):
            found = account_of(lambda a, b, c: [a + 0.1 * b, a - 0.1 * b, c], targets, n=60, seed=seed)
            assert [conflict.targets for conflict in found.conflicts] == [("low", "high")]
            assert found.conflicts[0].correlation < -0.8
        assert any(line.startswith("low and high pull against each other") for line in lines(found))

    def test_a_trade_that_only_the_better_half_shows(self):
        """Far from the best both are bad together; near it one is paid for by the other."""
        targets = [target("one", 0.0), target("two", 0.0)]
        for seed in range(5):
            points = np.random.default_rng(seed).random((80, 2))
            far = 5 * np.maximum(points[:, :1] - 0.5, 0)
            both = np.hstack([far + points[:, 1:], far + 1 - points[:, 1:]])
            assert np.corrcoef(both.T)[0, 1] > 0.2
            found = account_of(lambda one, two: [one, two], targets, "ab", points=both / 4)
            assert len(found.conflicts) == 1

    def test_what_has_no_end_may_pull_against_a_target_that_is_missed(self):
        targets = [target("rate", -1.0), target("gain", form="maximize"), target("other", 0.5)]
        found = account_of(lambda a, b, c: [a + 0.1 * b, a - 0.1 * b, c], targets, n=60)
        assert [conflict.targets for conflict in found.conflicts] == [("rate", "gain")]
        # Two of them are a choice, and no failure.
        assert account_of(lambda a, b, c: [a, a], [target("cost", form="minimize"), targets[1]]).conflicts == ()

    def test_targets_that_are_reached_do_not_pull(self):
        targets = [target("low", 0.0, 2.0), target("high", 1.0, 2.0)]
        assert account_of(lambda a, b, c: [a, a], targets).conflicts == ()

    @pytest.mark.parametrize("weight", [1.0, 5.0])
    def test_no_false_alarm_for_targets_of_their_own_parameters(self, weight):
        """By their sum alone the better half of these correlates by about -0.5."""
        targets = [target("one", 1.2), target("two", 1.2, weight=weight), target("three", 1.2)]
        assert [account_of(lambda a, b, c: [a, b, c], targets, seed=seed).conflicts for seed in SEEDS] == [()] * 20

    def test_no_false_alarm_on_noise(self):
        targets = [target("one", 5.0), target("two", 5.0), target("three", 5.0)]
        noise = np.random.default_rng(1)
        assert [account_of(lambda *_: noise.normal(size=3), targets, seed=seed).conflicts for seed in SEEDS] == [
            ()
        ] * 20

    def test_constant_parts_and_few_evaluations(self):
        targets = [target("low", 0.0), target("high", 1.0)]
        assert account_of(lambda a, b, c: [a, 5.0], targets).conflicts == ()
        assert account_of(lambda a, b, c: [a, a], targets, n=23).conflicts == ()
        assert len(account_of(lambda a, b, c: [a, a], targets, n=24).conflicts) == 1


class TestBounds:
    def at(self, value, parameter, reached=False):
        best = Evaluation(0, 0, {"weight": value}, 1, loss=1.0, parts={"rate": 1.0}, features={"rate": 1.0})
        targets = [target("rate", 1.0 if reached else 17.0)]
        return account(SearchSpace((parameter,)), targets, [best], best, best.features, units={"weight": "uS"})

    @loop_over(
        ("value", "bound"), [(0.1, "upper"), (0.0956, "upper"), (0.09, None), (0.00104, "lower"), (0.0011, None)]
    )
    def test_within_a_hundredth_of_the_scale(self, value, bound):
        found = self.at(value, Parameter("weight", 0.001, 0.1, scale="log")).at_bounds
        assert [one.bound for one in found] == [bound] * (bound is not None)

    def test_lines(self):
        weight = Parameter("weight", 0.001, 0.1, scale="log")
        assert "weight = 0.1 uS is at its upper bound: widen it?" in lines(self.at(0.1, weight))
        assert "weight = 0.1 uS is at its upper bound" in lines(self.at(0.1, weight, reached=True))

    @loop_over(("value", "bound"), [(1, "lower"), (2, None), (8, None), (9, "upper")])
    def test_whole_numbers(self, value, bound):
        found = self.at(value, Parameter("weight", 1, 9, kind="int")).at_bounds
        assert [one.bound for one in found] == [bound] * (bound is not None)

    def test_choices_and_fixed_ones_have_none(self):
        assert self.at(1.0, Parameter("weight", kind="choice", choices=(1.0, 2.0))).at_bounds == ()
        assert self.at(1.0, Parameter("weight", 0.0, 1.0, fixed=True)).at_bounds == ()


def test_of_many_conflicts_the_strongest_are_shown():
    conflicts = tuple(Conflict((f"a{n}", f"b{n}"), -0.5 - n / 100) for n in range(8))
    found = replace(account_of(lambda a, b, c: [a], [target("rate", 0.5)]), conflicts=conflicts)
    said = [line.split(" pull")[0] for line in lines(found) if " pull against each other" in line]
    assert said == ["a7 and b7", "a6 and b6", "a5 and b5", "a4 and b4", "a3 and b3", "3 more pairs of targets"]


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
            "d does not matter near the best: over its whole range it moves no target by half a tolerance",
            "near the best the targets fix 1 direction of 3 parameters: a, b and c can make up for each other",
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
            "Which parameters matter cannot be said: 33 evaluations define the targets, 34 are needed"
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
            "c seems not to matter: no target rises or falls with it in 100 evaluations",
            "as far as 100 evaluations show the targets fix 1 direction of 2 parameters: a and b can make up for each"
            " other",
        ]


def test_the_account_is_plain_data():
    found = account_of(lambda a, b, c: [a, NAN], [target("one", 2.0), target("two", 1.0)])
    table = json.loads(json.dumps(finite(asdict(found)), allow_nan=False))
    assert table["verdicts"][1]["feature"] is None
    assert table["sensitivity"]["evidence"] == "ranks"


@loop_over("n", [1, 2, 40])
def test_nothing_done_but_the_best(n):
    """Points that are all the same tell nothing, and do no harm."""
    found = account_of(lambda a, b, c: [a], [target("one", 2.0)], points=np.full((n, 3), 0.5))
    assert (found.conflicts, found.sensitivity.idle, found.sensitivity.ties) == ((), (), ())
