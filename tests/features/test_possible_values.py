"""The bounds of features: no raster gives a value beyond them, and the page names them."""

import math

import numpy as np
import pytest

from tests.commands import ROOT
from tests.loops import loop_over
from tuner.features.registry import FEATURES
from tuner.recording import Recording

CELLS, DURATION_MS = 6, 1000.0
BOUNDED = [name for name, feature in FEATURES.items() if feature.possible]
ARGUMENTS = {
    "response_width": {"stimulus_ms": (300.0, 600.0)},
    "phase_locking": {"frequency_hz": 10.0},
    "phase_consistency": {"frequency_hz": 10.0},
}


def _rasters() -> dict[str, list[np.ndarray]]:
    random = np.random.default_rng(4)
    alike = np.sort(random.uniform(0.0, DURATION_MS, 60))
    volleys = np.arange(50.0, DURATION_MS, 100.0)
    pairs = np.sort(np.concatenate([volleys, volleys + 1.0]))
    return {
        "alike": [alike] * CELLS,
        "random": [np.sort(random.uniform(0.0, DURATION_MS, 80)) for _ in range(CELLS)],
        "in turn": [volleys + 15.0 * cell for cell in range(CELLS)],
        "opposite": [pairs + 50.0 * (cell % 2) for cell in range(CELLS)],
        "one cell": [alike, *[np.array([])] * (CELLS - 1)],
        "few": [np.array([10.0, 510.0]) + 50.0 * cell for cell in range(CELLS)],
    }


def _recording(trains: list[np.ndarray]) -> Recording:
    cells = np.concatenate([np.full(len(train), cell) for cell, train in enumerate(trains)])
    return Recording(np.concatenate(trains), cells, {"all": np.arange(CELLS)}, DURATION_MS)


@loop_over("raster", _rasters())
@pytest.mark.filterwarnings("ignore")
def test_no_raster_lies_beyond_the_bounds(raster):
    recording = _recording(_rasters()[raster])
    for name in BOUNDED:
        feature = FEATURES[name]
        if feature.needs_reference or feature.needs_trace:
            continue
        value = feature.compute(recording, "all", None, **ARGUMENTS.get(name, {}))
        assert math.isnan(value) or feature.lowest - 1e-9 <= value <= feature.highest + 1e-9, f"{name}: {value}"


def test_the_page_lists_the_bounds():
    page = (ROOT / "docs" / "reference" / "features.md").read_text()
    rows = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("| `") and line.count("|") == 3]
    listed = {name: cells[1].strip() for cells in rows for name in cells[0].replace("`", "").strip().split(", ")}
    assert listed == {name: FEATURES[name].possible for name in BOUNDED}
