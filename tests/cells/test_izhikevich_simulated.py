"""The four Izhikevich cells in NEURON: their steps in closed form, and that a run leaves nothing to the next."""

import importlib

import numpy as np
import pytest

from tests.cells.izhikevich_defaults import DECAYS, DEFAULTS
from tests.loops import loop_over
from tests.yardstick import cellrun
from tuner.library import cells
from tuner.library.cells.izhikevich2007 import PRESETS as PRESETS_2007
from tuner.mechanisms import libraries
from tuner.simulation.simulate import quiet

STEP_MS = 0.025
CONSTANT = {"stim": "Iin", "celsius": 6.3, "v_init_mV": -65.0}


@pytest.fixture
def cell():
    """A cell in NEURON after its initialisation, its process and its section."""
    from neuron import h

    libraries.load(libraries.build(libraries.OWN))

    def make(form: str, **options: object) -> tuple:
        made = getattr(importlib.import_module(f"tuner.library.cells.{form}"), f"I{form[1:]}")(**options)
        kept.append(made)
        (section,) = made.all_sec
        h.dt = STEP_MS
        h.finitialize(-65.0)
        return section(0.5).point_processes()[0], section

    kept = []
    return make


def after(process: object, name: str, value: float) -> None:
    """Has a variable be something and advances by a step."""
    from neuron import h

    setattr(process, name, value)
    h.fadvance()


@pytest.mark.simulation
@loop_over("gsyn", [0.0, 3.0])
@loop_over("V", [-80.0, -50.0, 25.0])
def test_a_step_of_2003a_is_implicit_euler(cell, V, gsyn):
    process, _ = cell("izhikevich2003a", Iin=10.0, taug=2.0, erev=-10.0)
    process.gsyn = gsyn
    after(process, "V", V)
    assert process.gsyn == pytest.approx(gsyn / (1 + STEP_MS / 2.0), rel=1e-14)
    rate = 0.04 * process.V**2 + 5 * process.V + 140 - process.u + 10 - process.gsyn * (process.V + 10)
    assert (process.V - V) / STEP_MS == pytest.approx(rate, rel=1e-10)
    assert process.u / STEP_MS == pytest.approx(0.02 * (0.2 * process.V - process.u), rel=1e-10)


@pytest.mark.simulation
def test_a_step_of_2003a_without_a_solution_is_newtons_first(cell):
    process, _ = cell("izhikevich2003a", a=0.0, thresh=1000.0)
    process.u = 0.0
    after(process, "V", 300.0)
    assert process.V == pytest.approx(300 + STEP_MS * (0.04 * 300**2 + 1500 + 140) / (1 - STEP_MS * 29), rel=1e-12)


@pytest.mark.simulation
def test_each_weight_of_2007a_is_a_receptors_and_a_spike_closes_all(cell):
    from neuron import h

    process, _ = cell("izhikevich2007a")
    events = h.NetCon(None, process)
    for index in range(5):
        events.weight[index] = index + 1.0
    h.finitialize(-65.0)
    events.event(0.0)
    h.fadvance()
    names = ("gAMPA", "gNMDA", "gGABAA", "gGABAB", "gOpsin")
    kept = [1 - STEP_MS / tau for tau in DECAYS.values()]
    assert [getattr(process, name) for name in names] == pytest.approx([(i + 1) * k for i, k in enumerate(kept)])
    conductance = 1 * kept[0] + 5 * kept[4]
    nmda = 2 * kept[1] * (1 / 9) / (1 + 1 / 9)
    current = (conductance + nmda) * -60 + 3 * kept[2] * 10 + 4 * kept[3] * 30
    assert process.V == pytest.approx(-60 - STEP_MS * current, rel=1e-12)
    # The peak is crossed where V is seen below it first.
    after(process, "V", 100.0)
    assert process.V < 0
    assert [getattr(process, name) for name in names] == [0.0] * 5


@pytest.mark.simulation
@loop_over(
    ("celltype", "V", "target_pA"),
    [(1, -70.0, -80.0), (5, -41.0, 0.0), (5, -30.0, 25.0), (6, -70.0, -80.0), (6, -60.0, 0.0), (7, -60.0, 4.0)],
)
def test_what_u_goes_to_is_by_celltype(cell, celltype, V, target_pA):
    process, _ = cell("izhikevich2007a", celltype=celltype, vr=-62.0, k=0.0, b=10.0, d=-40.0)
    after(process, "V", V)
    assert process.u == pytest.approx(STEP_MS * 0.03 * target_pA, rel=1e-12)


@pytest.mark.simulation
@pytest.mark.parametrize(("form", "start_mV"), [("izhikevich2003b", -65.0), ("izhikevich2007b", -60.0)])
def test_a_cell_in_a_section_starts_from_its_own_voltage(cell, form, start_mV):
    from neuron import h

    _, section = cell(form)
    for v_init in (-90.0, 40.0):
        h.finitialize(v_init)
        assert section(0.5).v == start_mV


def respond(form: str, protocols: list[dict], **options: object) -> list[cellrun.Response]:
    own = [{name: p[name] for name in ("preset", "Iin") if name in p} for p in protocols]
    return cellrun.respond([cells.load(form, **each, **options) for each in own], protocols)


@pytest.mark.simulation
@loop_over(
    ("form", "options", "amp_nA"),
    [
        ("izhikevich2003b", {"preset": "tonic bursting", "Iin": 15.0}, 0.015),
        ("izhikevich2007b", {"preset": "RS", "Iin": 200.0}, 0.2),
        # Its C of 2 divides Iin, and no other current.
        ("izhikevich2007b", {"preset": "TC", "Iin": 200.0}, 0.1),
    ],
)
def test_iin_is_a_current_into_the_section(form, options, amp_nA):
    clamp = {"stim": "IClamp", "delay_ms": 0.0, "dur_ms": 300.0, "amp_nA": amp_nA, "preset": options["preset"]}
    constant = {**CONSTANT, **options, "tstop_ms": 300.0}
    found = respond(form, [constant, {**constant, **clamp, "Iin": 0.0}])
    assert len(found[0].spikes) > 8
    np.testing.assert_allclose(found[0].spikes, found[1].spikes, atol=0.0251)


@pytest.mark.simulation
@pytest.mark.parametrize("form", ["izhikevich2003a", "izhikevich2003b"])
def test_class_1_with_its_papers_f_and_g_fires_from_near_zero(form):
    # At rest u is -0.1 V, and 0.04 V^2 + 4.2 V + 108 + Iin has no root above 2.25.
    inputs = [0.0, 2.2, 2.4, 3.0, 5.0, 10.0, 20.0]
    protocols = [{**CONSTANT, "preset": "Class 1", "Iin": each, "tstop_ms": 2000.0} for each in inputs]
    steady = [np.sum(r.spikes > 1000) for r in respond(form, protocols, f=4.1, g=108.0)]
    assert steady[:2] == [0, 0]
    assert 0 < steady[2] < 5
    assert np.all(np.diff(steady[1:]) > 0)
    assert steady[-1] > 50
    assert not any(len(r.spikes) for r in respond(form, protocols[:-1]))


@pytest.mark.simulation
@pytest.mark.parametrize(("interval_ms", "fires"), [(4.0, True), (30.0, False)])
def test_the_integrator_with_its_papers_f_and_g_fires_on_two_inputs_close_in_time(cell, interval_ms, fires):
    from neuron import h

    _, section = cell("izhikevich2003b", preset="integrator", f=4.1, g=108.0)
    pulses = [h.IClamp(section(0.5)) for _ in range(2)]
    for pulse, start in zip(pulses, (400.0, 400.0 + interval_ms), strict=True):
        pulse.delay, pulse.dur, pulse.amp = start, 2.0, 0.010
    spikes, detector = h.Vector(), h.NetCon(section(0.5)._ref_v, None, sec=section)
    detector.record(spikes)
    h.finitialize(-65.0)
    while h.t < 500.0:
        h.fadvance()
    assert (len([time for time in spikes if time > 400.0]) > 0) == fires


def resets() -> list[int]:
    """How many each cell of the network that NetPyNE has built makes, by its process's events, when it is run again."""
    from netpyne import sim
    from neuron import h

    (processes,) = zip(*(cell.secs["soma"]["pointps"].values() for cell in sim.net.cells), strict=True)
    counters = [(h.NetCon(process["hObj"], None), h.Vector()) for process in processes]
    for events, times in counters:
        events.record(times)
    with quiet():
        sim.simulate()
    return [len(times) for _, times in counters]


@pytest.mark.simulation
def test_every_spike_is_seen_where_it_is_asked_for():
    clamp = {**CONSTANT, "stim": "IClamp", "delay_ms": 100.0, "dur_ms": 300.0, "tstop_ms": 450.0}
    protocols = [{**clamp, "preset": preset, "amp_nA": amp} for preset in PRESETS_2007 for amp in (0.1, 0.3, 0.6)]
    seen = respond("izhikevich2007b", protocols, see_spikes=True)
    assert [len(response.spikes) for response in seen] == resets()
    unseen = respond("izhikevich2007b", protocols)
    of_rtn = [number for number, protocol in enumerate(protocols) if protocol["preset"].startswith("RTN")]
    assert [len(seen[number].spikes) for number in of_rtn] == [1, 7, 15] * 2
    assert [len(unseen[number].spikes) for number in of_rtn] == [0, 0, 0] * 2


@pytest.mark.simulation
@loop_over("form", DEFAULTS)
def test_a_second_run_is_the_first(form):
    from netpyne import sim

    protocols = [p for p in cellrun.recorded(form) if p.get("preset") or "receptor" in p][::3]
    first = respond(form, protocols)
    with quiet():
        sim.simulate()
    times, numbers = np.array(sim.simData["spkt"]), np.array(sim.simData["spkid"])
    for number, response in enumerate(first):
        assert np.array_equal(response.spikes, np.sort(times[numbers == number]))
        assert np.array_equal(response.v, np.array(sim.simData[f"v{number}"][f"cell_{number}"]), equal_nan=True)
    assert sum(len(response.spikes) for response in first) > 40
