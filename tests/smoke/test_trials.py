"""A study with protocols, seeds, a constraint, racing and validations, as a user runs it."""

import json
import shutil

import pytest
import tomli_w

from tests.commands import SMALL, kill, rows, start, tuner, wait_for_rows
from tuner.report.page import write
from tuner.study.study import Study

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("trials")]

STUDY = """
name = "trials"
model = "{model}"
duration_ms = 150
seed = 3
[parameters.weight]
low = 0.001
high = 0.1
scale = "log"
[parameters.rate]
low = 1
high = 60
[protocols.before]
[protocols.later]
duration_ms = 200
[targets.mean_rate]
feature = "rate"
protocol = "before"
value = 30
tolerance = 1
[targets.motor]
feature = "rate"
population = "M"
protocol = "later"
low = 20
high = 40
[targets.calm]
feature = "mine.py:busiest"
protocol = "later"
high = 40
must = true
[targets.height]
feature = "efel:AP_amplitude"
protocol = "later"
weight = 0
[optimizer]
name = "genetic"
population_size = 4
[budget]
simulations = 64
[simulation]
seeds = [1, 2]
racing = true
verify = 2
fresh_seeds = 2
[[validation]]
name = "longer"
duration_ms = 300
seed = 9
"""
OWN = """
import numpy as np

def busiest(recording, population, window_ms):
    spikes = recording.spikes(population, window_ms)
    return spikes.counts.max() / spikes.seconds
busiest.unit = "Hz"
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    (folder / "mine.py").write_text(OWN)
    (folder / "trials.toml").write_text(STUDY.format(model=SMALL.parent / "model.py"))
    return folder / "trials.toml"


@pytest.fixture(scope="module")
def run(study, tmp_path_factory):
    runs = tmp_path_factory.mktemp("runs")
    done = tuner(study, "--runs", runs, "--executor", "serial")
    assert done.returncode == 0, done.stderr
    return runs / "trials", done.stdout


@pytest.mark.slow
def test_racing_makes_room_for_more_candidates(run):
    evaluations = rows(run[0])
    used = sum(2 * row["repeats"] for row in evaluations.values())
    assert len(evaluations) > 64 / 4 and 56 < used <= 64
    assert {row["repeats"] for row in evaluations.values()} == {1, 2}
    best = min((r for r in evaluations.values() if not r["violation"]), key=lambda row: row["loss"])
    assert best["repeats"] == 2, "what has given up never is the best"


@pytest.mark.slow
def test_the_best_is_put_to_the_test(run):
    folder, output = run
    best = json.loads((folder / "best.json").read_text())
    assert best["violation"] == 0 and best["verified"]["equal"] and best["verified"]["violation"] == 0
    assert best["verified"]["loss"] == pytest.approx(best["loss"]) == pytest.approx(best["parts"]["mean_rate"]
        + best["parts"]["motor"])  # fmt: skip
    assert best["verified"]["features"]["height"] == pytest.approx(best["features"]["height"], rel=1e-9)
    fresh = best["fresh"]
    assert fresh["seeds"] == [4, 5] and fresh["loss"] == pytest.approx(sum(fresh["losses"]) / 2)
    (validation,) = best["validation"]
    assert (validation["name"], validation["status"]) == ("longer", "done")
    assert validation["features"]["mean_rate"] != best["features"]["mean_rate"]
    assert f"Held-out seeds 4, 5: loss {fresh['loss']:.4g}" in output
    assert f"Held-out validation longer: loss {validation['loss']:.4g}" in output


def test_the_report_shows_each_protocol_and_seed(run):
    page = write(run[0]).read_text()
    assert {path.name for path in (run[0] / "report").glob("raster*")} == {"raster_before.png", "raster_later.png"}
    assert "over 2 seeds" in page and "Held-out validation longer" in page and "must be met" in page
    assert sorted(path.name for path in (run[0] / "export").iterdir()) == ["before", "later"]


@pytest.mark.slow
def test_killed_and_resumed_on_two_workers_it_is_the_same(run, study, tmp_path):
    master = start(study, "--runs", tmp_path, "--workers", 2)
    wait_for_rows(tmp_path / "trials", 9)
    kill(master)
    again = tuner(study, "--runs", tmp_path, "--workers", 2)
    assert again.returncode == 0, again.stderr
    assert rows(tmp_path / "trials") == rows(run[0])


def test_another_feature_file_is_another_run(run, study):
    mine = study.with_name("mine.py")
    mine.write_text(OWN + "# changed\n")
    try:
        again = tuner(study, "--runs", run[0].parent)
        assert again.returncode == 5 and "mine.py changed since" in again.stderr
    finally:
        mine.write_text(OWN)


@pytest.mark.slow
def test_a_validation_that_does_not_fit_the_model_is_refused(run, study):
    folder = run[0].parent
    wrong = "validation=[{name='x', values={ratee=5.0}}]"
    done = tuner(study, "--runs", folder, "--set", wrong)
    assert done.returncode == 2
    assert "validation.1.values.ratee: the model has no value of this name; allowed: " in done.stderr


def test_a_report_between_two_starts_says_what_is_not_tested_yet(run, study, tmp_path):
    folder = tmp_path / "trials"
    shutil.copytree(run[0], folder)
    resolved = Study.load(folder / "study.toml", folder=study.parent)
    table = resolved.to_table()
    table["validation"].append({"name": "later still", "seed": 77})
    (folder / "study.toml").write_text(tomli_w.dumps(table))
    page = write(folder).read_text()
    assert "Held-out validation later still: not tested yet" in page and "Held-out validation longer: loss" in page


@pytest.mark.slow
def test_another_validation_is_made_without_a_new_evaluation(run, study):
    before = rows(run[0])
    text = study.read_text()
    study.write_text(text + '[[validation]]\nname = "shorter"\nduration_ms = 120\n')
    try:
        again = tuner(study, "--runs", run[0].parent)
        assert again.returncode == 0 and "Held-out validation shorter: loss " in again.stdout, again.stderr
    finally:
        study.write_text(text)
    assert rows(run[0]) == before
    assert [test["name"] for test in json.loads((run[0] / "best.json").read_text())["validation"]] == [
        "longer", "shorter",
    ]  # fmt: skip


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_feature_that_gives_no_number_is_the_studys_fault(study, tmp_path, command):
    (tmp_path / "mine.py").write_text("def busiest(recording, population, window_ms):\n    return None\n")
    (tmp_path / "trials.toml").write_text(study.read_text())
    options = ("--runs", tmp_path / "runs") if command == "run" else ()
    done = tuner(command, tmp_path / "trials.toml", "--executor", "inline", *options)
    assert done.returncode == 2
    words = "trials.toml: targets.calm: mine.py:busiest returned None, must return a number (protocol later, seed 1)"
    assert done.stderr.removeprefix("loading the model\n").count("\n") == 1 and words in done.stderr
