"""The Friesen cell against recordings of the original."""

import pytest

from tests.loops import loop_over
from tests.yardstick import cellrun
from tuner.library import cells

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("recordings of friesen")]
PROTOCOLS = cellrun.recorded("friesen")
# Of its fact sheet, no recording: spikes by amplitude [nA].
COUNTS = {0.7265625: 0, 0.732421875: 1, 3.0: 40}


@pytest.fixture(scope="module")
def responses():
    protocols = [*PROTOCOLS, *({**PROTOCOLS[0], "amp_nA": amp, "name": amp} for amp in COUNTS)]
    rules = [cells.load("friesen") for _ in protocols]
    return {p["name"]: r for p, r in zip(protocols, cellrun.respond(rules, protocols), strict=True)}


@loop_over("protocol", PROTOCOLS)
def test_recorded_protocol(responses, protocol):
    cellrun.check(responses[protocol["name"]], protocol)


@pytest.mark.parametrize("amp_nA", COUNTS)
def test_rheobase_and_rate(responses, amp_nA):
    assert len(responses[amp_nA].spikes) == COUNTS[amp_nA]


def test_rest(responses):
    assert responses["iclamp_1_nA_6.3C"].v[199] == pytest.approx(-65.0, abs=0.05)
