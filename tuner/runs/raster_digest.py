"""Compute a short digest of rasters, to compare a stored evaluation with another simulation of the same values."""

import hashlib
from collections.abc import Iterable

import numpy as np

from tuner.recording import Recording

DIGITS = 16
# Times count in units of 1e-6 ms, the tolerance of `Recording.same_raster`. Every usual time step is a multiple of this
# unit, so that a rounding error of the sum of steps (1e-10 ms) never lies at the edge between two units.
UNITS_PER_MS = 1e6


def digest(recordings: Iterable[Recording]) -> str:
    """Return the digest of the spikes of several simulations: cells and times, in the order of the simulations.

    The spikes of a recording are sorted by cell, then by time, so that the order of events at one time does not count.
    """
    found = hashlib.sha256()
    for recording in recordings:
        found.update(len(recording.spike_times).to_bytes(8, "little"))
        found.update(recording.spike_cells.astype("<i8").tobytes())
        found.update(np.rint(recording.spike_times * UNITS_PER_MS).astype("<i8").tobytes())
    return found.hexdigest()[:DIGITS]


def n_spikes(recordings: Iterable[Recording]) -> int:
    """Return the number of spikes in all recordings together."""
    return sum(len(recording.spike_times) for recording in recordings)
