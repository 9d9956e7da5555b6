"""Parameters that can compensate for each other, from slopes near the best and from polynomials through a design."""

import math

import numpy as np
import pytest

from tests.analysis.accounts import SEEDS, account_of, errors_of, target
from tests.loops import loop_over
from tuner.analysis.compensation import Tie, sure_ties
from tuner.analysis.finding_lines import lines

TWO = (target("one", 5.0, 0.5), target("two", 5.0, 2.0))
THREE = (*TWO, target("three", 5.0, 1.0))
PRODUCT = np.array([[10.0, -5.0, 1.0], [12.0, -6.0, 40.0], [30.0, -15.0, 3.0]])


def ties_of(slopes, targets, names="abc"):
    """The ties that slopes give, rows by target and columns by parameter: parameters and directions."""
    table = {t.name: dict(zip(names, row, strict=True)) for t, row in zip(targets, slopes, strict=True)}
    found = account_of(lambda *x: x[: len(targets)], targets, names, n=5, slopes=table).sensitivity
    return [(tie.parameters, tie.directions) for tie in found.ties]


def test_two_that_are_only_a_product():
    assert ties_of(PRODUCT, THREE) == [(("a", "b"), 1)]


def test_two_pairs_are_two_ties():
    slopes = [[10, 10, 1, 1.0], [20, 20, 1.1, 1.1], [1, 1, 10, 10]]
    assert ties_of(slopes, THREE, "abcd") == [(("a", "b"), 1), (("c", "d"), 1)]


@loop_over("names", ["ab", "abc", "abcdefgh"])
def test_one_target_fixes_one_direction_of_all_its_parameters(names):
    slopes = [np.random.default_rng(1).uniform(5, 50, len(names))]
    assert ties_of(slopes, TWO[:1], names) == [(tuple(names), 1)]


def test_two_targets_fix_two_directions_of_three_parameters():
    assert ties_of([[10.0, 4.0, -9.0], [7.0, 30.0, 20.0]], TWO) == [(("a", "b", "c"), 2)]


def test_a_parameter_with_a_target_of_its_own_compensates_for_no_other():
    assert ties_of([[10.0, 4.0, 0.0], [0.0, 0.0, 30.0]], TWO) == [(("a", "b"), 1)]


@pytest.mark.parametrize(("cosine", "tied"), [(0.94, False), (0.96, True)])
def test_the_limit_of_the_cosine(cosine, tied):
    slopes = [[1.0, cosine], [0.0, 4 * math.sqrt(1 - cosine**2)]]
    assert bool(ties_of(slopes, TWO, "ab")) is tied


def test_parallel_slopes_that_the_tolerances_tell_apart():
    """With a cosine of 0.99 a and b can be told apart where 1 % of a slope is many tolerances."""
    slopes = np.array([[1.0, 0.99], [0.0, 4 * math.sqrt(1 - 0.99**2)]])
    assert ties_of(slopes, TWO, "ab") != []
    assert ties_of(1000 * slopes, TWO, "ab") == []


def test_no_tie_where_the_errors_of_the_slopes_leave_a_doubt():
    scaled = PRODUCT / [[0.5], [2.0], [1.0]]
    assert list(sure_ties(scaled, 0.001 * np.abs(scaled), "abc")) == [Tie(("a", "b"), 1, 1.0)]
    assert list(sure_ties(scaled, np.full((3, 3), 10.0), "abc")) == []


def test_no_tie_of_a_parameter_whose_slopes_are_not_believed():
    table = {"one": {"a": 10.0, "b": 10.0, "c": 1.0}}
    noisy = errors_of(table)
    noisy["errors"]["one"]["b"] = 9.0
    found = account_of(lambda a, b, c: [a], TWO[:1], slopes=table, errors=noisy["errors"]).sensitivity
    assert [tie.parameters for tie in found.ties] == [("a", "c")]


def test_no_tie_where_a_target_without_a_tolerance_may_tell_them_apart():
    targets = [target("rate", 0.5), target("gain", form="maximize")]
    slopes = {"rate": {"a": 9.0, "b": 9.0, "c": 0.0}, "gain": {"a": 1.0, "b": -1.0, "c": 0.0}}
    assert account_of(lambda a, b, c: [a, b], targets, slopes=slopes).sensitivity.ties == ()


def test_no_false_alarm_on_random_slopes():
    """Of orthogonal columns, with lengths of their own."""
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        slopes = np.linalg.qr(random.normal(size=(3, 3)))[0] * random.uniform(5, 100, 3)
        assert ties_of(slopes * [[0.5], [2.0], [1.0]], THREE) == []


def test_slopes_that_are_unknown_tie_nothing():
    table = {"one": {"a": 10.0, "b": 10.0}, "two": {"a": None, "b": None}}
    assert account_of(lambda a, b: [a, b], TWO, "ab", slopes=table).sensitivity.ties == ()


def test_a_design_ties_what_its_polynomial_ties():
    targets = [target("one", 0.5), target("two", 0.5)]
    for seed in SEEDS:
        found = account_of(lambda a, b, c: [2 * a * b, 2 * a * b + c], targets, n=60, seed=seed).sensitivity
        assert ([tie.parameters for tie in found.ties], found.local) == ([("a", "b")], "design")


def test_a_design_that_no_polynomial_fits_ties_nothing():
    found = account_of(lambda a, b, c: [np.sin(20 * a * b)], [target("one", 0.5)], n=100).sensitivity
    assert (found.ties, found.local, found.slopes) == ((), "", ())


def test_the_line_names_directions_parameters_and_certainty():
    slopes = {"one": {"a": 10.0, "b": 5.0, "c": 5.0, "d": 0.1}}
    found = account_of(lambda a, *_: [a], [target("one", 0.5, 0.5)], "abcd", points=[[0.5] * 4], slopes=slopes)
    assert list(lines(found, "netpyne-tuner probe runs/x")) == [
        "one: reached",
        "Slopes near the best, per whole range, in tolerances +- standard error:",
        "  a: one +20 +- 0.01",
        "  b: one +10 +- 0.01",
        "  c: one +10 +- 0.01",
        "Near the best evaluation the targets fix only 1 direction of 3 parameters: a, b and c can compensate for each"
        " other (in 100 % of the draws within the errors of the slopes)",
        "Not resolved: whether d matters; netpyne-tuner probe runs/x simulates it at its bounds",
    ]
