"""What a simulation leaves: spikes, populations and traces as plain arrays."""

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

Shared = TypeVar("Shared")
ALL = "all"
# Times are multiples of a time step, which is seldom a binary fraction: so near below a bin's edge [bins] is on it.
EDGE = 1e-8
NARROWEST_BIN_MS = 0.001


def _kept(array: np.ndarray) -> np.ndarray:
    """The array, which nobody may change: all features share it."""
    array.setflags(write=False)
    return array


def run_lengths(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each run of equal values begins, and its length, both (n_runs,)."""
    begins = np.ones(len(values), bool)
    begins[1:] = values[1:] != values[:-1]
    firsts = np.flatnonzero(begins)
    return firsts, np.diff(firsts, append=len(values))


@dataclass(frozen=True)
class Binned:
    """Spikes of one population counted in bins, sorted by cell, then by bin; only bins that hold spikes are listed.

    `cells`, `bins` (0 to n_bins - 1, from the window's start on) and `counts` are (n_occupied,).
    """

    cells: np.ndarray
    bins: np.ndarray
    counts: np.ndarray
    n_cells: int
    n_bins: int
    bin_ms: float

    @cached_property
    def rate(self) -> np.ndarray:
        """Rate of the population: spikes per cell and second in each bin [Hz], (n_bins,)."""
        spikes = np.bincount(self.bins, self.counts, self.n_bins)
        return spikes * (1000.0 / (self.n_cells * self.bin_ms))

    @cached_property
    def totals(self) -> np.ndarray:
        """Spikes of each cell in all bins, (n_cells,), as floats."""
        return np.bincount(self.cells, self.counts, self.n_cells)

    @cached_property
    def spreads(self) -> np.ndarray:
        """Variance of each cell's counts over the bins, times n_bins^2, (n_cells,): 0 exactly where they are equal."""
        squares = np.bincount(self.cells, self.counts**2, self.n_cells)
        spreads: np.ndarray = self.n_bins * squares - self.totals**2
        return spreads


@dataclass(frozen=True)
class Spikes:
    """Spikes of one population in one window, sorted by cell, then by time.

    `times` [ms] and `cells` (places 0 to n_cells - 1 in the population) are both (n_spikes,).
    """

    times: np.ndarray
    cells: np.ndarray
    n_cells: int
    start_ms: float
    end_ms: float
    _cache: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def seconds(self) -> float:
        """Length of the window [s]."""
        return (self.end_ms - self.start_ms) / 1000.0

    @cached_property
    def counts(self) -> np.ndarray:
        """Spikes of each cell, (n_cells,)."""
        return _kept(np.bincount(self.cells, minlength=self.n_cells))

    @cached_property
    def intervals(self) -> tuple[np.ndarray, np.ndarray]:
        """Inter-spike intervals [ms] and the cell of each, both (n_intervals,), sorted by cell, then by time."""
        same_cell = self.cells[1:] == self.cells[:-1]
        return _kept(np.diff(self.times)[same_cell]), _kept(self.cells[1:][same_cell])

    @cached_property
    def pooled(self) -> np.ndarray:
        """Times of all cells' spikes in order [ms], (n_spikes,)."""
        return _kept(np.sort(self.times))

    def binned(self, bin_ms: float) -> Binned:
        """Counts in the full bins [start, end) that fit into the window, from its start on; the same object each time.

        What lies beyond the last full bin is left out. ValueError where the width is below 0.001 ms.
        """
        if not bin_ms >= NARROWEST_BIN_MS:
            raise ValueError(f"bin_ms is {bin_ms:g}, must be at least {NARROWEST_BIN_MS:g}")
        return self.shared(("binned", bin_ms), lambda: self._count(bin_ms))

    def shared(self, key: Hashable, compute: Callable[[], Shared]) -> Shared:
        """What is computed once for all features that ask by this key."""
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
    """One trace of several cells in one window.

    `times` [ms] is (n_steps,), `values`, in the unit of what is recorded, (n_cells, n_steps), and `cells`, their ids,
    (n_cells,). Without a cell there is no step either.
    """

    times: np.ndarray
    values: np.ndarray
    cells: np.ndarray


def spread(n_cells: int, chosen: int) -> np.ndarray:
    """Places of so many of the cells, evenly apart, the first of them 0; all of them if there are no more."""
    return np.arange(chosen) * n_cells // chosen if chosen < n_cells else np.arange(n_cells)


@dataclass(frozen=True)
class Recording:
    """One simulation's spikes and traces.

    `spike_times` [ms] and `spike_cells` (cell ids) are (n_spikes,); `populations` gives the cell ids of each
    population; `traces` hold (n_steps,) arrays, one a `trace_step_ms` from 0 on, under the trace's name and the cell's
    id, "V:3". A population called "all" has every cell of the network. `numbers` are what the model's own code has made
    of the simulation, by name.
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
        """Sorted cell ids of a population, (n_cells,)."""
        if population == ALL:
            return np.unique(np.concatenate([np.asarray(cells, int) for cells in self.populations.values()]))
        return np.unique(np.asarray(self.populations[population], int))

    def spikes(self, population: str = ALL, window_ms: tuple[float, float] | None = None) -> Spikes:
        """The spikes of a population with start <= time <= end, as NetPyNE counts them; the same object each time."""
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
        """A trace of a population's cells, or of so many spread over it, with start <= time <= end.

        Cells of which it was not recorded are left out.
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
        """Whether both hold the same spikes: equal cell ids, times within the tolerance."""
        if not np.array_equal(self.spike_cells, other.spike_cells):
            return False
        return bool(np.all(np.abs(self.spike_times - other.spike_times) <= tolerance_ms))


def same_rasters(some: Mapping[str, Recording], others: Mapping[str, Recording]) -> bool:
    """Whether recordings by protocol hold the same spikes in each."""
    return all(recording.same_raster(others[protocol]) for protocol, recording in some.items())
