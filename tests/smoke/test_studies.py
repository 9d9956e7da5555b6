"""Every shipped study, shortened; the export; and what check says."""

import json
import re
import subprocess
import sys

import pytest

from tests.commands import SMALL, rows, tuner
from tuner.study import study_file
from tuner.study.study import Study

pytestmark = pytest.mark.simulation
# Of the claustrum's, which are all of one neuron, one of each sort.
OF_CLAUSTRUM = ("claustrum_I", "claustrum_adapting", "claustrum_pn1")
STUDIES = [name for name in study_file.names() if not name.startswith("claustrum") or name in OF_CLAUSTRUM]
# How a study is made shorter: by fewer cells or not at all where its targets have windows that must not be cut.
SHORTER = {
    "rhythm": ("values.cells_e=40", "values.cells_i=10"),
    "nine_cells": ("duration_ms=100", "values.cells=1", "values.segments_hh=5"),
}
WHOLE = ("claustrum", "granule", "spine", "rxd")
# Others are run by tests of their own (granule, rxd_buffer, tutorial, claustrum_adapting), or are much like these.
EVERYDAY = ("claustrum_I", "nine_cells", "rhythm", "spine_kotak")
SHORT = ("optimizer.population_size=4", "budget.evaluations=4", "simulation.verify=1")


def _mark(name: str) -> object:
    if name == "sensory_motor":
        return ()
    return pytest.mark.slow if name in EVERYDAY else pytest.mark.exhaustive


@pytest.mark.parametrize("name", [pytest.param(name, marks=_mark(name)) for name in STUDIES])
def test_study_runs_one_short_generation_and_is_verified(tmp_path, name):
    assert Study.load(name).name == name
    entries = (*SHORT, *SHORTER.get(name, () if name.startswith(WHOLE) else ("duration_ms=300",)))
    done = tuner(name, "--runs", tmp_path, "--workers", 1, *(word for entry in entries for word in ("--set", entry)))
    assert done.returncode == 0, done.stderr
    run = tmp_path / name
    stored = rows(run)
    best = json.loads((run / "best.json").read_text())
    assert sorted(stored) == [0, 1, 2, 3] and {row["generation"] for row in stored.values()} == {0}
    assert best["loss"] == min((row["violation"], row["loss"]) for row in stored.values())[1]
    assert best["loss"] == stored[best["number"]]["loss"]
    assert best["verified"]["equal"] and best["verified"]["features"] == best["features"]
    assert best["verified"]["loss"] == best["loss"]
    assert done.stdout.splitlines()[-1] == f"Report: {run / 'report' / 'index.html'}"
    objectives = {name for row in stored.values() for name in row["objectives"]}
    assert (run / "pareto.json").exists() == (len(objectives) > 1)


def test_run_folder_holds_what_the_readme_says(serial_run):
    names = {str(path.relative_to(serial_run)) for path in serial_run.rglob("*") if path.is_file()}
    assert names == {
        "study.toml", "manifest.json", "evaluations.jsonl", "best.json", "best_raster.npz", "probes.jsonl", "run.log",
        "report/index.html", "report/raster.png", "report/fitness.png", "report/parameters.png",
        "export/netParams.json", "export/simConfig.json", "export/cfg.py", "export/index.npjson", "export/run.py",
    }  # fmt: skip
    manifest = json.loads((serial_run / "manifest.json").read_text())
    assert set(manifest["versions"]) >= {"numpy", "neuron", "netpyne", "python"}
    assert set(manifest["files"]) == {"project/tests/data/small/model.py"}
    assert manifest["starts"][0]["workers"] == 1
    log = (serial_run / "run.log").read_text()
    # Another test may have started the finished run again.
    assert all(f"INFO generation   {number}: " in log for number in range(3))
    assert "Verified by plain NetPyNE: the same" in log
    study = Study.load(serial_run / "study.toml", folder=SMALL.parent)
    assert study.model == "model.py" and study.duration_ms == 200
    assert study.optimizer_table["mutation_rate"] == 0.2 and study.simulation.timeout_s == 60


@pytest.mark.slow
def test_start_point_is_evaluation_0(serial_run):
    assert rows(serial_run)[0]["values"] == {"weight": 0.01, "rate": 10.0}


def test_exported_model_runs_without_us_and_gives_the_same_spikes(serial_run, tmp_path):
    assert tuner("export", serial_run, "--to", tmp_path / "model").returncode == 0
    best = json.loads((serial_run / "best.json").read_text())
    without_us = "import sys, runpy; sys.modules['tuner'] = None; runpy.run_path('run.py', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", without_us], cwd=tmp_path / "model", capture_output=True, text=True, check=True
    )
    assert f"Spikes: {best['verified']['n_spikes']} " in done.stdout
    assert len((tmp_path / "model" / "run.py").read_text().splitlines()) <= 14


@pytest.mark.slow
def test_without_a_time_out_the_start_point_measures_one(tmp_path):
    study = tmp_path / "small.toml"
    study.write_text(SMALL.read_text().replace("timeout_s = 60\n", ""))
    (tmp_path / "model.py").write_text((SMALL.parent / "model.py").read_text())
    done = tuner(study, "--runs", tmp_path, "--executor", "inline", "--set", "budget.evaluations=6")
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "small" / "manifest.json").read_text())
    first = json.loads((tmp_path / "small" / "evaluations.jsonl").read_text().splitlines()[0])
    assert manifest["timeout_s"] == max(60.0, 20 * first["seconds"])


def test_check_says_features_beside_targets_and_the_time(serial_run):
    done = tuner("check", SMALL, "--workers", 2, "--set", "budget.stagnation=9")
    assert done.returncode == 0, done.stderr
    start = rows(serial_run)[0]
    rate = start["features"]["mean_rate"]
    assert f"mean_rate  {rate:.5g} Hz  target 30 +- 1 Hz  MISSED by {rate - 30:.5g} Hz" in done.stdout
    assert f"loss {start['loss']:.4g}" in done.stdout
    assert "Populations: S (5), M (5)" in done.stdout
    time = r"the study's 18 evaluations take about \d+ s on 2 workers: .*; less if budget.stagnation ends the run"
    assert re.search(time, done.stdout)


def test_model_may_have_helpers_that_bear_our_names(tmp_path):
    for name in ("cells", "network", "batch", "netparams", "simulate"):
        (tmp_path / f"{name}.py").write_text(f"NAME = 'the model\\'s own {name}'\n")
    own = "import batch, cells, netparams, network, simulate\n"
    own += "assert all('own' in m.NAME for m in (batch, cells, netparams, network, simulate))\n"
    (tmp_path / "model.py").write_text(own + (SMALL.parent / "model.py").read_text())
    (tmp_path / "small.toml").write_text(SMALL.read_text())
    done = tuner("check", tmp_path / "small.toml", "--workers", 1)
    assert done.returncode == 0, done.stderr


def test_quiet_prints_only_the_last_lines(serial_run):
    done = tuner(SMALL, "--runs", serial_run.parent, "--quiet")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.splitlines()[0] == "Ended by budget.evaluations after 18 evaluations."


def test_library_gives_the_run_of_the_command(serial_run, tmp_path):
    import tuner as library

    study = library.Study.load(SMALL, ["budget.evaluations=6"])
    run = library.tune(study, runs=tmp_path, executor="inline")
    reference = rows(serial_run)
    assert rows(run.folder) == {number: reference[number] for number in range(6)}
    assert [evaluation.number for evaluation in run.evaluations] == list(range(6))
    assert run.best["loss"] == min(evaluation.loss for evaluation in run.evaluations)
    assert run.ended == "budget.evaluations" and run.report.is_file()
