"""The SPIKE-distance as PySpike computes it from its profile, and by the definition of Kreuz et al. 2013."""

import numpy as np
import pyspike
import pytest

from tests.loops import loop_over
from tests.samples import recording
from tuner.features.references import Reference
from tuner.features.registry import FEATURES

SIZES = ((0, 5), (1, 1), (12, 30), (80, 70), (40, 0))


def trains(seed):
    random = np.random.default_rng(seed)
    return [[np.sort(random.uniform(0, 1000, n)) for n in sizes] for sizes in zip(*SIZES, strict=True)]


def compute(ours, reference, window_ms=None):
    reference = Reference("x", recording(*reference))
    return FEATURES["spike_distance"].compute(recording(*ours), "all", window_ms, reference=reference)


@loop_over("window_ms", [None, (150.0, 800.0)])
@loop_over("seed", [1, 2])
def test_pyspike(seed, window_ms):
    ours, reference = trains(seed)
    start, end = window_ms or (0.0, 1000.0)
    inside = [[t[(t >= start) & (t <= end)] for t in pair] for pair in zip(ours, reference, strict=True)]
    pairs = [[pyspike.SpikeTrain(t, (start, end)) for t in pair] for pair in inside]
    each = [pyspike.spike_profile(*pair).avrg() for pair in pairs]
    assert compute(ours, reference, window_ms) == pytest.approx(np.mean(each), rel=1e-9)


def kreuz(one, other, at):
    """Eqs. 3-8 of the source at times that lie between spikes of both trains."""
    gaps, intervals = [], []
    for train, others in ((one, other), (other, one)):
        after = np.searchsorted(train, at)
        before, behind = train[after - 1], train[after]
        nearest = [np.abs(others - t[:, None]).min(axis=1) for t in (before, behind)]
        interval = behind - before
        gaps.append((nearest[0] * (behind - at) + nearest[1] * (at - before)) / interval)
        intervals.append(interval)
    weighted = gaps[0] * intervals[1] + gaps[1] * intervals[0]
    return weighted / (2 * np.mean(intervals, axis=0) ** 2)


def test_the_definition():
    """Both trains have spikes at the window's ends, so that no time is without a neighbour."""
    ours, reference = ([np.sort([0.0, *t, 1000.0])] for t in np.random.default_rng(3).uniform(0, 1000, (2, 20)))
    at = (np.arange(200_000) + 0.5) * 1000.0 / 200_000
    assert compute(ours, reference) == pytest.approx(kreuz(ours[0], reference[0], at).mean(), rel=1e-5)
