"""Compute distances between a raster and a reference; a distance of 0 means that both are equal.

The features that compare spike trains pair the cells by their position in the population. A reference with a different
number of cells is then an error. Both rasters are cut to the window. A reference that ends before the window is an
error. The distance is nan if the population has no cells.
"""

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Annotated

import numpy as np

from tuner.errors import StudyError
from tuner.features.references import Reference
from tuner.features.registry import BinWidth, Range, Window, feature
from tuner.recording import ALL, Recording, Spikes

# elephant's victor_purpura takes 32 bytes for each pair of spikes.
MOST_PAIRS = 3 * 10**7


@feature("Hz", lowest=0)
def rate_distance(
    recording: Recording, population: str = ALL, window_ms: Window = None, *, reference: Reference
) -> float:
    """Return the Wasserstein-1 distance between the cells' firing rates and the reference rates [Hz].

    This is the area between the two cumulative distributions of rates. If all cells fire faster by 2 Hz, the distance
    is 2.

    Parameters
    ----------
    reference
        A raster or a list of rates. The numbers of cells may differ.

    Returns
    -------
    float
        Distance [Hz]; nan if the population or the reference has no cells.

    Notes
    -----
    Computed by `scipy.stats.wasserstein_distance`.
    """
    from scipy.stats import wasserstein_distance

    spikes = recording.spikes(population, window_ms)
    rates = reference.rates(population, (spikes.start_ms, spikes.end_ms))
    if not spikes.n_cells or not rates.size:
        return np.nan
    return float(wasserstein_distance(spikes.counts / spikes.seconds, rates))


@feature("Hz", lowest=0)
def psth_distance(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    bin_ms: BinWidth = 10.0,
    *,
    reference: Reference,
) -> float:
    """Return the root mean square difference over time between the population's rate and the reference rate [Hz].

    The rate is in spikes per cell and second, in bins from the start of the window, without smoothing. An incomplete
    last bin is left out.

    Parameters
    ----------
    bin_ms
        Width of a bin [ms].
    reference
        A raster. The numbers of cells may differ.

    Returns
    -------
    float
        Distance [Hz]; nan if the population or the reference has no cells, or if no bin fits into the window.
    """
    ours, theirs = (spikes.binned(bin_ms) for spikes in _both(recording, population, window_ms, reference))
    if not ours.n_cells or not theirs.n_cells or not ours.n_bins:
        return np.nan
    return float(np.sqrt(np.mean((ours.rate - theirs.rate) ** 2)))


@feature("1", lowest=0)
def victor_purpura(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    cost_per_s: Annotated[float, Range(at_least=0, at_most=1e9)] = 100.0,
    *,
    reference: Reference,
) -> float:
    """Return the mean Victor-Purpura distance between the cells' spike trains and the reference trains [1].

    The distance is the least cost of turning one train into the other. Adding or removing a spike costs 1. Moving a
    spike by a time t [s] costs `cost_per_s` times t.

    Parameters
    ----------
    cost_per_s
        Cost of moving a spike [1/s], at least 0.
    reference
        A raster with the same number of cells.

    Returns
    -------
    float
        Mean over the cells; nan if there are no cells.

    Notes
    -----
    Computed by elephant. This takes 2 ms for each cell, and more for cells with hundreds of spikes.

    Source: Victor & Purpura 1996, J. Neurophysiol. 76:1310.
    """
    dissimilarity = _library("victor_purpura", "elephant", ".spike_train_dissimilarity")
    from quantities import Hz, ms

    def distance(one: np.ndarray, other: np.ndarray) -> float:
        if len(one) * len(other) > MOST_PAIRS:
            words = f"cells with {len(one)} and {len(other)} spikes take too much memory"
            raise ValueError(f"{words}, more than {MOST_PAIRS} pairs of spikes; give a shorter window_ms")
        pair = [one * ms, other * ms]
        return float(dissimilarity.victor_purpura_distance(pair, cost_per_s * Hz, sort=False)[0, 1])

    return _mean_over_pairs(distance, *_paired(recording, population, window_ms, reference))


@feature("1", lowest=0)
def van_rossum(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    tau_ms: Annotated[float, Range(at_least=0.001, at_most=1e7)] = 10.0,
    *,
    reference: Reference,
) -> float:
    """Return the mean van Rossum distance between the cells' spike trains and the reference trains [1].

    Both trains are smoothed by a causal exponential. The distance is the Euclidean distance between the smoothed
    trains.

    Parameters
    ----------
    tau_ms
        Time constant of the exponential [ms], at least 0.001.
    reference
        A raster with the same number of cells.

    Returns
    -------
    float
        Mean over the cells; nan if there are no cells.

    Notes
    -----
    Computed by elephant, which takes 1 ms for each cell. The scale is elephant's: one additional spike is a distance of
    1 (sqrt(1/2) in the source).

    Source: van Rossum 2001, Neural Comput. 13:751.
    """
    dissimilarity = _library("van_rossum", "elephant", ".spike_train_dissimilarity")
    from quantities import ms

    def distance(one: np.ndarray, other: np.ndarray) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return float(dissimilarity.van_rossum_distance([one * ms, other * ms], tau_ms * ms, sort=False)[0, 1])

    return _mean_over_pairs(distance, *_paired(recording, population, window_ms, reference))


@feature("1", lowest=0, highest=1)
def spike_distance(
    recording: Recording, population: str = ALL, window_ms: Window = None, *, reference: Reference
) -> float:
    """Return the mean SPIKE-distance between the cells' spike trains and the reference trains, 0 to 1 [1].

    The SPIKE-distance has no time scale as a parameter. Several spikes of a cell at the same time count as one.

    Parameters
    ----------
    reference
        A raster with the same number of cells.

    Returns
    -------
    float
        Mean over the cells; nan if there are no cells.

    Notes
    -----
    Computed by PySpike.

    Source: Kreuz et al. 2013, J. Neurophysiol. 109:1457.
    """
    pyspike = _library("spike_distance", "pyspike")
    vars(pyspike)["disable_backend_warning"] = True
    ours, theirs = _paired(recording, population, window_ms, reference)

    def distance(*trains: np.ndarray) -> float:
        one, other = (pyspike.SpikeTrain(train, (ours.start_ms, ours.end_ms)) for train in trains)
        return float(pyspike.spike_distance(one, other))

    return _mean_over_pairs(distance, ours, theirs)


def _library(user: str, package: str, module: str = "") -> ModuleType:
    try:
        with warnings.catch_warnings(), _without("mpi4py.MPI"):
            warnings.simplefilter("ignore")
            return import_module(package + module)
    except ModuleNotFoundError:
        raise StudyError(f"{user} needs {package}: pip install 'netpyne-tuner[distances]'") from None


@contextmanager
def _without(module: str) -> Iterator[None]:
    """Make a module appear missing, unless the module is loaded already.

    elephant uses mpi4py only for its parallel functions. Importing mpi4py would start MPI in each worker, and would
    fail on machines without MPI.
    """
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # None is how Python marks a module as missing
    try:
        yield
    finally:
        del sys.modules[module]


def _both(recording: Recording, population: str, window_ms: Window, reference: Reference) -> tuple[Spikes, Spikes]:
    """Return the population's spikes in the window, from the recording and from the reference."""
    ours = recording.spikes(population, window_ms)
    window = (ours.start_ms, ours.end_ms)
    return ours, reference.raster(population, ours.end_ms).spikes(population, window)


def _paired(recording: Recording, population: str, window_ms: Window, reference: Reference) -> tuple[Spikes, Spikes]:
    """Return the spikes as `_both` does; StudyError if the numbers of cells differ."""
    ours, theirs = _both(recording, population, window_ms, reference)
    if ours.n_cells != theirs.n_cells:
        raise StudyError(
            f"{reference.file}: has {theirs.n_cells} cells, but {population} has {ours.n_cells}; spike trains are"
            " compared cell by cell (in a text file, the comment '# cells = N' includes silent cells)"
        )
    return ours, theirs


def _mean_over_pairs(distance: Callable[[np.ndarray, np.ndarray], float], ours: Spikes, theirs: Spikes) -> float:
    """Return the mean distance over the cells; the distance of two equal trains is exactly 0.

    A library may return the root of a rounding error instead.
    """
    pairs = zip(_trains(ours), _trains(theirs), strict=True)
    distances = [0.0 if np.array_equal(one, other) else distance(one, other) for one, other in pairs]
    return float(np.mean(distances)) if distances else np.nan


def _trains(spikes: Spikes) -> list[np.ndarray]:
    """Return the spike times of each cell [ms]."""
    return np.split(spikes.times, np.cumsum(spikes.counts))[: spikes.n_cells]
