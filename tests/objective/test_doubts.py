"""Targets that a simulation measures badly, or that give a search no direction at the start point."""

from types import SimpleNamespace

from tests.loops import loop_over
from tuner.objective.doubts import at_cap, short_windows
from tuner.objective.targets import Target
from tuner.protocols import DEFAULT, Protocol

SMALL = (
    "targets.t: at the start point, the {} of 0.001 Hz is small against the distance of 5 Hz, and the term is at its"
    " cap; all values as far away look equally bad"
)


def _notes(target: Target, duration_ms: float) -> list[str]:
    return list(short_windows(SimpleNamespace(targets=(target,), protocols=(Protocol(DEFAULT, duration_ms),))))


@loop_over(("feature", "window"), [("rate", (190.0, 195.0)), ("rate_std", (190.0, 195.0)), ("burst_rate", (0.0, 5.0))])
def test_a_rate_within_5_ms(feature, window):
    (note,) = _notes(Target("t", feature, window_ms=window), 200.0)
    assert note.startswith(f"targets.t: {feature} is measured within 5 ms, in which a cell with one spike has 200 Hz; ")


def test_a_whole_run_may_be_too_short():
    assert len(_notes(Target("t", "rate"), 9.0)) == 1


@loop_over(("feature", "window"), [("rate", (190.0, 200.0)), ("trace_value", (0.0, 5.0)), ("rate", None)])
def test_a_long_window_and_other_features_are_right(feature, window):
    assert _notes(Target("t", feature, window_ms=window), 200.0) == []


@loop_over(
    ("entry", "key"),
    [
        ({"value": 10.0, "tolerance": 0.001}, "tolerance"),
        ({"low": 10.0, "tolerance": 0.001, "form": "squared"}, "tolerance"),
        ({"value": 10.0, "tolerance": 0.001, "must": True}, "tolerance"),
        ({"value": 10.0, "form": "exponential", "width": 0.001}, "width"),
    ],
)
def test_a_small_tolerance_puts_the_start_point_at_the_cap(entry, key):
    assert list(at_cap([Target("t", "rate", unit="Hz", **entry)], {"t": 5.0})) == [SMALL.format(key)]


@loop_over(
    ("entry", "feature"),
    [
        ({"value": 10.0, "tolerance": 1.0}, 5.0),
        ({"value": 10.0, "tolerance": 0.001}, float("nan")),
        ({"value": 10.0, "tolerance": 0.001}, 10.1),
        # Below `min`, all terms are the largest, whatever the width.
        ({"value": 10.0, "form": "exponential", "width": 100.0, "min": 6.0}, 5.0),
        ({"form": "minimize", "tolerance": 0.001}, 5.0),
        ({"weight": 0.0, "tolerance": 0.001}, 5.0),
    ],
)
def test_other_terms_are_not_the_tolerances_fault(entry, feature):
    assert list(at_cap([Target("t", "rate", unit="Hz", **entry)], {"t": feature})) == []
