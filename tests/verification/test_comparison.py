"""Whether a stored evaluation is the one that plain NetPyNE gives, and how a difference is said."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.samples import evaluation, recording
from tuner.objective.targets import Target
from tuner.runs import raster_digest
from tuner.verification.comparison import Measured, reason

TARGETS = (Target("rate", "rate", unit="Hz", tolerance=0.5), Target("cv", "cv_isi", tolerance=0.1))
STORED = Measured(4.0, 0.0, {"rate": 24.0, "cv": math.nan}, (), 24, "abc")


def said(**changes):
    return reason(12, STORED, replace(STORED, **changes), TARGETS)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"features": {"rate": 24.0 * (1 + 1e-13), "cv": math.nan}},
        {"features": {"rate": 24.0, "cv": math.inf}},
        {"loss": 4.0 + 1e-8},
    ],
)
def test_rounding_is_no_difference(changes):
    assert said(**changes) == ""


def test_both_numbers_are_said_with_their_units():
    assert said(loss=3.0, features={"rate": 23.0, "cv": 0.5}, n_spikes=23) == (
        "evaluation 12 is stored with rate 24 Hz, cv undefined, loss 4, 24 spikes;"
        " plain NetPyNE gives rate 23 Hz, cv 0.5, loss 3, 23 spikes"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"violation": 0.25},
            "is stored with loss 4, violation 0, 24 spikes; plain NetPyNE gives loss 4, violation 0.25, 24 spikes",
        ),
        ({"n_spikes": 25}, "is stored with loss 4, 24 spikes; plain NetPyNE gives loss 4, 25 spikes"),
        (
            {"features": {"rate": 24.000001, "cv": math.nan}},
            "rate 24 Hz, loss 4, 24 spikes; plain NetPyNE gives rate 24.000001 Hz, loss 4",
        ),
        ({"raster": "abd"}, "have 24 spikes each, the same features and the same loss, but the spikes are at other"),
    ],
)
def test_each_kind_of_difference_is_found_alone(changes, words):
    assert words in said(**changes)


def test_an_older_line_without_spikes_is_compared_by_its_features():
    older = replace(STORED, n_spikes=None, raster="")
    assert reason(0, older, STORED, TARGETS) == ""
    assert "loss 5" in reason(0, older, replace(STORED, loss=5.0), TARGETS)


def test_seeds_that_differ_behind_an_equal_mean_are_found():
    ours = replace(STORED, runs=({"rate": 23.0, "cv": 0.1}, {"rate": 25.0, "cv": 0.1}))
    theirs = replace(STORED, runs=({"rate": 22.0, "cv": 0.1}, {"rate": 26.0, "cv": 0.1}))
    words = reason(3, ours, theirs, TARGETS)
    assert "rate (simulation 1) 23 Hz" in words and "plain NetPyNE gives rate (simulation 1) 22 Hz" in words
    # Racing left out the second seed.
    assert reason(3, replace(ours, runs=ours.runs[:1]), replace(STORED, runs=ours.runs[:1]), TARGETS) == ""


def test_many_features_are_counted():
    targets = tuple(Target(f"t{i}", "rate") for i in range(5))
    ours, theirs = ({t.name: float(i) for t in targets} for i in (1, 2))
    assert "t0 1, t1 1, t2 1, 2 other features, loss 4, 24 spikes;" in reason(
        0, replace(STORED, features=ours), replace(STORED, features=theirs), targets
    )


class TestDigest:
    def test_is_of_the_spikes_and_not_of_their_order_or_rounding(self):
        one, other = recording([5.0, 9.025], [5.0]), recording([9.025 + 1e-10, 5.0], [5.0 - 1e-10])
        assert raster_digest.digest([one]) == raster_digest.digest([other])
        assert raster_digest.n_spikes([one, other]) == 6

    @pytest.mark.parametrize(
        "others",
        [
            [recording([5.0, 9.05], [5.0])],
            [recording([5.0], [5.0, 9.025])],
            [recording([5.0, 9.025]), recording([5.0])],
            [recording([5.0, 9.025], [5.0]), recording()],
        ],
    )
    def test_tells_another_time_cell_and_simulation(self, others):
        assert raster_digest.digest(others) != raster_digest.digest([recording([5.0, 9.025], [5.0])])

    def test_steps_lie_far_from_the_edges_of_the_rounding(self):
        for step_ms in (0.025, 0.1, 1 / 128):
            times = np.cumsum(np.full(4000, step_ms))
            exact = np.arange(1, 4001) * step_ms
            assert raster_digest.digest([recording(times)]) == raster_digest.digest([recording(exact)])


def test_a_line_of_an_older_version_has_no_spikes():
    stored = Measured.of(evaluation(loss=2.0))
    assert (stored.n_spikes, stored.raster, stored.loss) == (None, "", 2.0)
