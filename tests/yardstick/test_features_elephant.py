"""Irregularity, counts and synchrony as elephant computes them."""

import warnings

import numpy as np
import pytest
import quantities
from elephant import statistics
from elephant.conversion import BinnedSpikeTrain
from elephant.spike_train_correlation import correlation_coefficient
from elephant.spike_train_synchrony import spike_contrast
from neo import SpikeTrain

from tests.loops import loop_over
from tests.samples import recording
from tuner.features.registry import FEATURES

SHAPES = {"poisson": 1.0, "regular": 30.0, "bursting": 0.3}


def train(times, start=0.0, end=2000.0):
    return SpikeTrain(times, t_start=start, t_stop=end, units="ms")


def shared(seed, n_cells=8, jitter=2.0):
    """Cells that take part in common volleys and fire between them."""
    random = np.random.default_rng(seed)
    volleys = random.uniform(10, 1990, 30)
    trains = []
    for _ in range(n_cells):
        common = volleys[random.uniform(size=30) < 0.6]
        alone = random.uniform(0, 2000, random.poisson(20))
        times = np.concatenate([common + random.normal(0, jitter, len(common)), alone])
        trains.append(np.sort(np.clip(times, 0, 2000)))
    return trains


@loop_over(("name", "theirs"), [("cv_isi", "cv"), ("cv2", "cv2"), ("lv", "lv")])
@loop_over("shape", SHAPES)
def test_irregularity(name, theirs, shape):
    random = np.random.default_rng(7)
    trains = [np.cumsum(random.gamma(SHAPES[shape], 10.0, n)) for n in (3, 4, 10, 50, 200)]
    ours = FEATURES[name].compute(recording(*trains, [5.0, 6.0], [1.0], [], duration_ms=1e6))
    each = [getattr(statistics, theirs)(np.diff(train)) for train in trains]
    assert ours == pytest.approx(np.mean(each), rel=1e-12)


@pytest.mark.parametrize("bin_ms", [20.0, 100.0, 300.0])
def test_fano(bin_ms):
    trains = shared(1)
    starts = np.arange(0, 2000 // bin_ms) * bin_ms
    cut = [[t[(t >= start) & (t < start + bin_ms)] for start in starts] for t in trains]
    theirs = np.mean([statistics.fanofactor(windows) for windows in cut])
    ours = FEATURES["fano"].compute(recording(*trains, [], duration_ms=2000.0), bin_ms=bin_ms)
    assert ours == pytest.approx(theirs, rel=1e-9)


@loop_over("bin_ms", [5.0, 10.0, 40.0])
@loop_over("on_a_grid", [False, True])
def test_correlation(bin_ms, on_a_grid):
    trains = [np.unique(np.round(t / 0.1) * 0.1) if on_a_grid else t for t in shared(2)]
    binned = BinnedSpikeTrain([train(t) for t in trains], bin_size=bin_ms * quantities.ms)
    theirs = correlation_coefficient(binned)[np.triu_indices(8, 1)].mean()
    ours = FEATURES["correlation"].compute(recording(*trains, [], duration_ms=2000.0), bin_ms=bin_ms)
    assert theirs > 0.1
    assert ours == pytest.approx(theirs, rel=1e-9)


@loop_over("jitter", [0.5, 5.0, 50.0])
@loop_over("seed", [3, 4])
def test_spike_contrast(seed, jitter):
    trains = [*shared(seed, jitter=jitter), np.array([1000.0]), np.array([])]
    ours = FEATURES["spike_contrast"].compute(recording(*trains, duration_ms=2000.0))
    assert ours == pytest.approx(spike_contrast([train(t) for t in trains]), rel=1e-9)


def test_spike_contrast_in_a_window():
    trains = shared(5)
    ours = FEATURES["spike_contrast"].compute(recording(*trains, duration_ms=2000.0), window_ms=(300.0, 1200.0))
    inside = [train(t[(t >= 300) & (t <= 1200)], 300.0, 1200.0) for t in trains]
    assert ours == pytest.approx(spike_contrast(inside), rel=1e-9)


def test_spike_contrast_of_spikes_on_a_grid_and_at_one_instant():
    trains = [np.round(t) for t in shared(6)]
    ours = FEATURES["spike_contrast"].compute(recording(*trains, duration_ms=2000.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = spike_contrast([train(t) for t in trains])
    assert ours == pytest.approx(theirs, rel=1e-9)
