import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.loops import loop_over
from tests.samples import recording
from tuner.objective.loss import largest_part
from tuner.objective.targets import CAP, ENDLESS, FORMS, Target


def target(**fields):
    return Target("t", "rate", **{"value": 17.0, "tolerance": 0.5, "unit": "Hz", **fields})


def ranged(low=None, high=None, **fields):
    return target(value=None, low=low, high=high, **fields)


@loop_over(
    ("form", "feature", "part"),
    [
        ("z", 17.0, 0.0),
        ("z", 18.0, 2.0),
        ("z", 16.0, 2.0),
        ("squared", 18.5, 9.0),
        ("squared", 15.5, 9.0),
        ("hinge", 17.4, 0.0),
        ("hinge", 17.5, 0.0),
        ("hinge", 18.5, 2.0),
        ("exponential", 17.0, 1.0),
        ("exponential", 19.0, math.e),
        ("exponential", 13.0, math.e**2),
    ],
)
def test_parts_are_hand_computed(form, feature, part):
    assert target(form=form, width=2.0).part(feature) == pytest.approx(part, rel=1e-12)


@loop_over("rate", [0.5, 1.0, 1.001, 5.0, 17.0, 29.0, 45.0, 1000.0])
def test_exponential_is_netpynes_rate_fitness(rate):
    """NetPyNE's tutorials write: min(exp(abs(target - rate) / width), maxFitness) if rate > min else maxFitness."""
    theirs = min(math.exp(abs(17 - rate) / 4), 1000) if rate > 1 else 1000
    ours = target(form="exponential", width=4.0, min=1.0, max=1000.0).part(rate)
    assert ours == pytest.approx(theirs, rel=1e-12)


@loop_over("form", ["z", "squared", "hinge"])
def test_parts_are_capped(form):
    assert target(form=form).part(1e9) == CAP == 250
    assert target(form=form, cap=3.0).part(1e300) == 3.0
    assert target(form=form).part(math.nan) == CAP


def test_exponential_is_capped_at_its_max():
    assert target(form="exponential", width=0.001, max=100.0).part(1e300) == 100.0
    assert target(form="exponential", width=1.0, max=100.0).part(math.nan) == 100.0


@loop_over(
    ("low", "high", "feature", "miss", "part"),
    [
        (5.0, 10.0, 7.0, 0.0, 0.0),
        (5.0, 10.0, 5.0, 0.0, 0.0),
        (5.0, 10.0, 4.0, -1.0, 2.0),
        (5.0, 10.0, 12.0, 2.0, 4.0),
        (5.0, None, 1e6, 0.0, 0.0),
        (5.0, None, 3.0, -2.0, 4.0),
        (None, 10.0, -1e6, 0.0, 0.0),
        (None, 10.0, 10.5, 0.5, 1.0),
    ],
)
def test_ranges_miss_by_their_nearer_end(low, high, feature, miss, part):
    assert ranged(low, high).miss(feature) == pytest.approx(miss)
    assert ranged(low, high).part(feature) == pytest.approx(part)
    assert ranged(low, high).reached(feature) is (miss == 0)


@loop_over(
    ("feature", "reached"),
    [(17.0, True), (17.5, True), (16.5, True), (17.501, False), (16.4, False), (math.nan, False)],
)
def test_a_value_is_reached_within_its_tolerance(feature, reached):
    assert target().reached(feature) is reached


def test_tolerances_that_are_no_binary_fractions_are_reached_at_their_edge():
    assert target(value=0.7, tolerance=0.1).reached(0.8)


def test_nan_reaches_no_range():
    assert not ranged(5.0, 10.0).reached(math.nan)
    assert ranged(5.0, None).part(math.nan) == CAP


@loop_over(
    ("goal", "words"),
    [
        (target(), "17 +- 0.5 Hz"),
        (target(unit="1", value=0.7), "0.7 +- 0.5"),
        (ranged(5.0, 10.0), "5 to 10 Hz"),
        (ranged(5.0), "at least 5 Hz"),
        (ranged(None, 10.0), "at most 10 Hz"),
        (ranged(weight=0.0), "none (recorded only)"),
        (ranged(form="minimize"), "as low as possible"),
        (ranged(form="maximize", unit="1"), "as high as possible"),
    ],
)
def test_wishes_in_words(goal, words):
    assert goal.goal == words


@given(st.sampled_from([form for form in FORMS if form not in ENDLESS]), st.floats(0, 1e6), st.floats(0, 1e6))
def test_farther_is_never_better(form, near, far):
    near, far = sorted((near, far))
    goal = target(value=0.0, form=form, width=1.0)
    assert 0 <= goal.part(near) <= goal.part(far) <= 1000
    assert goal.part(far) == goal.part(-far)


@loop_over(
    ("form", "feature", "part"),
    [
        ("minimize", 1000.0, 1000.0),
        ("minimize", -3.5, -3.5),
        ("minimize", 2e9, 1e9),
        ("minimize", -1e300, -1e9),
        ("minimize", math.nan, 1e9),
        ("maximize", 1000.0, -1000.0),
        ("maximize", -3.5, 3.5),
        ("maximize", -2e9, 1e9),
        ("maximize", 1e300, -1e9),
        ("maximize", math.nan, 1e9),
    ],
)
def test_what_has_no_end_counts_as_it_is(form, feature, part):
    # Neither the tolerance nor the cap of the other forms has a say.
    assert ranged(form=form, tolerance=0.01).part(feature) == part


def test_the_cap_of_what_has_no_end_is_for_the_worst_alone():
    capped = ranged(form="maximize", cap=40.0)
    assert [capped.part(feature) for feature in (-41.0, -39.0, 300.0, math.nan)] == [40.0, 39.0, -300.0, 40.0]
    assert largest_part(capped) == 40.0 and largest_part(ranged(form="minimize")) == 1e9


@given(st.sampled_from(ENDLESS), st.floats(-1e12, 1e12))
def test_what_has_no_end_is_never_reached_nor_missed(form, feature):
    endless = ranged(form=form)
    assert endless.counts and not endless.has_goal
    assert not endless.reached(feature) and endless.miss(feature) == 0.0 and endless.violation(feature) == 0.0


def test_a_fitness_may_read_anything():
    fitness = Target("t", "fitness", form="minimize")
    assert not fitness.reads_spikes_alone and target().reads_spikes_alone
    raster = replace(recording([1.0]), numbers={"fitness": 12.5, "other": -2.0})
    assert fitness.measure(raster) == 12.5
    assert replace(fitness, arguments=(("name", "other"),)).measure(raster) == -2.0
    assert math.isnan(fitness.measure(recording([1.0])))
    assert math.isnan(fitness.measure(replace(raster, numbers={"fitness": math.inf})))


def test_measure_passes_population_window_and_arguments():
    raster = recording([10.0, 20.0, 600.0], [30.0], [], A=[0, 1], B=[2])
    assert target(population="A").measure(raster) == pytest.approx(2.0)
    assert target(population="A", window_ms=(0.0, 500.0)).measure(raster) == pytest.approx(3.0)
    median = Target("t", "rate_percentile", "A", value=1.0, arguments=(("percentile", 100.0),))
    assert median.measure(raster) == pytest.approx(3.0)
    assert math.isnan(Target("t", "cv_isi", "B", value=1.0).measure(raster))
