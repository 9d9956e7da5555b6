"""The HH cell, as it is and with fewer segments, against recordings of the original."""

import pytest

from tests.loops import loop_over
from tests.yardstick import cellrun
from tuner.library import cells

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("recordings of hh")]
PROTOCOLS = cellrun.recorded("hh")


@pytest.fixture(scope="module")
def responses():
    few = [cells.load("hh", segments=21) for _ in PROTOCOLS]
    original = [cells.load("hh") for _ in PROTOCOLS]
    found = cellrun.respond([*few, *original], PROTOCOLS * 2)
    keys = [(segments, p["name"]) for segments in (21, 1000) for p in PROTOCOLS]
    return dict(zip(keys, found, strict=True))


@loop_over("segments", [21, 1000])
@loop_over("protocol", PROTOCOLS)
def test_recorded_protocol(responses, protocol, segments):
    cellrun.check(responses[segments, protocol["name"]], protocol)
