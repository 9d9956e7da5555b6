"""Compute features of the response to a stimulus: the rate of a population around the onsets, averaged over onsets.

The onsets `stimulus_ms` are times from the start of the run. `baseline` and `response` are spans (from, to) [ms] after
an onset. An onset counts only if both spans lie inside the window. A feature is nan if no onset counts.
"""

from typing import Annotated, NamedTuple

import numpy as np

from tuner.features.registry import Range, Window, feature
from tuner.recording import ALL, EDGE, Recording, Spikes

Span = tuple[float, float]
Onsets = Annotated[tuple[float, ...], Range(at_least=0, at_most=1e7)]
SpanArgument = Annotated[Span, Range(at_least=-1e5, at_most=1e5)]
BIN_MS = 1.0
ROUNDING = 1e-12
LEAST_SMOOTHING_MS = 0.1
Smoothing = Annotated[float, Range(at_least=0, at_most=1000)]
# Most bins of all onsets together.
MOST_BINS = 10**7


class Response(NamedTuple):
    """Hold the smoothed rate of a population above the baseline [Hz], at times after the onset [ms]."""

    times: np.ndarray
    rates: np.ndarray

    @property
    def half(self) -> float:
        """Return half of the peak [Hz]."""
        return float(self.rates.max() / 2.0)

    def crossing(self, below: int, above: int) -> float:
        """Return the time at which the rate crosses half of the peak between two neighbouring bins [ms]."""
        part = (self.half - self.rates[below]) / (self.rates[above] - self.rates[below])
        return float(self.times[below] + part * (self.times[above] - self.times[below]))


def _check(stimulus_ms: tuple[float, ...], response: Span, baseline: Span, shortest_ms: float = 0.0) -> None:
    if not len(stimulus_ms):
        raise ValueError("stimulus_ms is empty, must contain at least one onset")
    for name, (start, end) in (("response", response), ("baseline", baseline)):
        if not start < end:
            raise ValueError(f"{name} is [{start:g}, {end:g}], must begin before it ends")
    if response[1] - response[0] < shortest_ms:
        raise ValueError(f"response is [{response[0]:g}, {response[1]:g}], must last {shortest_ms:g} ms or more")


def _onsets(spikes: Spikes, stimulus_ms: tuple[float, ...], *spans: Span) -> np.ndarray:
    """Return the onsets [ms] for which every span lies inside the window, (n_onsets,)."""
    onsets = np.asarray(stimulus_ms, float)
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    inside = (onsets + first >= spikes.start_ms - EDGE) & (onsets + last <= spikes.end_ms + EDGE)
    return onsets[inside] if spikes.n_cells else onsets[:0]


def _rates(spikes: Spikes, onsets: np.ndarray, edges_ms: np.ndarray) -> np.ndarray:
    """Return the population's rate between edges after the onset, averaged over onsets [Hz]; lower edges included."""
    if len(onsets) * len(edges_ms) > MOST_BINS:
        words = f"{len(onsets)} onsets have {len(edges_ms) - 1} bins each"
        raise ValueError(f"response is too long: {words}, must have at most {MOST_BINS} together")
    before = np.searchsorted(spikes.pooled, onsets[:, None] + edges_ms - EDGE)
    counts = np.diff(before, axis=1).mean(axis=0)
    rates: np.ndarray = counts * 1000.0 / (spikes.n_cells * np.diff(edges_ms))
    return rates


@feature("Hz")
def evoked_rate(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    *,
    stimulus_ms: Onsets,
    response: SpanArgument = (0.0, 100.0),
    baseline: SpanArgument = (-100.0, 0.0),
) -> float:
    """Return the mean rate of the cells in `response` minus the rate in `baseline`, averaged over onsets [Hz].

    Parameters
    ----------
    stimulus_ms
        Onsets of the stimulus, from the start of the run [ms].
    response, baseline
        Spans (from, to) after an onset [ms].

    Returns
    -------
    float
        Difference of the rates [Hz]: 0 for a silent population, negative if the stimulus lowers the rate. nan if no
        onset has both spans inside the window, or if the population has no cells.
    """
    _check(stimulus_ms, response, baseline)
    spikes = recording.spikes(population, window_ms)
    onsets = _onsets(spikes, stimulus_ms, response, baseline)
    if not onsets.size:
        return np.nan
    evoked, before = (_rates(spikes, onsets, np.asarray(span, float))[0] for span in (response, baseline))
    return float(evoked - before)


def _response(
    spikes: Spikes, stimulus_ms: tuple[float, ...], response: Span, baseline: Span, smoothing_ms: float
) -> Response | None:
    """Return the response; `None` if the rate does not rise above the baseline."""
    _check(stimulus_ms, response, baseline, BIN_MS)
    if 0 < smoothing_ms < LEAST_SMOOTHING_MS:
        raise ValueError(f"smoothing_ms is {smoothing_ms:g}, must be 0 or at least {LEAST_SMOOTHING_MS:g}")
    onsets = _onsets(spikes, stimulus_ms, response, baseline)
    if not onsets.size or not spikes.times.size:
        return None
    edges = response[0] + BIN_MS * np.arange(int((response[1] - response[0]) / BIN_MS + EDGE) + 1)
    rates = _smoothed(_rates(spikes, onsets, edges), smoothing_ms)
    above = rates - _rates(spikes, onsets, np.asarray(baseline, float))[0]
    # Smoothing changes a constant rate by rounding errors, which are no response.
    rises = above.max() > ROUNDING * rates.max()
    return Response(edges[:-1] + 0.5 * BIN_MS, above) if rises else None


def _smoothed(rates: np.ndarray, smoothing_ms: float) -> np.ndarray:
    """Return the rates smoothed by a Gaussian; the first and the last rate continue beyond the ends."""
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(rates, smoothing_ms / BIN_MS, mode="nearest") if smoothing_ms else rates


@feature("ms")
def response_latency(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    *,
    stimulus_ms: Onsets,
    response: SpanArgument = (0.0, 100.0),
    baseline: SpanArgument = (-100.0, 0.0),
    smoothing_ms: Smoothing = 3.0,
) -> float:
    """Return the time from the onset until the rate first reaches half of the peak above the baseline [ms].

    The rate is the population's rate in bins of 1 ms, averaged over the onsets and smoothed. The peak is the largest
    rate within `response`, above the mean of `baseline`.

    Parameters
    ----------
    stimulus_ms
        Onsets of the stimulus, from the start of the run [ms].
    response, baseline
        Spans (from, to) after an onset [ms].
    smoothing_ms
        Standard deviation of the Gaussian that smooths the rate [ms]: 0 (no smoothing), or 0.1 to 1000.

    Returns
    -------
    float
        Time [ms], interpolated between bins. If the rate is above half of the peak from the start, this is the middle
        of the first bin. nan if the rate does not rise above the mean of the baseline, if no onset has both spans
        inside the window, or if the population is silent.

    Notes
    -----
    Smoothing advances the half of a sharp response by up to 1.18 `smoothing_ms`.
    """
    found = _response(recording.spikes(population, window_ms), stimulus_ms, response, baseline, smoothing_ms)
    if found is None:
        return np.nan
    first = int(np.argmax(found.rates >= found.half))
    return found.crossing(first - 1, first) if first else float(found.times[0])


@feature("ms", lowest=0)
def response_width(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    *,
    stimulus_ms: Onsets,
    response: SpanArgument = (0.0, 100.0),
    baseline: SpanArgument = (-100.0, 0.0),
    smoothing_ms: Smoothing = 3.0,
) -> float:
    """Return the full width at half maximum of the response [ms].

    This is the time around the peak during which the rate is above half of the peak. Rate and peak are defined as for
    `response_latency`.

    Parameters
    ----------
    stimulus_ms
        Onsets of the stimulus, from the start of the run [ms].
    response, baseline
        Spans (from, to) after an onset [ms].
    smoothing_ms
        Standard deviation of the Gaussian that smooths the rate [ms]: 0 (no smoothing), or 0.1 to 1000.

    Returns
    -------
    float
        Width [ms]. If the rate does not fall to the half on a side of the peak, the width ends at the middle of the
        first or last bin of `response`. nan in the same cases as `response_latency`.

    Notes
    -----
    Spikes at a single time after the onset have a width of 2.35 `smoothing_ms`.
    """
    found = _response(recording.spikes(population, window_ms), stimulus_ms, response, baseline, smoothing_ms)
    if found is None:
        return np.nan
    peak = int(np.argmax(found.rates))
    low = np.flatnonzero(found.rates < found.half)
    before, after = low[low < peak], low[low > peak]
    start = found.crossing(before[-1], before[-1] + 1) if before.size else found.times[0]
    end = found.crossing(after[0], after[0] - 1) if after.size else found.times[-1]
    return float(end - start)
