"""The Mainen cell against recordings of the original."""

import pytest

from tests.loops import loop_over
from tests.yardstick import cellrun
from tuner.library import cells

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("recordings of mainen")]
PROTOCOLS = cellrun.recorded("mainen")
WARM = [p for p in PROTOCOLS if p["celsius"] == 37.0]
# Of its fact sheet, no recording: amplitude [nA], temperature [degC], spikes.
COUNTS = [(0.08359375, 6.3, 0), (0.084375, 6.3, 1), (0.8, 37.0, 7)]


def respond(protocols: list[dict], **options: object) -> dict[str, cellrun.Response]:
    rules = [cells.load("mainen", **options) for _ in protocols]
    return {p["name"]: r for p, r in zip(protocols, cellrun.respond(rules, protocols), strict=True)}


@pytest.fixture(scope="module")
def responses():
    more = [{**PROTOCOLS[0], "amp_nA": amp, "celsius": celsius, "name": amp} for amp, celsius, _ in COUNTS]
    return respond([*PROTOCOLS, *more])


@pytest.fixture(scope="module")
def responses_in_the_cold():
    return respond([{**p, "celsius": 6.3} for p in WARM], temperature=37.0)


@loop_over("protocol", PROTOCOLS)
def test_recorded_protocol(responses, protocol):
    cellrun.check(responses[protocol["name"]], protocol)


@pytest.mark.parametrize("protocol", WARM, ids=lambda p: p["name"])
def test_a_warm_cell_in_a_cold_network_is_the_one_recorded_at_its_temperature(responses_in_the_cold, protocol):
    cellrun.check(responses_in_the_cold[protocol["name"]], protocol)


@pytest.mark.parametrize(("amp_nA", "celsius", "n_spikes"), COUNTS)
def test_rheobase_and_block(responses, amp_nA, celsius, n_spikes):
    assert len(responses[amp_nA].spikes) == n_spikes


def test_rest(responses):
    assert responses["iclamp_0.1_nA_6.3C"].v[199] == pytest.approx(-69.98, abs=0.02)
