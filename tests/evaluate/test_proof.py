"""Reused networks: proved against plain NetPyNE on the model, and left where they differ."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands import rows, tuner
from tuner.evaluate import evaluate, proof, simulations
from tuner.evaluate.task import template
from tuner.optimizers import resolution
from tuner.runs.decisions import Decisions, Engine, Reuse, Sharing
from tuner.search import proof_cache
from tuner.study.study import Study

pytestmark = pytest.mark.simulation

# An outward current that grows with the charge since the last run began, for INITIAL does not set the charge.
KEEPING = """
NEURON { SUFFIX fatigue NONSPECIFIC_CURRENT i RANGE gain, charge }
PARAMETER { gain = 0.00002 }
ASSIGNED { v (mV) i (mA/cm2) charge }
INITIAL { i = 0 }
BREAKPOINT { if (v > 0) { charge = charge + dt } i = gain * charge }
"""
# The same with one charge for all instances, which neither a new network nor the tuner can set back.
KEEPING_IN_ALL = """
NEURON { SUFFIX fatigue NONSPECIFIC_CURRENT i RANGE gain }
PARAMETER { gain = 0.00002 }
ASSIGNED { v (mV) i (mA/cm2) }
VERBATIM
static double charge = 0;
ENDVERBATIM
INITIAL { i = 0 }
BREAKPOINT {
    VERBATIM
    if (v > 0) { charge += dt; }
    i = gain * charge;
    ENDVERBATIM
}
"""
CLEAN = KEEPING.replace("INITIAL { i = 0 }", "INITIAL { charge = 0 }")
# A global variable of all instances, which the model's code sets.
STRENGTH = CLEAN.replace("charge }\nPARAMETER {", "charge GLOBAL strength }\nPARAMETER { strength = 1").replace(
    "gain * charge }", "strength * gain * charge }"
)
MODEL = """
import logging
from netpyne import sim, specs

DEFAULTS = {"amp": 0.3, "gain": 0.00002}
UNITS = {"amp": "nA"}


def net_params(values):
    tally = logging.getLogger("tally")
    tally.calls = getattr(tally, "calls", 0) + 1
    params = specs.NetParams()
    mechs = {"hh": {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.0003, "el": -54.3}, "fatigue": {"gain": values["gain"]}}
    params.cellParams["C"] = {"secs": {"soma": {"geom": {"diam": 19, "L": 19}, "mechs": mechs}}}
    params.popParams["E"] = {"cellType": "C", "numCells": 2}
    params.stimSourceParams["clamp"] = {"type": "IClamp", "del": 5, "dur": 80, "amp": values["amp"] CHANGE}
    params.stimTargetParams["clamp->E"] = {"source": "clamp", "conds": {"pop": "E"}, "sec": "soma", "loc": 0.5}
    return params


def sim_config(values, seed, duration_ms):
    sim.runSim = counted
    return specs.SimConfig({"duration": duration_ms})


run = sim.runSim


def counted():
    with open(RUNS, "a") as file:
        file.write("run\\n")
    run()
"""
STUDY = """
model = "model.py"
duration_ms = 90
[parameters.amp]
low = 0.1
high = 0.6
[parameters.gain]
low = 0.00001
high = 0.00003
[targets.rate]
feature = "rate"
population = "E"
value = 40
tolerance = 1
[optimizer]
name = "random"
population_size = 6
[budget]
evaluations = 6
[simulation]
verify = 1
fresh_seeds = 0
engine = "neuron"
"""
# Each candidate in a process that has imported NetPyNE, and nothing else.
PLAIN = """
import json, os, sys
sys.path.insert(0, {folder!r})
from netpyne import sim
sim.h.nrn_load_dll({library!r})
for values in {values!r}:
    if os.fork():
        assert os.wait()[1] == 0
        continue
    import model
    sim.createSimulate(netParams=model.net_params(values), simConfig=model.sim_config(values, 1, 90))
    print("spikes", len(sim.simData["spkt"]), flush=True)
    os._exit(0)
"""


def written(folder: Path, mechanism: str, change: str = "") -> Path:
    """A study in a folder; its model writes a line to `runs` for each simulation."""
    (folder / "mod").mkdir()
    (folder / "mod" / "fatigue.mod").write_text(mechanism)
    text = MODEL.replace(" CHANGE", change).replace("RUNS", repr(str(folder / "runs.txt")))
    (folder / "model.py").write_text(text)
    (folder / "study.toml").write_text(STUDY)
    return folder / "study.toml"


def task_of(study: Path) -> evaluate.Task:
    task = template(resolution.resolve(Study.load(study)))
    return task.at(0, 0, {"amp": 0.3, "gain": 0.00002})


def plain_rates(study: Path, values: list[dict]) -> list[float]:
    """The rate of E [Hz] by plain NetPyNE, each in a fresh process."""
    text = PLAIN.format(folder=str(study.parent), library=str(task_of(study).library), values=values)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return [int(number) / 2 / 0.09 for number in re.findall(r"^spikes (\d+)$", done.stdout, re.MULTILINE)]


@pytest.mark.parametrize(
    ("mechanism", "way", "differs"),
    [
        (CLEAN, "in place", set()),
        (KEEPING, "rebuilt", {"in place"}),
        (KEEPING_IN_ALL, "fresh process", {"in place", "rebuilt"}),
    ],
    ids=["clean", "kept in an instance", "kept in all"],
)  # fmt: skip
def test_proof_ends_at_the_first_way_that_gives_plain_netpynes_result(tmp_path, mechanism, way, differs):
    names = re.sub(r"\W", "_", way)
    renamed = mechanism.replace("fatigue", f"fatigue_{names}")
    study = written(tmp_path, renamed)
    model = tmp_path / "model.py"
    model.write_text(model.read_text().replace('"fatigue"', f'"fatigue_{names}"'))
    task = task_of(study)
    plain = simulations.observe(replace(task, reuse="fresh process"))
    found = proof.prove(proof.Attempt(task, plain))
    assert found.way == way and found.differences.keys() == differs
    assert found.n_others == (2 if differs else 1)


@pytest.mark.parametrize(
    ("mechanism", "change", "way", "executor"),
    [
        (CLEAN, "", "in place", "processes"),
        pytest.param(CLEAN, " + 0.02 * tally.calls", "fresh process", "processes", marks=pytest.mark.slow),
        (STRENGTH, " + 0 * (setattr(sim.h, 'strength_fatigue', 30) or 0)", "in place", "processes"),
        (KEEPING_IN_ALL, "", "fresh process", "processes"),
        pytest.param(KEEPING_IN_ALL, "", "fresh process", "inline", marks=pytest.mark.slow),
    ],
    ids=["clean", "code that counts its calls", "code that sets a global variable", "state of all", "inline"],
)
def test_every_stored_evaluation_is_that_of_plain_netpyne(tmp_path, mechanism, change, way, executor):
    study = written(tmp_path, mechanism, change)
    done = tuner("run", study, "--runs", tmp_path / "runs", "--workers", 1, "--executor", executor)
    assert done.returncode == 0, done.stderr
    stored = rows(tmp_path / "runs" / "study").values()
    rates = plain_rates(study, [row["values"] for row in stored])
    assert [row["features"]["rate"] for row in stored] == pytest.approx(rates)
    assert len(set(rates)) > 2
    manifest = json.loads((tmp_path / "runs" / "study" / "manifest.json").read_text())
    assert manifest["reuse"]["way"] == way
    words = {"in place": "changed in place where possible", "fresh process": "built in a fresh process for each"}
    assert f"Networks: {words[way]}" in done.stdout + done.stderr


def test_proof_costs_two_simulations_and_none_the_second_time(tmp_path):
    study = written(tmp_path, CLEAN)
    made = []
    for folder in ("one", "one", "two"):
        (tmp_path / "runs.txt").write_text("")
        assert tuner("run", study, "--runs", tmp_path / folder, "--workers", 1).returncode == 0
        made.append(len((tmp_path / "runs.txt").read_text().splitlines()))
    # The second time, the finished run is only reported. The third run finds the proof of the first.
    assert made[2] == 6 and made[1] == 0
    assert made[0] in (made[2], made[2] + 2)


def test_a_silent_network_proves_nothing_and_its_mechanisms_are_named(tmp_path):
    study = written(tmp_path, KEEPING)
    model = tmp_path / "model.py"
    one = "    params.popParams['I'] = {'cellType': 'C', 'numCells': 1}\n"
    model.write_text(model.read_text().replace('    params.stimSourceParams', one + '    params.stimSourceParams'))
    target = '\n[targets.silent]\nfeature = "rate"\npopulation = "I"\nvalue = 0\ntolerance = 1\n'
    study.write_text(study.read_text() + target)
    done = tuner("run", study, "--runs", tmp_path / "runs", "--workers", 1)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "runs" / "study" / "manifest.json").read_text())
    assert manifest["reuse"]["way"] == "fresh process" and not manifest["reuse"]["decided"]
    assert manifest["changes"] == {"fresh process": 6}
    assert manifest["reuse"]["retained"].keys() == {"fatigue"} and not manifest["reuse"]["mended"]
    assert done.stdout.count("Mechanism fatigue keeps state between runs: BREAKPOINT reads charge before writing") == 1


def test_a_network_that_spikes_later_is_proved_then(tmp_path):
    study = written(tmp_path, CLEAN)
    text = study.read_text().replace("low = 0.1\nhigh = 0.6", "low = 0\nhigh = 0.6\nstart = 0.01")
    study.write_text(text.replace("population_size = 6", "population_size = 3"))
    assert tuner("run", study, "--runs", tmp_path / "runs", "--workers", 1).returncode == 0
    manifest = json.loads((tmp_path / "runs" / "study" / "manifest.json").read_text())
    assert manifest["reuse"]["way"] == "in place" and manifest["reuse"]["decided"]
    assert manifest["changes"] == {"fresh process": 3, "in place": 3}


def test_cache_returns_decisions_as_written_and_nothing_of_a_damaged_file(tmp_path):
    kept = Decisions(Sharing(True, "same"), Engine("neuron", "set"), Reuse("rebuilt", "differs", retained={"m": "t0"}))
    proof_cache.write("key", kept, tmp_path)
    assert proof_cache.read("key", tmp_path) == kept
    (tmp_path / "key.json").write_text('[{"shared": 1}')
    assert proof_cache.read("key", tmp_path) is None and proof_cache.read("other", tmp_path) is None
    proof_cache.write("open", kept._replace(reuse=Reuse("rebuilt", "", decided=False)), tmp_path)
    assert proof_cache.read("open", tmp_path) is None
