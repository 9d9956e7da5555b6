"""Features of recorded voltages: depolarisation block, and whatever eFEL computes.

Each reads one trace of so many `cells`, spread over the population, the first cell among them. nan without a trace of
any of them, and where one holds a number that is not finite.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial

import numpy as np

from tuner.errors import StudyError, nearest
from tuner.features.registry import Feature, Window, feature
from tuner.recording import ALL, Recording, Traces

# What eFEL's own table of units does not have; any other feature that is not there is a plain number.
UNITS = {"constant": "1", "ISIs": "ms", "time": "ms", "voltage": "mV"}
# These read the current's trace, and these its amplitude.
OF_CURRENT = ("current", "current_base", "impedance", "steady_state_current_stimend")
OF_AMPLITUDE = ("ohmic_input_resistance", "ohmic_input_resistance_vb_ssse")


@feature("1")
def depolarisation_block(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    trace: str = "V",
    cells: int = 10,
    threshold_mv: float = -40.0,
    least_ms: float = 50.0,
) -> float:
    """Fraction of the time that the cells spend in depolarisation block, the mean over the recorded cells [1].

    A cell is blocked while its voltage stands above `threshold_mv` for at least `least_ms` on end with no spike of the
    cell in between. Where the voltage crosses the threshold is interpolated linearly between two samples.

    Source: the state is that of Bianchi et al. 2012, J. Comput. Neurosci. 33:207; the measure is our own, with the
    `least_ms` of eFEL's depol_block, whose threshold is the voltage at which the cell's own spikes begin.
    """
    if least_ms <= 0:
        raise ValueError(f"least_ms is {least_ms:g}, must be above 0")
    traces = _traces(recording, population, window_ms, trace, cells)
    if traces is None:
        return np.nan
    blocked = [
        _blocked_ms(traces.times, voltage, recording.spike_times[recording.spike_cells == cell], threshold_mv, least_ms)
        for cell, voltage in zip(traces.cells, traces.values, strict=True)
    ]
    return float(np.mean(blocked) / (traces.times[-1] - traces.times[0]))


def _traces(recording: Recording, population: str, window_ms: Window, trace: str, cells: int) -> Traces | None:
    """The traces; None where they define nothing."""
    if cells < 1:
        raise ValueError(f"cells is {cells}, must be at least 1")
    traces = recording.traces_of(trace, population, window_ms, cells)
    return traces if len(traces.times) > 1 and np.isfinite(traces.values).all() else None


def _blocked_ms(
    times: np.ndarray, voltage: np.ndarray, spikes: np.ndarray, threshold_mv: float, least_ms: float
) -> float:
    above = voltage > threshold_mv
    before = np.flatnonzero(above[1:] != above[:-1])
    rise = voltage[before + 1] - voltage[before]
    crossings = times[before] + (threshold_mv - voltage[before]) / rise * (times[before + 1] - times[before])
    # Where the voltage begins to stand above the threshold and where it ends, in turn.
    bounds = np.concatenate([times[:1][above[:1]], crossings, times[-1:][above[-1:]]])
    cuts = np.sort(np.concatenate([bounds, spikes]))
    lengths = np.diff(cuts)
    is_above = np.searchsorted(bounds, cuts[:-1] + lengths / 2) % 2 == 1
    return float(lengths[is_above & (lengths >= least_ms)].sum())


@cache
def efel_feature(name: str) -> Feature:
    """Any feature of eFEL; in a study `efel:NAME`. Its unit is eFEL's.

    StudyError where eFEL has none of this name, or where it needs what is not recorded.
    """
    import efel

    names = set(efel.get_feature_names())
    if name not in names:
        raise StudyError(f"eFEL has no feature {name!r}; {nearest(name, names)}")
    if name in OF_CURRENT:
        raise StudyError(f"eFEL's {name} reads the injected current, which is not recorded")
    compute = partial(_efel, name)
    compute.__doc__ = f"eFEL's {name}: {_first_line(name)}"
    return Feature(f"efel:{name}", _unit(name), compute)


def _efel(
    name: str,
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    trace: str = "V",
    cells: int = 1,
    stimulus_ms: Window = None,
    stimulus_na: float | None = None,
    threshold_mv: float = -20.0,
    interp_step_ms: float | None = None,
) -> float:
    """The mean of all values that eFEL returns for a cell, then the mean over the cells for which it returns any.

    The window cuts the trace before eFEL sees it; times still count from the start of the run. Without `stimulus_ms`
    (begin, end) the whole window is the stimulus, and what eFEL compares with the time before one is nan; one that
    outlasts the window ends with it. `threshold_mv` and `interp_step_ms` (0.1, or the trace's own step if that is less)
    are eFEL's Threshold and interp_step; its other settings are its defaults. `stimulus_na` is the injected current,
    which a resistance needs: ValueError without.
    """
    _check(name, stimulus_ms, stimulus_na, interp_step_ms)
    traces = _traces(recording, population, window_ms, trace, cells)
    if traces is None:
        return np.nan
    step = min(0.1, recording.trace_step_ms) if interp_step_ms is None else interp_step_ms
    with _settings(Threshold=threshold_mv, interp_step=step):
        values = np.array([_value(name, traces.times, each, stimulus_ms, stimulus_na) for each in traces.values])
    defined = values[np.isfinite(values)]
    return float(defined.mean()) if defined.size else np.nan


def _check(name: str, stimulus_ms: Window, stimulus_na: float | None, interp_step_ms: float | None) -> None:
    if stimulus_ms is not None and stimulus_ms[0] >= stimulus_ms[1]:
        raise ValueError(f"stimulus_ms is {list(stimulus_ms)}, must begin before it ends")
    if name in OF_AMPLITUDE and not stimulus_na:
        raise ValueError(f"stimulus_na is {stimulus_na}, must be the injected current, not 0")
    if interp_step_ms is not None and interp_step_ms <= 0:
        raise ValueError(f"interp_step_ms is {interp_step_ms:g}, must be above 0")


def _value(name: str, times: np.ndarray, voltage: np.ndarray, stimulus_ms: Window, stimulus_na: float | None) -> float:
    """Mean of what eFEL returns for a trace; nan where it returns nothing, or fails."""
    import efel

    start, end = stimulus_ms or (times[0], times[-1])
    # Some features raise where the stimulus ends after the trace, and the trace may lack the run's last sample.
    table = {"T": times, "V": voltage, "stim_start": [start], "stim_end": [min(end, times[-1])]}
    if stimulus_na is not None:
        table["stimulus_current"] = [stimulus_na]
    try:
        (found,) = efel.get_feature_values([table], [name], raise_warnings=False)
        return float(np.mean(found[name])) if found[name] is not None and len(found[name]) else np.nan
    except Exception:
        # Some features raise where others return None.
        return np.nan


@contextmanager
def _settings(**changed: float) -> Iterator[None]:
    """While it lasts, eFEL has its default settings but for these, and is silent; then those that it had."""
    from efel.api import get_settings

    settings, log = get_settings(), logging.getLogger("efel")
    before, level = vars(settings).copy(), log.level
    log.setLevel(logging.CRITICAL)
    settings.reset_to_default()
    # eFEL tells its settings apart by their type.
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
    """What eFEL says of a feature; of most it says nothing where a program can read it."""
    from efel import pyfeatures

    documented = (getattr(pyfeatures, name, None).__doc__ or "") if name in pyfeatures.all_pyfeatures else ""
    return documented.strip().partition("\n")[0] or "mean over a trace, then over cells"
