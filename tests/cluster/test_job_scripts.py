"""What a job's script does when it runs; there are stand-ins for Python and the scheduler."""

import re
import signal
import subprocess

import pytest

from tests.cluster.jobs import LIMIT, PYTHON, TERM, Job, stub
from tests.commands import ROOT, SMALL, alive, wait_until
from tests.loops import loop_over
from tuner.cluster.site_settings import SCHEDULERS


@loop_over("scheduler", SCHEDULERS)
def test_scripts_are_bash(tmp_path, scheduler):
    job = Job(tmp_path, scheduler, partition="long", account="lab", setup=("module load x",), options=("--a=b",))
    checked = subprocess.run(["bash", "-n", str(job.path)], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert not re.search(r"@\w+@", job.path.read_text())


@loop_over("scheduler", SCHEDULERS)
def test_command_survives_names_with_quotes_and_dollars(tmp_path, scheduler):
    job = Job(tmp_path, scheduler)
    assert job.run() == 0
    assert (job.folder / "arguments").read_text().splitlines() == [
        "1", "-m", "mpi4py.futures", str(ROOT / "tuner" / "run.py"), "run", str(SMALL), "--executor", "mpi", "--wait",
        "--runs", str(job.folder.parent), "--set", "values.rate=3 $x",
    ]  # fmt: skip
    assert job.events == ["started 1.sh", "ended with status 0 after 0 evaluations"]


STUCK = "; not requeued, because this job finished no evaluation"
ENDINGS = [
    ((), 3, 0, ["ended with status 0 after 3 evaluations"]),
    ((), 3, 2, ["ended with status 2 after 3 evaluations"]),
    ((), 3, 75, ["ended with status 75 after 3 evaluations"]),
    ((), 3, 126, ["ended with status 126 after 3 evaluations"]),
    ((), 3, 127, ["ended with status 127 after 3 evaluations"]),
    ((), 3, 143, ["ended with status 143 after 3 evaluations"]),
    ((), 3, 255, ["requeued after 3 evaluations"]),
    ((), 0, 255, [f"ended with status 255 after 0 evaluations{STUCK}"]),
    ((LIMIT,), 3, 75, ["stopping before the time limit", "requeued after 3 evaluations"]),
    ((LIMIT,), 3, 143, ["stopping before the time limit", "requeued after 3 evaluations"]),
    ((LIMIT,), 0, 75, ["stopping before the time limit", f"ended with status 75 after 0 evaluations{STUCK}"]),
    ((LIMIT,), 3, 0, ["stopping before the time limit", "ended with status 0 after 3 evaluations"]),
    ((TERM,), 3, 130, ["told to end", "ended with status 130 after 3 evaluations"]),
]


@loop_over(("signals", "finished", "status", "events"), ENDINGS)
def test_only_what_comes_further_is_requeued(programs, tmp_path, signals, finished, status, events):
    stub(programs, "scontrol", f'echo "$@" >> "{tmp_path}/asked"')
    job = Job(tmp_path)
    assert job.run(*signals, FINISHED=str(finished), STATUS=str(status)) == status
    assert job.events == ["started 1.sh", *events]
    asked = (tmp_path / "asked").read_text() if (tmp_path / "asked").exists() else ""
    assert asked == ("requeue 7\n" if "requeued" in events[-1][:8] else "")


def test_evaluations_of_earlier_jobs_do_not_count(programs, tmp_path):
    stub(programs, "scontrol", "exit 0")
    job = Job(tmp_path)
    (job.folder / "evaluations.jsonl").write_text("{}\n" * 5)
    job.run(LIMIT, STATUS="75")
    assert job.events[-1] == f"ended with status 75 after 0 evaluations{STUCK}"


def test_site_that_does_not_requeue_is_said(programs, tmp_path):
    stub(programs, "scontrol", "exit 1")
    job = Job(tmp_path)
    assert job.run(LIMIT, FINISHED="2", STATUS="75") == 75
    assert job.events[-1] == "ended with status 75 after 2 evaluations; could not be requeued: submit the run again"


def test_run_that_has_not_begun_is_ended_at_the_limit(programs, tmp_path):
    job = Job(tmp_path)
    stub(job.folder, "python", PYTHON.replace('touch "$3/asked"; ', ""))
    assert job.run(LIMIT, STOP_STATUS="1") == 130
    assert job.events[1:] == ["stopping before the time limit", f"ended with status 130 after 0 evaluations{STUCK}"]


@pytest.mark.parametrize(("number", "event"), [("USR1", "stopping before the time limit"), ("TERM", "told to end")])
def test_signal_that_comes_before_the_run_ends_it(programs, tmp_path, number, event):
    # Asked for when the traps are set, and the run is not there yet.
    stub(programs, "hostname", f"kill -{number} $SCRIPT; echo n1")
    job = Job(tmp_path, setup=("export SCRIPT=$$",))
    stub(job.folder, "python", '#!/bin/bash\n[ "$2" = stop ] && exit 1\nexec sleep 100')
    assert job.start().wait(timeout=60) == 143
    assert event in job.events[:2]
    assert job.events[2].startswith("ended with status 143 after 0 evaluations")


def test_signals_after_the_run_has_ended_change_nothing(programs, tmp_path):
    stub(programs, "scontrol", f'kill -TERM $SCRIPT; kill -USR1 $SCRIPT; echo "$@" >> "{tmp_path}/asked"')
    job = Job(tmp_path, setup=("export SCRIPT=$$",))
    assert job.run(STATUS="255", FINISHED="2") == 255
    assert job.events == ["started 1.sh", "requeued after 2 evaluations"]
    assert (tmp_path / "asked").read_text() == "requeue 7\n"


@pytest.mark.parametrize("scheduler", ["torque", "sge"])
def test_own_warning_ends_with_the_script(programs, tmp_path, scheduler):
    stub(programs, "sleep", f'echo $$ > "{tmp_path}/sleeper"; exec /usr/bin/sleep 300')
    job = Job(tmp_path, scheduler)
    # It is not over before the warning waits.
    stub(job.folder, "python", f'#!/bin/bash\nuntil [ -s "{tmp_path}/sleeper" ]; do :; done')
    assert job.start().wait(timeout=60) == 0
    sleeper = int((tmp_path / "sleeper").read_text())
    wait_until(lambda: not alive(sleeper))


def test_torque_submits_itself_where_nobody_may_rerun(programs, tmp_path):
    stub(programs, "qrerun", "exit 1")
    stub(programs, "qsub", f'echo "$@" >> "{tmp_path}/asked"')
    job = Job(tmp_path, "torque")
    assert job.run(STATUS="255", FINISHED="2") == 255
    assert (tmp_path / "asked").read_text() == f"{job.path}\n"


@pytest.mark.parametrize("places", [("beside",), ("path", "beside")])
def test_launcher_beside_python_is_for_where_there_is_no_other(programs, tmp_path, places):
    job = Job(tmp_path, launcher="launch")
    for place in places:
        folder = {"beside": job.folder, "path": programs}[place]
        stub(folder, "launch", f'echo {place} >> "{tmp_path}/taken"; exec "$@"')
    assert job.start().wait(timeout=60) == 0
    assert (tmp_path / "taken").read_text() == f"{places[0]}\n"


def test_torque_warns_itself_and_reruns(programs, tmp_path):
    stub(programs, "qrerun", f'echo "$@" >> "{tmp_path}/asked"')
    # A second is left of three when it stops.
    job = Job(tmp_path, "torque", time="0:03", margin_s=2)
    process = job.start(PATIENT="yes", FINISHED="4", STATUS="75")
    process.communicate(timeout=60)
    assert job.events == ["started 1.sh", "stopping before the time limit", "requeued after 4 evaluations"]
    assert (tmp_path / "asked").read_text() == "7\n"


def test_grid_engine_reruns_what_ends_with_99_and_warns_by_usr2(programs, tmp_path):
    job = Job(tmp_path / "limit", "sge")
    assert job.run(LIMIT, FINISHED="4", STATUS="75") == 99
    assert job.events[-1] == "requeued after 4 evaluations"
    cancelled = Job(tmp_path / "cancelled", "sge")
    assert cancelled.run(signal.SIGUSR2, FINISHED="4") == 130
    assert cancelled.events[-2:] == ["told to end", "ended with status 130 after 4 evaluations"]
