"""The study on ranks of an MPI: equal to the serial run, whatever dies."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cluster.ranks import alive_ranks, mpi_command
from tests.commands import SMALL, rows, tuner, wait_for_rows, wait_until

pytestmark = pytest.mark.mpi
LONG = ("--set", "budget.evaluations=2000", "--set", "budget.loss=0")
TROUBLE = 'parameters.trouble={{kind="choice", choices=["none", {}], start="none"}}'


def overrides(*settings: str) -> list[str]:
    return [word for setting in settings for word in ("--set", setting)]


def is_silent_for(path: Path, seconds: float) -> bool:
    return time.time() - path.stat().st_mtime > seconds


def on_ranks(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        mpi_command(3, *arguments, "--executor", "mpi"), capture_output=True, text=True, timeout=240, check=False
    )


def start_on_ranks(*arguments: object) -> subprocess.Popen:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(mpi_command(3, *arguments, "--executor", "mpi"), **streams)


def test_three_ranks_give_the_serial_run(serial_sensory_motor, tmp_path):
    done = on_ranks("sensory_motor", "--runs", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 workers" in done.stdout and "Verified by plain NetPyNE: the same 679 spikes" in done.stdout
    assert rows(tmp_path / "sensory_motor") == serial_sensory_motor


def test_crash_and_hang_cost_one_evaluation_each(tmp_path):
    trouble = TROUBLE.format('"segfault", "hang"')
    words = overrides(
        "simulation.timeout_s=4", "optimizer.population_size=9", "budget.evaluations=9", "seed=2", trouble
    )
    done = on_ranks(SMALL, "--runs", tmp_path / "mpi", *words)
    assert done.returncode == 0, done.stderr
    found = rows(tmp_path / "mpi" / "small")
    assert tuner(SMALL, "--runs", tmp_path / "local", *words).returncode == 0
    assert found == rows(tmp_path / "local" / "small")
    reasons = {row["reason"] for row in found.values()}
    assert reasons == {"", "the worker process died of signal 11 (SIGSEGV), 2 times", "took longer than 4 s"}


def test_killed_rank_ends_the_job_and_the_same_command_resumes_it(serial_sensory_motor, tmp_path):
    folder = tmp_path / "sensory_motor"
    master = start_on_ranks("sensory_motor", "--runs", tmp_path)
    wait_for_rows(folder, 15)
    ranks = alive_ranks(master.pid)
    assert len(ranks) == 3
    os.kill(ranks[-1], signal.SIGKILL)
    master.communicate(timeout=60)
    assert master.returncode != 0
    wait_until(lambda: not any(Path(f"/proc/{rank}").exists() for rank in ranks))
    assert 15 <= len(rows(folder)) < 50
    again = on_ranks("sensory_motor", "--runs", tmp_path)
    assert again.returncode == 0, again.stderr
    assert rows(folder) == serial_sensory_motor


@pytest.mark.parametrize(("number", "status", "word"), [("SIGTERM", 130, "interrupted"), ("SIGUSR1", 75, "stopped")])
def test_signal_to_mpiexec_ends_all_ranks_in_order(tmp_path, number, status, word):
    folder = tmp_path / "sensory_motor"
    master = start_on_ranks("sensory_motor", "--runs", tmp_path, *LONG)
    wait_for_rows(folder, 5)
    master.send_signal(signal.Signals[number])
    _, errors = master.communicate(timeout=60)
    assert master.returncode == status
    assert errors.strip().splitlines()[-1].startswith(f"netpyne-tuner: {word}; what was done is kept in {folder}")
    assert not (folder / "owner.json").exists()


def test_stop_reaches_the_leader_while_its_ranks_are_busy(tmp_path):
    words = overrides("simulation.timeout_s=1000", "budget.evaluations=600", TROUBLE.format('"hang"'))
    master = start_on_ranks(SMALL, "--runs", tmp_path, *words)
    wait_for_rows(tmp_path / "small", 1)
    wait_until(lambda: is_silent_for(tmp_path / "small" / "evaluations.jsonl", 3.0))
    stop = tuner("stop", "small", "--runs", tmp_path)
    assert stop.returncode == 0 and stop.stdout.startswith("Asked process ")
    _, errors = master.communicate(timeout=60)
    assert (master.returncode, errors.strip().splitlines()[-1].partition(";")[0]) == (75, "netpyne-tuner: stopped")
    assert sorted(path.name for path in (tmp_path / "small").iterdir() if path.name in ("owner.json", "stop")) == []


@pytest.mark.parametrize("ranks", [1, 2])
def test_study_error_is_one_sentence(ranks, tmp_path):
    done = subprocess.run(mpi_command(ranks, "nosuch"), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.strip().startswith("netpyne-tuner: nosuch: there is no such study")
    assert len(done.stderr.strip().splitlines()) == 1


def test_started_otherwise_it_says_how(tmp_path):
    done = tuner("sensory_motor", "--runs", tmp_path, "--executor", "mpi")
    assert done.returncode == 1
    assert "mpiexec -n 3 python -m mpi4py.futures tuner/run.py STUDY --executor mpi" in done.stderr
