"""Values with their units, as text."""

import math

from tests.loops import loop_over
from tuner.words import quantity, with_unit


@loop_over(
    ("arguments", "text"),
    [
        ((17.123456, "Hz"), "17.123 Hz"),
        ((17.123456, "Hz", 4), "17.12 Hz"),
        ((0.25, "1"), "0.25"),
        ((0.25,), "0.25"),
        ((1234567, "um"), "1234567 um"),
        (("b<c",), "b<c"),
        ((math.nan, "Hz"), "undefined"),
    ],
)
def test_a_value_is_shown_with_its_unit(arguments, text):
    assert quantity(*arguments) == text


def test_a_plain_number_has_no_unit():
    assert [with_unit("3", unit) for unit in ("", "1", "mV")] == ["3", "3", "3 mV"]
