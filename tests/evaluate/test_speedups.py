"""CoreNEURON: used where it gives plain NetPyNE's raster, left where it does not or cannot, with the reason."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.commands import ROOT, SMALL, tuner
from tests.loops import loop_over
from tests.samples import task_of
from tuner.errors import MechanismError
from tuner.evaluate import evaluate, simulations, speedups
from tuner.mechanisms import libraries
from tuner.recording import Recording
from tuner.search import preparation
from tuner.study.study import Study

pytestmark = pytest.mark.simulation
RECORDED = json.loads((ROOT / "tests/data/net_tut_optimization.json").read_text())["results"]
RATES_ARE_GLOBAL = """
NEURON {
    SUFFIX slow_potassium
    USEION k READ ek WRITE ik
    RANGE gbar
    GLOBAL half, n_inf, tau
}
PARAMETER { gbar = 0.0003 (S/cm2) half = -40 (mV) }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) n_inf tau (ms) }
STATE { n }
INITIAL { rates(v) n = n_inf }
BREAKPOINT { SOLVE states METHOD cnexp ik = gbar * n * (v - ek) }
DERIVATIVE states { rates(v) n' = (n_inf - n) / tau }
PROCEDURE rates(v (mV)) { n_inf = 1 / (1 + exp(-(v - half) / 9)) tau = 20 }
"""
MODEL = """
from tuner.library.netparams import sensory_motor

DEFAULTS = {**sensory_motor.DEFAULTS, "slow": 0.0003}
UNITS = {**sensory_motor.UNITS, "slow": "S/cm2"}


def net_params(values):
    params = sensory_motor.net_params({k: v for k, v in values.items() if k != "slow"})
    for cell in params.cellParams.values():
        cell["secs"]["soma"]["mechs"]["slow_potassium"] = {"gbar": values["slow"]}
    return params


def sim_config(values, seed, duration_ms):
    return sensory_motor.sim_config(values, seed, duration_ms)
"""
STUDY = """
model = "model.py"
duration_ms = 300
[parameters.slow]
low = 0.0
high = 0.001
[targets.rate]
feature = "rate"
value = 10
[optimizer]
name = "genetic"
population_size = 2
[budget]
evaluations = 2
[simulation]
verify = 1
"""


def coreneuron() -> Path:
    return libraries.build_coreneuron(libraries.OWN, text="")


def task(values: dict, *overrides: str, **fields: object) -> evaluate.Task:
    return task_of(Study.load("tutorial", overrides), None, 0, 0, values, **fields)


def of(recorded: dict) -> dict:
    return {key: recorded[key] for key in ("probability", "weight", "delay")}


@pytest.mark.parametrize("recorded", RECORDED[:4], ids=lambda row: row["name"])
@loop_over("shared", [False, True])
def test_coreneuron_gives_the_recorded_raster_bit_for_bit_and_so_does_neuron_after_it(recorded, shared):
    fast = task(of(recorded), shared=shared, coreneuron=coreneuron())
    plain, _ = simulations.record(task(of(recorded)))
    for each in (fast, replace(fast, coreneuron=None), fast):
        recording, _ = simulations.record(each)
        assert np.array_equal(recording.spike_times, plain.spike_times)
        assert np.array_equal(recording.spike_cells, plain.spike_cells)
    assert len(plain.spike_times) == recorded["n_spikes"]


def test_a_network_stays_warm_under_coreneuron():
    first, second = RECORDED[1], RECORDED[2]
    fast = task(of(first), shared=True, coreneuron=coreneuron())
    simulations.record(fast)
    changed, change = simulations.record(replace(fast, values={**of(first), "weight": second["weight"]}))
    assert change == "in place"
    rewired, change = simulations.record(replace(fast, values=of(second)))
    assert change == "rewired"
    assert len(rewired.spike_times) == second["n_spikes"]


def test_engine_is_taken_for_its_raster_alone():
    fast = task(of(RECORDED[1]), shared=True, coreneuron=coreneuron())
    plain = speedups.rasters_of(speedups.plain_observations(fast))
    same = speedups.compare_engines(fast, plain)
    (raster,) = plain.values()
    assert (same.name, same.reason) == ("coreneuron", f"the same {len(raster.spike_times)} spikes as NEURON")
    assert same.gain > 0
    moved = Recording(raster.spike_times + 1e-5, raster.spike_cells, raster.populations, raster.duration_ms)
    other = speedups.compare_engines(fast, {"default": moved})
    assert (other.name, other.reason) == (
        "neuron", f"CoreNEURON gave a different raster ({len(raster.spike_times)} spikes)",
    )  # fmt: skip
    silent = Recording(raster.spike_times[:0], raster.spike_cells[:0], raster.populations, raster.duration_ms)
    assert speedups.silent_populations(fast, {"default": silent}) == ["all"]
    assert speedups.silent_populations(fast, plain) == []


LACKS = {
    "recordTraces (CoreNEURON returns spikes only)": lambda p, c: c.recordTraces.update(
        v={"sec": "soma", "loc": 0.5, "var": "v"}
    ),
    "recordLFP": lambda p, c: setattr(c, "recordLFP", [[0, 0, 0]]),
    "cvode_active": lambda p, c: setattr(c, "cvode_active", True),
    "plast in connParams['S->M']": lambda p, c: p.connParams["S->M"].update(plast={"mech": "STDP"}),
    "pointers of synapses": lambda p, c: p.synMechParams["exc"].update(pointerParams={"target_var": "vpeer"}),
}


@loop_over("words", LACKS)
def test_what_coreneuron_lacks_runs_on_neuron(words):
    from tuner.library.netparams import sensory_motor

    params = sensory_motor.net_params(sensory_motor.DEFAULTS)
    config = sensory_motor.sim_config(sensory_motor.DEFAULTS, 1, 100.0)
    assert list(speedups._lacks(params, config)) == []
    LACKS[words](params, config)
    (found,) = speedups._lacks(params, config)
    assert words in found


def own_model(folder: Path, mechanism: str = RATES_ARE_GLOBAL) -> Path:
    (folder / "mod").mkdir()
    (folder / "mod" / "slow.mod").write_text(mechanism)
    (folder / "model.py").write_text(MODEL)
    (folder / "study.toml").write_text(STUDY)
    return folder / "study.toml"


def test_only_computed_variables_leave_global():
    text = libraries.with_rates_in_range(RATES_ARE_GLOBAL.encode()).decode()
    assert "GLOBAL half RANGE n_inf, tau" in text
    assert text.replace("GLOBAL half RANGE n_inf, tau", "") == RATES_ARE_GLOBAL.replace("GLOBAL half, n_inf, tau", "")


@pytest.mark.slow
def test_global_rates_run_on_coreneuron_from_a_copy_and_the_answer_is_plain(tmp_path):
    study = own_model(tmp_path)
    done = tuner(study, "--runs", tmp_path / "runs", "--workers", 1)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "runs/study/manifest.json").read_text())
    assert (manifest["engine"]["name"], manifest["engine"]["ranged"]) == ("coreneuron", True), manifest["engine"]
    best = json.loads((tmp_path / "runs/study/best.json").read_text())
    assert best["verified"]["equal"] and best["verified"]["n_spikes"] > 10
    assert "GLOBAL half, n_inf, tau" in (tmp_path / "mod" / "slow.mod").read_text()


@pytest.mark.slow
def test_mechanisms_that_coreneuron_does_not_take_run_on_neuron(tmp_path):
    asks_hoc = "tau = 20\nVERBATIM\n    if (0) { _ltau = *hoc_getarg(1); }\nENDVERBATIM\n}".replace("_ltau", "tau")
    broken = RATES_ARE_GLOBAL.replace("tau = 20 }", asks_hoc)
    study = Study.load(own_model(tmp_path, broken))
    with pytest.raises(MechanismError, match="did not compile"):
        libraries.build_coreneuron(tmp_path / "mod", ranged=True)
    checked = preparation.check(study, "serial")
    assert checked.engine.name == "neuron"
    assert "CoreNEURON cannot compile the mechanisms" in checked.engine.reason


@pytest.mark.slow
def test_resumed_run_obeys_the_decision(tmp_path):
    settings = ("--runs", tmp_path, "--workers", 1)
    assert tuner(SMALL, *settings, "--set", "budget.evaluations=6").returncode == 0
    path = tmp_path / "small" / "manifest.json"
    manifest = json.loads(path.read_text())
    assert manifest["engine"]["name"] == "coreneuron"
    manifest["engine"] = {"name": "neuron", "reason": "written by hand", "decided": True}
    path.write_text(json.dumps(manifest))
    assert tuner(SMALL, *settings, "--set", "budget.evaluations=12").returncode == 0
    assert json.loads(path.read_text())["engine"]["reason"] == "written by hand"


def test_a_mechanism_that_coreneuron_has_not_runs_on_neuron(monkeypatch, tmp_path):
    library = tmp_path / "libnrnmech.so"
    library.touch()
    (tmp_path / "hh.mod").write_text("NEURON { SUFFIX hh }")
    monkeypatch.setattr(libraries, "load", lambda library: None)
    taken = []

    def note(self, specs, _):
        taken.append(specs.sim_config.coreneuron)

    monkeypatch.setattr(simulations.Network, "bring_to", note)
    monkeypatch.setattr(libraries, "load_coreneuron", lambda library: None)
    values = {"probability": 0.1, "weight": 0.01, "delay": 5.0}
    for of_neuron in (None, library):
        simulations._bring_network_to(replace(task(values, coreneuron=tmp_path / "none"), library=of_neuron), values)
    assert taken == [True, False]
