"""The state of a run, by what its master and its jobs have left."""

import socket
import subprocess
import sys

import pytest

from tests.report.run_files import SOME, STARTED, SUBMITTED, evaluation
from tuner.report import status
from tuner.runs.owner import OWNER, SILENCE_S, Owner


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
    assert run.lines[0] == "night: lost, process 12 on far; that process died; run the same command again to continue"


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
    assert run.lines[0].endswith("submit it again to continue")


def test_job_whose_node_died_is_lost_until_the_scheduler_starts_it_again(run):
    run.begun(SOME).job(SUBMITTED, STARTED, ago_s=500).owned(silent_s=100)
    assert run.state == "lost"
    assert run.lines[0] == (
        "night: lost, process 12 on far; that process died; if squeue -j 7 does not show the job any more,"
        " submit it again to continue"
    )
    assert run.job(STARTED, ago_s=50).state == "starting"


def test_job_is_past_once_a_master_was_started_by_hand(run):
    run.job(SUBMITTED, ago_s=500).begun(SOME, started_ago_s=(900,))
    assert run.state == "queued"
    run.begun(SOME, started_ago_s=(900, 400)).logged("DEBUG ended by KeyboardInterrupt: ")
    assert run.lines[0] == "night: interrupted; run the same command again to continue"
    assert run.best(2).state == "done"
    run.job(STARTED, "ended with status 2 after 2 evaluations", ago_s=300).best(1)
    assert run.lines[0] == "night: failed; see jobs/1.log for the reason; submit it again to continue"
    run.begun([*SOME, evaluation(2)], started_ago_s=(900, 400, 200)).logged("DEBUG ended by ModelError: no")
    assert run.lines[0] == "night: failed; see run.log for the reason; run the same command again to continue"


def test_job_that_noted_no_end_is_past_once_another_master_has_come_and_gone(run):
    run.job(SUBMITTED, STARTED, ago_s=500).begun(SOME, started_ago_s=(490, 100)).owned()
    assert (run.state, status.read(run.folder).job.name) == ("running", "7")
    (run.folder / OWNER).unlink()
    run.logged("DEBUG ended by KeyboardInterrupt: ")
    assert run.lines[0] == "night: interrupted; run the same command again to continue"


def test_run_whose_job_ended_well_is_done_only_with_its_best(run):
    run.begun(SOME).best(2).job(STARTED, "ended with status 0 after 2 evaluations")
    assert run.state == "done"
    assert run.begun([*SOME, evaluation(2)]).logged("DEBUG ended by KeyboardInterrupt: ").state == "interrupted"


@pytest.mark.parametrize("starts", [[{}], [{"time": "late"}]])
def test_start_without_a_time_leaves_the_job(run, starts):
    assert run.begun(SOME, manifest={"starts": starts}).job(SUBMITTED).state == "queued"


def test_job_that_began_before_its_submission_was_noted_has_begun(run):
    assert run.job(STARTED, SUBMITTED).state == "starting"


def test_finished_run_that_is_submitted_again_is_queued(run):
    run.begun(SOME).best(2).job(STARTED, "ended with status 0 after 2 evaluations")
    assert run.state == "done"
    assert run.job("submitted 2.sh to torque", name="8.server").state == "queued"
    assert f"  output: {run.folder}/jobs/2.log" in run.lines
    assert "  ask the scheduler: qstat 8.server; if it does not show the job any more, submit it again" in run.lines
