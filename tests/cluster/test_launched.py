"""Evaluations on ranks of their own, started by mpiexec and by Slurm: outcomes, and the raster of one rank."""

import os
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from tests.cluster.ranks import mpiexec
from tests.cluster.tasks import act, nothing
from tests.commands import ROOT, SMALL, rows, tuner, wait_until
from tests.contracts.executor import ExecutorContract
from tests.samples import task_of
from tuner.errors import TunerError
from tuner.evaluate.evaluate import evaluate
from tuner.executors import registry
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.simulation.simulate import warm_up, warm_up_on
from tuner.study.study import Study

TWO_NODES = "srun --mpi=pmi2 -N 2 -n {ranks}"
# Everything but the last is said by the launcher in its own words.
DEATHS = {"mpiexec": "the ranks ended with exit status 11", "srun": "the ranks ended with exit status "}
LATE = "no result within the time limit of 3 s (see simulation.timeout_s)"


@pytest.fixture(params=[pytest.param("mpiexec", marks=pytest.mark.mpi), pytest.param("srun", marks=pytest.mark.slurm)])
def launcher(request, monkeypatch):
    """Name and words of what starts ranks."""
    if request.param == "mpiexec":
        mpiexec()
        return "mpiexec", None
    for name, value in request.getfixturevalue("cluster").environment.items():
        monkeypatch.setenv(name, value)
    return "srun", TWO_NODES


@pytest.mark.mpi
class TestOneRankEach(ExecutorContract):
    """The contract, where each task has one rank that needs no mpiexec."""

    name, launcher = "mpiexec", "env"


def on_two_ranks(launcher, warm_up=nothing):
    name, words = launcher
    return registry.make(name, 1, warm_up, ranks=2, launcher=words)


def test_outcomes(launcher):
    with on_two_ranks(launcher) as pool:
        found = {o.task: o for o in pool.map(act, ["give", "raise", "die", "hang"], 3.0)}
    nodes = ("n1", "n2") if launcher[0] == "srun" else ("", "")
    assert found["give"].value == [(0, nodes[0], "give"), (1, nodes[1], "give")]
    assert (found["raise"].status, found["raise"].reason) == ("failed", "KeyError: 'raise'")
    assert isinstance(found["raise"].error, KeyError)
    assert found["die"].status == "failed" and found["die"].reason.endswith(", in 2 of 2 attempts")
    assert found["die"].reason.startswith(DEATHS[launcher[0]])
    assert (found["hang"].status, found["hang"].reason) == ("timeout", LATE)


@pytest.mark.mpi
def test_what_one_rank_alone_meets_is_everybodys():
    mpiexec()
    with on_two_ranks(("mpiexec", None)) as pool:
        found = {o.task: o for o in pool.map(act, ["one raises", "one waits", "exit", "unsendable"], 60.0)}
    words = "rank 1: ValueError: no such section on this rank"
    assert (found["one raises"].status, found["one raises"].reason) == ("failed", f"RuntimeError: {words}")
    assert found["one waits"].reason == f"the ranks ended with exit status 1: {words}, in 2 of 2 attempts"
    assert found["exit"].reason == "RuntimeError: SystemExit: the model has had enough" or (
        found["exit"].reason == "SystemExit: the model has had enough"
    )
    assert found["unsendable"].status == "failed" and "pickle" in found["unsendable"].reason


@pytest.mark.mpi
def test_a_large_result_comes_within_its_time():
    mpiexec()
    with on_two_ranks(("mpiexec", None)) as pool:
        (found,) = pool.map(act, ["large"], 30.0)
    assert found.status == "done" and found.value == bytes(20_000_000)


@pytest.mark.mpi
def test_a_large_task_does_not_keep_the_master_from_ending(tmp_path):
    waiting = tmp_path / "waiting"
    waiting.write_text("#!/bin/sh\nexec sleep 1000\n")
    waiting.chmod(0o755)
    with on_two_ranks(("mpiexec", str(waiting))) as pool:
        found = pool.map(act, ["give" + "x" * 1_000_000])
        threading.Timer(1.0, pool._ending.set).start()
        assert [outcome.reason for outcome in found] == ["the run was stopped"]


def recordings(pool, study):
    library = libraries.build(models.mod_folder(study))
    tasks = [task_of(study, library, n, 0, values) for n, values in enumerate(CANDIDATES[study.name])]
    found = sorted((outcome.value for outcome in pool.map(evaluate, tasks)), key=lambda r: r.evaluation.number)
    assert [result.evaluation.status for result in found] == STATUSES[study.name]
    return found


CANDIDATES = {
    "sensory_motor": [{"probability": 0.45, "weight": 0.02, "delay": 1.3}],
    "small": [{"weight": 0.01, "rate": 10.0, "trouble": trouble} for trouble in ("none", "nan")],
}
STATUSES = {"sensory_motor": ["done"], "small": ["done", "aborted"]}
TROUBLE = 'parameters.trouble={kind="choice", choices=["none", "nan"], start="none"}'


@pytest.mark.parametrize(("name", "overrides"), [("sensory_motor", []), (SMALL, [TROUBLE])], ids=["sm", "small"])
def test_two_ranks_give_the_raster_of_one(launcher, name, overrides):
    study = Study.load(name, overrides)
    with registry.make("serial", 1, warm_up) as pool:
        one = recordings(pool, study)
    with on_two_ranks(launcher, partial(warm_up_on, 2)) as pool:
        two = recordings(pool, study)
    for alone, together in zip(one, two, strict=True):
        for field in ("loss", "parts", "features", "status", "reason"):
            assert getattr(alone.evaluation, field) == getattr(together.evaluation, field)
        for protocol, recording in (alone.recordings or {}).items():
            other = together.recordings[protocol]
            assert recording.same_raster(other) and len(recording.spike_times) >= 30
            assert {n: list(c) for n, c in recording.populations.items()} == {
                n: list(c) for n, c in other.populations.items()
            }


@pytest.mark.mpi
def test_a_run_on_ranks_is_verified_on_ranks(tmp_path):
    mpiexec()
    short = ("--set", "budget.evaluations=2", "--set", "simulation.verify=1", "--set", "simulation.fresh_seeds=0")
    ranks = ("--executor", "mpiexec", "--set", "simulation.ranks_per_evaluation=2", "--workers", 1)
    done = tuner("sensory_motor", "--runs", tmp_path / "ranks", *short, *ranks)
    assert done.returncode == 0, done.stderr
    assert "Verified by plain NetPyNE: the same 859 spikes, loss 17.9" in done.stdout
    assert tuner("sensory_motor", "--runs", tmp_path / "one", *short, "--executor", "inline").returncode == 0
    assert rows(tmp_path / "ranks" / "sensory_motor") == rows(tmp_path / "one" / "sensory_motor")
    assert [path.name for path in (tmp_path / "ranks" / "sensory_motor").glob(".plain-*")] == []


@pytest.mark.mpi
def test_neuron_that_is_not_on_all_ranks_ends_the_map(monkeypatch):
    mpiexec()
    monkeypatch.setenv("MPI_LIB_NRN_PATH", "/no/libmpi.so")
    with on_two_ranks(("mpiexec", None), partial(warm_up_on, 2)) as pool:
        with pytest.raises(TunerError, match="2 ranks were asked for, but NEURON runs on 1: .* MPI_LIB_NRN_PATH"):
            list(pool.map(act, ["give"]))


@pytest.mark.mpi
def test_a_launcher_that_starts_one_process_is_found_out():
    with on_two_ranks(("mpiexec", "env")) as pool:
        with pytest.raises(TunerError, match="2 ranks were asked for, but each process finds 1: simulation.launcher"):
            list(pool.map(act, ["give"]))


def test_a_launcher_that_is_not_there_is_named():
    with pytest.raises(TunerError, match="^the launcher nosuchlauncher was not found; it starts the ranks of each"):
        registry.make("srun", 1, nothing, ranks=2, launcher="nosuchlauncher -n {ranks}")


def test_ranks_end_with_their_master(launcher, tmp_path):
    script = (
        "from tests.cluster.test_launched import *\n"
        f"with on_two_ranks({launcher}) as pool: list(pool.map(act, ['in C']))"
    )
    environment = {**os.environ, "TUNER_TEST_MARK": str(tmp_path)}
    master = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=environment)
    # The tether and the launcher have the ranks' command behind their own.
    rank = f"{sys.executable}\0-m\0tuner.executors.launched_rank".encode()
    wait_until(lambda: sum(line.startswith(rank) for line in marked(tmp_path)) == 2)
    os.kill(master.pid, signal.SIGKILL)
    master.wait()
    wait_until(lambda: not any(b"tuner.executors.launched_rank" in line for line in marked(tmp_path)))


def marked(mark):
    """The commands of processes whose environment bears the mark."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"TUNER_TEST_MARK={mark}".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes())
        except OSError:
            continue
    return found
