"""The granule cell against what was recorded of the original: variable step, fixed step, gates and sodium channel."""

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

import efel
import numpy as np
import pytest

from tests.loops import loop_over
from tests.yardstick import cellrun
from tuner.library import cells
from tuner.library.cells.granule import MECHANISMS, Granule
from tuner.mechanisms import libraries

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("recordings of granule")]
RECORDED = json.loads((cellrun.DATA / "granule.json").read_text())
PROTOCOLS = {protocol["name"]: protocol for protocol in RECORDED["protocols"]}
NOTEBOOK = {p["name"]: p for p in RECORDED["original_geometry"] if p["dur_ms"] == 2000}
STEPS = ["step_10pA", "step_16pA", "step_22pA"]
FIXED_STEPS = [name for name in PROTOCOLS if name.endswith("dt025")]
THRESHOLD_MV = -20.0
STEP_MS = 0.025
ABSOLUTE_TOLERANCE = 1e-5
# How far [mV, ms, or relative for the others] from eFEL's value of the recording.
VOLTAGES_MV = ["AP_height", "AHP_depth_abs", "AHP_depth_abs_slow", "voltage_base", "AP_amplitude", "AHP_depth"]
VOLTAGES_MV += ["AP_begin_voltage", "steady_state_voltage_stimend"]
TOLERANCES = {
    **dict.fromkeys(VOLTAGES_MV, {"abs": 0.2}),
    **dict.fromkeys(["AP_width", "AP_duration_half_width", "time_to_first_spike"], {"abs": 0.1}),
    **dict.fromkeys(["mean_frequency", "inv_first_ISI"], {"rel": 0.01}),
    **dict.fromkeys(["ISI_CV", "adaptation_index2"], {"abs": 0.003}),
    "Spikecount": {"abs": 0},
}


@dataclass
class Run:
    """What a simulation gave of each of WATCHED, at its own times [ms]."""

    times: np.ndarray
    values: dict[str, np.ndarray] = field(default_factory=dict)

    def at(self, times: object, name: str = "soma") -> np.ndarray:
        return np.interp(times, self.times, self.values[name])

    def spikes(self, name: str = "soma") -> np.ndarray:
        """Upward crossings of -20 mV, between the samples on a straight line."""
        v = self.values[name]
        before = np.flatnonzero((v[:-1] < THRESHOLD_MV) & (v[1:] >= THRESHOLD_MV))
        share = (THRESHOLD_MV - v[before]) / (v[before + 1] - v[before])
        return self.times[before] + share * np.diff(self.times)[before]


@pytest.fixture(scope="module", autouse=True)
def variable_step() -> Iterator[None]:
    """NEURON's variable step and its temperature, both of the whole process, for this module alone."""
    libraries.load(libraries.build(libraries.OWN))
    from neuron import h

    h.load_file("stdrun.hoc")
    celsius, tolerance = h.celsius, h.CVode().atol()
    yield
    h.celsius = celsius
    h.CVode().active(False)
    h.CVode().atol(tolerance)


def stepped(amp_pa: float, duration_ms: float = 500.0) -> Run:
    """A new cell with a step of current from 100 ms on, at the variable step, and 100 ms after it."""
    from neuron import h

    h.celsius = 37.0
    h.CVode().active(True)
    h.CVode().atol(ABSOLUTE_TOLERANCE)
    cell = Granule()
    soma, hillock, axon, dendrite = (cell._sections[name] for name in ("soma", "hillock", "axon", "dend_0"))
    clamp = h.IClamp(soma(0.5))
    clamp.delay, clamp.dur, clamp.amp = 100.0, duration_ms, amp_pa / 1000
    watched = {"soma": soma(0.5)._ref_v, "hillock": hillock(0.5)._ref_v, "axon_end": axon(1.0)._ref_v}
    watched |= {"dend0": dendrite(0.5)._ref_v, "cai_dend0": dendrite(0.5)._ref_cai}
    times = h.Vector().record(h._ref_t)
    values = {name: h.Vector().record(reference) for name, reference in watched.items()}
    h.finitialize(-70.0)
    h.continuerun(200.0 + duration_ms)
    return Run(np.array(times), {name: np.array(each) for name, each in values.items()})


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return {name: stepped(PROTOCOLS[name]["amp_pA"]) for name in [*STEPS, "step_-5pA", "rest"]}


def features(run: Run, protocol: dict) -> dict[str, float]:
    """eFEL's, mean over the spikes, of the voltage every 0.025 ms."""
    times = np.arange(0.0, protocol["tstop_ms"] + STEP_MS / 2, STEP_MS)
    stimulus = {"stim_start": [protocol["delay_ms"]], "stim_end": [protocol["delay_ms"] + protocol["dur_ms"]]}
    names = list(protocol["features"])
    efel.reset()
    efel.set_setting("interp_step", 0.1)
    efel.set_setting("Threshold", THRESHOLD_MV)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (found,) = efel.get_feature_values([{"T": times, "V": run.at(times), **stimulus}], names)
    efel.reset()
    return {name: float(np.mean(each)) for name, each in found.items() if each is not None}


def hold_features(run: Run, protocol: dict) -> None:
    found = features(run, protocol)
    for name, value in protocol["features"].items():
        assert found[name] == pytest.approx(value, **TOLERANCES[name]), name


@pytest.mark.parametrize("name", STEPS)
def test_spikes_at_the_variable_step(name, runs):
    spikes, wanted = runs[name].spikes(), PROTOCOLS[name]["spike_times_ms"]
    assert len(spikes) == len(wanted)
    np.testing.assert_allclose(spikes, wanted, atol=0.02, rtol=0)


@pytest.mark.parametrize("name", STEPS)
def test_features(name, runs):
    hold_features(runs[name], PROTOCOLS[name])


def test_voltage_between_the_spikes(runs):
    protocol = PROTOCOLS["step_10pA"]
    wanted = np.array(protocol["v_soma_mV_every_0.5ms"])
    off = cellrun.off_spikes(np.array(protocol["spike_times_ms"]), len(wanted))
    found = runs["step_10pA"].at(np.arange(len(wanted)) * cellrun.SAMPLE_MS)
    np.testing.assert_allclose(found[off], wanted[off], atol=0.1, rtol=0)


@pytest.mark.parametrize("place", ["hillock", "axon_end", "dend0"])
def test_a_spike_from_the_hillock_to_the_ends(place, runs):
    wanted, voltage = PROTOCOLS["step_10pA"]["extra"][place], runs["step_10pA"].values[place]
    np.testing.assert_allclose(runs["step_10pA"].spikes(place)[:3], wanted["first_crossings_minus20"], atol=0.02)
    assert voltage.max() == pytest.approx(wanted["peak_mV"], abs=0.2)
    if "min_mV" in wanted:
        assert voltage.min() == pytest.approx(wanted["min_mV"], abs=0.01)


def test_calcium_of_the_dendrites(runs):
    wanted, calcium = PROTOCOLS["step_10pA"]["extra"]["cai_dend0"], runs["step_10pA"].values["cai_dend0"]
    assert calcium.max() == pytest.approx(wanted["max"], rel=1e-3)
    assert calcium[-1] == pytest.approx(wanted["at_end"], rel=1e-5)


@pytest.mark.parametrize("name", ["step_-5pA", "rest"])
def test_no_spike(name, runs):
    protocol = PROTOCOLS[name]
    assert len(runs[name].spikes()) == 0
    assert runs[name].at(99.9) == pytest.approx(protocol["v_before_step_mV"], abs=1e-3)
    assert runs[name].at(599.9) == pytest.approx(protocol["v_end_of_step_mV"], abs=1e-3)
    assert runs[name].at(50.0) == pytest.approx(protocol["features"]["voltage_base"], abs=0.2)


def test_input_resistance(runs):
    rest = runs["rest"].at(599.9)
    found = {f"{amp:g}pA": (stepped(amp).at(599.9) - rest) / amp * 1000 for amp in (-1.0, -5.0)}
    assert found == pytest.approx(RECORDED["input_resistance_MOhm"], rel=1e-3)


def test_rheobase():
    below, above = RECORDED["rheobase_pA_500ms"]
    assert (len(stepped(below).spikes()), len(stepped(above).spikes()) > 0) == (0, True)


def test_spikes_by_current():
    others = {amp: count for amp, count in RECORDED["fI"].items() if f"step_{amp}pA" not in STEPS}
    assert {amp: len(stepped(float(amp)).spikes()) for amp in others} == others


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOK)
def test_two_seconds_of_the_original_geometry(name):
    protocol = NOTEBOOK[name]
    run = stepped(protocol["amp_pA"], 2000.0)
    assert len(run.spikes()) == protocol["spike_count"]
    np.testing.assert_allclose(run.spikes()[:3], protocol["spike_times_ms"][:3], atol=0.03)
    np.testing.assert_allclose(run.spikes(), protocol["spike_times_ms"], atol=3.0)
    hold_features(run, protocol)


def netpynes(protocol: dict) -> dict:
    """A recorded protocol as `cellrun` takes it."""
    return {**protocol, "stim": "IClamp", "amp_nA": protocol["amp_pA"] / 1000}


@pytest.fixture(scope="module")
def at_fixed_step() -> dict[str, cellrun.Response]:
    from neuron import h

    h.CVode().active(False)
    protocols = [netpynes(PROTOCOLS[name]) for name in FIXED_STEPS]
    return dict(zip(FIXED_STEPS, cellrun.respond([cells.load("granule")] * 3, protocols), strict=True))


@pytest.mark.parametrize("name", FIXED_STEPS)
def test_spikes_of_a_network_at_the_fixed_step(name, at_fixed_step):
    # The recording is between two steps, NetPyNE's time is the second of them.
    late = at_fixed_step[name].spikes - np.array(PROTOCOLS[name]["spike_times_ms"])
    assert late.min() > -1.5e-3
    assert late.max() < STEP_MS + 1.5e-3


@pytest.fixture(scope="module")
def patch() -> object:
    """A section with every mechanism of the cell."""
    from neuron import h

    section = h.Section(name="patch")
    for mechanism in {each for place in MECHANISMS.values() for each in place}:
        section.insert(mechanism)
    return section


@loop_over("row", RECORDED["channel_gates_inf_tau"])
def test_gates(row, patch):
    from neuron import h

    h.celsius, patch(0.5).GRC_CALC.cai0 = row["celsius"], row["cai_mM"]
    h.finitialize(row["v"])
    found = {}
    for label in row["gates"]:
        channel, gate = label.split("_")
        mechanism = getattr(patch(0.5), f"GRC_{channel}")
        found[label] = [getattr(mechanism, f"{gate}_inf"), getattr(mechanism, f"tau_{gate}")]
    for label, wanted in row["gates"].items():
        assert found[label] == pytest.approx(wanted, rel=1e-5), label


@loop_over("row", RECORDED["NA_voltage_clamp"]["rows"])
def test_sodium_channel_at_a_clamped_voltage(row, patch):
    from neuron import h

    h.celsius = row["celsius"]
    h.CVode().active(True)
    h.CVode().atol(1e-9)
    clamp = h.SEClamp(patch(0.5))
    clamp.rs, clamp.dur1, clamp.amp1, clamp.dur2, clamp.amp2 = 1e-7, 50.0, -80.0, 20.0, row["V"]
    times, opened = h.Vector().record(h._ref_t), h.Vector().record(patch(0.5).GRC_NA._ref_O)
    h.finitialize(-80.0)
    h.continuerun(69.9)
    after = np.array(times) > 50.0
    time, opened = np.array(times)[after] - 50.0, np.array(opened)[after]
    # The recording has the error of its own integration, against the matrix's exponential 0.3 % on the way down.
    assert opened.max() == pytest.approx(row["O_peak"], rel=1e-3)
    assert time[opened.argmax()] == pytest.approx(row["t_peak_ms"], rel=0.03)
    assert np.interp([1, 5, 19], time, opened) == pytest.approx([row[f"O_at_{t}ms"] for t in (1, 5, 19)], rel=5e-3)
