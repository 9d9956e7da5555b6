"""Compute features of recorded voltages: depolarisation block, and all features of eFEL.

Each feature reads the trace of at most `cells` cells. These are spread evenly over the population, and the first cell
is one of them. A feature is nan if no cell has the trace, or if a trace contains a number that is not finite.
"""

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Annotated

import numpy as np

from tuner.errors import StudyError, nearest
from tuner.features.registry import CellCount, Feature, Length, Range, Window, feature, within_ranges
from tuner.recording import ALL, Recording, Traces
from tuner.words import shown

Voltage = Annotated[float, Range(at_least=-1e6, at_most=1e6)]
# Most samples of a trace that eFEL interpolates.
MOST_SAMPLES = 10**7
# eFEL's time_constant ends the process if the stimulus has 21 samples or fewer.
FEWEST_STEPS = 25
# Units that eFEL's table lacks. All other features that the table lacks are plain numbers.
UNITS = {"constant": "1", "ISIs": "ms", "time": "ms", "voltage": "mV"}
# Features that read the trace of the injected current, numbers of spikes, and features that read the amplitude.
OF_CURRENT = ("current", "current_base", "impedance", "steady_state_current_stimend")
COUNTS = ("Spikecount", "Spikecount_stimint", "spike_count", "spike_count_stimint")
OF_AMPLITUDE = ("ohmic_input_resistance", "ohmic_input_resistance_vb_ssse")


@feature("1", lowest=0, highest=1)
def depolarisation_block(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    trace: str = "V",
    cells: CellCount = 10,
    threshold_mv: Voltage = -40.0,
    least_ms: Length = 50.0,
) -> float:
    """Return the fraction of time that cells spend in depolarisation block, the mean over the recorded cells [1].

    A cell is blocked while the voltage stays above `threshold_mv` for at least `least_ms` without a spike of the cell.
    The times at which the voltage crosses the threshold are interpolated linearly between samples.

    Parameters
    ----------
    trace
        Name of the voltage trace: "V", or a name in the model's `simConfig.recordTraces`.
    cells
        Number of cells whose traces are read.
    threshold_mv
        Voltage above which a cell may be blocked [mV].
    least_ms
        Shortest duration of a block [ms], above 0.

    Returns
    -------
    float
        0 to 1. nan if no cell has the trace, or if a voltage is not finite.

    Notes
    -----
    Source: the state is described by Bianchi et al. 2012, J. Comput. Neurosci. 33:207. The measure is defined here.
    `least_ms` is taken from eFEL's depol_block, whose threshold is the voltage at which the spikes of the cell begin.
    """
    traces = _traces(recording, population, window_ms, trace, cells)
    if traces is None:
        return np.nan
    blocked = [
        _blocked_ms(traces.times, voltage, recording.spike_times[recording.spike_cells == cell], threshold_mv, least_ms)
        for cell, voltage in zip(traces.cells, traces.values, strict=True)
    ]
    return float(np.mean(blocked) / (traces.times[-1] - traces.times[0]))


def _traces(recording: Recording, population: str, window_ms: Window, trace: str, cells: int) -> Traces | None:
    """Return the traces; `None` if there is no trace, or if a voltage is not finite."""
    traces = recording.traces_of(trace, population, window_ms, cells)
    return traces if len(traces.times) > 1 and np.isfinite(traces.values).all() else None


def _blocked_ms(
    times: np.ndarray, voltage: np.ndarray, spikes: np.ndarray, threshold_mv: float, least_ms: float
) -> float:
    above = voltage > threshold_mv
    before = np.flatnonzero(above[1:] != above[:-1])
    rise = voltage[before + 1] - voltage[before]
    crossings = times[before] + (threshold_mv - voltage[before]) / rise * (times[before + 1] - times[before])
    # Alternating start and end times of the stretches above the threshold.
    bounds = np.concatenate([times[:1][above[:1]], crossings, times[-1:][above[-1:]]])
    cuts = np.sort(np.concatenate([bounds, spikes]))
    lengths = np.diff(cuts)
    is_above = np.searchsorted(bounds, cuts[:-1] + lengths / 2) % 2 == 1
    return float(lengths[is_above & (lengths >= least_ms)].sum())


@cache
def efel_feature(name: str) -> Feature:
    """Return a feature of eFEL, with eFEL's unit (`efel:NAME` in a study).

    Raises
    ------
    StudyError
        If eFEL has no feature of this name, or if the feature needs the injected current, which is not recorded.
    """
    import efel

    names = set(efel.get_feature_names())
    if name not in names:
        raise StudyError(f"eFEL has no feature {shown(name)}; {nearest(name, names)}")
    if name in OF_CURRENT:
        raise StudyError(f"eFEL's {name} reads the injected current, which is not recorded")
    compute = partial(_efel, name)
    compute.__doc__ = f"Return eFEL's {name}: {_first_line(name)}"
    lowest = 0.0 if _unit(name) == "Hz" or name in COUNTS else -math.inf
    return Feature(f"efel:{name}", _unit(name), compute, lowest=lowest)


@within_ranges
def _efel(
    name: str,
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    trace: str = "V",
    cells: CellCount = 1,
    stimulus_ms: Annotated[Window, Range(at_least=0, at_most=1e7)] = None,
    stimulus_na: Annotated[float | None, Range(at_least=-1e6, at_most=1e6)] = None,
    threshold_mv: Voltage = -20.0,
    interp_step_ms: Annotated[float | None, Range(at_least=0.001, at_most=1000)] = None,
) -> float:
    """Return the mean of the values that eFEL returns for a trace, averaged over the cells with any value.

    Parameters
    ----------
    window_ms
        The trace is cut to this window first; times still count from the start of the run.
    stimulus_ms
        Start and end of the stimulus [ms]. By default, the whole window is the stimulus; features that compare with
        the time before the stimulus are then nan. A stimulus that ends after the window ends with the window.
    stimulus_na
        Injected current [nA]. Features that compute a resistance need a value other than 0; ValueError otherwise.
    threshold_mv, interp_step_ms
        eFEL's settings Threshold [mV] and interp_step [ms]. The default of `interp_step_ms`
        is 0.1 or the step of the trace if that is smaller. All other settings are eFEL's defaults.
    """
    _check(name, stimulus_ms, stimulus_na)
    traces = _traces(recording, population, window_ms, trace, cells)
    if traces is None:
        return np.nan
    step = min(0.1, recording.trace_step_ms) if interp_step_ms is None else interp_step_ms
    if (traces.times[-1] - traces.times[0]) / step > MOST_SAMPLES:
        raise ValueError(f"interp_step_ms is {step:g}, gives more than {MOST_SAMPLES} samples of the trace")
    start, end = stimulus_ms or (traces.times[0], traces.times[-1])
    if name == "time_constant" and min(end, traces.times[-1]) - start < FEWEST_STEPS * step:
        return np.nan
    with _settings(Threshold=threshold_mv, interp_step=step):
        values = np.array([_value(name, traces.times, each, stimulus_ms, stimulus_na) for each in traces.values])
    defined = values[np.isfinite(values)]
    return float(defined.mean()) if defined.size else np.nan


def _check(name: str, stimulus_ms: Window, stimulus_na: float | None) -> None:
    if stimulus_ms is not None and stimulus_ms[0] >= stimulus_ms[1]:
        raise ValueError(f"stimulus_ms is {list(stimulus_ms)}, must begin before it ends")
    if name in OF_AMPLITUDE and not stimulus_na:
        raise ValueError(f"stimulus_na is {stimulus_na}, must be the injected current [nA], not 0")


def _value(name: str, times: np.ndarray, voltage: np.ndarray, stimulus_ms: Window, stimulus_na: float | None) -> float:
    """Return the mean of the values that eFEL returns for a trace; nan if eFEL returns no value or fails."""
    import efel

    start, end = stimulus_ms or (times[0], times[-1])
    # Some features raise an exception if the stimulus ends after the trace. The trace may lack the last sample.
    table = {"T": times, "V": voltage, "stim_start": [start], "stim_end": [min(end, times[-1])]}
    if stimulus_na is not None:
        table["stimulus_current"] = [stimulus_na]
    try:
        (found,) = efel.get_feature_values([table], [name], raise_warnings=False)
        return float(np.mean(found[name])) if found[name] is not None and len(found[name]) else np.nan
    except Exception:
        # Some features raise an exception where others return None.
        return np.nan


@contextmanager
def _settings(**changed: float) -> Iterator[None]:
    """Run the `with` block with eFEL's default settings and these changes, and restore the settings afterwards.

    eFEL's warnings and log messages are suppressed in the block.
    """
    from efel.api import get_settings

    settings, log = get_settings(), logging.getLogger("efel")
    before, level = vars(settings).copy(), log.level
    log.setLevel(logging.CRITICAL)
    settings.reset_to_default()
    # eFEL distinguishes settings by the type of the value.
    vars(settings).update({key: float(value) for key, value in changed.items()})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)
        vars(settings).clear()
        vars(settings).update(before)


def _unit(name: str) -> str:
    from efel.units import get_unit

    try:
        unit: str = get_unit(name)
    except KeyError:
        return UNITS.get(name, "1")
    return UNITS.get(unit, unit)


def _first_line(name: str) -> str:
    """Return the first line of eFEL's description, for the few features with a docstring in Python."""
    from efel import pyfeatures

    documented = (getattr(pyfeatures, name, None).__doc__ or "") if name in pyfeatures.all_pyfeatures else ""
    return documented.strip().partition("\n")[0] or "the mean over a trace, then over the cells"
