"""A script's changes of the created network: each evaluation is what the user's script gives, spike for spike."""

import json
import os
import subprocess
import sys

import pytest

from tests.commands import rows, tuner
from tests.live_models import READ, SCRIPTS, STUDY, plain_rasters, written
from tuner.evaluate.evaluate import evaluate, prepare
from tuner.evaluate.simulations import changes
from tuner.evaluate.speedups import compare_shared, coreneuron_lacks
from tuner.evaluate.task import Inquiry, template
from tuner.optimizers import resolution
from tuner.study.study import Study
from tuner.verification.export import export
from tuner.verification.plain_run import read_recording, run_plain

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("live scripts")]
FIRST = {"drive": 0.1, "inner.weight": 0.05}
OTHER = {"drive": 0.4, "inner.weight": 0.02}


def _task(folder):
    study = Study.load(folder / "study.toml")
    described = prepare(Inquiry(study, None))
    return template(resolution.resolve(study, described.duration_ms)), described


def _spikes(recording):
    return sorted(zip(recording.spike_times.tolist(), recording.spike_cells.tolist(), strict=True))


def _stored(task, values):
    result = evaluate(task.at(0, 0, values))
    assert result.recordings is not None, result.evaluation.reason
    return _spikes(result.recordings["default"]), result.change


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The rasters of the users' scripts, by name and values."""
    home = tmp_path_factory.mktemp("plain")
    pairs = [(name, key) for name in SCRIPTS for key in ("first", "other")]
    values = {"first": FIRST, "other": OTHER}
    folders = [written(home / name / key, SCRIPTS[name], values[key]) for name, key in pairs]
    return dict(zip(pairs, plain_rasters(folders), strict=True))


def test_the_changes_of_each_script_count_in_the_search_and_in_the_export(plain, tmp_path):
    exports = []
    for name, script in SCRIPTS.items():
        task, _ = _task(written(tmp_path / name, script))
        for values, key in ((FIRST, "first"), (OTHER, "other"), (FIRST, "first")):
            raster, change = _stored(task, values)
            assert (name, key, raster) == (name, key, plain[name, key]) and change == "rebuilt"
        exports.append(tmp_path / f"{name}.export")
        export(task.at(0, 0, OTHER), exports[-1])
        (exports[-1] / "traces.json").write_text("[]")
    run_plain(exports)
    assert [_spikes(read_recording(folder, ())) for folder in exports] == [plain[name, "other"] for name in SCRIPTS]
    assert all(plain[name, "first"] and plain[name, "first"] != plain[name, "other"] for name in SCRIPTS)


def test_a_duration_that_the_script_sets_is_the_studys(tmp_path):
    task, described = _task(written(tmp_path / "model", SCRIPTS["globals"]))
    assert described.duration_ms == task.study.duration_ms == 40.0
    text = (tmp_path / "model" / "study.toml").read_text()
    (tmp_path / "model" / "study.toml").write_text(text.replace("\n[param", "duration_ms = 50\n[param", 1))
    task, _ = _task(tmp_path / "model")
    words = "the script sets the duration to 40 ms after it has created the network, but the study's duration_ms is 50"
    assert evaluate(task.at(0, 0, FIRST)).evaluation.reason.startswith(words)


def test_such_a_network_is_rebuilt_without_speedups(tmp_path):
    task, _ = _task(written(tmp_path / "model", SCRIPTS["assigned"]))
    task = task.at(0, 0, FIRST)
    words = "the script changes the network after creating it (init.py:7)"
    assert changes(task) == {"drive": ("rebuilt", words), "inner.weight": ("rebuilt", words)}
    shared = compare_shared(task, {})
    assert (shared.shared, shared.reason) == (False, words)
    assert coreneuron_lacks(task) == ["changes of the network by a script"]


@pytest.mark.parametrize("model", [".", "index.npjson"])
def test_the_script_of_a_folder_or_of_an_index_counts(model, plain, tmp_path):
    folder = written(tmp_path / "model", SCRIPTS["assigned"])
    if model != ".":
        names = {"simConfig": "cfg.py", "netParams": "netParams.py", "python_run": "init.py"}
        (folder / model).write_text(json.dumps(names))
    (folder / "study.toml").write_text(STUDY.format(model=model))
    task, _ = _task(folder)
    assert _stored(task, OTHER)[0] == plain["assigned", "other"]


def test_a_script_beside_the_named_files_is_said_to_be_left_out(tmp_path):
    folder = written(tmp_path / "model", SCRIPTS["assigned"])
    (folder / "study.toml").write_text(STUDY.format(model="netParams.py"))
    _, described = _task(folder)
    (note,) = described.notes
    assert note.startswith("init.py changes the network after creating it (init.py:7): this is left out")


def test_a_script_that_simulates_by_itself_is_refused(tmp_path):
    steps = "sim.create(netParams, cfg)\nsim.preRun()\nsim.h.finitialize(-65)\nsim.pc.psolve(cfg.duration)\n"
    task, _ = _task(written(tmp_path / "model", READ + steps))
    reason = evaluate(task.at(0, 0, FIRST)).evaluation.reason
    assert reason.startswith("the script simulates without a function of netpyne.sim")


BATCH = """
from netpyne.batch import Batch
batch = Batch(cfgFile="cfg.py", netParamsFile="netParams.py", params={"drive": [0.1, 0.4]})
batch.batchLabel, batch.method = "live", "grid"
batch.runCfg = {"type": "mpi_bulletin", "script": "init.py", "skip": True}
batch.run()
"""


def test_the_changes_of_a_batchs_script_count(plain, tmp_path):
    folder = written(tmp_path / "model", SCRIPTS["assigned"])
    (folder / "batch.py").write_text(BATCH)
    done = tuner("run", folder / "batch.py", "--runs", tmp_path / "runs", "--workers", "1")
    assert done.returncode == 0, done.stderr
    n_spikes = len(plain["assigned", "first"])
    first = next(row for row in rows(tmp_path / "runs" / "live").values() if row["values"] == {"drive": 0.1})
    assert n_spikes > 0 and first["features"]["P_rate"] == pytest.approx(n_spikes / 3 / 0.06)
    assert json.loads((tmp_path / "runs" / "live" / "best.json").read_text())["verified"]["equal"]


def test_a_run_names_what_is_not_done_and_its_export_needs_no_tuner(plain, tmp_path):
    folder = written(tmp_path / "model", SCRIPTS["handler"])
    done = tuner("run", folder / "study.toml", "--runs", tmp_path / "runs", "--workers", "1")
    assert done.returncode == 0, done.stderr
    for line, words in ((11, "sim.net.modifyConns(...)"), (12, "sim.simulate(...)")):
        said = f"init.py:{line}: not done: what the script does after its first simulation ({words})"
        assert said in done.stderr + done.stdout
    best = json.loads((tmp_path / "runs" / "live" / "best.json").read_text())
    assert best["verified"]["equal"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"MPLBACKEND": "Agg"}
    code = "import sys; sys.modules['tuner'] = None; import runpy; runpy.run_path('run.py', run_name='__main__')"
    code += "; from netpyne import sim; print('SPIKES', len(sim.allSimData['spkt']))"
    where = tmp_path / "runs" / "live" / "export"
    ended = subprocess.run([sys.executable, "-c", code], cwd=where, env=environment, capture_output=True, text=True)
    assert f"SPIKES {best['verified']['n_spikes']}\n" in ended.stdout, ended.stderr
