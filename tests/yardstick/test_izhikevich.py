"""The four Izhikevich cells against recordings of the originals."""

import json

import numpy as np
import pytest

from tests.loops import loop_over
from tests.yardstick import cellrun
from tuner.executors import registry
from tuner.library import cells
from tuner.mechanisms import libraries
from tuner.simulation.simulate import quiet, warm_up

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("recordings of izhikevich")]
FORMS = ("izhikevich2003a", "izhikevich2003b", "izhikevich2007a", "izhikevich2007b")
IN_SECTIONS = ("izhikevich2003b", "izhikevich2007b")
PROTOCOLS = {(form, p["name"]): p for form in FORMS for p in cellrun.recorded(form)}
CURRENT = {"delay_ms": 100.0, "dur_ms": 500.0, "tstop_ms": 700.0, "celsius": 6.3, "v_init_mV": -65.0}


def rheobases() -> dict[tuple[str, str], dict]:
    """Just below and just above, of the default preset."""
    found = {}
    for form in FORMS:
        metadata = json.loads((cellrun.DATA / f"{form}.json").read_text())["metadata"]
        for side, value in zip(("below", "above"), metadata["rheobase_bracket"], strict=True):
            stimulus = {"Iin": {"stim": "Iin", "Iin": value}, "nA": {"stim": "IClamp", "amp_nA": value}}
            found[form, side] = {**CURRENT, **stimulus[metadata["rheobase_unit"]]}
    return found


def rule(form: str, protocol: dict, **options: object) -> dict:
    return cells.load(form, **{name: protocol[name] for name in ("preset", "Iin") if name in protocol}, **options)


def respond(protocols: dict[tuple[str, str], dict]) -> dict[tuple[str, str], cellrun.Response]:
    rules = [rule(form, protocol) for (form, _), protocol in protocols.items()]
    return dict(zip(protocols, cellrun.respond(rules, list(protocols.values())), strict=True))


@pytest.fixture(scope="module")
def responses():
    return respond({**PROTOCOLS, **rheobases()})


@loop_over("which", PROTOCOLS)
def test_recorded_protocol(responses, which):
    cellrun.check(responses[which], PROTOCOLS[which])


@loop_over("form", FORMS)
def test_rheobase(responses, form):
    assert len(responses[form, "below"].spikes) == 0
    assert len(responses[form, "above"].spikes) > 0


# Where NEURON's own arithmetic is followed, rounding is too: these are recordings that a rounding decides.
@loop_over(
    "which", [w for w in PROTOCOLS if PROTOCOLS[w].get("rounding_sensitive") and w[0][-5:] in ("2003b", "2007a")]
)
def test_recorded_protocol_to_the_rounding(responses, which):
    cellrun.check(responses[which], {**PROTOCOLS[which], "rounding_sensitive": False})


@loop_over("current", [2.0, 15.0, 40.0, 80.0])
def test_the_preset_that_ended_the_originals_run_bursts_as_its_twin_in_a_section(current):
    protocol = {**CURRENT, "stim": "Iin", "Iin": current, "preset": "inhibition-induced bursting"}
    both = respond({(form, ""): protocol for form in ("izhikevich2003a", "izhikevich2003b")})
    own, section = both.values()
    assert np.isfinite(own.v).all()
    assert len(own.spikes) == pytest.approx(len(section.spikes), rel=0.25)
    assert len(own.spikes) > 2000


def raster(coreneuron: bool) -> dict[tuple[str, str], list[float]]:
    """NetPyNE's, of the cells in sections under all their recorded protocols at once."""
    from netpyne import sim, specs

    libraries.load_coreneuron(libraries.build_coreneuron(libraries.OWN))
    libraries.load(libraries.build(libraries.OWN))
    which = [w for w in PROTOCOLS if w[0] in IN_SECTIONS]
    params, config = specs.NetParams(), specs.SimConfig({"duration": 700.0, "dt": 0.025, "coreneuron": coreneuron})
    # Not where the cells start: they have to get there by themselves.
    config.hParams.update(celsius=6.3, v_init=-80.0)
    params.synMechParams["exc"] = {"mod": "ExpSyn", "tau": 2.0, "e": 0.0}
    for number, (form, name) in enumerate(which):
        cellrun.add(params, config, f"cell{number}", rule(form, PROTOCOLS[form, name]), PROTOCOLS[form, name])
    config.recordTraces = {}
    with quiet():
        sim.create(netParams=params, simConfig=config)
        sim.simulate()
    spikes = sorted(zip(sim.simData["spkid"], sim.simData["spkt"], strict=True))
    return {w: [time for cell, time in spikes if cell == number] for number, w in enumerate(which)}


@pytest.mark.slow
def test_coreneuron_gives_the_recorded_spikes_of_the_cells_in_sections():
    # CoreNEURON takes one library a process.
    with registry.make("serial", 1, warm_up) as pool:
        (outcome,) = pool.map(raster, [True])
    assert outcome.status == "done", outcome.reason
    for which, spikes in outcome.value.items():
        # A reset a step later makes the next one later: two steps after half a second.
        hold(spikes, PROTOCOLS[which]["spike_times_ms"], PROTOCOLS[which]["rounding_sensitive"], steps=2)


def hold(spikes: list[float], wanted: list[float], rounding_sensitive: bool, steps: int = 1) -> None:
    """Equal within time steps; where another compiler's rounding decides, equally many within a tenth."""
    if rounding_sensitive:
        assert len(spikes) == pytest.approx(len(wanted), rel=0.1)
    else:
        np.testing.assert_allclose(spikes, wanted, atol=0.025 * steps + 1e-4, rtol=0)


def resets(coreneuron: bool) -> dict[tuple[str, str], list[float]]:
    """Of the cells with a voltage of their own, whose events CoreNEURON takes though it does not see that voltage."""
    from neuron import coreneuron as engine
    from neuron import h

    libraries.load_coreneuron(libraries.build_coreneuron(libraries.OWN))
    libraries.load(libraries.build(libraries.OWN))
    which = [w for w in PROTOCOLS if w[0] not in IN_SECTIONS]
    context, times, numbers, kept = h.ParallelContext(), h.Vector(), h.Vector(), []
    for number, w in enumerate(which):
        kept.append(stimulated(*w))
        context.set_gid2node(number, 0)
        context.cell(number, h.NetCon(kept[-1][1], None))
    context.spike_record(-1, times, numbers)
    context.set_maxstep(10)
    h.dt, engine.enable = 0.025, coreneuron
    h.finitialize(-65.0)
    with quiet():
        context.psolve(700.0)
    spikes = sorted(zip(numbers, times, strict=True))
    return {w: [time for cell, time in spikes if cell == number] for number, w in enumerate(which)}


def stimulated(form: str, name: str) -> tuple:
    """A recorded protocol in plain NEURON: section, point process, train of events."""
    from neuron import h

    protocol, section = PROTOCOLS[form, name], h.Section()
    (point,) = rule(form, protocol)["secs"]["soma"]["pointps"].values()
    process = getattr(h, point["mod"])(section(0.5))
    for parameter in point.keys() - {"mod", "loc", "vref", "synList"}:
        setattr(process, parameter, point[parameter])
    train = h.NetStim()
    train.interval, train.start, train.noise = 1000 / protocol.get("rate_Hz", 1.0), protocol.get("start_ms", 1e9), 0
    train.number = 1e9
    events = h.NetCon(train, process)
    events.delay = protocol.get("conn_delay_ms", 1.0)
    events.weight[protocol.get("weight_index", 0)] = protocol.get("weight", 0.0)
    return section, process, train, events


@pytest.mark.slow
def test_coreneuron_gives_the_same_resets_of_the_cells_with_a_voltage_of_their_own():
    found = []
    for engine in (False, True):
        with registry.make("serial", 1, warm_up) as pool:
            (outcome,) = pool.map(resets, [engine])
        assert outcome.status == "done", outcome.reason
        found.append(outcome.value)
    for which in found[0]:
        hold(found[1][which], found[0][which], PROTOCOLS[which].get("rounding_sensitive", False))
    assert sum(len(times) for times in found[0].values()) > 4000
