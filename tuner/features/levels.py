"""Compute features of any recorded variable: the value at a time, the ratio of two values, and extremes.

Each feature is the mean over at most `cells` cells with this trace. These are spread evenly over the population, and
the first cell is one of them. A feature is nan if no cell has the trace, if a time lies outside the trace or the
window, or if a value is not finite.
"""

import numpy as np

from tuner.features.registry import CellCount, Moment, Window, feature
from tuner.recording import ALL, Recording, Traces


@feature("")
def trace_value(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    *,
    trace: str,
    at_ms: Moment,
    cells: CellCount = 1,
) -> float:
    """Return the value of the recorded variable at a given time, in the variable's unit.

    Parameters
    ----------
    trace
        Name of the trace in the model's `simConfig.recordTraces`, or "V".
    at_ms
        Time from the start of the run [ms]. Values between samples are interpolated linearly.
    cells
        Number of cells whose traces are averaged.

    Returns
    -------
    float
        Mean over the cells. nan if there is no trace, if `at_ms` lies outside the window or the samples, or if a value
        is not finite.
    """
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
    cells: CellCount = 1,
) -> float:
    """Return the ratio of two values of the recorded variable: at `at_ms` over at `to_ms` [1].

    Parameters
    ----------
    trace
        Name of the trace in the model's `simConfig.recordTraces`, or "V".
    at_ms, to_ms
        Times from the start of the run [ms]. Values between samples are interpolated linearly.
    cells
        Number of cells whose traces are averaged.

    Returns
    -------
    float
        Mean over the cells of the ratio. nan as for `trace_value`, and if the value of a cell at `to_ms` is 0.
    """
    traces = _traces(recording, trace, population, window_ms, cells)
    values, base = _at(traces, at_ms), _at(traces, to_ms)
    return _mean(values / base) if base.all() else np.nan


@feature("")
def trace_maximum(
    recording: Recording, population: str = ALL, window_ms: Window = None, *, trace: str, cells: CellCount = 1
) -> float:
    """Return the largest sample of the recorded variable in the window, in the variable's unit.

    Parameters
    ----------
    trace
        Name of the trace in the model's `simConfig.recordTraces`, or "V".
    cells
        Number of cells whose traces are averaged.

    Returns
    -------
    float
        Mean over the cells. nan if there is no trace, or if the maximum of a cell is not finite.
    """
    values = _traces(recording, trace, population, window_ms, cells).values
    return _mean(values.max(axis=1)) if values.size else np.nan


@feature("")
def trace_minimum(
    recording: Recording, population: str = ALL, window_ms: Window = None, *, trace: str, cells: CellCount = 1
) -> float:
    """Return the smallest sample of the recorded variable in the window, in the variable's unit.

    Parameters
    ----------
    trace
        Name of the trace in the model's `simConfig.recordTraces`, or "V".
    cells
        Number of cells whose traces are averaged.

    Returns
    -------
    float
        Mean over the cells. nan if there is no trace, or if the minimum of a cell is not finite.
    """
    values = _traces(recording, trace, population, window_ms, cells).values
    return _mean(values.min(axis=1)) if values.size else np.nan


def _traces(recording: Recording, trace: str, population: str, window_ms: Window, cells: int) -> Traces:
    return recording.traces_of(trace, population, window_ms, cells)


def _at(traces: Traces, time_ms: float) -> np.ndarray:
    """Return the value of each trace at a time, (n_cells,); nan outside the samples."""
    outside = {"left": np.nan, "right": np.nan}
    return np.array([np.interp(time_ms, traces.times, values, **outside) for values in traces.values if values.size])


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size and np.isfinite(values).all() else np.nan
