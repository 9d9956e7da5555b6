"""Runs as jobs of a real Slurm: equal to the serial run, whatever becomes of the job."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.cluster.conftest import OPTIONS
from tests.cluster.slurm import Slurm
from tests.commands import rows, tuner, wait_for_rows, wait_until
from tuner.cluster import joblog
from tuner.cluster.site_settings import Site
from tuner.cluster.submit import Submission, submit
from tuner.errors import StoreError, TunerError
from tuner.report import status
from tuner.runs.owner import OWNER

pytestmark = pytest.mark.slurm
# A file in a test's runs ends the pauses of its candidates.
QUICK = "quick"
TWO_NODES = Site(nodes=2, tasks_per_node=2, time="00:10:00", launcher="mpiexec -n 3")
SHORT = Site(nodes=1, tasks_per_node=2, time="00:02:00", margin_s=60, launcher="mpiexec -n 3")


@pytest.fixture(scope="module")
def serial_sensory_motor(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict]:
    """The unbroken run of the sensory-motor study on one worker."""
    runs = tmp_path_factory.mktemp("serial_sensory_motor")
    done = tuner("sensory_motor", "--runs", runs, "--executor", "serial")
    assert done.returncode == 0, done.stderr
    return rows(runs / "sensory_motor")


@pytest.fixture
def on_cluster(cluster: Slurm) -> Iterator[Slurm]:
    """The cluster, with its commands at hand; what a test leaves of jobs ends with it, and lost nodes come back."""
    with patch.dict(os.environ, cluster.environment):
        yield cluster
        cluster.end_jobs()
        cluster.start_nodes()


def give(study: Path, runs: Path, site: Site, *options: str, pause_s: float = 0, fresh: bool = False) -> Submission:
    # The model is described without pauses, before there is a manifest.
    files = {"PAUSED_FROM": str(runs / "small" / "manifest.json"), "PAUSED_UNTIL": str(runs / QUICK)}
    with patch.dict(os.environ, {"PAUSE_S": str(pause_s), **files}):
        return submit(study, runs, site, (*OPTIONS, *options), fresh=fresh)


def events(submission: Submission) -> list[str]:
    """What became of a run's last job, in order, without where it ran."""
    *_, job = joblog.read(submission.folder)
    assert job.name == submission.job
    return [event.words.partition(" on ")[0] for event in sorted(job.events, key=lambda e: e.kind != "submitted")]


def state(submission: Submission) -> str:
    return status.read(submission.folder).state


def said(submission: Submission) -> str:
    return "\n".join(status.lines(status.read(submission.folder)))


def test_jobs_that_cannot_be_ended_leave_no_daemon(tmp_path):
    slurm = Slurm(tmp_path)
    daemons = {name: subprocess.Popen(["sleep", "1000"]) for name in ("munged", "slurmctld", "slurmd.n1", "slurmd.n3")}
    for name, process in daemons.items():
        (tmp_path / f"{name}.pid").write_text(str(process.pid))
    with patch.object(slurm, "run", side_effect=RuntimeError("no answer")), pytest.raises(RuntimeError):
        slurm.__exit__()
    assert {process.wait(timeout=60) for process in daemons.values()} == {-signal.SIGTERM}


def test_two_nodes_give_the_serial_run(on_cluster, slow, serial_rows, tmp_path):
    given = give(slow, tmp_path / "r u n s", TWO_NODES, "--set", "name=it's a $tudy, 5 %j")
    on_cluster.wait_for(given.job, "COMPLETED")
    assert given.folder == tmp_path / "r u n s" / "it's a $tudy, 5 %j"
    assert rows(given.folder) == serial_rows
    assert events(given) == ["submitted 1.sh to slurm", "started 1.sh", "ended with status 0 after 18 evaluations"]
    assert "18 evaluations, 2 workers" in given.log.read_text()
    assert state(given) == "done"
    assert said(given).startswith("it's a $tudy, 5 %j: done\nJob ")
    assert "18 of 18 evaluations in 3 generations" in said(given)


@pytest.mark.exhaustive
def test_two_nodes_give_the_main_jobs_serial_run(on_cluster, serial_sensory_motor, tmp_path):
    given = submit("sensory_motor", tmp_path, TWO_NODES)
    on_cluster.wait_for(given.job, "COMPLETED")
    assert rows(given.folder) == serial_sensory_motor
    assert "Verified by plain NetPyNE: the same 679 spikes, loss 0.1" in given.log.read_text()


def test_job_steps_of_two_ranks_give_the_serial_run(on_cluster, slow, serial_rows, tmp_path):
    site = Site(nodes=2, tasks_per_node=1, time="00:10:00")
    launcher = 'simulation.launcher="srun --mpi=pmi2 -N 2 -n {ranks} --exact"'
    settings = ("simulation.executor=srun", "simulation.ranks_per_evaluation=2", launcher, "budget.evaluations=6")
    given = give(slow, tmp_path, site, *(word for setting in settings for word in ("--set", setting)))
    on_cluster.wait_for(given.job, "COMPLETED")
    assert rows(given.folder) == {number: serial_rows[number] for number in range(6)}


def test_cancelled_job_lets_go_and_is_not_requeued(on_cluster, slow, serial_rows, tmp_path):
    first = give(slow, tmp_path, TWO_NODES, pause_s=1)
    wait_for_rows(first.folder, 7)
    assert state(first) == "running"
    with pytest.raises(
        StoreError, match=f"job {first.job} of this run is still queued or running.*: scancel {first.job}$"
    ):
        give(slow, tmp_path, TWO_NODES)
    on_cluster.run("scancel", first.job)
    wait_until(lambda: joblog.read(first.folder)[-1].ended)
    on_cluster.wait_for(first.job, "CANCELLED")
    stored = len(rows(first.folder))
    assert events(first)[2:] == ["told to end", f"ended with status 130 after {stored} evaluations"]
    assert 7 <= stored < 18 and not (first.folder / OWNER).exists()
    ending = f"small: interrupted; if squeue -j {first.job} does not show the job any more, submit it again"
    assert said(first).startswith(ending)
    second = give(slow, tmp_path, TWO_NODES)
    assert second.script.name == "2.sh"
    on_cluster.wait_for(second.job, "COMPLETED")
    assert rows(second.folder) == serial_rows
    assert events(second)[-1] == f"ended with status 0 after {18 - stored} evaluations"


@pytest.mark.parametrize(("node", "by"), [("first", "Slurm"), ("last", "the job itself")])
def test_lost_node_costs_nothing(on_cluster, slow, serial_rows, tmp_path, node, by):
    given = give(slow, tmp_path, TWO_NODES, pause_s=1)
    wait_for_rows(given.folder, 7)
    names = on_cluster.run("scontrol", "show", "hostnames", on_cluster.fields(given.job)["NodeList"]).split()
    lost = names[0 if node == "first" else -1]
    on_cluster.lose_node(lost)
    if by == "Slurm":
        wait_until(lambda: state(given) == "lost")
        assert f"; that process died; if squeue -j {given.job} does not show the job any more, submit it again" in said(
            given
        )
    wait_until(lambda: on_cluster.fields(given.job)["Restarts"] == "1")
    stored = len(rows(given.folder))
    assert 7 <= stored < 18
    on_cluster.wait_for(given.job, "COMPLETED")
    assert rows(given.folder) == serial_rows
    assert f"18 evaluations, 2 workers, {stored} evaluations stored already" in given.log.read_text()
    again = [] if by == "Slurm" else [f"requeued after {stored} evaluations"]
    ended = f"ended with status 0 after {18 - stored} evaluations"
    assert events(given)[1:] == ["started 1.sh", *again, "started 1.sh", ended]


@pytest.mark.exhaustive
def test_lost_node_costs_nothing_where_slurm_starts_the_ranks(on_cluster, slow, serial_rows, tmp_path):
    given = give(slow, tmp_path, replace(TWO_NODES, launcher="srun --mpi=pmi2 -n 3"), pause_s=1)
    wait_for_rows(given.folder, 7)
    on_cluster.lose_node(on_cluster.fields(given.job)["BatchHost"])
    wait_until(lambda: on_cluster.fields(given.job)["Restarts"] == "1")
    assert 7 <= len(rows(given.folder)) < 18
    on_cluster.wait_for(given.job, "COMPLETED")
    assert rows(given.folder) == serial_rows


def test_time_limit_requeues_what_comes_further(on_cluster, slow, tmp_path):
    longer = ("--set", "budget.evaluations=24")
    unbroken = tuner(slow, "--runs", tmp_path / "serial", "--executor", "serial", *OPTIONS, *longer)
    assert unbroken.returncode == 0, unbroken.stderr
    given = give(slow, tmp_path, SHORT, *longer, pause_s=8)
    hopeless = give(slow, tmp_path / "hopeless", SHORT, "--set", "optimizer.start_point=false", pause_s=10_000)

    wait_until(lambda: "requeued" in "".join(events(given)))
    stored = len(rows(given.folder))
    assert events(given)[1:] == [
        "started 1.sh", "stopping before the time limit", f"requeued after {stored} evaluations",
    ]  # fmt: skip
    assert 0 < stored < 24 and not (given.folder / OWNER).exists()
    assert state(given) == "queued"
    # The job that comes again has to reach the end of its verification before its limit, on a busy machine too.
    (tmp_path / QUICK).touch()

    on_cluster.wait_for(hopeless.job, "FAILED")
    assert on_cluster.fields(hopeless.job)["ExitCode"] == "75:0"
    assert events(hopeless)[2:] == [
        "stopping before the time limit",
        "ended with status 75 after 0 evaluations; not requeued, because this job finished no evaluation",
    ]
    assert state(hopeless) == "stopped" and "No evaluation yet" in said(hopeless)

    on_cluster.wait_for(given.job, "COMPLETED")
    assert rows(given.folder) == rows(tmp_path / "serial" / "small")
    assert state(given) == "done"


def test_refused_submission_changes_nothing(on_cluster, slow, serial_rows, tmp_path):
    wrong = Site(tasks_per_node=2, time="10", partition="nowhere")
    with pytest.raises(
        TunerError, match="^sbatch refused the job, and nothing was changed: invalid partition specified: nowhere; "
    ) as error:
        give(slow, tmp_path, wrong)
    assert error.value.exit_status == 1 and list(tmp_path.iterdir()) == []
    run = shutil.copytree(slow.parent / "runs" / "small", tmp_path / "small")
    with pytest.raises(TunerError, match="invalid partition"):
        give(slow, tmp_path, wrong, fresh=True)
    assert [path.name for path in tmp_path.iterdir()] == ["small"]
    assert rows(run) == serial_rows and not (run / "jobs").exists()
    with pytest.raises(StoreError, match="seed was 3, is 4"):
        give(slow, tmp_path, TWO_NODES, "--set", "seed=4")
    assert not (run / "jobs").exists()


def test_job_waits_in_the_queue_and_is_fresh_from_its_submission_on(on_cluster, slow, serial_rows, tmp_path):
    shutil.copytree(slow.parent / "runs" / "small", tmp_path / "small")
    later = Site(tasks_per_node=2, time="10", options=("--begin=now+1hour",))
    given = give(slow, tmp_path, later, fresh=True)
    assert rows(tmp_path / "small.1") == serial_rows
    assert on_cluster.state(given.job) == "PENDING"
    assert said(given).splitlines()[0] == "small: queued" and f"squeue -j {given.job}" in said(given)
    assert "No evaluation yet" in said(given)
    with pytest.raises(StoreError, match="is still queued or running"):
        give(slow, tmp_path, later, fresh=True)
    assert not (tmp_path / "small.2").exists()
    on_cluster.run("scancel", given.job)
    again = give(slow, tmp_path, later)
    assert again.job != given.job and on_cluster.state(again.job) == "PENDING"
