"""The study on ranks of an MPI: equal to the serial run, whatever dies."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cluster.conftest import OPTIONS
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
    words = mpi_command(3, "run", "--executor", "mpi", *OPTIONS, *arguments)
    return subprocess.run(words, capture_output=True, text=True, timeout=240, check=False)


def start_on_ranks(*arguments: object, pause_s: float = 0.0) -> subprocess.Popen:
    words = mpi_command(3, "run", "--executor", "mpi", *OPTIONS, *arguments)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(words, env={**os.environ, "PAUSE_S": str(pause_s)}, **streams)


def test_three_ranks_give_the_serial_run(slow, serial_rows, tmp_path):
    done = on_ranks(slow, "--runs", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 workers" in done.stdout and "Verified by plain NetPyNE: the same 58 spikes, loss 1\n" in done.stdout
    assert rows(tmp_path / "small") == serial_rows


def test_crash_and_hang_cost_one_evaluation_each(tmp_path):
    trouble = TROUBLE.format('"segfault", "hang"')
    size = ("optimizer.population_size=4", "budget.evaluations=4")
    words = overrides("simulation.timeout_s=4", *size, "seed=2", trouble)
    done = on_ranks(SMALL, "--runs", tmp_path, *words)
    assert done.returncode == 0, done.stderr
    crashed, hung = "the worker process died of signal 11 (SIGSEGV), 2 times", "took longer than 4 s"
    found = [(row["status"], row["reason"]) for _, row in sorted(rows(tmp_path / "small").items())]
    assert found == [("done", ""), ("timeout", hung), ("failed", crashed), ("done", "")]


def test_killed_rank_ends_the_job_and_the_same_command_resumes_it(slow, serial_rows, tmp_path):
    folder = tmp_path / "small"
    master = start_on_ranks(slow, "--runs", tmp_path, pause_s=1)
    wait_for_rows(folder, 3)
    ranks = alive_ranks(master.pid)
    assert len(ranks) == 3
    os.kill(ranks[-1], signal.SIGKILL)
    master.communicate(timeout=60)
    assert master.returncode != 0
    wait_until(lambda: not any(Path(f"/proc/{rank}").exists() for rank in ranks))
    assert 3 <= len(rows(folder)) < 18
    again = on_ranks(slow, "--runs", tmp_path)
    assert again.returncode == 0, again.stderr
    assert rows(folder) == serial_rows


@pytest.mark.parametrize(("number", "status", "word"), [("SIGTERM", 130, "interrupted"), ("SIGUSR1", 75, "stopped")])
def test_signal_to_mpiexec_ends_all_ranks_in_order(slow, tmp_path, number, status, word):
    folder = tmp_path / "small"
    master = start_on_ranks(slow, "--runs", tmp_path, *LONG, pause_s=1)
    wait_for_rows(folder, 2)
    master.send_signal(signal.Signals[number])
    _, errors = master.communicate(timeout=60)
    assert master.returncode == status
    last = errors.strip().splitlines()[-1]
    assert last.startswith(f"netpyne-tuner: {word}; finished evaluations are kept in {folder}")
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
