"""Probes of a run as a user sees them: after the search, after a kill, and by the command `probe`."""

import json
import os
import shutil

import pytest

from tests.commands import SMALL, kill, main, rows, start, tuner, wait_until
from tests.samples import task_of
from tuner import Run
from tuner.evaluate.evaluate import evaluate
from tuner.report import page

pytestmark = pytest.mark.simulation
INLINE = ("--executor", "inline")
# A candidate at this bound hangs, unless a file exists.
HANGING = """
    if values["rate"] == 60.0 and not Path(os.environ["MARK"]).exists():
        time.sleep(10_000)
"""


def probes(run):
    path = run / "probes.jsonl"
    return path.read_bytes().splitlines(keepends=True) if path.exists() else []


def test_a_fifth_of_the_search_is_probed_and_the_command_makes_the_rest(serial_run, tmp_path):
    assert [json.loads(line)["parameter"] for line in probes(serial_run)] == ["weight", "weight"]
    runs = shutil.copytree(serial_run, tmp_path / "small").parent
    done = main("probe", "small", "--runs", runs, "--trust", *INLINE)
    assert done.returncode == 0, done.stderr
    assert "probing 1 parameter: 2 simulations" in done.stdout and "Report: " in done.stdout
    run = Run.load("small", runs)
    asked = [("weight", "lower"), ("weight", "upper"), ("rate", "lower"), ("rate", "upper")]
    assert [(probe.parameter, probe.bound) for probe in run.probes] == asked
    assert rows(runs / "small") == rows(serial_run) and probes(runs / "small")[:2] == probes(serial_run)
    for probe in run.probes:
        again = evaluate(task_of(run.study, None, 0, 0, probe.values)).evaluation
        assert (probe.status, probe.loss, probe.features) == (again.status, again.loss, again.features)
    stored = probes(runs / "small")
    assert "no probes are missing" in main("probe", "small", "--runs", runs, "--trust", *INLINE).stdout
    assert probes(runs / "small") == stored


@pytest.mark.long
def test_a_run_killed_between_two_probes_makes_only_the_missing_ones(tmp_path):
    study = shutil.copytree(SMALL.parent, tmp_path / "study") / "small.toml"
    model = study.with_name("model.py")
    first = "    params = specs.NetParams()\n"
    model.write_text(model.read_text().replace(first, HANGING + first))
    environment = {**os.environ, "MARK": str(tmp_path / "mark")}
    settings = ("budget.evaluations=20", "simulation.engine=neuron", "optimizer.population_size=5")
    options = [word for setting in settings for word in ("--set", setting)]
    words = (study, "--runs", tmp_path, "--executor", "serial", *options)
    run = tmp_path / "small"
    master = start(*words, env=environment)
    wait_until(lambda: len(probes(run)) == 3)
    kill(master)
    assert Run.load(run).ended == "budget.evaluations"
    evaluations, stored = rows(run), probes(run)
    # The third probe is torn, as by a kill in the middle of a write.
    (run / "probes.jsonl").write_bytes(b"".join(stored)[:-5])
    (tmp_path / "mark").touch()
    again = tuner(*words, env=environment)
    assert again.returncode == 0, again.stderr
    assert "verifying" not in again.stdout and "probing 1 parameter: 2 simulations" in again.stdout
    assert probes(run)[:2] == stored[:2] and len(probes(run)) == 4
    assert json.loads(probes(run)[2])["values"] == json.loads(stored[2])["values"]
    assert rows(run) == evaluations


def test_report_and_status_cope_with_any_file_of_probes(serial_run, tmp_path):
    run = shutil.copytree(serial_run, tmp_path / "small")
    whole = probes(run)
    other = whole[0].replace(b'"best": ', b'"best": 9')
    for content, number in ((b"", 0), (whole[0] + whole[1][:30], 1), (whole[0] + other + whole[1], 3)):
        (run / "probes.jsonl").write_bytes(content)
        page.write(run)
        assert len(Run.load(run).probes) == number
        said = main("status", "small", "--runs", tmp_path).stdout
        assert (f"{number} probe" in said) == (number > 0)
    (run / "probes.jsonl").unlink()
    page.write(run)
    assert Run.load(run).probes == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["simulation.probes=false"], ""),
        (["budget.wall_time_s=0.001", "budget.evaluations=60"], "not probed: weight, rate (the wall time is used up)"),
    ],
)
def test_no_probe_is_made(serial_run, tmp_path, settings, words):
    run = shutil.copytree(serial_run, tmp_path / "small")
    (run / "probes.jsonl").unlink()
    options = [word for setting in settings for word in ("--set", setting)]
    done = main(SMALL, "--runs", tmp_path, *INLINE, *options)
    assert done.returncode == 0, done.stderr
    assert probes(run) == [] and "probing" not in done.stdout
    assert words in done.stdout and ("not probed" in done.stdout) == bool(words)


def test_the_command_refuses_a_run_that_has_not_ended(serial_run, tmp_path):
    run = shutil.copytree(serial_run, tmp_path / "small")
    (run / "best.json").unlink()
    refused = main("probe", run, "--trust", *INLINE)
    assert refused.returncode == 1
    assert "the run has not ended, so it has no best evaluation to probe" in refused.stderr
