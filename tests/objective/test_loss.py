import math

import pytest

from tests.loops import loop_over
from tests.samples import recording
from tuner.objective.loss import Loss, Objectives, combine, combine_features, measure
from tuner.objective.targets import Target

RATE = Target("rate", "rate", value=10.0, tolerance=2.0, weight=3.0)
CV = Target("cv", "cv_isi", value=0.5, tolerance=0.1)
FEATURES = {"rate": 14.0, "cv": 0.8}


def named(target, objective):
    return Target(**{**vars(target), "objective": objective})


def test_parts_are_unweighted_and_the_total_is_weighted():
    loss = Objectives((RATE, CV)).judge(FEATURES)
    assert loss.parts == pytest.approx({"rate": 2.0, "cv": 3.0})
    assert loss.objectives == pytest.approx({"loss": 3 * 2.0 + 3.0})
    assert loss.total == pytest.approx(9.0)


@loop_over(
    ("objectives", "split", "expected"),
    [
        (("", ""), False, {"loss": 9.0}),
        (("", ""), True, {"rate": 6.0, "cv": 3.0}),
        (("a", "b"), False, {"a": 6.0, "b": 3.0}),
        (("a", "a"), True, {"a": 9.0}),
        (("a", ""), False, {"a": 6.0, "loss": 3.0}),
        (("a", ""), True, {"a": 6.0, "cv": 3.0}),
    ],
)
def test_objectives(objectives, split, expected):
    loss = Objectives((named(RATE, objectives[0]), named(CV, objectives[1])), split).judge(FEATURES)
    assert loss.objectives == pytest.approx(expected)
    assert list(loss.objectives) == list(expected)
    assert loss.total == pytest.approx(9.0)


def test_what_is_undefined_costs_the_cap():
    loss = Objectives((RATE, CV)).judge({"rate": 10.0, "cv": math.nan})
    assert loss.parts == {"rate": 0.0, "cv": 250.0}
    assert loss.total == 250.0


def test_a_weight_of_nothing_reports_a_part_all_the_same():
    loss = Objectives((Target(**{**vars(RATE), "weight": 0.0}),)).judge({"rate": 14.0})
    assert (loss.total, loss.parts) == (0.0, {"rate": pytest.approx(2.0)})


def test_measure_gives_each_targets_feature():
    features = measure([RATE, CV], {"default": recording([10.0, 20.0, 50.0])})
    assert features == pytest.approx({"rate": 3.0, "cv": 0.5})
    assert list(features) == ["rate", "cv"]


def test_what_has_no_weight_is_no_objective():
    recorded = Target(**{**vars(CV), "weight": 0.0, "objective": "irregularity"})
    loss = Objectives((RATE, recorded), split=True).judge({"rate": 14.0, "cv": math.nan})
    assert loss.objectives == {"rate": pytest.approx(6.0)} and loss.parts["cv"] == 250.0
    assert Objectives((RATE, recorded), split=True).names == ["rate"]
    assert Objectives((recorded,), split=False).names == ["loss"]


MUST = Target("calm", "rate", high=20.0, tolerance=4.0, must=True, weight=2.0)


class TestConstraints:
    def test_is_no_part_of_the_loss(self):
        loss = Objectives((RATE, MUST), split=True).judge({"rate": 14.0, "calm": 30.0})
        assert (loss.total, loss.objectives) == (pytest.approx(6.0), {"rate": pytest.approx(6.0)})
        assert loss.violation == pytest.approx(2.0 * 10.0 / 4.0)
        assert Objectives((RATE, MUST)).judge({"rate": 14.0, "calm": 20.0}).violation == 0.0

    def test_what_was_aborted_violates_more_than_anything_that_ran(self):
        worst = Objectives((RATE, MUST)).judge({"rate": math.nan, "calm": math.nan})
        mild, grave = (Objectives((RATE, MUST)).judge_aborted(severity) for severity in (1e-6, 0.5))
        assert worst.violation == 2.0 * 250.0 < mild.violation < grave.violation == pytest.approx(2.0 * 250.0 * 1.5)
        assert worst.total < mild.total < grave.total
        assert Objectives((RATE, CV)).judge_aborted(0.5).violation == 0.0


class TestNoEnd:
    TARGETS = (RATE, Target("gain", "fitness", form="maximize", weight=2.0, unit="1"))

    def test_a_loss_may_be_below_0(self):
        loss = Objectives(self.TARGETS, split=True).judge({"rate": 14.0, "gain": 50.0})
        assert loss.objectives == {"rate": pytest.approx(6.0), "gain": -100.0} and loss.parts["gain"] == -50.0
        assert loss.total == pytest.approx(-94.0)

    def test_what_was_aborted_is_behind_what_is_undefined(self):
        undefined = Objectives(self.TARGETS).judge({"rate": math.nan, "gain": math.nan})
        assert undefined.total == 3 * 250 + 2e9 < Objectives(self.TARGETS).judge_aborted(1e-6).total < math.inf

    def test_the_worst_of_several_runs_is_the_lowest(self):
        runs = [{"rate": 9.0, "gain": gain} for gain in (-3.0, 4.0, 1.0)]
        assert combine_features(self.TARGETS, runs, "worst")["gain"] == -3.0
        assert combine([Objectives(self.TARGETS).judge(run) for run in runs], "worst").parts["gain"] == 3.0


class TestSeveralRuns:
    LOSSES = (
        Loss(6.0, {"a": 1.0, "b": 5.0}, {"x": 1.0, "y": 5.0}, 0.0),
        Loss(4.0, {"a": 4.0, "b": 0.0}, {"x": 4.0, "y": 0.0}, 3.0),
        Loss(8.0, {"a": 7.0, "b": 1.0}, {"x": 7.0, "y": 1.0}, 0.0),
    )

    @loop_over(
        ("how", "x", "y", "violation"), [("mean", 4.0, 2.0, 1.0), ("median", 4.0, 1.0, 0.0), ("worst", 7.0, 5.0, 3.0)]
    )
    def test_each_objective_is_combined(self, how, x, y, violation):
        loss = combine(self.LOSSES, how)
        assert loss == Loss(x + y, {"a": x, "b": y}, {"x": x, "y": y}, violation)

    # Means of six; medians of (0, 1, 4, 7) and (0, 0, 1, 5); the largest so far.
    @loop_over(("how", "number", "least"), [("mean", 6, 3.0), ("median", 4, 3.0), ("worst", 9, 12.0)])
    def test_those_to_come_may_lose_nothing(self, how, number, least):
        assert combine(self.LOSSES, how, number).total == pytest.approx(least)

    @loop_over(("how", "rate", "cv"), [("mean", 12.0, 0.7), ("median", 11.0, 0.7), ("worst", 16.0, None)])
    def test_features_are_those_that_are_defined(self, how, rate, cv):
        runs = [{"rate": 9.0, "cv": 0.6}, {"rate": 11.0, "cv": math.nan}, {"rate": 16.0, "cv": 0.8}]
        features = combine_features([RATE, CV], runs, how)
        assert features["rate"] == pytest.approx(rate)
        # The worst is the run that does not define it.
        assert math.isnan(features["cv"]) if cv is None else features["cv"] == pytest.approx(cv)
        assert math.isnan(combine_features([CV], [{"cv": math.nan}] * 2, how)["cv"])
