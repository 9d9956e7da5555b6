"""The stored evaluations of models whose code does not give the same twice, beside plain NetPyNE."""

import json
import shutil

import pytest

from tests.commands import ROOT, main
from tests.samples import recording, task_of
from tuner.evaluate.evaluate import evaluate
from tuner.evaluation import Evaluation
from tuner.executors.inline import Inline
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.study.study import Study
from tuner.verification import cause
from tuner.verification.cause import REQUESTED, SPEEDUPS, STATE, SYSTEMATIC, UNCLEAR, UNSEEDED, Cause
from tuner.verification.verify import Verification, verify

pytestmark = pytest.mark.simulation
RESTLESS = ROOT / "tests" / "data" / "restless" / "restless.toml"


def task_with(fault, **fields):
    models._load.cache_clear()
    study = Study.load(RESTLESS, [f"values.fault={fault}"])
    return task_of(study, libraries.build(models.mod_folder(study)), **fields)


def stored_after_another(task):
    """Task and evaluation of the second candidate of this process."""
    evaluate(task.at(0, 0, {"weight": 0.01}))
    second = task.at(1, 0, {"weight": 0.008})
    return second, evaluate(second).evaluation


@pytest.mark.parametrize(
    ("fault", "equal"),
    [
        ("none", True),
        ("grows", False),
        pytest.param("keeps the first", False, marks=pytest.mark.slow),
        pytest.param("no seed", False, marks=pytest.mark.slow),
        pytest.param("clock", False, marks=pytest.mark.slow),
    ],
)
def test_what_is_stored_is_compared_with_a_fresh_process(fault, equal, tmp_path):
    task, stored = stored_after_another(task_with(fault))
    assert stored.n_spikes > 5 and len(stored.raster) == 16
    found = verify((task, stored, tmp_path), 60.0)
    assert (found.equal, found.raster == stored.raster, not found.reason) == (equal, equal, equal)
    assert found.n_spikes == sum(len(each.spike_times) for each in found.recordings.values())
    assert equal or f"{stored.n_spikes} spikes" in found.reason.partition(";")[0]
    assert equal or f"{found.n_spikes} spikes" in found.reason.partition(";")[2]
    assert (found.export / "run.py").exists() and not (found.export / "recording.json").exists()


@pytest.mark.slow
def test_a_model_that_fails_in_a_fresh_process_is_named(tmp_path):
    task, stored = stored_after_another(task_with("none"))
    folder = tmp_path / "model"
    shutil.copytree(RESTLESS.parent, folder)
    text = (folder / "model.py").read_text() + "\n\ndef net_params(values):\n    1 / 0\n"
    (folder / "model.py").write_text(text)
    broken = task_of(Study.load(folder / "restless.toml"), task.library)
    found = verify((broken.at(1, 0, stored.values), stored, tmp_path / "home"), 60.0)
    last = len(text.splitlines())
    assert not found.done and found.reason.endswith(f"model.py:{last}: ZeroDivisionError: division by zero")


def test_an_aborted_evaluation_is_not_compared(tmp_path, monkeypatch):
    monkeypatch.setattr("tuner.verification.verify._run", lambda *_: [recording([5.0, 9.0])])
    task = task_with("none").at(1, 0, {"weight": 0.008})
    found = verify((task, Evaluation(1, 0, task.values, 1, status="aborted", loss=900.0), tmp_path))
    assert (found.done, found.n_spikes, found.equal) == (True, 2, False)
    assert found.reason == "evaluation 1 was stopped early, so there are no stored features to compare"


PLAIN, OTHER, THIRD = (
    Evaluation(1, 0, {}, 1, loss=loss, features={"mean_rate": loss}, n_spikes=9) for loss in (1.0, 2.0, 3.0)
)


def verified(evaluation):
    return Verification(None, evaluation.loss, 0.0, evaluation.features, {}, evaluation.n_spikes)


@pytest.mark.parametrize(
    ("engine", "speedup", "second", "again", "without", "found"),
    [
        ("auto", False, OTHER, PLAIN, None, Cause(UNSEEDED)),
        ("auto", True, PLAIN, PLAIN, None, Cause(STATE)),
        ("auto", True, PLAIN, OTHER, PLAIN, Cause(SPEEDUPS)),
        ("auto", True, PLAIN, OTHER, OTHER, Cause(SYSTEMATIC)),
        ("auto", False, PLAIN, OTHER, None, Cause(SYSTEMATIC)),
        ("auto", False, PLAIN, THIRD, None, Cause(UNCLEAR)),
        ("coreneuron", True, PLAIN, OTHER, None, Cause(REQUESTED, is_requested=True)),
        # CoreNEURON gives plain NetPyNE's raster here, so the engine is not the cause.
        ("coreneuron", True, PLAIN, PLAIN, None, Cause(STATE)),
    ],
)
def test_the_cause_is_found_by_simulating_again(engine, speedup, second, again, without, found, monkeypatch, tmp_path):
    answers = iter([again, without])
    monkeypatch.setattr(cause, "verify_all", lambda *_: [verified(second)])
    monkeypatch.setattr(cause, "_evaluated", lambda *_: cause.Measured.of(next(answers)))
    task = task_of(Study.load(RESTLESS, [f"simulation.engine={engine}"]), number=1)
    if speedup:
        task = cause.replace(task, shared=engine == "auto", coreneuron=tmp_path if engine == "coreneuron" else None)
    assert cause.find(task, OTHER, verified(PLAIN), Inline(int), tmp_path, 60.0) == found


def run(runs, *settings):
    options = [word for setting in settings for word in ("--set", setting)]
    return main("run", RESTLESS, "--runs", runs, "--executor", "inline", *options)


def is_said_first(said, number, runs):
    folder = runs / "restless"
    verified = json.loads((folder / "best.json").read_text())["verified"]
    assert verified["equal"] is False and verified["differing"][0]["reason"] == verified["reason"]
    assert verified["reason"].startswith(f"evaluation {number} is stored with mean_rate ")
    first = f"NOT EQUAL: {verified['reason']}."
    lines = said.partition("to find the cause\n")[2].splitlines()
    result = [line for line in lines if line != "writing the report"]
    assert result[0] == first and result[2] == f"  {STATE}."
    assert "\033" not in said
    page = (folder / "report" / "index.html").read_text()
    assert page.index(f"<strong>{first}</strong>") < page.index("<h1>")
    assert main("status", "restless", "--runs", runs).stdout.splitlines()[0] == first


@pytest.mark.long
def test_a_line_that_was_changed_by_hand_is_found(tmp_path):
    assert "Verified by plain NetPyNE: the same " in run(tmp_path).stdout
    file = tmp_path / "restless" / "evaluations.jsonl"
    best = json.loads((tmp_path / "restless" / "best.json").read_text())
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row["raster"] for row in rows if row["number"] == best["number"]] == [best["verified"]["raster"]]
    for row in rows:
        row["features"]["mean_rate"] += 0.125 * (row["number"] == best["number"])
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert "interrupted" in main("status", "restless", "--runs", tmp_path).stdout
    again = run(tmp_path)
    assert again.returncode == 0
    is_said_first(again.stdout, best["number"], tmp_path)
    # A run of an older version has stored no spikes.
    for row in rows:
        del row["n_spikes"], row["raster"]
        row["features"]["mean_rate"] -= 0.125 * (row["number"] == best["number"])
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert "Verified by plain NetPyNE: the same features, loss" in run(tmp_path).stdout
