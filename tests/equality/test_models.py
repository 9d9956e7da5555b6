"""The models are what they are named for: the network chaotic, the mechanisms as in their equations."""

import numpy as np
import pytest

from tests.equality.models import fresh, specs
from tuner.features.intervals import cv_isi

pytestmark = pytest.mark.simulation
WEIGHT_US = 0.002
DT_MS = 0.005


def current_na(process: object, spikes_ms: list[float], voltage_mv: float, duration_ms: float) -> np.ndarray:
    """Current of a synapse at a clamped voltage, one value a step."""
    from neuron import h

    h.load_file("stdrun.hoc")
    clamp = h.SEClamp(process.get_segment())
    clamp.dur1, clamp.amp1, clamp.rs = 1e9, voltage_mv, 1e-6
    source = h.NetCon(None, process)
    source.weight[0] = WEIGHT_US
    handler = h.FInitializeHandler(lambda: [source.event(time) for time in spikes_ms])
    current = h.Vector().record(process._ref_i)
    h.dt, h.steps_per_ms = DT_MS, 1 / DT_MS
    h.finitialize(voltage_mv)
    h.continuerun(duration_ms)
    del handler
    return current.as_numpy().copy()


def test_synapse_depresses_and_facilitates_as_its_equations_say():
    specs("plasticity")
    from neuron import h

    soma = h.Section(name="soma")
    synapse = h.TsodyksMarkram(soma(0.5))
    synapse.U, synapse.tau_recovery, synapse.tau_facilitation, synapse.tau = 0.2, 120.0, 60.0, 1.0
    spikes = [10.0 + 25.0 * n for n in range(8)]
    conductance = current_na(synapse, spikes, -70.0, 200.0) / -70.0
    resources, used, expected = 1.0, 0.0, []
    for _ in spikes:
        used = used * np.exp(-25.0 / 60.0) + 0.2 * (1 - used * np.exp(-25.0 / 60.0))
        expected.append(WEIGHT_US * used * resources)
        resources = 1 - (1 - resources * (1 - used)) * np.exp(-25.0 / 120.0)
    peaks = [conductance[round(spike / DT_MS) :][:20].max() for spike in spikes]
    assert peaks == pytest.approx(expected, rel=0.01)
    assert expected[1] > expected[0] > expected[-1]


@pytest.mark.parametrize(("voltage_mv", "mg"), [(-70.0, 1.0), (-20.0, 1.0), (40.0, 1.0), (-70.0, 0.0)])
def test_nmda_conductance_peaks_at_its_weight_behind_the_block(voltage_mv, mg):
    specs("nmda")
    from neuron import h

    soma = h.Section(name="soma")
    synapse = h.NMDABlock(soma(0.5))
    synapse.mg = mg
    current = current_na(synapse, [5.0], voltage_mv, 60.0)
    peak = np.argmax(np.abs(current))
    unblocked = 1 / (1 + mg / 3.57 * np.exp(-0.062 * voltage_mv))
    assert current[peak] == pytest.approx(WEIGHT_US * unblocked * voltage_mv, rel=1e-3)
    assert peak * DT_MS - 5.0 == pytest.approx(80.0 / 38.0 * np.log(20.0), abs=0.05)


def test_m_current_relaxes_to_its_steady_state():
    specs("channel")
    from neuron import h

    h.load_file("stdrun.hoc")
    soma = h.Section(name="soma")
    soma.insert("m_current")
    soma.ek = -80.0
    clamp = h.SEClamp(soma(0.5))
    clamp.dur1, clamp.amp1, clamp.rs = 1e9, -35.0, 1e-6
    current = h.Vector().record(soma(0.5)._ref_ik)
    h.dt, h.steps_per_ms, h.celsius = 0.025, 40, 6.3 + 10.0
    h.finitialize(-95.0)
    h.continuerun(20.0)
    opened = 1 / (1 + np.exp(6.0))
    gate = 0.5 + (opened - 0.5) * np.exp(-20.0 / (100.0 / 4.3 / 3.0))
    assert current[-1] == pytest.approx(0.003 * gate * 45.0, rel=0.01)


@pytest.mark.slow
def test_chaotic_network_is_irregular_and_forgets_its_past():
    start = fresh(specs("chaotic", "shared", {"duration": 300.0}))
    for population in ("E", "I"):
        spikes = start.spikes(population)
        assert 5 < len(spikes.times) / spikes.n_cells / spikes.seconds < 20
        assert cv_isi(start, population) > 0.8
    moved = fresh(specs("chaotic", "shared", {"duration": 300.0, "v_init": -65.1}))
    late = [set(zip(r.spike_times, r.spike_cells, strict=True)) for r in (start, moved)]
    late = [{spike for spike in spikes if spike[0] > 200.0} for spikes in late]
    assert len(late[0]) > 500
    assert len(late[0] & late[1]) < 0.05 * len(late[0])
