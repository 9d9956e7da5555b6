"""A reaction of rxdParams is tuned by path, and plain NetPyNE agrees."""

import json
import math

import pytest

from tests.commands import tuner

pytestmark = pytest.mark.simulation


@pytest.mark.slow
def test_both_places_are_written_and_the_best_is_verified(tmp_path):
    done = tuner("rxd_buffer", "--runs", tmp_path, "--set", "budget.evaluations=12", "--workers", 1)
    assert done.returncode == 0, done.stderr
    best = json.loads((tmp_path / "rxd_buffer" / "best.json").read_text())
    exported = json.loads((tmp_path / "rxd_buffer" / "export" / "netParams.json").read_text())["net"]["params"]
    rxd = exported["rxdParams"]
    assert rxd["species"]["buffer"]["initial"] == best["values"]["buffer"]
    assert rxd["reactions"]["binding"]["rate_f"] == best["values"]["rate_on"]
    assert best["verified"]["equal"]
    assert best["verified"]["features"] == pytest.approx(best["features"], rel=1e-12)
    # Free calcium in the end solves its equilibrium: x^2 + (K + buffer - load) x - K load = 0, K = rate_off / rate_on.
    buffer, affinity = best["values"]["buffer"], 0.005 / best["values"]["rate_on"]
    half = (affinity + buffer - 0.01) / 2
    equilibrium = -half + math.sqrt(half**2 + affinity * 0.01)
    assert best["features"]["late"] == pytest.approx(equilibrium, rel=0.02)
