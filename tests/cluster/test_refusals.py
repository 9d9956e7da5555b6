"""Refusals of a job when it is submitted; there are stand-ins for the scheduler."""

import os
from contextlib import nullcontext
from dataclasses import replace

import pytest

from tests.cluster.jobs import SITE, TERM, Job, stub
from tests.commands import SMALL, wait_until
from tests.loops import loop_over
from tuner.cluster import joblog
from tuner.cluster.site_settings import Site
from tuner.cluster.submit import submit
from tuner.errors import StoreError, StudyError, TunerError
from tuner.runs.owner import Owner


@pytest.mark.parametrize(
    ("scheduler", "shown", "cancel"),
    [
        ("slurm", "echo JOBID ST; echo 12 PD", "scancel 12"),
        ("torque", 'echo "12.server name user 00:00:10 R batch"', "qdel 12"),
        ("sge", 'echo "job_number: 12"', "qdel 12"),
    ],
)
def test_second_job_of_a_run_is_refused(programs, tmp_path, scheduler, shown, cancel):
    for program in ("sbatch", "qsub"):
        stub(programs, program, "echo 12")
    for program in ("squeue", "qstat"):
        stub(programs, program, shown)
    site = Site(tasks_per_node=3, time="10", scheduler=scheduler)
    submit(SMALL, tmp_path, site)
    for fresh in (False, True):
        with pytest.raises(StoreError, match=f"job 12 of this run is still queued or running .*first: {cancel}$"):
            submit(SMALL, tmp_path, site, fresh=fresh)
    assert sorted(path.name for path in (tmp_path / "small" / "jobs").iterdir()) == ["1.sh", "log"]
    stub(programs, "squeue", "echo JOBID ST")
    stub(programs, "qstat", 'echo "12.server name user 00:00:10 C batch"')
    assert submit(SMALL, tmp_path, site).script.name == "2.sh"


@pytest.mark.parametrize(
    ("shown", "is_queued"),
    [("12.server C user 00:00:10 R batch", True), ("12.server C user 00:00:10 C batch", False)],
)
def test_job_of_any_name_is_asked_for_by_its_state(programs, tmp_path, shown, is_queued):
    stub(programs, "qsub", "echo 12.server")
    stub(programs, "qstat", f'echo "{shown}"')
    site = Site(tasks_per_node=3, time="10", scheduler="torque")
    submit(SMALL, tmp_path, site)
    with pytest.raises(StoreError, match="still queued") if is_queued else nullcontext():
        submit(SMALL, tmp_path, site)


def test_script_that_was_submitted_by_hand_is_a_job_of_the_run(programs, tmp_path):
    stub(programs, "squeue", "echo 7 R")
    job = Job(tmp_path)
    process = job.start(PATIENT="yes")
    wait_until((job.folder / "ready").exists)
    (found,) = joblog.read(job.folder)
    assert (found.scheduler, found.look, found.log) == ("slurm", "squeue -j 7", "1.log")
    stub(programs, "sbatch", "echo 8")
    settings = ("--set", f'name="{job.folder.name}"')
    with pytest.raises(StoreError, match="job 7 of this run is still queued or running .*first: scancel 7$"):
        submit(SMALL, job.folder.parent, SITE, settings)
    process.send_signal(TERM)
    process.communicate(timeout=60)


STEPS = ("--set", "simulation.ranks_per_evaluation=4")


@loop_over(
    ("site", "run_options", "words"),
    [
        ({"tasks_per_node": 1}, (), "tasks_per_node: the job has one task, but executor mpi needs at least two"),
        (
            {},
            STEPS,
            "small.toml: simulation.ranks_per_evaluation: is 4, which executor mpi does not support; use srun or",
        ),
        ({}, (*STEPS, "--executor", "srun"), "ranks_per_evaluation: is 4, but the job has only 3 tasks "),
        ({"nodes": 2}, ("--executor", "processes"), "--executor processes runs on one node, but the job has 2 nodes"),
        (
            {"setup": ('echo "', "ulimit -c 0")},
            (),
            "site settings: setup or launcher is not valid bash: line [0-9]+: unexpected",
        ),
        ({"launcher": "mpiexec ("}, (), "setup or launcher is not valid bash: line [0-9]+: syntax error"),
    ],
)
def test_what_the_job_would_refuse_is_refused_now(tmp_path, site, run_options, words):
    with pytest.raises(StudyError, match=words):
        submit(SMALL, tmp_path / "runs", replace(SITE, **site), run_options, write_only=True)
    assert not (tmp_path / "runs").exists()


def test_one_task_is_enough_where_nobody_leads(tmp_path):
    for number, (nodes, options) in enumerate(
        [(1, ("--executor", "processes")), (2, (*STEPS[:1], "seed=3", "--executor", "srun"))]
    ):
        site = Site(nodes=nodes, tasks_per_node=1, time="10")
        assert submit(SMALL, tmp_path / str(number), site, options, write_only=True).script.exists()


def test_run_that_another_master_writes_is_refused(programs, tmp_path):
    stub(programs, "sbatch", "echo 12")
    folder = tmp_path / "small"
    folder.mkdir()
    with Owner(folder), pytest.raises(StoreError, match=f"{folder}: is being written by process {os.getpid()} on "):
        submit(SMALL, tmp_path, SITE)
    assert list(folder.iterdir()) == []


def test_missing_scheduler_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    words = "^sbatch was not found on this machine, so no job can be submitted to slurm; "
    with pytest.raises(TunerError, match=words) as error:
        submit(SMALL, tmp_path / "runs", SITE)
    assert error.value.exit_status == 1 and not (tmp_path / "runs").exists()
