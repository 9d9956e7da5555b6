"""What a stimulus evokes: the rate of a population around its onsets, in the mean over the onsets.

Onsets `stimulus_ms` are times in the run; `baseline` and `response` are (from, to) [ms] after an onset. Only onsets
with both inside the window count; where there are none, a feature is nan.
"""

from typing import NamedTuple

import numpy as np

from tuner.features.registry import Window, feature
from tuner.recording import ALL, EDGE, Recording, Spikes

Span = tuple[float, float]
BIN_MS = 1.0
ROUNDING = 1e-12
SMOOTHING_MS = 0.1, 1000.0


class Response(NamedTuple):
    """Rate of a population after an onset, above its baseline and smoothed [Hz], at times after the onset [ms]."""

    times: np.ndarray
    rates: np.ndarray

    @property
    def half(self) -> float:
        """Half of the peak [Hz]."""
        return float(self.rates.max() / 2.0)

    def crossing(self, below: int, above: int) -> float:
        """When the rate is at the half between two neighbouring bins, interpolated [ms]."""
        part = (self.half - self.rates[below]) / (self.rates[above] - self.rates[below])
        return float(self.times[below] + part * (self.times[above] - self.times[below]))


def _check(stimulus_ms: tuple[float, ...], response: Span, baseline: Span, shortest_ms: float = 0.0) -> None:
    if not len(stimulus_ms):
        raise ValueError("stimulus_ms is empty, must be one onset or several")
    for name, (start, end) in (("response", response), ("baseline", baseline)):
        if not start < end:
            raise ValueError(f"{name} is [{start:g}, {end:g}], must begin before it ends")
    if response[1] - response[0] < shortest_ms:
        raise ValueError(f"response is [{response[0]:g}, {response[1]:g}], must last {shortest_ms:g} ms or more")


def _onsets(spikes: Spikes, stimulus_ms: tuple[float, ...], *spans: Span) -> np.ndarray:
    """The onsets [ms] with every span inside the window, (n_onsets,)."""
    onsets = np.asarray(stimulus_ms, float)
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    inside = (onsets + first >= spikes.start_ms - EDGE) & (onsets + last <= spikes.end_ms + EDGE)
    return onsets[inside] if spikes.n_cells else onsets[:0]


def _rates(spikes: Spikes, onsets: np.ndarray, edges_ms: np.ndarray) -> np.ndarray:
    """Mean over onsets of the population's rate between edges after the onset, lower edges included [Hz]."""
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
    stimulus_ms: tuple[float, ...],
    response: tuple[float, float] = (0.0, 100.0),
    baseline: tuple[float, float] = (-100.0, 0.0),
) -> float:
    """Mean rate of the cells in `response` minus that in `baseline`, in the mean over the onsets [Hz].

    0 for a silent population, negative where the stimulus silences it.
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
    """The response, if there is one above the baseline."""
    _check(stimulus_ms, response, baseline, BIN_MS)
    if smoothing_ms and not SMOOTHING_MS[0] <= smoothing_ms <= SMOOTHING_MS[1]:
        raise ValueError(f"smoothing_ms is {smoothing_ms:g}, must be 0 or {SMOOTHING_MS[0]:g} to {SMOOTHING_MS[1]:g}")
    onsets = _onsets(spikes, stimulus_ms, response, baseline)
    if not onsets.size or not spikes.times.size:
        return None
    edges = response[0] + BIN_MS * np.arange(int((response[1] - response[0]) / BIN_MS + EDGE) + 1)
    rates = _smoothed(_rates(spikes, onsets, edges), smoothing_ms)
    above = rates - _rates(spikes, onsets, np.asarray(baseline, float))[0]
    # Smoothing lifts a rate that never changes by rounding errors.
    rises = above.max() > ROUNDING * rates.max()
    return Response(edges[:-1] + 0.5 * BIN_MS, above) if rises else None


def _smoothed(rates: np.ndarray, smoothing_ms: float) -> np.ndarray:
    """Rates through a Gaussian of a standard deviation, the first and last going on beyond the ends."""
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(rates, smoothing_ms / BIN_MS, mode="nearest") if smoothing_ms else rates


@feature("ms")
def response_latency(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    *,
    stimulus_ms: tuple[float, ...],
    response: tuple[float, float] = (0.0, 100.0),
    baseline: tuple[float, float] = (-100.0, 0.0),
    smoothing_ms: float = 3.0,
) -> float:
    """Time from the onset to where the rate first reaches half of its peak above the baseline, in `response` [ms].

    The rate is that of the population in bins of 1 ms, in the mean over the onsets, smoothed by a Gaussian of standard
    deviation `smoothing_ms`, which brings the half of a sharp response forward by up to 1.18 of it. Interpolated
    between bins; the first bin's middle if the rate is there from the start. nan where it never rises above the
    baseline's mean.
    """
    found = _response(recording.spikes(population, window_ms), stimulus_ms, response, baseline, smoothing_ms)
    if found is None:
        return np.nan
    first = int(np.argmax(found.rates >= found.half))
    return found.crossing(first - 1, first) if first else float(found.times[0])


@feature("ms")
def response_width(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    *,
    stimulus_ms: tuple[float, ...],
    response: tuple[float, float] = (0.0, 100.0),
    baseline: tuple[float, float] = (-100.0, 0.0),
    smoothing_ms: float = 3.0,
) -> float:
    """Full width at half maximum of the response: how long the rate is above half of its peak, around the peak [ms].

    Rate and peak are those of response_latency; a single instant smoothed has 2.35 `smoothing_ms`. Where the rate does
    not fall to the half on a side of the peak, the width counts to the middle of the first or last bin of `response`.
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
