"""The HH cell with fewer segments: the recorded rest, input resistance and rheobase."""

import pytest

from tests.loops import loop_over
from tests.yardstick import cellrun
from tuner.library import cells

RECORDED = cellrun.recorded("hh")[0]
AMPS_NA = [0.1, 0.390625, 0.39453125]


@pytest.fixture(scope="module")
def responses():
    rules = [cells.load("hh", segments=21) for _ in AMPS_NA]
    found = cellrun.respond(rules, [{**RECORDED, "amp_nA": amp} for amp in AMPS_NA])
    return dict(zip(AMPS_NA, found, strict=True))


@pytest.mark.simulation
def test_rest_and_input_resistance_are_the_recorded_ones(responses):
    rest, plateau = (responses[0.1].v[round(ms / cellrun.SAMPLE_MS)] for ms in (99, 599))
    assert rest == pytest.approx(-69.652, abs=0.001)
    assert (plateau - rest) / 0.1 == pytest.approx(23.93, abs=0.02)


@pytest.mark.simulation
def test_rheobase(responses):
    assert [len(responses[amp].spikes) for amp in AMPS_NA] == [0, 0, 1]


@loop_over("segments", [1, 21, 1000])
def test_segments_are_the_dendrites(segments):
    sections = cells.load("hh", segments=segments)["secs"]
    assert [sections[name]["geom"]["nseg"] for name in ("soma", "dend")] == [1, segments]


def test_the_original_has_1000_segments():
    assert cells.load("hh") == cells.load("hh", segments=1000)
