import json
import os
import re
import socket
import subprocess
import sys
import time

import pytest

from tests.commands import ROOT
from tests.loops import loop_over
from tests.samples import make_study
from tuner.cluster import joblog
from tuner.errors import StoreError, StudyError
from tuner.evaluation import Evaluation
from tuner.report import status
from tuner.runs.manifest import MANIFEST
from tuner.runs.owner import OWNER, SILENCE_S, Owner
from tuner.runs.store import EVALUATIONS
from tuner.words import span

VALUES = {"probability": 0.25, "weight": 0.0123456, "cells": 4, "delay": 5.0, "drive": 1.5}


def age(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


def written(ago_s):
    """A time as the manifest and the log of the jobs have it."""
    return time.strftime(joblog.TIME, time.localtime(time.time() - ago_s))


def evaluation(number, loss=None, **fields):
    settled = {"status": "done" if loss is not None else "failed", **fields}
    return Evaluation(number, number // 10, {**VALUES, "cells": number}, 1, loss=loss, **settled)


class Run:
    """A run folder as its master has left it; each method writes one of its files."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def begun(self, evaluations=(), wall_time_s=20.0, silent_s=0.0, started_ago_s=(), manifest=(), **study):
        (self.folder / "study.toml").write_text(make_study(self.folder, **study).dump())
        starts = [{"time": written(ago_s)} for ago_s in started_ago_s]
        table = {"units": {"delay": "ms"}, "wall_time_s": wall_time_s, "starts": starts, **dict(manifest)}
        (self.folder / MANIFEST).write_text(json.dumps(table))
        (self.folder / EVALUATIONS).write_text("".join(each.to_line() + "\n" for each in evaluations))
        age(self.folder / MANIFEST, silent_s)
        age(self.folder / EVALUATIONS, silent_s)
        return self

    def owned(self, host="far", pid=12, silent_s=0.0):
        (self.folder / OWNER).write_text(json.dumps({"host": host, "pid": pid, "token": "x"}))
        age(self.folder / OWNER, silent_s)
        return self

    def best(self, evaluations):
        table = {"number": 1, "values": VALUES, "loss": 1.0, "evaluations": evaluations, "verified": {}}
        (self.folder / "best.json").write_text(json.dumps(table))
        return self

    def logged(self, *lines):
        (self.folder / "run.log").write_text("".join(f"2025-01-01 00:00:00,000 {line}\n" for line in lines))
        return self

    def job(self, *events, name="7", ago_s=0.0):
        (self.folder / "jobs").mkdir(exist_ok=True)
        with open(self.folder / "jobs" / "log", "a") as log:
            log.write("".join(f"{written(ago_s)} {name} {words}\n" for words in events))
        return self

    @property
    def state(self):
        return status.read(self.folder).state

    @property
    def lines(self):
        return list(status.lines(status.read(self.folder)))


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path / "night")


SOME = [evaluation(0, 3.0), evaluation(1, 1.0)]
SUBMITTED, STARTED = "submitted 1.sh to slurm", "started 1.sh on n1"


def test_states_of_a_run_that_was_never_submitted(run):
    with Owner(run.folder):
        assert run.begun().state == "starting"
        assert run.begun(SOME).state == "running"
        assert run.best(2).state == "running", "it may go on behind an older end"
    assert run.state == "done"
    assert run.begun([*SOME, evaluation(2)]).state == "interrupted"
    assert run.logged("DEBUG ended by KeyboardInterrupt: ").state == "interrupted"
    assert run.logged("INFO asked to stop", "DEBUG ended by KeyboardInterrupt: ").state == "stopped"
    both = "INFO asked to stop", "DEBUG ended by KeyboardInterrupt: ", "DEBUG evaluation 3: done"
    assert run.logged(*both, "DEBUG ended by KeyboardInterrupt: ").state == "interrupted"
    assert run.logged(*both, "DEBUG ended by ModelError: no").state == "failed"


def test_master_on_another_host_is_lost_when_it_falls_silent(run):
    assert run.begun(SOME).owned(silent_s=SILENCE_S - 10).state == "running"
    assert run.owned(silent_s=SILENCE_S + 10).state == "lost"
    assert run.lines[0] == "night: lost, process 12 on far; its master died, and the same command goes on"


def test_master_that_died_here_is_lost_at_once(run):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert run.begun(SOME).owned(socket.gethostname(), ended.pid).state == "lost"


def test_states_of_a_job_in_the_order_of_its_life(run):
    assert run.job(SUBMITTED).state == "queued"
    assert run.job(STARTED).state == "starting"
    run.begun(SOME).owned()
    assert run.state == "running"
    assert run.job("stopping before the time limit").state == "running"
    (run.folder / OWNER).unlink()
    assert run.job("requeued after 2 evaluations").state == "queued"
    assert run.job(STARTED).state == "starting"
    run.owned(silent_s=SILENCE_S + 10)
    assert run.state == "starting", "the job waits for the silent owner"
    (run.folder / OWNER).unlink()
    assert run.job("told to end").state == "interrupted"
    assert run.job("ended with status 130 after 0 evaluations").state == "interrupted"


@pytest.mark.parametrize(
    ("exit_status", "state"),
    [(75, "stopped"), (130, "interrupted"), (143, "interrupted"), (2, "failed"), (255, "failed")],
)
def test_ended_job_says_how(run, exit_status, state):
    run.begun(SOME).job(SUBMITTED, STARTED, f"ended with status {exit_status} after 2 evaluations")
    assert run.state == state
    assert run.lines[0].endswith("submitted again, it goes on")


def test_job_whose_node_died_is_lost_until_the_scheduler_starts_it_again(run):
    run.begun(SOME).job(SUBMITTED, STARTED, ago_s=500).owned(silent_s=100)
    assert run.state == "lost"
    assert run.lines[0] == (
        "night: lost, process 12 on far; its master died, and if squeue -j 7 does not show it any more,"
        " submit it again, and it goes on"
    )
    assert run.job(STARTED, ago_s=50).state == "starting"


def test_job_is_past_once_a_master_was_started_by_hand(run):
    run.job(SUBMITTED, ago_s=500).begun(SOME, started_ago_s=(900,))
    assert run.state == "queued"
    run.begun(SOME, started_ago_s=(900, 400)).logged("DEBUG ended by KeyboardInterrupt: ")
    assert run.lines[0] == "night: interrupted; the same command goes on"
    assert run.best(2).state == "done"
    run.job(STARTED, "ended with status 2 after 2 evaluations", ago_s=300).best(1)
    assert run.lines[0] == "night: failed; jobs/1.log says why, and submitted again, it goes on"
    run.begun([*SOME, evaluation(2)], started_ago_s=(900, 400, 200)).logged("DEBUG ended by ModelError: no")
    assert run.lines[0] == "night: failed; run.log says why, and the same command goes on"


def test_job_that_noted_no_end_is_past_once_another_master_has_come_and_gone(run):
    run.job(SUBMITTED, STARTED, ago_s=500).begun(SOME, started_ago_s=(490, 100)).owned()
    assert (run.state, status.read(run.folder).job.name) == ("running", "7")
    (run.folder / OWNER).unlink()
    assert run.logged("DEBUG ended by KeyboardInterrupt: ").lines[0] == "night: interrupted; the same command goes on"


def test_run_whose_job_ended_well_is_done_only_with_its_best(run):
    run.begun(SOME).best(2).job(STARTED, "ended with status 0 after 2 evaluations")
    assert run.state == "done"
    assert run.begun([*SOME, evaluation(2)]).logged("DEBUG ended by KeyboardInterrupt: ").state == "interrupted"


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


@pytest.mark.parametrize("starts", [[{}], [{"time": "late"}]])
def test_start_without_a_time_leaves_the_job(run, starts):
    assert run.begun(SOME, manifest={"starts": starts}).job(SUBMITTED).state == "queued"


@pytest.mark.parametrize("name", [MANIFEST, EVALUATIONS, "best.json", "run.log", OWNER, "jobs/log"])
def test_folder_in_the_place_of_a_file_is_one_sentence(run, name):
    run.begun(SOME)
    (run.folder / name).unlink(missing_ok=True)
    (run.folder / name).mkdir(parents=True)
    with pytest.raises(StoreError, match=f"^{run.folder}/{name}: cannot be read: Is a directory$"):
        status.read(run.folder)


def test_job_that_began_before_its_submission_was_noted_has_begun(run):
    assert run.job(STARTED, SUBMITTED).state == "starting"


def test_finished_run_that_is_submitted_again_is_queued(run):
    run.begun(SOME).best(2).job(STARTED, "ended with status 0 after 2 evaluations")
    assert run.state == "done"
    assert run.job("submitted 2.sh to torque", name="8.server").state == "queued"
    assert f"  its output: {run.folder}/jobs/2.log" in run.lines
    assert "  what the scheduler knows of it: qstat 8.server; if nothing any more, submit it again" in run.lines


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
        f"  its output: {run.folder}/jobs/1.log",
        "43 of 50 evaluations in 5 generations, the last one 3 s ago, 2 a second, about 4 s left",
        "Best so far: evaluation 1, loss 1",
        "  probability = 0.25",
        "  weight = 0.012346 uS",
        "  cells = 1",
        "  delay = 5 ms",
        "  drive = 1.5",
        "2 failed; the first, evaluation 40: ValueError: no",
        "1 aborted; the first, evaluation 42: too many spikes",
    ]


def test_lines_before_anything_is_known(run):
    run.job(SUBMITTED)
    assert [run.lines[0], *run.lines[2:]] == [
        "night: queued",
        f"  its output: {run.folder}/jobs/1.log",
        "  what the scheduler knows of it: squeue -j 7; if nothing any more, submit it again",
        "No evaluation yet",
    ]


def test_rate_counts_what_came_after_the_manifest_was_written(run):
    run.begun([evaluation(n, 1.0) for n in range(25)], wall_time_s=96.0)
    age(run.folder / MANIFEST, 4.0)
    assert status.read(run.folder).rate == pytest.approx(0.25, rel=0.01)
    assert "15 a minute" in run.lines[1] and "left" not in run.lines[1], "it does not go on"
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
