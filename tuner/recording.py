"""Represent the result of a simulation: spikes, populations and traces as plain arrays.

Features read these arrays. All arrays are read-only, because all features of an evaluation share them.
"""

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

Shared = TypeVar("Shared")
ALL = "all"
# Times are multiples of a time step, which is seldom a binary fraction. A time that lies less than this below the edge
# of a bin [bins] counts as lying on the edge.
EDGE = 1e-8
NARROWEST_BIN_MS, MOST_BINS = 0.001, 10**7


def _kept(array: np.ndarray) -> np.ndarray:
    """Return the array, made read-only."""
    array.setflags(write=False)
    return array


def run_lengths(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first index and the length of each run of equal values, both (n_runs,)."""
    begins = np.ones(len(values), bool)
    begins[1:] = values[1:] != values[:-1]
    firsts = np.flatnonzero(begins)
    return firsts, np.diff(firsts, append=len(values))


@dataclass(frozen=True)
class Binned:
    """Represent the spikes of one population, counted in bins.

    Only pairs of cell and bin with at least one spike are listed, sorted by cell, then by bin.

    Attributes
    ----------
    cells, bins, counts : ndarray, (n_occupied,)
        Place of the cell in its population; number of the bin, 0 to n_bins - 1 from the start of the window on; and
        number of spikes.
    n_cells, n_bins : int
        Numbers of cells and of bins, empty ones included.
    bin_ms : float
        Width of a bin [ms].
    """

    cells: np.ndarray
    bins: np.ndarray
    counts: np.ndarray
    n_cells: int
    n_bins: int
    bin_ms: float

    @cached_property
    def rate(self) -> np.ndarray:
        """Return the rate of the population in each bin, as spikes per cell and second [Hz], (n_bins,)."""
        spikes = np.bincount(self.bins, self.counts, self.n_bins)
        return spikes * (1000.0 / (self.n_cells * self.bin_ms))

    @cached_property
    def totals(self) -> np.ndarray:
        """Return the number of spikes of each cell in all bins, (n_cells,), as floats."""
        return np.bincount(self.cells, self.counts, self.n_cells)

    @cached_property
    def spreads(self) -> np.ndarray:
        """Return the variance of each cell's counts over the bins, times n_bins^2, (n_cells,).

        The result is exactly 0 for a cell with equal counts in all bins.
        """
        squares = np.bincount(self.cells, self.counts**2, self.n_cells)
        spreads: np.ndarray = self.n_bins * squares - self.totals**2
        return spreads


@dataclass(frozen=True)
class Spikes:
    """Represent the spikes of one population in one window, sorted by cell, then by time.

    Attributes
    ----------
    times : ndarray, (n_spikes,)
        Spike times [ms].
    cells : ndarray, (n_spikes,)
        Place of each spike's cell in the population, 0 to n_cells - 1.
    n_cells : int
        Number of cells, silent ones included.
    start_ms, end_ms : float
        Start and end of the window [ms]; spikes at both times are included.
    """

    times: np.ndarray
    cells: np.ndarray
    n_cells: int
    start_ms: float
    end_ms: float
    _cache: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def seconds(self) -> float:
        """Return the length of the window [s]."""
        return (self.end_ms - self.start_ms) / 1000.0

    @cached_property
    def counts(self) -> np.ndarray:
        """Return the number of spikes of each cell, (n_cells,)."""
        return _kept(np.bincount(self.cells, minlength=self.n_cells))

    @cached_property
    def intervals(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the inter-spike intervals [ms] and the cell of each, (n_intervals,), sorted by cell, then by time."""
        same_cell = self.cells[1:] == self.cells[:-1]
        return _kept(np.diff(self.times)[same_cell]), _kept(self.cells[1:][same_cell])

    @cached_property
    def pooled(self) -> np.ndarray:
        """Return the spike times of all cells in ascending order [ms], (n_spikes,)."""
        return _kept(np.sort(self.times))

    def binned(self, bin_ms: float) -> Binned:
        """Return the spikes counted in bins of that width [ms]; repeated calls return the same object.

        Bins are half-open, [start, end), and begin at the start of the window. Only full bins count: spikes behind the
        last full bin are left out.

        Raises
        ------
        ValueError
            If the width of a bin is below 0.001 ms or nan, or if the window has more than 10 million bins.
        """
        if not bin_ms >= max(NARROWEST_BIN_MS, (self.end_ms - self.start_ms) / MOST_BINS):
            raise ValueError(f"bin_ms is {bin_ms:g}, must be at least {NARROWEST_BIN_MS:g}, for {MOST_BINS:g} bins")
        return self.shared(("binned", bin_ms), lambda: self._count(bin_ms))

    def shared(self, key: Hashable, compute: Callable[[], Shared]) -> Shared:
        """Return `compute()`, which is evaluated once for all features that use the same key."""
        if key not in self._cache:
            self._cache[key] = compute()
        found: Shared = self._cache[key]
        return found

    def _count(self, bin_ms: float) -> Binned:
        n_bins = max(0, math.floor((self.end_ms - self.start_ms) / bin_ms + EDGE))
        bins = ((self.times - self.start_ms) / bin_ms + EDGE).astype(int)
        whole = bins < n_bins
        cells, bins = self.cells[whole], bins[whole]
        firsts, counts = run_lengths(cells * n_bins + bins)
        return Binned(cells[firsts], bins[firsts], counts, self.n_cells, n_bins, bin_ms)


@dataclass(frozen=True)
class Traces:
    """Represent one trace of several cells in one window.

    Attributes
    ----------
    times : ndarray, (n_steps,)
        Times of the samples [ms]; empty without cells.
    values : ndarray, (n_cells, n_steps)
        Samples, in the unit of the recorded variable; shape (0, 0) without cells.
    cells : ndarray, (n_cells,)
        Ids of the cells.
    """

    times: np.ndarray
    values: np.ndarray
    cells: np.ndarray


def spread(n_cells: int, chosen: int) -> np.ndarray:
    """Return the places of `chosen` cells, evenly spaced from 0 on; all places if there are no more cells."""
    return np.arange(chosen) * n_cells // chosen if chosen < n_cells else np.arange(n_cells)


@dataclass(frozen=True)
class Recording:
    """Store the spikes and traces of one simulation.

    Attributes
    ----------
    spike_times : ndarray, (n_spikes,)
        Spike times [ms], sorted by cell, then by time.
    spike_cells : ndarray, (n_spikes,)
        Id of the cell of each spike.
    populations : dict of str to ndarray
        Cell ids of each population. The population "all" contains every cell and need not be listed.
    duration_ms : float
        Duration of the simulation [ms].
    traces : dict of str to ndarray
        Samples of each trace, (n_steps,), under the name of the trace and the id of the cell, such as "V:3".
    trace_step_ms : float
        Interval between two samples of a trace [ms]; the first sample is at 0 ms.
    numbers : dict of str to float
        Numbers that the model's own code computed from the simulation, by name.

    Examples
    --------
    >>> import numpy as np
    >>> recording = Recording(np.array([5.0, 9.0]), np.array([1, 0]), {"E": np.array([0, 1])}, 100.0)
    >>> recording.spikes("E").counts
    array([1, 1])
    """

    spike_times: np.ndarray
    spike_cells: np.ndarray
    populations: dict[str, np.ndarray]
    duration_ms: float
    traces: dict[str, np.ndarray] = field(default_factory=dict)
    trace_step_ms: float = 0.1
    numbers: dict[str, float] = field(default_factory=dict)
    _cache: dict[Hashable, Spikes] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        order = np.lexsort((self.spike_times, self.spike_cells))
        object.__setattr__(self, "spike_times", _kept(np.asarray(self.spike_times, float)[order]))
        object.__setattr__(self, "spike_cells", _kept(np.asarray(self.spike_cells, int)[order]))

    def cells_of(self, population: str) -> np.ndarray:
        """Return the sorted cell ids of a population, (n_cells,)."""
        if population == ALL:
            return np.unique(np.concatenate([np.asarray(cells, int) for cells in self.populations.values()]))
        return np.unique(np.asarray(self.populations[population], int))

    def spikes(self, population: str = ALL, window_ms: tuple[float, float] | None = None) -> Spikes:
        """Return the spikes of a population in a window; repeated calls return the same object.

        Spikes with start <= time <= end are included, as in NetPyNE.

        Parameters
        ----------
        population : str
            Name of a population, or "all".
        window_ms : tuple of float, optional
            Start and end of the window [ms]; by default the whole simulation.

        Raises
        ------
        KeyError
            If there is no such population.
        """
        key = (population, window_ms)
        if key not in self._cache:
            self._cache[key] = self._select(self.cells_of(population), window_ms or (0.0, self.duration_ms))
        return self._cache[key]

    def _select(self, cells: np.ndarray, window_ms: tuple[float, float]) -> Spikes:
        start, end = window_ms
        inside = np.isin(self.spike_cells, cells) & (self.spike_times >= start) & (self.spike_times <= end)
        places = np.searchsorted(cells, self.spike_cells[inside])
        return Spikes(_kept(self.spike_times[inside]), _kept(places), len(cells), start, end)

    def traces_of(
        self,
        trace: str,
        population: str = ALL,
        window_ms: tuple[float, float] | None = None,
        cells: int | None = None,
    ) -> Traces:
        """Return a trace of the cells of a population in a window.

        Cells without a recording of the trace are left out. Samples with start <= time <= end are included.

        Parameters
        ----------
        trace : str
            Name of the trace, such as "V".
        population : str
            Name of a population, or "all".
        window_ms : tuple of float, optional
            Start and end of the window [ms]; by default the whole simulation.
        cells : int, optional
            Number of cells, evenly spaced over the population; by default all cells.
        """
        chosen = self.cells_of(population)
        if cells is not None:
            chosen = chosen[spread(len(chosen), cells)]
        recorded = np.array([cell for cell in chosen if f"{trace}:{cell}" in self.traces], int)
        start, end = window_ms or (0.0, self.duration_ms)
        first, last = math.ceil(start / self.trace_step_ms - EDGE), math.floor(end / self.trace_step_ms + EDGE)
        values = [self.traces[f"{trace}:{cell}"][first : last + 1] for cell in recorded]
        stacked = np.stack(values) if values else np.empty((0, 0))
        times = np.round((first + np.arange(stacked.shape[1])) * self.trace_step_ms, 9)
        return Traces(times, stacked, recorded)

    def same_raster(self, other: "Recording", tolerance_ms: float = 1e-6) -> bool:
        """Return whether two recordings have the same spikes: equal cell ids, and times equal within the tolerance."""
        if not np.array_equal(self.spike_cells, other.spike_cells):
            return False
        return bool(np.all(np.abs(self.spike_times - other.spike_times) <= tolerance_ms))


def same_rasters(some: Mapping[str, Recording], others: Mapping[str, Recording]) -> bool:
    """Return whether two sets of recordings, by protocol, have the same spikes in each protocol."""
    return all(recording.same_raster(others[protocol]) for protocol, recording in some.items())
