import math

import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import recording
from tuner.features.responses import evoked_rate, response_latency, response_width

pytestmark = pytest.mark.filterwarnings("error")

ALL_THREE = (evoked_rate, response_latency, response_width)
HALF = math.sqrt(2 * math.log(2))  # where a Gaussian of standard deviation 1 is at half of its top


def bins(first, last):
    """A spike in the middle of each ms."""
    return np.arange(first + 0.5, last)


class TestEvokedRate:
    def test_is_the_difference_to_the_baseline(self):
        # Of two cells 4 + 0 spikes in the 100 ms after, 1 + 1 in those before.
        raster = recording([450.0, 510.0, 520.0, 530.0, 540.0], [450.0])
        assert evoked_rate(raster, stimulus_ms=(500.0,)) == pytest.approx((4 - 2) / 2 / 0.1, rel=1e-12)

    def test_is_negative_where_the_stimulus_silences(self):
        assert evoked_rate(recording([450.0]), stimulus_ms=(500.0,)) == pytest.approx(-10.0, rel=1e-12)

    def test_spans_have_their_lower_end_only(self):
        at = dict(stimulus_ms=(500.0,))
        assert evoked_rate(recording([500.0]), **at) == pytest.approx(10.0, rel=1e-12)
        assert evoked_rate(recording([400.0]), **at) == pytest.approx(-10.0, rel=1e-12)
        assert evoked_rate(recording([399.9, 600.0]), **at) == 0.0

    def test_spans_may_differ_in_length(self):
        raster = recording([250.0, 350.0, 501.0])
        value = evoked_rate(raster, stimulus_ms=(500.0,), response=(0.0, 10.0), baseline=(-300.0, -100.0))
        assert value == pytest.approx(100 - 10, rel=1e-12)

    def test_is_the_mean_over_onsets_within_the_window(self):
        raster = recording([210.0, 510.0, 520.0, 990.0])
        assert evoked_rate(raster, stimulus_ms=(200.0, 500.0)) == pytest.approx(15.0, rel=1e-12)
        assert evoked_rate(raster, stimulus_ms=(50.0, 500.0, 950.0)) == pytest.approx(20.0, rel=1e-12)
        assert evoked_rate(raster, window_ms=(300.0, 700.0), stimulus_ms=(200.0, 500.0)) == pytest.approx(20.0)
        assert math.isnan(evoked_rate(raster, stimulus_ms=(99.0, 901.0)))
        assert evoked_rate(raster, stimulus_ms=(100.0, 900.0)) == pytest.approx(5.0, rel=1e-12)

    def test_of_poisson_cells(self):
        random = np.random.default_rng(1)
        onsets = np.arange(500.0, 100000.0, 1000.0)
        ongoing = random.uniform(0, 100500, random.poisson(10 * 100.5 * 20))
        evoked = (onsets[:, None] + random.uniform(0, 100, (100, 60))).ravel()
        raster = recording(ongoing, evoked, *[[]] * 18, duration_ms=100500.0)
        # 30 Hz are evoked above 10 Hz; 2 x 2000 spikes of the baseline's rate vary.
        error = math.sqrt(4000) / (20 * 100 * 0.1)
        assert evoked_rate(raster, stimulus_ms=tuple(onsets)) == pytest.approx(30.0, abs=5 * error)


class TestShape:
    @loop_over("smoothing", [2.0, 3.0, 5.0])
    @loop_over("latency", [20.5, 40.5])
    def test_an_instant_becomes_the_gaussian(self, latency, smoothing):
        raster = recording([500 + latency], [500 + latency], [])
        arguments = dict(stimulus_ms=(500.0,), smoothing_ms=smoothing)
        assert response_latency(raster, **arguments) == pytest.approx(latency - HALF * smoothing, abs=0.05)
        assert response_width(raster, **arguments) == pytest.approx(2 * HALF * smoothing, abs=0.1)

    @loop_over("smoothing", [0.0, 1.0, 3.0])
    def test_a_box_keeps_its_flanks(self, smoothing):
        raster = recording(bins(520, 550))
        arguments = dict(stimulus_ms=(500.0,), smoothing_ms=smoothing)
        assert response_latency(raster, **arguments) == pytest.approx(20.0, abs=0.01)
        assert response_width(raster, **arguments) == pytest.approx(30.0, abs=0.02)

    def test_the_half_counts_from_the_baseline(self):
        # One spike a ms before, then a ramp from 1 to 11 a ms in 10 ms and straight back to 1.
        ramp = np.repeat(510.5 + np.arange(10), np.arange(2, 12))
        raster = recording(bins(400, 510), ramp, bins(520, 600), duration_ms=1000.0)
        arguments = dict(stimulus_ms=(500.0,), smoothing_ms=0.0)
        # Half of 10 above the baseline is there with 6 spikes, in the fifth bin of the ramp.
        assert response_latency(raster, **arguments) == pytest.approx(14.5, abs=1e-9)
        assert response_width(raster, **arguments) == pytest.approx(19.5 + 0.5 - 14.5, abs=1e-9)

    def test_the_first_rise_is_the_latency_the_highest_has_the_width(self):
        raster = recording(bins(510, 515), bins(530, 540), bins(530, 540), bins(512, 513))
        arguments = dict(stimulus_ms=(500.0,), smoothing_ms=0.0)
        # Half of the peak, 1 of 2 spikes, is reached by the small response first.
        assert response_latency(raster, **arguments) == pytest.approx(10.5, abs=1e-9)
        later = recording(bins(510, 511), bins(530, 540), bins(530, 540), bins(530, 540))
        assert response_latency(later, **arguments) == pytest.approx(29.5 + 0.5, abs=1e-9)
        assert response_width(later, **arguments) == pytest.approx(10.0, abs=1e-9)

    def test_onsets_are_averaged(self):
        raster = recording([220.5], [520.5, 720.5], [720.5])
        arguments = dict(stimulus_ms=(200.0, 500.0, 700.0))
        assert response_latency(raster, **arguments) == pytest.approx(20.5 - 3 * HALF, abs=0.05)

    def test_a_response_that_does_not_end_counts_to_the_end(self):
        arguments = dict(stimulus_ms=(500.0,), smoothing_ms=0.0)
        assert response_width(recording(bins(520, 900)), **arguments) == pytest.approx(99.5 - 20, abs=1e-9)
        assert response_latency(recording(bins(500, 900)), **arguments) == 0.5

    def test_without_a_rise_there_is_no_response(self):
        for raster in (recording(bins(0, 1000)), recording(bins(300, 500)), recording([450.0])):
            assert math.isnan(response_latency(raster, stimulus_ms=(500.0,)))
            assert math.isnan(response_width(raster, stimulus_ms=(500.0,)))


@loop_over("feature", ALL_THREE)
@loop_over(
    ("arguments", "sentence"),
    [
        ({"stimulus_ms": ()}, "stimulus_ms is empty, must contain at least one onset"),
        ({"response": (100.0, 0.0)}, r"response is \[100, 0\], must begin before it ends"),
        ({"baseline": (0.0, 0.0)}, r"baseline is \[0, 0\], must begin before it ends"),
    ],
)
def test_arguments_without_sense(feature, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        feature(recording([], duration_ms=1.0), **{"stimulus_ms": (500.0,), **arguments})


@loop_over("feature", ALL_THREE[1:])
@loop_over(
    ("arguments", "sentence"),
    [
        ({"response": (0.0, 0.5)}, r"response is \[0, 0.5\], must last 1 ms or more"),
        ({"smoothing_ms": -1.0}, "smoothing_ms is -1, must be at least 0"),
        ({"smoothing_ms": 0.05}, "smoothing_ms is 0.05, must be 0 or at least 0.1"),
    ],
)
def test_shapes_without_sense(feature, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        feature(recording([], duration_ms=1.0), stimulus_ms=(500.0,), **arguments)
