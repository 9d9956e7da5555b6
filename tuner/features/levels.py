"""Features of any recorded variable: its value at a time, how it has changed since another, its extremes.

Each reads one trace of so many `cells`, spread over the population, the first cell among them, and is their mean.
nan without a trace of any, where a time lies outside the trace or the window, and where a number is not finite.
"""

import numpy as np

from tuner.features.registry import Moment, Window, feature
from tuner.recording import ALL, Recording, Traces


@feature("")
def trace_value(
    recording: Recording, population: str = ALL, window_ms: Window = None, *, trace: str, at_ms: Moment, cells: int = 1
) -> float:
    """The recorded variable at a time, in its own unit, interpolated linearly between samples."""
    return _mean(_at(_traces(recording, trace, population, window_ms, cells), at_ms))


@feature("1")
def trace_ratio(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    *,
    trace: str,
    at_ms: Moment,
    to_ms: Moment,
    cells: int = 1,
) -> float:
    """The recorded variable at `at_ms` over what it is at `to_ms` [1], each interpolated linearly between samples.

    nan where that is 0.
    """
    traces = _traces(recording, trace, population, window_ms, cells)
    values, base = _at(traces, at_ms), _at(traces, to_ms)
    return _mean(values / base) if base.all() else np.nan


@feature("")
def trace_maximum(
    recording: Recording, population: str = ALL, window_ms: Window = None, *, trace: str, cells: int = 1
) -> float:
    """The largest sample of the recorded variable, in its own unit."""
    values = _traces(recording, trace, population, window_ms, cells).values
    return _mean(values.max(axis=1)) if values.size else np.nan


@feature("")
def trace_minimum(
    recording: Recording, population: str = ALL, window_ms: Window = None, *, trace: str, cells: int = 1
) -> float:
    """The smallest sample of the recorded variable, in its own unit."""
    values = _traces(recording, trace, population, window_ms, cells).values
    return _mean(values.min(axis=1)) if values.size else np.nan


def _traces(recording: Recording, trace: str, population: str, window_ms: Window, cells: int) -> Traces:
    if cells < 1:
        raise ValueError(f"cells is {cells}, must be at least 1")
    return recording.traces_of(trace, population, window_ms, cells)


def _at(traces: Traces, time_ms: float) -> np.ndarray:
    """The value of each trace at a time, (n_cells,); nan outside the samples."""
    outside = {"left": np.nan, "right": np.nan}
    return np.array([np.interp(time_ms, traces.times, values, **outside) for values in traces.values if values.size])


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size and np.isfinite(values).all() else np.nan
