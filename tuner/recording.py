"""What a simulation leaves: spikes, populations and traces as plain arrays."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

ALL = "all"


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

    @property
    def seconds(self) -> float:
        """Length of the window [s]."""
        return (self.end_ms - self.start_ms) / 1000.0

    @cached_property
    def counts(self) -> np.ndarray:
        """Spikes of each cell, (n_cells,)."""
        return np.bincount(self.cells, minlength=self.n_cells)

    @cached_property
    def intervals(self) -> tuple[np.ndarray, np.ndarray]:
        """Inter-spike intervals [ms] and the cell of each, both (n_intervals,), sorted by cell, then by time."""
        same_cell = self.cells[1:] == self.cells[:-1]
        return np.diff(self.times)[same_cell], self.cells[1:][same_cell]


@dataclass(frozen=True)
class Recording:
    """One simulation's spikes and traces.

    `spike_times` [ms] and `spike_cells` (cell ids) are (n_spikes,); `populations` gives the cell ids of each
    population; `traces` hold (n_steps,) arrays, one a `trace_step_ms` from 0 on, under the trace's name and the cell's
    id, "V:3". A population called "all" has every cell of the network.
    """

    spike_times: np.ndarray
    spike_cells: np.ndarray
    populations: dict[str, np.ndarray]
    duration_ms: float
    traces: dict[str, np.ndarray] = field(default_factory=dict)
    trace_step_ms: float = 0.1
    _cache: dict = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        order = np.lexsort((self.spike_times, self.spike_cells))
        object.__setattr__(self, "spike_times", np.asarray(self.spike_times, float)[order])
        object.__setattr__(self, "spike_cells", np.asarray(self.spike_cells, int)[order])

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
        return Spikes(self.spike_times[inside], places, len(cells), start, end)

    def same_raster(self, other: "Recording", tolerance_ms: float = 1e-6) -> bool:
        """Whether both hold the same spikes: equal cell ids, times within the tolerance."""
        if not np.array_equal(self.spike_cells, other.spike_cells):
            return False
        return bool(np.all(np.abs(self.spike_times - other.spike_times) <= tolerance_ms))
