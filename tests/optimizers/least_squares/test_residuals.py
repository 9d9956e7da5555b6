import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.loops import loop_over
from tuner.objective.targets import Target
from tuner.optimizers.least_squares.residuals import Goals

FORMS = {
    "z": Target("a", "cv2", value=2.0, tolerance=0.5, unit="1", cap=10.0),
    "squared": Target("a", "cv2", value=2.0, tolerance=0.5, unit="1", form="squared", cap=10.0),
    "hinge": Target("a", "cv2", value=2.0, tolerance=0.5, unit="1", form="hinge", cap=10.0),
    "exponential": Target("a", "cv2", value=2.0, unit="1", form="exponential", width=0.5, min=-1.0, max=40.0),
    "range": Target("a", "cv2", low=1.0, high=3.0, tolerance=0.5, unit="1", weight=2.0),
    "open": Target("a", "cv2", low=1.0, tolerance=0.5, unit="1"),
    "minimize": Target("a", "cv2", form="minimize", tolerance=0.5, unit="1", weight=2.0, cap=12.0),
    "maximize": Target("a", "rate", form="maximize", tolerance=0.5, unit="Hz", cap=12.0),
}
RATE = Target("a", "rate", value=12.0, tolerance=1.5, unit="Hz")


@pytest.mark.parametrize("name", FORMS)
@given(feature=st.floats(-20, 20))
def test_losses_are_those_of_the_target_where_nothing_is_mapped(name, feature):
    target = FORMS[name]
    found = Goals([target]).losses(np.array([feature]))
    assert found == pytest.approx(target.weight * target.part(feature), rel=1e-9, abs=1e-12)


def test_an_undefined_feature_costs_the_cap():
    assert [float(Goals([t]).losses(np.array([np.nan]))) for t in FORMS.values()] == [
        10, 10, 10, 40, 500, 250, 24, 12,
    ]  # fmt: skip


def test_losses_are_weighted_sums_of_many_rows():
    goals = Goals([FORMS["z"], FORMS["range"]])
    assert goals.losses(np.array([[2.0, 2.0], [3.0, 4.0], [1.0, 0.0]])) == pytest.approx([0.0, 6.0, 6.0])


@given(st.floats(0, 500), st.floats(1e-3, 500))
def test_rates_are_mapped_by_the_logarithm_of_y_and_a_half(y, goal):
    goals = Goals([Target("a", "rate", value=goal, tolerance=1.0, unit="Hz")])
    mapped = goals.read({"a": y})
    assert mapped == pytest.approx([np.log(y + 0.5) - np.log(0.5)], abs=1e-9)
    # To first order a residual is the deviation in tolerances: log(y + 1/2) has the slope 1 / (y + 1/2).
    expected = (np.log(y + 0.5) - np.log(goal + 0.5)) * (goal + 0.5)
    assert goals.residuals(mapped) == pytest.approx([expected], rel=1e-6, abs=1e-6)


def test_negative_rates_are_mapped_symmetrically():
    goals = Goals([RATE])
    assert goals.map(np.array([-3.0])) == pytest.approx(-goals.map(np.array([3.0])))


def test_a_rate_that_counts_as_it_is_is_not_mapped():
    goals = Goals([FORMS["maximize"], RATE])
    mapped = goals.read({"a": 7.0})
    assert mapped == pytest.approx([7.0, np.log(15.0)]) and goals.slopes_of_map(mapped)[0] == 1.0


def test_the_slope_of_the_map():
    goals = Goals([RATE, FORMS["z"]])
    y, step = np.array([7.0, 0.3]), 1e-6
    numeric = (goals.map(y + step) - goals.map(y - step)) / (2 * step)
    assert goals.slopes_of_map(goals.map(y)) == pytest.approx(numeric, rel=1e-6)


def test_a_missing_feature_is_nan():
    assert np.isnan(Goals([RATE]).read({}))


@loop_over(
    ("name", "feature", "expected"),
    [
        ("z", 4.0, 1 / 4.0),
        ("z", 2.01, 1 / 0.05),
        ("squared", 3.0, 2.0),
        ("hinge", 2.4, 0.0),
        ("hinge", 4.0, 1 / 4.0),
        ("exponential", 3.0, np.exp(2.0) / 2.0),
        ("range", 4.0, 2 * 1 / 2.0),
        ("minimize", -3.0, 2 * 1 / 1e9),
        ("maximize", -3.0, 1 / 1e9),
    ],
)
def test_pulls_are_the_slope_of_the_form_over_the_size(name, feature, expected):
    assert Goals([FORMS[name]]).pulls(np.array([feature])) == pytest.approx([expected])


@loop_over(("name", "feature"), [("z", 9.0), ("exponential", 9.0), ("exponential", -1.5), ("range", 2.0)])
def test_what_is_capped_or_inside_a_range_pulls_next_to_nothing(name, feature):
    (pull,) = Goals([FORMS[name]]).pulls(np.array([feature]))
    assert 0.0 < pull < 3e-3


def test_what_is_nan_pulls_nothing():
    assert Goals([FORMS["z"], RATE]).pulls(np.array([np.nan, np.nan])).tolist() == [0.0, 0.0]


@loop_over(
    ("name", "feature", "expected"),
    [
        ("range", 0.0, -3.0),
        ("range", 2.0, 0.0),
        ("range", 3.5, 2.0),
        ("z", 2.5, 1.0),
        ("open", 0.5, -2.0),
        ("minimize", 7.0, 1e9),
        ("maximize", 7.0, -1e9),
    ],
)
def test_a_step_aims_a_tolerance_inside_a_range(name, feature, expected):
    assert Goals([FORMS[name]]).aims(np.array([feature])) == pytest.approx([expected])
