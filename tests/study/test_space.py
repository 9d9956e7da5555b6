import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.loops import loop_over
from tuner.study.space import Parameter, SearchSpace

MIXED = SearchSpace(
    (
        Parameter("delay", 1.0, 20.0),
        Parameter("weight", 0.001, 0.1, scale="log"),
        Parameter("cells", 2, 5, kind="int"),
        Parameter("shape", kind="choice", choices=("a", "b", "c")),
    )
)
UNIT = st.floats(0, 1)


@st.composite
def parameters(draw):
    kind = draw(st.sampled_from(("float", "int", "choice")))
    if kind == "choice":
        choices = draw(st.lists(st.text() | st.integers(-99, 99), min_size=1, max_size=6, unique=True))
        return Parameter("x", kind=kind, choices=tuple(choices))
    scale = draw(st.sampled_from(("linear", "log")))
    if kind == "int":
        low = draw(st.integers(1 if scale == "log" else -1000, 1000))
        return Parameter("x", low, low + draw(st.integers(1, 1000)), kind=kind, scale=scale)
    low = draw(st.floats(1e-6, 1e3)) * (1 if scale == "log" else draw(st.sampled_from((-1, 1))))
    return Parameter("x", low, low + draw(st.floats(0.1, 1e4)), scale=scale)


@given(parameters(), UNIT)
def test_decoded_points_are_allowed_and_encode_to_the_same_value(parameter, place):
    space = SearchSpace((parameter,))
    value = space.decode([place])["x"]
    point = space.encode({"x": value})
    assert parameter.holds(value)
    assert 0 <= point[0] <= 1
    if parameter.kind == "float":
        assert space.decode(point)["x"] == pytest.approx(value, rel=1e-9, abs=1e-9 * (parameter.high - parameter.low))
        assert point[0] == pytest.approx(place, abs=1e-9)
    else:
        assert space.decode(point)["x"] == value and type(value) is type(space.decode(point)["x"])


@given(parameters())
def test_the_ends_of_the_cube_are_the_bounds(parameter):
    ends = [SearchSpace((parameter,)).decode([place])["x"] for place in (0.0, 1.0)]
    if parameter.kind == "choice":
        assert ends == [parameter.choices[0], parameter.choices[-1]]
    else:
        assert ends == pytest.approx([parameter.low, parameter.high], rel=1e-12)
        assert parameter.low <= ends[0] and ends[1] <= parameter.high


@loop_over(
    ("point", "values"),
    [
        ((0.5, 0.5, 0.0, 0.0), {"delay": 10.5, "weight": 0.01, "cells": 2, "shape": "a"}),
        ((0.0, 1.0, 0.26, 0.34), {"delay": 1.0, "weight": 0.1, "cells": 3, "shape": "b"}),
        ((1.0, 0.25, 0.99, 0.67), {"delay": 20.0, "weight": 10**-2.5, "cells": 5, "shape": "c"}),
        ((2.0, -1.0, 9.0, -9.0), {"delay": 20.0, "weight": 0.001, "cells": 5, "shape": "a"}),
    ],
)
def test_points_decode_to_hand_computed_values(point, values):
    decoded = MIXED.decode(np.array(point))
    assert list(decoded) == list(values)
    assert [decoded[name] for name in ("cells", "shape")] == [values[name] for name in ("cells", "shape")]
    assert [decoded[name] for name in ("delay", "weight")] == pytest.approx([values["delay"], values["weight"]], 1e-12)
    assert type(decoded["cells"]) is int and type(decoded["delay"]) is float


@loop_over(
    ("values", "point"),
    [
        ({"delay": 10.5, "weight": 0.01, "cells": 2, "shape": "a"}, (0.5, 0.5, 0.125, 1 / 6)),
        ({"delay": 20.0, "weight": 0.1, "cells": 5, "shape": "c"}, (1.0, 1.0, 0.875, 5 / 6)),
        ({"delay": 99.0, "weight": 0.0001, "cells": 1, "shape": "b"}, (1.0, 0.0, 0.0, 0.5)),
    ],
)
def test_values_encode_to_the_middle_of_what_they_own(values, point):
    assert MIXED.encode(values) == pytest.approx(point, abs=1e-12)


def test_whole_numbers_and_choices_own_equal_stretches():
    points = np.linspace(0, 1, 12000, endpoint=False) + 0.5 / 12000
    decoded = [MIXED.decode([0, 0, x, x]) for x in points]
    assert [sum(d["cells"] == n for d in decoded) for n in range(2, 6)] == [3000] * 4
    assert [sum(d["shape"] == c for d in decoded) for c in "abc"] == [4000] * 3


@given(st.lists(st.tuples(UNIT, UNIT, UNIT, UNIT), min_size=1, max_size=5))
def test_scaled_points_come_back(points):
    assert MIXED.from_scaled(MIXED.to_scaled(points)) == pytest.approx(np.array(points), abs=1e-12)


@loop_over(
    ("start", "model_value", "expected"),
    [(5, 7.0, 5.0), (None, 7, 7.0), (None, 50.0, 10.5), (None, None, 10.5), (None, "fast", 10.5), (None, True, 10.5)],
)
def test_start_is_own_value_then_models_then_middle(start, model_value, expected):
    value = Parameter("delay", 1.0, 20.0, start=start).start_value(model_value)
    assert value == expected and type(value) is float


def test_start_at_a_choice_has_the_type_of_the_choice():
    value = Parameter("n", kind="choice", choices=(1, 2)).start_value(2.0)
    assert value == 2 and type(value) is int


@loop_over(
    ("parameter", "expected"),
    [
        (Parameter("w", 0.001, 0.1, scale="log"), 0.01),
        (Parameter("n", 2, 6, kind="int"), 4),
        (Parameter("c", kind="choice", choices=("a", "b", "c")), "b"),
    ],
)
def test_middle_of_the_scale(parameter, expected):
    assert (
        parameter.start_value(None) == pytest.approx(expected, rel=1e-12) if isinstance(expected, float) else expected
    )
    assert parameter.holds(parameter.start_value(None))


@loop_over("value", [0.999, 20.001, math.nan, math.inf, True, "5", None])
def test_values_beyond_the_bounds_are_not_held(value):
    assert not Parameter("delay", 1.0, 20.0).holds(value)


def test_equal_choices_of_different_type_stay_apart():
    space = SearchSpace((Parameter("x", kind="choice", choices=(1, 2)),))
    assert not space.parameters[0].holds(True)
    assert space.parameters[0].holds(2)
