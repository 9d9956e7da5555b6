"""Both HH3D cells against the recorded responses of the tutorial's, whose trees are traced and not these."""

import numpy as np
import pytest

from tests.loops import loop_over
from tests.yardstick import cellrun
from tuner.library import cells

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("recordings of hh3d")]

NAMES = ("hh3d", "hh3d_swc")
# What the unlike trees make of spike times [ms].
LATE_MS = {"hh3d": 1.001 * cellrun.STEP_MS, "hh3d_swc": 2.001 * cellrun.STEP_MS}
# Below and above the recorded rheobases, and far above.
STEPS_NA = {"hh3d": (0.515, 0.524, 20.0), "hh3d_swc": (1.655, 1.69, 20.0)}
PROTOCOLS = [(name, protocol) for name in NAMES for protocol in cellrun.recorded(name)]


def step(name: str, amplitude: float) -> tuple[str, dict]:
    """A step like the recorded ones."""
    recorded = next(protocol for protocol in cellrun.recorded(name) if protocol["stim"] == "IClamp")
    return name, {**recorded, "amp_nA": amplitude}


def respond(protocols: list[tuple[str, dict]]) -> list[cellrun.Response]:
    return cellrun.respond([cells.load(name) for name, _ in protocols], [protocol for _, protocol in protocols])


@pytest.fixture(scope="module")
def responses() -> list[cellrun.Response]:
    return respond(PROTOCOLS)


@pytest.fixture(scope="module")
def steps() -> dict[tuple[str, float], cellrun.Response]:
    """By cell and current [nA]."""
    currents = [(name, current) for name in NAMES for current in STEPS_NA[name]]
    return dict(zip(currents, respond([step(*current) for current in currents]), strict=True))


@loop_over("number", range(len(PROTOCOLS)))
def test_spikes_come_as_recorded(number, responses):
    name, protocol = PROTOCOLS[number]
    wanted = protocol["spike_times_ms"]
    assert len(responses[number].spikes) == len(wanted)
    np.testing.assert_allclose(responses[number].spikes, wanted, atol=LATE_MS[name], rtol=0)


@loop_over("number", [i for i, (_, protocol) in enumerate(PROTOCOLS) if "v_mV" in protocol])
def test_the_voltage_is_as_recorded_until_there_is_a_spike(number, responses):
    protocol = PROTOCOLS[number][1]
    end = len(protocol["v_mV"]) if not protocol["spike_times_ms"] else round(100.0 / cellrun.SAMPLE_MS) + 1
    np.testing.assert_allclose(responses[number].v[:end], protocol["v_mV"][:end], atol=0.1, rtol=0)


@pytest.mark.parametrize("number", [i for i, (_, p) in enumerate(PROTOCOLS) if p.get("v_mV") and not p["n_spikes"]])
def test_input_resistance(number, responses):
    """The chord from rest to the end of a step that makes no spike."""
    rest, end = (round(time / cellrun.SAMPLE_MS) for time in (99.5, 599.5))
    wanted = PROTOCOLS[number][1]["v_mV"]
    found = responses[number].v
    assert found[end] - found[rest] == pytest.approx(wanted[end] - wanted[rest], rel=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_rheobase_and_one_spike_a_step_at_any_strength(name, steps):
    assert [len(steps[name, current].spikes) for current in STEPS_NA[name]] == [0, 1, 1]
