"""The list of a model's paths: patterns, and lines in columns."""

import pytest

from tests.drafts.entries import WEIGHT, entry
from tests.loops import loop_over
from tuner.drafts import listing
from tuner.errors import StudyError

ENTRIES = [
    entry("cfg.weightEI", 0.003, "uS", is_setting=True, sets=(WEIGHT,)),
    entry("cfg.old", 4, is_setting=True, sets=()),
    entry("cfg.both", 4, is_setting=True, sets=(WEIGHT, "netParams.sizeX")),
    entry("cfg.hParams.v_init", -65, "mV", is_setting=True, sets=("cfg.hParams.v_init",)),
    entry("probability", None, "1", is_setting=True),
    entry(WEIGHT, 0.003, "uS"),
    entry("netParams.connParams['E->I'].delay", "normal(5, 1)", "ms"),
]


@loop_over(
    ("pattern", "found"),
    [("", range(7)), ("WEIGHT", [0, 5]), ("*weight", [5]), ("cfg.???", [1]), ("cfg.*", range(4)), ("['e->i']", [5, 6]),
     ("*['E*", [5, 6])],
)  # fmt: skip
def test_patterns(pattern, found):
    assert listing.matching(ENTRIES, pattern, "m") == [ENTRIES[i] for i in found]


@loop_over(("pattern", "near"), [("wieght", "weight"), ("*.delai", "delay"), ("zzz", "cfg.weightEI")])
def test_what_no_path_has_is_told_with_the_nearest(pattern, near):
    with pytest.raises(StudyError, match=f"matches no path of m; nearest: .*{near}"):
        listing.matching(ENTRIES, pattern, "m")


def test_lines_are_columns():
    lines = list(listing.lines(ENTRIES))
    assert lines[0].split() == ["cfg.weightEI", "0.003", "uS", "->", WEIGHT]
    assert [line.split("  ")[-1].strip() for line in lines[1:4]] == ["no effect", "-> 2 values", "mV"]
    assert lines[4].split() == ["probability", "none", "1"]
    assert len({line.index(value) for line, value in zip(lines, ("0.003", "4", "4", "-65", "none"), strict=False)}) == 1
    assert all(line == line.rstrip() for line in lines)
