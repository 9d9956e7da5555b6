"""What Slurm says of a step decides what becomes of it; a stand-in for Slurm says it."""

import sys

import pytest

from tests.cluster.tasks import act, nothing
from tuner.executors import launched, registry, slurm

pytestmark = pytest.mark.long

STARTED = launched.line(launched.STARTED, None).decode().strip()


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Puts scripts on the path, by name."""

    def put(**texts):
        for name, text in texts.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
            (tmp_path / name).chmod(0o755)

    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(launched, "ASK_SLURM_S", 0.1)
    monkeypatch.setattr(launched, "LOOK_S", 0.05)
    monkeypatch.setattr(launched, "END_S", 0.2)
    return put


LATE = "no result within the time limit of 1 s (see simulation.timeout_s)"
LOST = "the ranks were lost (the launcher still runs, but the ranks do not answer), in 2 of 2 attempts"


def outcome(timeout_s=None):
    with registry.make("srun", 1, nothing, ranks=2) as pool:
        (found,) = pool.map(act, ["give"], timeout_s)
    return found


def test_a_step_that_slurm_no_longer_has_is_lost(programs):
    programs(srun=f"echo '{STARTED}'; exec sleep 1000", squeue="exit 0", sacct="exit 1")
    found = outcome()
    assert (found.status, found.reason) == ("failed", LOST)


@pytest.mark.parametrize("squeue", ["exit 1", "cat $0.names", "sleep 1000"], ids=["silent", "there", "hangs"])
def test_a_step_of_which_slurm_says_nothing_bad_goes_on(programs, monkeypatch, squeue):
    monkeypatch.setattr(slurm, "ASK_S", 0.2)
    # The step's name is what follows --job-name.
    programs(srun=f"echo $2 > ${{0%/*}}/squeue.names; echo '{STARTED}'; exec sleep 1000", squeue=squeue)
    found = outcome(timeout_s=1.0)
    assert (found.status, found.reason) == ("timeout", LATE)


def test_a_step_that_waits_for_room_is_not_lost(programs):
    programs(srun="sleep 1; exit 3", squeue="exit 0", sacct="exit 1")
    found = outcome()
    assert (found.status, found.reason) == ("failed", "the ranks ended with exit status 3, in 2 of 2 attempts")


def test_slurms_own_word_for_a_death_is_said(programs):
    programs(srun="echo srun: error: Node failure >&2; exit 1", squeue='case "$*" in *all*) echo NODE_FAIL;; esac')
    words = "the ranks ended with exit status 1 (Slurm: NODE_FAIL): srun: error: Node failure"
    assert outcome().reason == f"{words}, in 2 of 2 attempts"


def test_a_name_is_found_among_jobs_and_among_steps(programs):
    programs(squeue='case "$*" in *--steps*) echo tuner-a;; *) echo tuner-b;; esac')
    assert [slurm.is_lost(name) for name in ("tuner-a", "tuner-b", "tuner-c")] == [False, False, True]


def test_as_many_at_once_as_the_allocation_has_room_for(programs, monkeypatch):
    programs(srun="exit 1")
    monkeypatch.setenv("SLURM_NTASKS", "12")
    assert registry.make("srun", None, nothing, ranks=5).workers == 2
    assert registry.make("srun", 7, nothing, ranks=5).workers == 7
    monkeypatch.delenv("SLURM_NTASKS")
    assert registry.make("srun", None, nothing, ranks=5).workers == 1
    assert registry.make("srun", None, nothing, ranks=5).launcher[-3:] == ("-n", "5", "--exact")
    assert registry.make("mpiexec", 1, nothing, ranks=3, launcher=f"{sys.executable} -x {{ranks}}").launcher == (
        sys.executable, "-x", "3",
    )  # fmt: skip
