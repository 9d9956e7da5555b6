"""Models that know nothing of us, tuned by the command as a user types it, and taken back."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.commands import rows, tuner
from tests.foreign_models import CASES, FOREIGN
from tests.model.test_foreign import ENTRIES, path_and_value
from tuner.errors import StudyError
from tuner.evaluate.evaluate import prepare
from tuner.evaluate.task import Inquiry
from tuner.mechanisms import libraries
from tuner.model.models import mod_folder as model_folder
from tuner.study.study import Study
from tuner.study.study_file import read

pytestmark = pytest.mark.simulation
WITH_INDEX = pytest.mark.xdist_group("foreign model with an index")

STUDY = """
name = "tuned"
model = "{model}"

{parameters}

[targets.rate]
feature = "rate"
population = "{population}"
window_ms = [40, 120]
value = 30
tolerance = 1

[optimizer]
name = "random"
population_size = {evaluations}

[budget]
evaluations = {evaluations}

[simulation]
verify = 2
fresh_seeds = 0
"""


def study(folder: Path, model: Path, parameters: str, population: str = "E", evaluations: int = 4) -> Path:
    file = folder / "tuned.toml"
    text = STUDY.format(model=model, parameters=parameters, population=population, evaluations=evaluations)
    file.write_text(text)
    return file


def parameter(path: str, low: float, high: float) -> str:
    return f"[parameters.{json.dumps(path)}]\nlow = {low}\nhigh = {high}"


@pytest.fixture(scope="module")
def indexed(tmp_path_factory):
    """A run of a model with an index, mod files of which one does not compile, and an unread attribute's like."""
    folder = tmp_path_factory.mktemp("indexed")
    shutil.copytree(FOREIGN / "indexed", folder / "indexed")
    weight = parameter("netParams.connParams['E->I'].weight", 0.001, 0.01)
    parameters = f"{parameter('gkslow', 0.0001, 0.005)}\n{weight}"
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    done = tuner("run", study(folder, folder / "indexed", parameters), "--runs", folder / "runs")
    assert done.returncode == 0, done.stderr
    written = {file for file in (folder / "indexed").rglob("*") if file.is_file()}
    assert written == before.keys() and all(file.read_bytes() == before[file] for file in written)
    return folder / "runs" / "tuned", done


@WITH_INDEX
def test_a_model_on_disk_is_tuned_and_verified_by_plain_netpyne(indexed):
    folder, done = indexed
    best = json.loads((folder / "best.json").read_text())
    assert best["verified"]["equal"] and len(rows(folder)) == 4
    start = rows(folder)[0]["values"]
    assert start == {"gkslow": 0.0005, "netParams.connParams['E->I'].weight": 0.003}
    assert "oldstim.mod does not compile and is left out" in done.stderr
    assert read(folder / "study.toml")["duration_ms"] == 200.0


@WITH_INDEX
@pytest.mark.slow
def test_an_export_is_a_model_again_with_the_same_raster(indexed, tmp_path):
    folder, _ = indexed
    best = json.loads((folder / "best.json").read_text())
    export = folder / "export"
    assert {file.name for file in export.iterdir()} >= {"cfg.py", "netParams.json", "index.npjson", "run.py", "mod"}
    assert {file.name for file in (export / "mod").iterdir()} == {"kslow.mod", "gating.inc"}
    lines = (export / "cfg.py").read_text().splitlines()
    gkslow, weight = (best["values"][name] for name in ("gkslow", "netParams.connParams['E->I'].weight"))
    assert lines[-2:] == [f"cfg.gkslow = {gkslow!r}", f"# netParams.connParams['E->I']['weight'] = {weight!r}"]
    again = study(tmp_path, export, parameter("dt", 0.01, 0.1), evaluations=1)
    done = tuner("run", again, "--runs", tmp_path / "runs")
    assert done.returncode == 0, done.stderr
    (first,) = rows(tmp_path / "runs" / "tuned").values()
    assert first["features"] == best["features"]
    n_spikes = json.loads((tmp_path / "runs" / "tuned" / "best.json").read_text())["verified"]["n_spikes"]
    assert n_spikes == best["verified"]["n_spikes"]


@WITH_INDEX
@pytest.mark.slow
def test_an_export_is_loaded_by_netpyne_itself(indexed, tmp_path):
    """Raster of the export as NetPyNE's loadModel takes it, in an interpreter without the tuner."""
    folder, _ = indexed
    best = json.loads((folder / "best.json").read_text())
    shutil.copytree(folder / "export", tmp_path / "export")
    script = (
        "from netpyne import sim\ncfg, netParams = sim.loadModel('export')\n"
        "sim.createSimulate(netParams=netParams, simConfig=cfg)\nprint('SPIKES', len(sim.allSimData['spkt']))\n"
    )
    tools = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PATH": tools}
    )
    assert f"SPIKES {best['verified']['n_spikes']}" in done.stdout.splitlines(), done.stderr


TIED = """
[parameters.both]
low = 0.001
high = 0.02
paths = [{path = "cfg.weightEI"}, {path = "cfg.weightIE", factor = 2.0}]

[parameters.scale]
low = 0.5
high = 2
scale = "log"
relative = true
path = "netParams.stimTargetParams['*'].weight"

[parameters.together]
paths = [{path = "cfg.gkslow", choices = [0.0, 0.002]}, {path = "cfg.numE", choices = [10, 15]}]
"""


@pytest.mark.slow
def test_tied_relative_and_zipped_parameters(tmp_path):
    done = tuner("run", study(tmp_path, FOREIGN / "indexed", TIED, evaluations=3), "--runs", tmp_path)
    assert done.returncode == 0, done.stderr
    best = json.loads((tmp_path / "tuned" / "best.json").read_text())
    assert best["verified"]["equal"]
    # The model's own weightEI, its weights as they are, and the first of choices of which it has none.
    assert rows(tmp_path / "tuned")[0]["values"] == {"both": 0.003, "scale": 1.0, "together": "0.0, 10"}
    table = json.loads((tmp_path / "tuned" / "export" / "netParams.json").read_text())["net"]["params"]
    values = best["values"]
    assert table["connParams"]["E->I"]["weight"] == values["both"]
    assert table["connParams"]["I->E"]["weight"] == 2.0 * values["both"]
    assert {each["weight"] for each in table["stimTargetParams"].values()} == {0.012 * values["scale"]}
    slow, cells = {"0.0, 10": (0.0, 10), "0.002, 15": (0.002, 15)}[values["together"]]
    assert table["cellParams"]["Ecell"]["secs"]["soma"]["mechs"]["kslow"]["gbar"] == slow
    assert table["popParams"]["E"]["numCells"] == cells


def around(statement: str) -> str:
    """A parameter about a change that is known to show in the raster; none for a study's own key."""
    path, value = path_and_value(statement)
    if path == "cfg.duration":
        return ""
    if isinstance(value, int):
        return f"{parameter(path, value, value + 5)}\nkind = 'int'"
    return parameter(path, 0.7 * value, value)


# One of each kind that `indexed` is not: two files, a script, a saved network, pickled specs.
EVERYDAY = ("pair", "src_pair", "saved_json", "saved_specs")


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=pytest.mark.slow if case in EVERYDAY else pytest.mark.exhaustive) for case in CASES],
)
def test_every_shape_of_model_is_tuned_and_verified(case, tmp_path):
    parameters = "\n".join(map(around, CASES[case].tunable.values()))
    entry = FOREIGN / ENTRIES.get(case, CASES[case].entry)
    done = tuner("run", study(tmp_path, entry, parameters, "all", 3), "--runs", tmp_path, "--trust-pickle")
    assert done.returncode == 0, done.stderr
    assert [row["status"] for row in rows(tmp_path / "tuned").values()] == ["done"] * 3
    best = json.loads((tmp_path / "tuned" / "best.json").read_text())
    assert best["verified"]["equal"] and best["verified"]["n_spikes"] > 0


@pytest.mark.parametrize(
    ("model", "path", "words"),
    [
        ("indexed", "netParams.connParams['E->X'].weight", "the nearest: netParams.connParams['E->"),
        ("indexed", "weightIE_", "there is no 'weightIE_'"),
        ("indexed", "cfg.duration", "the study's own key for it is duration_ms"),
        ("saved/network.pkl", "dt", "network.pkl is a pickle, which runs code while it is loaded"),
        ("indexed/mod", "dt", "holds no model; a model is a folder with index.npjson"),
        ("script", "dt", "holds several scripts that make a network (interactive.py, tutorial.py); name one"),
        ("nowhere/at_all", "dt", "there is no file or folder"),
    ],
)
def test_what_a_model_lacks_is_one_sentence(model, path, words, tmp_path):
    loaded = Study.load(study(tmp_path, FOREIGN / model, parameter(path, 0, 1)))
    with pytest.raises(StudyError) as caught:
        prepare(Inquiry(loaded, libraries.build(model_folder(loaded))))
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_mechanism_that_is_used_must_compile(tmp_path):
    shutil.copytree(FOREIGN / "indexed", tmp_path / "indexed")
    file = tmp_path / "indexed" / "mod" / "kslow.mod"
    file.write_text(file.read_text() + "\nTHIS IS NO NMODL\n")
    done = tuner("check", study(tmp_path, tmp_path / "indexed", parameter("gkslow", 0, 0.01)))
    assert done.returncode == 4, done.stderr


def test_a_model_that_raises_names_its_own_line(tmp_path):
    shutil.copytree(FOREIGN / "shadowing", tmp_path / "shadowing")
    file = tmp_path / "shadowing" / "netParams.py"
    file.write_text(file.read_text() + "\nraise ValueError('no such thing')\n")
    done = tuner("check", study(tmp_path, tmp_path / "shadowing", parameter("dt", 0.01, 0.1), "A"))
    line = len(file.read_text().splitlines())
    assert done.returncode == 3 and f"{file}:{line}: ValueError: no such thing" in done.stderr
