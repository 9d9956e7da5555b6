import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.problems import (
    PROBLEMS,
    WIDE,
    dtlz2,
    hypervolume,
    kursawe,
    schaffer,
    shifted,
    zdt1,
    zdt2,
    zdt3,
    zdt6,
)
from tests.loops import loop_over

DATA = Path(__file__).resolve().parent.parent.parent / "benchmarks" / "data" / "emoo_reference.json"
BY_NAME = {problem.name: problem for problem in PROBLEMS}
SQUARE, CUBE = (1.1, 1.1), (1.1, 1.1, 1.1)
# The least f1 of T6, where tan(6 pi x) = 9 pi.
LEAST = 1 - np.exp(-4 * np.arctan(9 * np.pi) / (6 * np.pi)) * np.sin(np.arctan(9 * np.pi)) ** 6


def rest(first, value, n):
    """Points whose other n - 1 parameters all have one value."""
    return np.column_stack([first, np.full((len(first), n - 1), value)])


@loop_over(
    ("function", "point", "expected"),
    [
        (zdt1, [0.25, 0, 0], [0.25, 0.5]),
        (zdt1, [0.4, 1, 1], [0.4, 10 - 2]),
        (zdt1, [0.55, 0, 1], [0.55, 5.5 * (1 - 0.1**0.5)]),
        (zdt2, [0.5, 0, 0], [0.5, 0.75]),
        (zdt2, [1, 1, 1], [1, 10 - 0.1]),
        (zdt3, [0.25, 0, 0], [0.25, 0.25]),
        (zdt3, [0.9, 1, 1], [0.9, 10 * (1 - 0.3)]),
        (zdt6, [0, 0, 0], [1, 0]),
        (zdt6, [0.25, 0, 0], [1 - np.exp(-1), 1 - (1 - np.exp(-1)) ** 2]),
        (zdt6, [0, 1 / 16, 1 / 16], [1, 5.5 - 1 / 5.5]),
        (dtlz2, [0, 0, 0.5, 0.5], [1, 0, 0]),
        (dtlz2, [0, 1, 0.5, 0.5], [0, 1, 0]),
        (dtlz2, [1, 0.3, 0.5, 0.5], [0, 0, 1]),
        (dtlz2, [0.5, 0.5, 0, 1], [0.75, 0.75, 1.5 * 0.5**0.5]),
        (schaffer, [3], [9, 1]),
        (schaffer, [-1000], [1e6, 1002**2]),
        (kursawe, [0, 0, 0], [-20, 0]),
        (kursawe, [3, 4, 0], [-10 * np.exp(-1) - 10 * np.exp(-0.8), 3**0.8 + 4**0.8 + 5 * (np.sin(27) + np.sin(64))]),
    ],
)
def test_values_by_hand(function, point, expected):
    assert function(np.array([point], float))[0] == pytest.approx(expected, abs=1e-12)


def test_dtlz2_is_a_sphere_of_the_distance():
    points = np.random.default_rng(1).random((50, 12))
    radius = 1 + np.sum((points[:, 2:] - 0.5) ** 2, axis=1)
    assert np.linalg.norm(dtlz2(points), axis=1) == pytest.approx(radius)


@loop_over("function", [zdt1, zdt6])
@loop_over(("place", "distance"), [(0.3, 0.0), (1.0, 1.0), (0.65, 0.5), (0.0, 3 / 7)])
def test_shifted_has_the_front_inside_the_bounds(function, place, distance):
    first = np.linspace(0, 1, 7)
    expected = function(rest(first, distance, 10))
    assert shifted(function)(rest(first, place, 10)) == pytest.approx(expected)


@loop_over("problem", PROBLEMS)
def test_a_landscape_has_a_value_for_each_objective_everywhere(problem):
    unit = np.random.default_rng(2).random((20, problem.n_parameters)).round()
    values = problem.function(problem.low + (problem.high - problem.low) * unit)
    assert values.shape == (20, len(problem.objectives)) and np.isfinite(values).all()


@loop_over("problem", json.loads(DATA.read_text())["problems"].items())
def test_the_setting_is_that_of_the_recorded_runs(problem):
    name, recorded = problem
    problem = BY_NAME[name]
    assert recorded["lower"] == [problem.low] * problem.n_parameters
    assert recorded["upper"] == [problem.high] * problem.n_parameters
    assert recorded["hv_ref"] == list(problem.reference)


class TestHypervolume:
    @pytest.fixture(autouse=True)
    def needs_pymoo(self):
        pytest.importorskip("pymoo")

    @loop_over(
        ("values", "reference", "expected"),
        [
            ([[1, 2]], (4, 4), 3 * 2),
            ([[1, 3], [2, 2], [3, 1]], (4, 4), 3 + 2 + 1),
            ([[1, 3], [2, 2], [3, 1], [3, 3], [1, 3]], (4, 4), 6),
            ([[1, 3], [0, 5], [5, 0]], (4, 4), 3),
            ([[4, 0], [5, 5]], (4, 4), 0),
            ([[0, 0, 2], [0, 2, 0], [2, 0, 0]], (3, 3, 3), 3 * 9 - 3 * 3 + 1),
            ([[1, 1, 1], [0, 2, 2]], (3, 3, 3), 8 + 3 - 2),
        ],
    )
    def test_boxes_by_hand(self, values, reference, expected):
        assert hypervolume(np.array(values), reference) == pytest.approx(expected)

    # Of a front f2 = h(f1): the integral of r2 - h from its begin to its end, and what lies beyond the end.
    @loop_over(
        ("values", "reference", "expected"),
        [
            (zdt1(rest(np.linspace(0, 1, 20001), 0.0, 30)), SQUARE, 1.21 - 1 / 3),
            (zdt2(rest(np.linspace(0, 1, 20001), 0.0, 30)), SQUARE, 1.21 - 2 / 3),
            (zdt6(rest(np.linspace(0, 1, 20001), 0.0, 10)), SQUARE, 0.11 + 0.1 * (1 - LEAST) + (1 - LEAST**3) / 3),
            (zdt6(rest(np.linspace(0, 1, 20001), 0.0, 10)), WIDE, 1.1 + 10 * (1 - LEAST) + (1 - LEAST**3) / 3),
            (schaffer(np.linspace(0, 2, 20001)[:, None]), (5.0, 5.0), 25 - 8 / 3),
        ],
    )
    def test_fronts_in_closed_form(self, values, reference, expected):
        assert 0 <= expected - hypervolume(values, reference) < 2e-3

    def test_an_octant_of_the_sphere(self):
        first, second = (axis.ravel() for axis in np.meshgrid(*[np.linspace(0, 1, 101)] * 2))
        values = dtlz2(np.column_stack([first, second, np.full((len(first), 10), 0.5)]))
        assert 0 <= 1.1**3 - np.pi / 6 - hypervolume(values, CUBE) < 0.015

    @pytest.mark.parametrize("function", [zdt1, zdt2])
    def test_the_recorded_volume_of_a_front(self, function):
        recorded = json.loads(DATA.read_text())["problems"][function.__name__]
        values = function(rest(np.linspace(0, 1, recorded["front_points"]), 0.0, 30))
        assert hypervolume(values, SQUARE) == pytest.approx(recorded["hv_of_front"], rel=1e-9)
        assert hypervolume(values, WIDE) == pytest.approx(recorded["hv_wide_of_front"], rel=1e-9)
