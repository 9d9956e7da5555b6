"""Irregularity as elephant computes it, train by train."""

import numpy as np
import pytest
from elephant import statistics

from tests.samples import recording
from tuner.features import FEATURES

SHAPES = {"poisson": 1.0, "regular": 30.0, "bursting": 0.3}


@pytest.mark.parametrize(("name", "theirs"), [("cv_isi", "cv"), ("cv2", "cv2"), ("lv", "lv")])
@pytest.mark.parametrize("shape", SHAPES)
def test_irregularity(name, theirs, shape):
    random = np.random.default_rng(7)
    trains = [np.cumsum(random.gamma(SHAPES[shape], 10.0, n)) for n in (3, 4, 10, 50, 200)]
    ours = FEATURES[name].compute(recording(*trains, [5.0, 6.0], [1.0], [], duration_ms=1e6))
    each = [getattr(statistics, theirs)(np.diff(train)) for train in trains]
    assert ours == pytest.approx(np.mean(each), rel=1e-12)
