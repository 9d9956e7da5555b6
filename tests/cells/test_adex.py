"""AdEx: its options, and in both its forms what can be calculated by hand."""

from functools import partial
from math import ceil, exp, log, pi

import numpy as np
import pytest

from tests.loops import loop_over
from tuner.executors import registry
from tuner.library import cells
from tuner.library.cells import adex
from tuner.mechanisms import libraries
from tuner.simulation.simulate import quiet, warm_up

FORMS = pytest.mark.parametrize("on_section", [False, True], ids=["own_voltage", "on_section"])
# Its exponential current is none.
LINEAR = {"VT": 200.0, "DT": 1.0, "Vcut": 100.0}
# Leaky integration to Vcut and back to Vr, without adaptation either.
LEAKY = {"VT": 200.0, "DT": 1.0, "Vcut": -40.0, "a": 0.0, "b": 0.0, "I": 400.0}
RISE_MS = {v0: 20.0 * log((-25.0 - v0) / (-25.0 + 40.0)) for v0 in (-65.0, -52.0)}


def point(rule):
    (found,) = rule["secs"]["soma"]["pointps"].values()
    return found


def test_a_preset_and_what_overrides_it():
    tuned = point(cells.load("adex", preset="adapting", b=70.0, tau_exc=3.0))
    assert tuned == {
        **point(cells.load("adex", preset="adapting")),
        "b": 70.0,
        "tau_exc": 3.0,
    }
    assert (tuned["gL"], tuned["tau_w"], tuned["I"]) == (12.0, 300.0, 500.0)


def test_the_default_is_the_control():
    values = point(cells.load("adex"))
    assert tuple(values[name] for name in adex.NAMES) == adex.PRESETS["control"]
    assert (values["vref"], values["synList"]) == ("V", ["exc", "inh"])


def test_the_unverified_interneuron_has_two_names():
    assert cells.load("adex", preset="IN") == cells.load("adex", preset="IN_last_cell")


def test_on_a_section_the_membrane_has_the_capacitance_and_vcut_detects():
    soma = cells.load("adex", on_section=True, C=150.0, Vcut=5.0)["secs"]["soma"]
    area_cm2 = pi * soma["geom"]["diam"] * soma["geom"]["L"] * 1e-8
    assert soma["geom"]["cm"] * area_cm2 * 1e6 == pytest.approx(150.0)
    assert soma["threshold"] == soma["pointps"]["AdExOnSection_0"]["Vcut"] == 5.0
    assert "C" not in soma["pointps"]["AdExOnSection_0"]


@loop_over(
    ("options", "meant"),
    [
        ({"preset": "tonik"}, "'tonic'"),
        ({"tau": 1.0}, "'tau_w'"),
        ({"vspike": 10.0, "on_section": True}, "there are C, gL"),
    ],
)
def test_what_is_not_there_is_refused_with_the_nearest(options, meant):
    with pytest.raises(ValueError, match=meant):
        cells.load("adex", **options)


def simulated(rules, duration_ms, dt_ms=0.025, record=(), change=lambda params: None, coreneuron=False):
    """Spike times of each cell, a population each; and its traces, of variables of its point process."""
    from netpyne import sim, specs

    libraries.load(libraries.build(libraries.OWN))
    params, config = specs.NetParams(), specs.SimConfig()
    for number, rule in enumerate(rules):
        params.cellParams[f"cell{number}"] = rule
        params.popParams[f"cell{number}"] = {"cellType": f"cell{number}", "numCells": 1}
    change(params)
    config.duration, config.dt, config.recordStep, config.coreneuron = duration_ms, dt_ms, dt_ms, coreneuron
    config.recordCells = ["all"] if record else []
    for name in record:
        place = {} if name == "v" else {"pointp": next(iter(rules[0]["secs"]["soma"]["pointps"]))}
        config.recordTraces[name] = {"sec": "soma", "loc": 0.5, "var": name} | place
    with quiet():
        sim.create(netParams=params, simConfig=config)
        sim.simulate()
    return trains(len(rules)), {name: np.array(list(sim.simData[name].values())) for name in record}


def trains(n_cells):
    from netpyne import sim

    cell, times = np.array(sim.simData["spkid"]), np.array(sim.simData["spkt"])
    return [np.sort(times[cell == number]) for number in range(n_cells)]


@pytest.mark.simulation
@loop_over("dt_ms", [0.1, 0.025, 0.01])
def test_the_refractory_time_is_a_time(dt_ms):
    (found,), _ = simulated([cells.load("adex", **LEAKY, tref=3.14159)], 100.0, dt_ms)
    exact = RISE_MS[-65.0] + np.arange(20) * (3.14159 + RISE_MS[-52.0])
    wanted = [ceil(time / dt_ms) * dt_ms for time in exact if time < 100.0]
    np.testing.assert_allclose(found, wanted, atol=1e-6, rtol=0)


@pytest.mark.simulation
def test_on_a_section_the_refractory_time_is_its_steps():
    (found,), _ = simulated([cells.load("adex", on_section=True, **LEAKY, tref=3.0)], 100.0)
    assert found[0] == pytest.approx(ceil(RISE_MS[-65.0] / 0.025) * 0.025)
    np.testing.assert_allclose(np.diff(found), 3.0 + ceil(RISE_MS[-52.0] / 0.025) * 0.025, atol=1e-6, rtol=0)


@pytest.mark.simulation
@FORMS
def test_adaptation_goes_on_through_the_refractory_time(on_section):
    rule = cells.load("adex", on_section=on_section, **(LEAKY | {"a": 2.0, "b": 30.0}), tref=20.0)
    (found,), traces = simulated([rule], 60.0, record=("w",))
    first, last = (round((found[0] + later) / 0.025) for later in (1.0, 19.0))
    rest = 2.0 * (-52.0 + 65.0)
    relaxed = rest + (traces["w"][0, first] - rest) * exp(-18.0 / 500.0)
    assert traces["w"][0, first] > 30.0
    assert traces["w"][0, last] == pytest.approx(relaxed, rel=1e-6)


@pytest.mark.simulation
@FORMS
def test_below_threshold_it_has_leak_and_coupling_as_conductance(on_section):
    rule = cells.load("adex", on_section=on_section, **LINEAR, I=30.0, tau_w=20.0)
    _, traces = simulated([rule], 600.0, record=("v" if on_section else "V", "w"))
    assert [trace[0, -1] for trace in traces.values()] == pytest.approx([-65.0 + 30.0 / 12.0, 2.0 * 30.0 / 12.0], 1e-6)


def clamped(params):
    """0.12 nA from outside for the first cell."""
    params.stimSourceParams["clamp"] = {"type": "IClamp", "del": 0.0, "dur": 1e9, "amp": 0.12}
    target = {"source": "clamp", "sec": "soma", "loc": 0.5, "conds": {"pop": "cell0"}}
    params.stimTargetParams["clamp"] = target


@pytest.mark.simulation
def test_on_a_section_a_clamp_is_a_current_like_its_own():
    rules = [cells.load("adex", on_section=True, I=current) for current in (0.0, 120.0)]
    (outside, inside), _ = simulated(rules, 400.0, change=clamped)
    assert len(inside) == 10
    np.testing.assert_allclose(outside, inside, atol=0.026, rtol=0)


def excited(params, exc_nS=3.0):
    """One event at 10 ms at each receptor, of as much conductance with its own voltage as on the section."""
    params.synMechParams["exc"] = {"mod": "ExpSyn", "tau": 5.0, "e": 0.0}
    params.synMechParams["inh"] = {"mod": "ExpSyn", "tau": 10.0, "e": -80.0}
    for receptor, weight_nS in (("exc", exc_nS), ("inh", 2.0)):
        source = {"type": "NetStim", "start": 9.0, "number": 1, "noise": 0.0, "interval": 1e9}
        params.stimSourceParams[receptor] = source
        for number, unit in enumerate((1.0, 1e-3)):
            params.stimTargetParams[f"{receptor}{number}"] = {
                "source": receptor,
                "sec": "soma",
                "conds": {"pop": f"cell{number}"},
                "weight": weight_nS * unit,
                "delay": 1.0,
                "synMech": receptor,
            }


@pytest.mark.simulation
def test_receptors_decay_exactly_and_act_as_synapses_on_the_section_do():
    rules = [cells.load("adex", on_section=on_section, I=0.0) for on_section in (False, True)]
    _, traces = simulated(rules, 60.0, record=("V", "v", "gexc", "ginh"), change=excited)
    since_ms = np.arange(0.0, 40.0, 10.0)
    at = [round((10.0 + later) / 0.025) + 1 for later in since_ms]
    for name, weight_nS, tau_ms in (("gexc", 3.0, 5.0), ("ginh", 2.0, 10.0)):
        np.testing.assert_allclose(traces[name][0, at], weight_nS * np.exp(-(since_ms + 0.025) / tau_ms), rtol=1e-9)
    own, section = traces["V"][0], traces["v"][1]
    assert own.max() > -65.0 + 1.5
    np.testing.assert_allclose(own, section, atol=0.02, rtol=0)


@pytest.mark.simulation
@pytest.mark.parametrize("exc_nS", [10.0, 1e9])
def test_any_conductance_draws_the_own_voltage_to_where_the_currents_cancel(exc_nS):
    own = cells.load("adex", **LINEAR, I=0.0, tau_w=20.0, tau_exc=1e9)
    rules = [own, cells.load("adex", on_section=True)]
    _, traces = simulated(rules, 600.0, record=("V",), change=partial(excited, exc_nS=exc_nS))
    assert traces["V"][0, -1] == pytest.approx(-65.0 * 12.0 / (12.0 + exc_nS), abs=2e-3)


# Saddle-node (tonic) and Hopf (control): just below the latter the spikes themselves keep the oscillation up.
TONIC_PA = 12.0 * (-50.0 + 70.0 - 2.0 + 2.0 * log(1.0 + 2.0 / 10.0))
CONTROL_PA = 12.0 * (-55.0 + 65.0 - 5.0 + 5.0 * log(1.0 + 20.0 / 500.0)) + 5.0 * (2.0 - 200.0 / 500.0)


@pytest.mark.simulation
@FORMS
@loop_over(("preset", "limit_pA", "margin_pA"), [("tonic", TONIC_PA, 0.05), ("control", CONTROL_PA, 0.4)])
def test_it_fires_for_good_above_the_rheobase(on_section, preset, limit_pA, margin_pA):
    currents = (limit_pA - margin_pA, limit_pA + margin_pA)
    rules = [cells.load("adex", preset=preset, on_section=on_section, I=current) for current in currents]
    (below, above), _ = simulated(rules, 4000.0, dt_ms=0.05)
    assert (np.sum(below > 500.0), np.sum(above > 500.0) > 0) == (0, True)


EXTREMES = ({"I": 1e5}, {"I": 1e5, "tref": 0.0}, {"I": -1e5}, {"DT": 0.0}, {"tau_w": 0.0}, {"Vr": -30.0}, {"b": 1e6})


@pytest.mark.simulation
@FORMS
@loop_over("dt_ms", [0.1, 0.025])
def test_no_extreme_is_no_number(on_section, dt_ms):
    rules = [cells.load("adex", on_section=on_section, **extreme) for extreme in EXTREMES]
    found, traces = simulated(rules, 100.0, dt_ms, record=("v" if on_section else "V", "w"))
    assert all(np.isfinite(trace).all() for trace in traces.values())
    # From Vr to Vcut takes less than a step, and the refractory time 5 ms.
    assert len(found[0]) == pytest.approx(20, abs=1)


@pytest.mark.simulation
def test_the_second_run_of_a_network_is_the_first():
    from netpyne import sim

    rules = [cells.load("adex", preset="irregular", on_section=on_section) for on_section in (False, True)]
    first, _ = simulated(rules, 205.0, change=excited)
    with quiet():
        sim.simulate()
    assert all(len(train) > 8 for train in first)
    for again, before in zip(trains(len(rules)), first, strict=True):
        assert again.tolist() == before.tolist()


def on_both_engines(duration_ms):
    """Spikes of the presets on NEURON and CoreNEURON: with own voltages by their events, on sections by NetPyNE."""
    libraries.load(libraries.build(libraries.OWN))
    libraries.load_coreneuron(libraries.build_coreneuron(libraries.OWN))
    own = [events(duration_ms, coreneuron) for coreneuron in (False, True)]
    rules = [cells.load("adex", preset=preset, on_section=True) for preset in adex.PRESETS]
    return own, [simulated(rules, duration_ms, coreneuron=coreneuron)[0] for coreneuron in (False, True)]


def events(duration_ms, coreneuron):
    """Spikes with own voltages, every 5 ms excited and inhibited."""
    from neuron import coreneuron as switch
    from neuron import h

    parallel, times, numbers = h.ParallelContext(), h.Vector(), h.Vector()
    made = [adex.AdEx(preset=preset) for preset in adex.PRESETS]
    source = h.NetStim()
    source.interval, source.number, source.start = 5.0, 1e9, 20.0
    inputs = [h.NetCon(source, cell._points[0]) for cell in made]
    for number, (cell, connection) in enumerate(zip(made, inputs, strict=True)):
        connection.weight[0], connection.weight[1] = 2.0, 1.5
        parallel.set_gid2node(number, 0)
        parallel.cell(number, h.NetCon(cell._points[0], None))
    parallel.spike_record(-1, times, numbers)
    h.dt, switch.enable = 0.025, coreneuron
    parallel.set_maxstep(1)
    with quiet():
        h.finitialize(-65)
        parallel.psolve(duration_ms)
    switch.enable = False
    parallel.gid_clear()
    return [np.array(times)[np.array(numbers) == number] for number in range(len(made))]


# Compiles CoreNEURON's library.
@pytest.mark.slow
@pytest.mark.simulation
def test_coreneuron_gives_the_same_spikes():
    with registry.make("serial", 1, warm_up) as pool:
        (outcome,) = pool.map(on_both_engines, [300.0])
    assert outcome.status == "done", outcome.reason
    for neuron, coreneuron in outcome.value:
        assert sum(map(len, neuron)) > 100
        for train, same in zip(neuron, coreneuron, strict=True):
            np.testing.assert_allclose(same, train, atol=1e-9, rtol=0)
