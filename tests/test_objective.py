import math

import pytest

from tests.samples import recording
from tuner.objective import judge, measure, names_of_objectives
from tuner.targets import Target

RATE = Target("rate", "rate", value=10.0, tolerance=2.0, weight=3.0)
CV = Target("cv", "cv_isi", value=0.5, tolerance=0.1)
FEATURES = {"rate": 14.0, "cv": 0.8}


def named(target, objective):
    return Target(**{**vars(target), "objective": objective})


def test_parts_are_unweighted_and_the_total_is_weighted():
    loss = judge([RATE, CV], FEATURES)
    assert loss.parts == pytest.approx({"rate": 2.0, "cv": 3.0})
    assert loss.objectives == pytest.approx({"loss": 3 * 2.0 + 3.0})
    assert loss.total == pytest.approx(9.0)


@pytest.mark.parametrize(
    ("objectives", "each_its_own", "expected"),
    [
        (("", ""), False, {"loss": 9.0}),
        (("", ""), True, {"rate": 6.0, "cv": 3.0}),
        (("a", "b"), False, {"a": 6.0, "b": 3.0}),
        (("a", "a"), True, {"a": 9.0}),
        (("a", ""), False, {"a": 6.0, "loss": 3.0}),
        (("a", ""), True, {"a": 6.0, "cv": 3.0}),
    ],
)
def test_objectives(objectives, each_its_own, expected):
    loss = judge([named(RATE, objectives[0]), named(CV, objectives[1])], FEATURES, each_its_own)
    assert loss.objectives == pytest.approx(expected)
    assert list(loss.objectives) == list(expected)
    assert loss.total == pytest.approx(9.0)


def test_what_is_undefined_costs_the_cap():
    loss = judge([RATE, CV], {"rate": 10.0, "cv": math.nan})
    assert loss.parts == {"rate": 0.0, "cv": 250.0}
    assert loss.total == 250.0


def test_a_weight_of_nothing_reports_a_part_all_the_same():
    loss = judge([Target(**{**vars(RATE), "weight": 0.0})], {"rate": 14.0})
    assert (loss.total, loss.parts) == (0.0, {"rate": pytest.approx(2.0)})


def test_measure_gives_each_targets_feature():
    features = measure([RATE, CV], recording([10.0, 20.0, 50.0]))
    assert features == pytest.approx({"rate": 3.0, "cv": 0.5})
    assert list(features) == ["rate", "cv"]


def test_what_has_no_weight_is_no_objective():
    recorded = Target(**{**vars(CV), "weight": 0.0, "objective": "irregularity"})
    loss = judge([RATE, recorded], {"rate": 14.0, "cv": math.nan}, each_its_own=True)
    assert loss.objectives == {"rate": pytest.approx(6.0)} and loss.parts["cv"] == 250.0
    assert names_of_objectives([RATE, recorded], each_its_own=True) == ["rate"]
    assert names_of_objectives([recorded], each_its_own=False) == ["loss"]
