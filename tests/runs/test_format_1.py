"""A run folder without a format number, which commit f817a47 made, is as good as a new one."""

import json
import shutil

import pytest

from tests.commands import ROOT, rows, tuner
from tuner import Run
from tuner.report import status
from tuner.runs.manifest import DECISIVE_VERSIONS, versions
from tuner.study.study import Study

DATA = ROOT / "tests" / "data" / "run_f817a47"
FILES = ("best.json", "best_raster.npz", "evaluations.jsonl", "study.toml")
# The last two may change.
SETTINGS = (
    "name='legacy'",
    "duration_ms=300",
    "optimizer.population_size=4",
    "simulation.verify=1",
    "simulation.fresh_seeds=0",
)


@pytest.fixture
def legacy(tmp_path):
    """The folder beside this project's studies, made with the versions that are installed here."""
    folder = tmp_path / "legacy"
    folder.mkdir()
    for name in FILES:
        shutil.copy(DATA / name, folder)
    manifest = json.loads((DATA / "manifest.json").read_text())
    manifest["study_folder"] = str(ROOT / "batch")
    manifest["versions"] |= {name: versions()[name] for name in DECISIVE_VERSIONS}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def run(runs, *settings):
    changes = [word for setting in (*SETTINGS, *settings) for word in ("--set", setting)]
    return tuner("sensory_motor", "--runs", runs, "--executor", "inline", *changes)


def test_it_is_read(legacy):
    found = Run.load(legacy)
    assert len(found.evaluations) == 12 and found.ended == "budget.evaluations"
    assert found.best["number"] == 3 and found.best["verified"]["equal"] is True
    shown = status.read(legacy)
    assert (shown.state, len(shown.evaluations), shown.most) == ("done", 12, 12)


def test_its_identity_is_that_of_the_study_today(legacy):
    recorded = json.loads((legacy / "manifest.json").read_text())["identity"]
    study = Study.load(legacy / "study.toml", folder=str(ROOT / "batch"))
    assert json.loads(json.dumps(study.identity())) == recorded


def test_status_and_report_are_written(legacy):
    done = tuner("status", "legacy", "--runs", legacy.parent)
    assert done.returncode == 0 and "12" in done.stdout, done.stderr
    done = tuner("report", "legacy", "--runs", legacy.parent)
    assert done.returncode == 0, done.stderr
    assert "1259fd103643" in (legacy / "report" / "index.html").read_text(), "the digest that was recorded"


@pytest.mark.simulation
def test_it_is_exported(legacy):
    done = tuner("export", "legacy", "--runs", legacy.parent)
    assert done.returncode == 0, done.stderr
    best = json.loads((legacy / "best.json").read_text())["values"]
    exported = json.loads((legacy / "export" / "netParams.json").read_text())
    assert best["weight"] in _numbers(exported)


def _numbers(table):
    inner = table.values() if isinstance(table, dict) else table if isinstance(table, list) else ()
    return [value for value in inner if isinstance(value, float)] + [n for each in inner for n in _numbers(each)]


@pytest.mark.simulation
def test_it_goes_on_as_an_unbroken_run(legacy, tmp_path):
    before = rows(legacy)
    resumed = run(tmp_path, "budget.evaluations=16")
    assert resumed.returncode == 0, resumed.stderr
    whole = run(tmp_path / "whole", "budget.evaluations=16")
    assert whole.returncode == 0, whole.stderr
    after = rows(legacy)
    assert len(after) == 16 and {number: after[number] for number in before} == before
    assert all(row["n_spikes"] > 0 and row["raster"] for number, row in after.items() if number not in before)
    # The lines of commit f817a47 have no number of spikes and no digest of a raster.
    assert _without_spikes(after) == _without_spikes(rows(tmp_path / "whole" / "legacy"))
    manifest = json.loads((legacy / "manifest.json").read_text())
    assert "format" not in manifest and len(manifest["starts"]) == 2


def _without_spikes(table):
    return {
        number: {key: value for key, value in row.items() if key not in ("n_spikes", "raster")}
        for number, row in table.items()
    }


@pytest.mark.simulation
def test_another_run_starts_from_it(legacy, tmp_path):
    started = run(tmp_path, "name='warm'", "optimizer.start_from='legacy'", "budget.evaluations=2")
    assert started.returncode == 0, started.stderr
    assert "start_from legacy: 12 of its 12 evaluations are reused" in started.stdout


def test_a_changed_model_is_still_refused(legacy):
    path = legacy / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"]["project/netparams/sensory_motor.py"] = "0" * 64
    path.write_text(json.dumps(manifest))
    done = tuner("export", "legacy", "--runs", legacy.parent)
    assert done.returncode == 5
    assert "was made by another model: project/netparams/sensory_motor.py changed since" in done.stderr
