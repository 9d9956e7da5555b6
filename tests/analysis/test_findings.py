"""Findings: which targets are reached, what is at its bounds, and the lines that say so."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from tests.analysis.accounts import NAN, account_of, evaluated, space, target
from tests.loops import loop_over
from tuner.analysis.conflicts import Conflict
from tuner.analysis.finding_lines import lines
from tuner.analysis.findings import account
from tuner.evaluation import Evaluation, finite
from tuner.study.space import Parameter, SearchSpace


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
        assert next(lines(found)) == "rate: missed by 2 Hz (4 tolerances); reached in 80 of 80 evaluations"
        assert account_of(lambda a, b, c: [a], targets, rate=None).missed == ("rate",)

    @pytest.mark.parametrize("form", ["minimize", "maximize"])
    def test_none_of_what_has_no_end(self, form):
        targets = [target("rate", 0.5, 0.5), target("gain", form=form)]
        found = account_of(lambda a, b, c: [a, b], targets)
        assert [verdict.target for verdict in found.verdicts] == ["rate"] and found.missed == ()
        assert not any("gain" in line for line in lines(found) if "missed" in line or "reached" in line)
        alone = account_of(lambda a, b, c: [b], targets[1:])
        assert (alone.verdicts, alone.missed, alone.conflicts) == ((), (), ())
        assert list(lines(alone))

    def test_the_nearest_of_all(self):
        points = np.linspace(0.0, 1.0, 11)[:, None] * [1, 1, 1]
        found = account_of(lambda a, b, c: [6.1 + a], [target("rate", 17.0, 0.25)], points=points, rate=6.5)
        assert (found.verdicts[0].nearest, found.verdicts[0].stuck) == (pytest.approx(7.1), False)
        assert next(lines(found)) == (
            "rate: missed by -10.5 Hz (42 tolerances); closest value in all evaluations: 7.1 Hz"
        )

    @loop_over(
        ("goal", "miss", "nearest"),
        [({"low": 2.0}, -1.5, 1.0), ({"high": -1.0}, 1.5, 0.0), ({"low": 5, "high": 6}, -4.5, 1)],
    )
    def test_ranges(self, goal, miss, nearest):
        points = np.linspace(0.0, 1.0, 11)[:, None]
        found = account_of(lambda a: [a], [target("rate", tolerance=0.5, **goal)], "a", points=points, rate=0.5)
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
            "rate: missed by -7.03 Hz (28.1 tolerances); no parameter changes the feature: 9.97 Hz in all 80"
            " evaluations"
        )

    def test_one_that_moves_a_little_is_not_stuck(self):
        assert not account_of(lambda a, b, c: [9.97 + 1e-6 * a], [target("rate", 17.0)]).verdicts[0].stuck

    def test_few_evaluations_do_not_tell_that_nothing_moves_it(self):
        stuck = [account_of(lambda a, b, c: [1.0], [target("rate", 17.0)], n=n).verdicts[0].stuck for n in (1, 9, 10)]
        assert stuck == [False, False, True]

    def test_a_feature_that_is_never_defined(self):
        found = account_of(lambda a, b, c: [NAN, a], [target("cv", 1.0), target("other", 0.5)])
        assert next(lines(found)) == (
            "cv: undefined in the best evaluation; no parameter changes the feature: undefined in all 80 evaluations"
        )

    def test_a_feature_that_is_undefined_in_the_best_alone(self):
        found = account_of(lambda a, b, c: [1.0], [target("cv", 1.0)], cv=NAN)
        assert next(lines(found)) == "cv: undefined in the best evaluation; reached in 80 of 80 evaluations"

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
    conflicts = tuple(Conflict((f"a{n}", f"b{n}"), -0.5 - n / 100, "design", 80) for n in range(8))
    found = replace(account_of(lambda a, b, c: [a], [target("rate", 0.5)]), conflicts=conflicts)
    said = [line.split(" are in")[0].split(" in conf")[0] for line in lines(found) if " in conflict" in line]
    assert said == ["a7 and b7", "a6 and b6", "a5 and b5", "a4 and b4", "a3 and b3", "3 more pairs of targets"]


def test_the_account_is_plain_data():
    found = account_of(lambda a, b, c: [a, NAN], [target("one", 2.0), target("two", 1.0)])
    table = json.loads(json.dumps(finite(asdict(found)), allow_nan=False))
    assert table["verdicts"][1]["feature"] is None
    assert table["sensitivity"]["unresolved"] == ["b", "c"]


@loop_over("n", [1, 2, 40])
def test_nothing_done_but_the_best(n):
    """Points that are all the same tell nothing, and do no harm."""
    found = account_of(lambda a, b, c: [a], [target("one", 2.0)], points=np.full((n, 3), 0.5))
    assert (found.conflicts, found.sensitivity.still, found.sensitivity.ties) == ((), (), ())
