"""The granule cell of 2020 against what was recorded of the original, whole and without its parallel fibres."""

import json

import numpy as np
import pytest

from tests.yardstick import cellrun
from tuner.executors import registry
from tuner.library import cells
from tuner.mechanisms import libraries
from tuner.simulation.simulate import quiet, warm_up

pytestmark = pytest.mark.simulation
RECORDED = json.loads((cellrun.DATA / "granule.json").read_text())["masoli2020_full_regular"]["runs"]
PROTOCOLS = [{**run, "stim": "IClamp", "amp_nA": run["amp_pA"] / 1000, "v_init_mV": run["v_init"]} for run in RECORDED]
# Of the original: spikes by pA, and the rest [mV].
WITHOUT_FIBRES = {10: 29, 22: 53}, -62.76


def late(response: cellrun.Response, protocol: dict, end_ms: float) -> np.ndarray:
    """How long after the recorded spikes [ms], which are between two steps; NetPyNE's time is the second of them."""
    recorded = np.array(protocol["spike_times_ms"])
    recorded = recorded[recorded < end_ms]
    assert len(response.spikes) == len(recorded) > 10
    return response.spikes - recorded


@pytest.mark.parametrize(
    ("currents_pA", "end_ms"),
    [
        pytest.param((22,), 250.0, marks=pytest.mark.slow, id="the highest current, 0.15 s"),
        pytest.param((10, 16, 22), 650.0, marks=pytest.mark.exhaustive, id="all currents, whole"),
    ],
)
def test_the_whole_cell(currents_pA, end_ms):
    protocols = [{**each, "tstop_ms": end_ms} for each in PROTOCOLS if each["amp_pA"] in currents_pA]
    found = cellrun.respond([cells.load("granule", variant="2020")] * len(currents_pA), protocols)
    for response, protocol in zip(found, protocols, strict=True):
        delays = late(response, protocol, end_ms)
        assert -0.001 < delays[0] < cellrun.STEP_MS + 0.001
        assert delays.min() > -0.001
        assert delays.max() < 0.05 + cellrun.STEP_MS
        assert response.v[198] == pytest.approx(protocol["features"]["voltage_base"], abs=0.002)


def without_fibres() -> tuple[list[dict], list[dict]]:
    counts, _ = WITHOUT_FIBRES
    protocols = [protocol for protocol in PROTOCOLS if protocol["amp_pA"] in counts]
    return [cells.load("granule", variant="2020", parallel_fibres=False)] * len(protocols), protocols


@pytest.mark.slow
def test_the_cell_without_its_parallel_fibres():
    counts, rest = WITHOUT_FIBRES
    rules, protocols = without_fibres()
    found = cellrun.respond(rules, protocols)
    assert {p["amp_pA"]: len(each.spikes) for p, each in zip(protocols, found, strict=True)} == counts
    assert [each.v[198] for each in found] == pytest.approx([rest] * 2, abs=0.005)


def raster(task: tuple[bool, float]) -> list[tuple[float, float]]:
    """NetPyNE's, of the cell without fibres under both currents at once."""
    from netpyne import sim, specs

    coreneuron, duration_ms = task
    libraries.load_coreneuron(libraries.build_coreneuron(libraries.OWN))
    libraries.load(libraries.build(libraries.OWN))
    params = specs.NetParams()
    config = specs.SimConfig({"duration": duration_ms, "dt": 0.025, "coreneuron": coreneuron})
    config.hParams.update(celsius=32.0, v_init=-70.0)
    for number, (rule, protocol) in enumerate(zip(*without_fibres(), strict=True)):
        cellrun.add(params, config, f"cell{number}", rule, protocol)
    with quiet():
        sim.create(netParams=params, simConfig=config)
        sim.simulate()
    return sorted(zip(sim.simData["spkid"], sim.simData["spkt"], strict=True))


@pytest.mark.parametrize(
    "duration_ms", [pytest.param(250.0, marks=pytest.mark.slow), pytest.param(650.0, marks=pytest.mark.exhaustive)]
)
def test_coreneuron_gives_the_same_spikes(duration_ms):
    # CoreNEURON takes one library a process.
    found = []
    for engine in (False, True):
        with registry.make("serial", 1, warm_up) as pool:
            (outcome,) = pool.map(raster, [(engine, duration_ms)])
        assert outcome.status == "done", outcome.reason
        found.append(outcome.value)
    assert len(found[0]) > 20
    assert found[1] == found[0]
