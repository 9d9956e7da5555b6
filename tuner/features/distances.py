"""How far a raster is from a reference: 0 is the same.

Trains are compared cell by cell, by their place in the population; a reference with another number of cells is an
error then. Both are cut to the window; a reference that ends before it is an error. Populations without cells: nan.
"""

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

import numpy as np

from tuner.errors import StudyError
from tuner.features.references import Reference
from tuner.features.registry import Window, feature
from tuner.recording import ALL, Recording, Spikes


@feature("Hz")
def rate_distance(
    recording: Recording, population: str = ALL, window_ms: Window = None, *, reference: Reference
) -> float:
    """Wasserstein-1 distance between the distributions of the cells' rates here and in the reference [Hz].

    The area between the two cumulative distributions, by `scipy.stats.wasserstein_distance`: all cells faster by 2 Hz
    are a distance of 2. The numbers of cells may differ; a reference may be a raster or a list of rates.
    """
    from scipy.stats import wasserstein_distance

    spikes = recording.spikes(population, window_ms)
    rates = reference.rates(population, (spikes.start_ms, spikes.end_ms))
    if not spikes.n_cells or not rates.size:
        return np.nan
    return float(wasserstein_distance(spikes.counts / spikes.seconds, rates))


@feature("Hz")
def psth_distance(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    bin_ms: float = 10.0,
    *,
    reference: Reference,
) -> float:
    """Root mean square difference over time between the population's rate here and in the reference [Hz].

    Spikes per cell and second in bins of `bin_ms` from the window's start, not smoothed; what lies beyond the last full
    bin is left out. The numbers of cells may differ. nan if no bin fits in.
    """
    ours, theirs = (spikes.binned(bin_ms) for spikes in _both(recording, population, window_ms, reference))
    if not ours.n_cells or not theirs.n_cells or not ours.n_bins:
        return np.nan
    return float(np.sqrt(np.mean((ours.rate - theirs.rate) ** 2)))


@feature("1")
def victor_purpura(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    cost_per_s: float = 100.0,
    *,
    reference: Reference,
) -> float:
    """Mean over cells of the least cost of making a train the reference's [1].

    A spike added or removed costs 1, one moved costs `cost_per_s` times its way [s]. By elephant, which takes 2 ms a
    cell and more where a cell has hundreds of spikes.

    Source: Victor & Purpura 1996, J. Neurophysiol. 76:1310.
    """
    dissimilarity = _library("victor_purpura", "elephant", ".spike_train_dissimilarity")
    from quantities import Hz, ms

    if not cost_per_s >= 0:
        raise ValueError(f"cost_per_s is {cost_per_s:g}, must be at least 0")

    def distance(one: np.ndarray, other: np.ndarray) -> float:
        pair = [one * ms, other * ms]
        return float(dissimilarity.victor_purpura_distance(pair, cost_per_s * Hz, sort=False)[0, 1])

    return _mean_over_pairs(distance, *_paired(recording, population, window_ms, reference))


@feature("1")
def van_rossum(
    recording: Recording,
    population: str = ALL,
    window_ms: Window = None,
    tau_ms: float = 10.0,
    *,
    reference: Reference,
) -> float:
    """Mean over cells of the Euclidean distance between trains smoothed by a causal exponential of `tau_ms` [1].

    By elephant, which takes 1 ms a cell, and as it scales it: one spike more is 1 (in the source it is sqrt(1/2)).

    Source: van Rossum 2001, Neural Comput. 13:751.
    """
    dissimilarity = _library("van_rossum", "elephant", ".spike_train_dissimilarity")
    from quantities import ms

    if not tau_ms > 0:
        raise ValueError(f"tau_ms is {tau_ms:g}, must be above 0")

    def distance(one: np.ndarray, other: np.ndarray) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return float(dissimilarity.van_rossum_distance([one * ms, other * ms], tau_ms * ms, sort=False)[0, 1])

    return _mean_over_pairs(distance, *_paired(recording, population, window_ms, reference))


@feature("1")
def spike_distance(
    recording: Recording, population: str = ALL, window_ms: Window = None, *, reference: Reference
) -> float:
    """Mean over cells of the SPIKE-distance between a train and the reference's, by PySpike; 0 to 1 [1].

    It has no time scale of its own. Spikes of a cell at one instant are one.

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
    """Make a module appear missing, unless it is loaded already.

    elephant takes mpi4py for its parallel functions only; it would start MPI in each worker, and fail where there is
    none.
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
    """Spikes of the population in the window, here and in the reference."""
    ours = recording.spikes(population, window_ms)
    window = (ours.start_ms, ours.end_ms)
    return ours, reference.raster(population, ours.end_ms).spikes(population, window)


def _paired(recording: Recording, population: str, window_ms: Window, reference: Reference) -> tuple[Spikes, Spikes]:
    """The same, of as many cells each."""
    ours, theirs = _both(recording, population, window_ms, reference)
    if ours.n_cells != theirs.n_cells:
        raise StudyError(
            f"{reference.file}: has {theirs.n_cells} cells, but {population} has {ours.n_cells}, and trains are"
            " compared cell by cell (in a text file a comment '# cells = N' counts the silent ones)"
        )
    return ours, theirs


def _mean_over_pairs(distance: Callable[[np.ndarray, np.ndarray], float], ours: Spikes, theirs: Spikes) -> float:
    """Mean of the distances, of equal trains 0: a library's may be the root of a rounding error."""
    pairs = zip(_trains(ours), _trains(theirs), strict=True)
    distances = [0.0 if np.array_equal(one, other) else distance(one, other) for one, other in pairs]
    return float(np.mean(distances)) if distances else np.nan


def _trains(spikes: Spikes) -> list[np.ndarray]:
    """Spike times of each cell [ms]."""
    return np.split(spikes.times, np.cumsum(spikes.counts))[: spikes.n_cells]
