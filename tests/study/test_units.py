"""Units as people write them: the same, contradictory, or unknown."""

import math

from tests.loops import loop_over
from tuner.study import units

SAME = [
    ("kHz", "/ms"), ("1/s", "Hz"), ("um", "\u00b5m"), ("uS", "\u03bcS"), ("umho", "uS"), ("S/cm^2", "S/cm2"),
    ("S/cm**2", "S/cm2"), ("S cm-2", "mho/cm2"), ("mho/cm2", "S/cm\u00b2"), ("ohm cm", "ohm-cm"), ("Ohm*cm", "ohm cm"),
    ("nanoamp", "nA"), ("microamp", "uA"), ("millivolt", "mV"), ("megohm", "M\u03a9"), ("\u00b0C", "degC"),
    ("mM", "mmol/l"), ("uF/cm2", "(uF/cm2)"), ("pS/um2", "S/m2"), ("micron", "um"), ("V/s", "mV/ms"),
]  # fmt: skip
UNKNOWN = [("spikes/s", "Hz"), ("per cell", "mV"), ("%", "nA"), ("", "uS"), ("1", "nA"), ("a.u.", "uS"), ("C", "degC")]


@loop_over(("one", "other"), SAME)
def test_the_same_unit_in_other_words(one, other):
    assert not units.contradict(one, other) and math.isclose(units.ratio(one, other), 1.0)


@loop_over(
    ("one", "other", "ratio"),
    [("uS", "nS", 1e3), ("mS/cm2", "S/cm2", 1e-3), ("ms", "s", 1e-3), ("kHz", "Hz", 1e3), ("uF/cm2", "F/m2", 1e-2),
     ("S/cm2", "pS/um2", 1e4)],
)  # fmt: skip
def test_a_scaled_unit_contradicts(one, other, ratio):
    assert units.contradict(one, other) and math.isclose(units.ratio(one, other), ratio)


@loop_over(("one", "other"), [("uS", "us"), ("mV", "uS"), ("ms", "Hz"), ("nA", "uA/cm2")])
def test_another_quantity_contradicts(one, other):
    assert units.contradict(one, other) and math.isnan(units.ratio(one, other))


@loop_over(("one", "other"), UNKNOWN)
def test_plain_numbers_and_free_words_contradict_nothing(one, other):
    assert not units.contradict(one, other)
