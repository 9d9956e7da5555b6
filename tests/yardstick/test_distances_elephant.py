"""Victor-Purpura and van Rossum distances as elephant computes them for lists of trains."""

import numpy as np
import pytest
from elephant.spike_train_dissimilarity import van_rossum_distance, victor_purpura_distance
from neo import SpikeTrain
from quantities import Hz, ms

from tests.loops import loop_over
from tests.samples import recording
from tuner.features.references import Reference
from tuner.features.registry import FEATURES

SIZES = ((0, 5), (1, 1), (12, 30), (40, 35), (20, 0))


def trains(seed):
    random = np.random.default_rng(seed)
    return [[np.sort(random.uniform(0, 1000, n)) for n in sizes] for sizes in zip(*SIZES, strict=True)]


@loop_over(
    ("name", "arguments", "theirs"),
    [
        ("victor_purpura", {}, lambda pair: victor_purpura_distance(pair, 100 * Hz)),
        ("victor_purpura", {"cost_per_s": 7.5}, lambda pair: victor_purpura_distance(pair, 7.5 * Hz)),
        (
            "victor_purpura",
            {"cost_per_s": 50.0},
            lambda pair: victor_purpura_distance(pair, 50 * Hz, algorithm="intuitive"),
        ),
        ("van_rossum", {}, lambda pair: van_rossum_distance(pair, 10 * ms)),
        ("van_rossum", {"tau_ms": 85.0}, lambda pair: van_rossum_distance(pair, 85 * ms)),
    ],
)
@loop_over("seed", [1, 2])
def test_elephant(name, arguments, theirs, seed):
    ours, reference = trains(seed)
    pairs = [[SpikeTrain(t, units="ms", t_stop=1000.0) for t in pair] for pair in zip(ours, reference, strict=True)]
    each = [theirs(pair)[0, 1] for pair in pairs]
    value = FEATURES[name].compute(recording(*ours), reference=Reference("x", recording(*reference)), **arguments)
    assert value == pytest.approx(np.mean(each), rel=1e-9)
