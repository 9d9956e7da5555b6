"""The superficial pyramid against recordings of Traub's."""

import numpy as np
import pytest

from tests.loops import loop_over
from tests.yardstick import cellrun
from tuner.library import cells

PROTOCOLS = {protocol["name"]: protocol for protocol in cellrun.recorded("traub")}

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("recordings of traub")]


@pytest.fixture(scope="module")
def responses() -> dict[str, cellrun.Response]:
    found = cellrun.respond([cells.load("traub")] * len(PROTOCOLS), list(PROTOCOLS.values()))
    return dict(zip(PROTOCOLS, found, strict=True))


@loop_over("name", PROTOCOLS)
def test_fires_as_recorded(name, responses):
    cellrun.check(responses[name], PROTOCOLS[name])


def test_begins_to_fire_between_the_recorded_currents():
    low, high = 0.041015625, 0.04296875
    weak = {**PROTOCOLS["iclamp_0.1_nA_6.3C"], "tstop_ms": 600.0}
    at_low, at_high = cellrun.respond([cells.load("traub")] * 2, [{**weak, "amp_nA": low}, {**weak, "amp_nA": high}])
    assert [sum(response.spikes > 100) for response in (at_low, at_high)] == [0, 1]


@pytest.mark.slow
def test_climbs_to_rest_in_two_seconds():
    silent = {"celsius": 6.3, "v_init_mV": -65.0, "tstop_ms": 2500.0, "stim": "none"}
    (response,) = cellrun.respond([cells.load("traub")], [silent])
    assert response.v[[190, 4990]] == pytest.approx([-72.07, -63.445], abs=0.01)
    np.testing.assert_allclose(response.spikes, [7.375], atol=cellrun.STEP_MS, rtol=0)
