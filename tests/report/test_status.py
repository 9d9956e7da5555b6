"""The status of a run: damaged files, and the lines in which a person reads it."""

import re
import subprocess
import sys
from argparse import Namespace

import pytest

from tests.commands import ROOT
from tests.loops import loop_over
from tests.report.run_files import SOME, STARTED, SUBMITTED, age, evaluation
from tuner.cluster import joblog
from tuner.commands import say_status
from tuner.errors import StoreError, StudyError
from tuner.report import status
from tuner.runs.manifest import MANIFEST
from tuner.runs.owner import OWNER
from tuner.runs.store import EVALUATIONS
from tuner.words import span


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ({"wall_time_s": None}, "wall_time_s: is None, must be a number"),
        ({"units": ["ms"]}, "units: is ['ms'], must be a table"),
        ({"starts": 3}, "starts: is 3, must be a list"),
        ({"starts": [{}, 3]}, "starts.1: is 3, must be a table"),
        ({"starts": [{"time": 3}]}, "starts.0.time: is 3, must be text"),
        ({"study_folder": 3}, "study_folder: is 3, must be text or null"),
    ],
)
def test_damaged_manifest_is_one_sentence(run, manifest, words):
    run.begun(SOME, manifest=manifest)
    with pytest.raises(StoreError, match=f"^{re.escape(f'{run.folder}/manifest.json: {words}; ')}"):
        status.read(run.folder)


@pytest.mark.parametrize("name", [MANIFEST, EVALUATIONS, "best.json", "run.log", OWNER, "jobs/log"])
def test_folder_in_the_place_of_a_file_is_one_sentence(run, name):
    run.begun(SOME)
    (run.folder / name).unlink(missing_ok=True)
    (run.folder / name).mkdir(parents=True)
    with pytest.raises(StoreError, match=f"^{run.folder}/{name}: cannot be read: Is a directory$"):
        status.read(run.folder)


def test_lines_of_a_running_job(run):
    rest = [evaluation(n, 100.0) for n in range(2, 40)]
    failed = [evaluation(40, reason="ValueError: no"), evaluation(41, reason="other")]
    aborted = evaluation(42, 500.0, status="aborted", reason="too many spikes")
    run.begun([*SOME, *rest, *failed, aborted], wall_time_s=21.5, silent_s=3.0).owned().job(SUBMITTED, STARTED)
    with open(run.folder / EVALUATIONS, "a") as file:
        file.write(evaluation(43, 1.0).to_line()[:30])
    age(run.folder / EVALUATIONS, 3.0)
    lines = run.lines
    assert re.fullmatch(r"Job 7: started 1\.sh on n1 \(\d{4}-\d\d-\d\dT[\d:]{8}[+-]\d{4}\)", lines.pop(1))
    assert lines == [
        "night: running, process 12 on far",
        f"  output: {run.folder}/jobs/1.log",
        "43 of 50 evaluations in 5 generations, the last one 3 s ago, 2 per second, about 4 s left",
        "Best so far: evaluation 1, loss 1",
        "  probability = 0.25",
        "  weight = 0.012346 uS",
        "  cells = 1",
        "  delay = 5 ms",
        "  drive = 1.5",
        "2 failed; the first is evaluation 40: ValueError: no",
        "1 aborted; the first is evaluation 42: too many spikes",
    ]


def test_a_stored_reason_makes_no_line_of_its_own(run, capsys):
    reason = "no\x1b[1A\x1b[2K\nBest so far: evaluation 9, loss 0"
    run.begun([*SOME, evaluation(2, reason=reason)])
    assert say_status(Namespace(run="night", runs=run.folder.parent)) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == r"1 failed; the first is evaluation 2: no\x1b[1A\x1b[2K Best so far: evaluation 9, loss 0"


def test_lines_before_anything_is_known(run):
    run.job(SUBMITTED)
    assert [run.lines[0], *run.lines[2:]] == [
        "night: queued",
        f"  output: {run.folder}/jobs/1.log",
        "  ask the scheduler: squeue -j 7; if it does not show the job any more, submit it again",
        "No evaluation yet",
    ]


def test_rate_counts_what_came_after_the_manifest_was_written(run):
    run.begun([evaluation(n, 1.0) for n in range(25)], wall_time_s=96.0)
    age(run.folder / MANIFEST, 4.0)
    assert status.read(run.folder).rate == pytest.approx(0.25, rel=0.01)
    assert "15 per minute" in run.lines[1] and "left" not in run.lines[1], "it does not go on"
    run.owned()
    assert status.read(run.folder).left_s == pytest.approx(100.0, rel=0.01)


def test_evaluations_that_violate_a_constraint_are_behind(run):
    run.begun([evaluation(0, 1.0, violation=0.5), evaluation(1, 9.0)])
    assert "Best so far: evaluation 1, loss 9" in run.lines


def test_run_without_generations_or_budget_of_evaluations(run):
    told = [evaluation(0, 3.0, order=0), evaluation(1, 1.0, order=1)]
    run.begun(told, wall_time_s=0.0, budget={"wall_time_s": 60.0}, optimizer={"name": "genetic"})
    assert run.lines[1] == "2 evaluations, the last one 0 s ago"


def test_study_that_cannot_be_read_any_more_costs_only_units_and_total(run):
    run.begun(SOME, wall_time_s=0.0)
    (run.folder / "study.toml").write_text("nonsense")
    assert run.lines[1] == "2 evaluations in 1 generation, the last one 0 s ago"
    assert "  weight = 0.012346" in run.lines


@loop_over(("seconds", "words"), [(0.4, "0 s"), (119, "119 s"), (121, "2 min"), (3 * 3600, "3 h"), (60 * 3600, "2 d")])
def test_spans(seconds, words):
    assert span(seconds) == words


def test_found_by_name_or_path_also_before_it_has_begun(run, tmp_path):
    with pytest.raises(StudyError, match="there is no such run"):
        status.find("night", tmp_path)
    run.job(SUBMITTED)
    assert status.find("night", tmp_path) == status.find(str(run.folder), tmp_path / "other") == run.folder


def test_torn_lines_of_the_job_log_are_left_out(run):
    run.job(SUBMITTED)
    with open(run.folder / "jobs" / "log", "a") as log:
        log.write("2025-01-01T0")
    (job,) = joblog.read(run.folder)
    assert job.last.words == SUBMITTED and joblog.read(run.folder.parent) == []


def test_nothing_heavy_is_imported_and_nothing_written(run):
    run.begun(SOME).owned().job(SUBMITTED)
    before = sorted(path.name for path in run.folder.rglob("*"))
    words = (
        "import sys; from pathlib import Path; from tuner.report import status;"
        f"print(*status.lines(status.read(Path({str(run.folder)!r}))), sep='\\n');"
        "print([m for m in ('neuron', 'netpyne', 'matplotlib', 'inspyred', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[0] == "night: running, process 12 on far"
    assert done.stdout.splitlines()[-1] == "[]"
    assert sorted(path.name for path in run.folder.rglob("*")) == before
