"""Features of any recorded variable, on traces that were drawn by hand."""

import math

import numpy as np
import pytest

from tests.loops import loop_over
from tuner.features.levels import trace_maximum, trace_minimum, trace_ratio, trace_value
from tuner.features.registry import FEATURES
from tuner.recording import Recording

# A sample every 10 ms, 0 to 100 ms.
RISE = np.arange(11) * 2.0
FALL = 50.0 - np.arange(11)


def recorded(*traces):
    """Cell i of population S has trace i."""
    held = {f"g:{cell}": values for cell, values in enumerate(traces)}
    return Recording(np.array([]), np.array([]), {"S": np.arange(max(len(traces), 1))}, 100.0, held, 10.0)


@loop_over(("at_ms", "expected"), [(0.0, 0.0), (50.0, 10.0), (55.0, 11.0), (57.5, 11.5), (100.0, 20.0)])
def test_value_is_interpolated(at_ms, expected):
    assert trace_value(recorded(RISE), "S", trace="g", at_ms=at_ms) == pytest.approx(expected, rel=1e-12)


@loop_over(
    ("at_ms", "window"), [(100.1, None), (-0.1, None), (20.0, (30.0, 80.0)), (85.0, (30.0, 80.0)), (50.0, (51.0, 59.0))]
)
def test_value_outside_the_samples_is_not_defined(at_ms, window):
    assert math.isnan(trace_value(recorded(RISE), "S", window, trace="g", at_ms=at_ms))


def test_ratio_is_that_of_each_cell_then_their_mean():
    raster = recorded(RISE, FALL)
    assert trace_ratio(raster, "S", trace="g", at_ms=75.0, to_ms=50.0) == pytest.approx(1.5)
    both = trace_ratio(raster, "S", trace="g", at_ms=75.0, to_ms=50.0, cells=2)
    assert both == pytest.approx((1.5 + 42.5 / 45.0) / 2)


def test_ratio_to_nothing_is_not_defined():
    assert math.isnan(trace_ratio(recorded(RISE), "S", trace="g", at_ms=75.0, to_ms=0.0))
    assert math.isnan(trace_ratio(recorded(RISE), "S", trace="g", at_ms=75.0, to_ms=101.0))


def test_extremes_of_the_window_and_their_mean_over_cells():
    raster = recorded(RISE, FALL)
    assert (trace_maximum(raster, "S", trace="g"), trace_minimum(raster, "S", trace="g")) == (20.0, 0.0)
    assert trace_maximum(raster, "S", (20.0, 45.0), trace="g") == 8.0
    assert trace_minimum(raster, "S", (15.0, 45.0), trace="g") == 4.0
    assert trace_maximum(raster, "S", trace="g", cells=2) == pytest.approx((20.0 + 50.0) / 2)
    assert trace_minimum(raster, "S", trace="g", cells=5) == pytest.approx((0.0 + 40.0) / 2)


@loop_over("name", ["trace_value", "trace_ratio", "trace_maximum", "trace_minimum"])
def test_no_trace_and_no_number_define_nothing(name):
    times = {key: 50.0 for key in FEATURES[name].required if key.endswith("_ms")}
    compute = FEATURES[name].compute
    assert math.isnan(compute(recorded(RISE), "S", None, trace="h", **times))
    assert math.isnan(compute(recorded(), "S", None, trace="g", **times))
    assert math.isnan(compute(recorded(np.where(RISE == 10.0, np.nan, RISE)), "S", None, trace="g", **times))
    assert math.isfinite(compute(recorded(RISE), "S", None, trace="g", **times))
    with pytest.raises(ValueError, match="cells is 0"):
        compute(recorded(RISE), "S", None, trace="g", cells=0, **times)


def test_they_read_the_trace_that_the_target_names():
    names = ("trace_value", "trace_ratio", "trace_maximum", "trace_minimum")
    assert all(FEATURES[name].needs_trace and "trace" in FEATURES[name].required for name in names)
    assert [FEATURES[name].unit for name in names] == ["", "1", "", ""]
