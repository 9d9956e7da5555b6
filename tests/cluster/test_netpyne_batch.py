"""Searches that NetPyNE's own Batch runs: what it says of each candidate is what we say."""

import ast
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.commands import ROOT, SMALL
from tests.samples import task_of
from tuner.bridge.batch_results import best, candidates
from tuner.evaluate.evaluate import evaluate
from tuner.evaluation import Evaluation
from tuner.executors.registry import make
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.optimizers import resolution
from tuner.simulation.simulate import warm_up
from tuner.study.study import Study

psutil = pytest.importorskip("psutil")
LONGEST_S = 240
QUICK = ("--cfg", "runCfg.sleepInterval=0.01")
EVOL = (*QUICK, "--cfg", "evolCfg.time_sleep=0.2")


def search(study, folder, *arguments, environment=None):
    """The finished process of batch/netpyne_batch.py."""
    words = [sys.executable, str(ROOT / "batch" / "netpyne_batch.py"), str(study), "--to", str(folder), *arguments]
    options = {"capture_output": True, "text": True, "timeout": LONGEST_S, "env": environment}
    return subprocess.run([str(word) for word in words], **options)


def rows_of(folder):
    """Generation, fitness and searched numbers as NetPyNE's own table has them."""
    lines = (folder / "data" / "batch_stats_indiv.csv").read_text().splitlines()[1:]
    rows = [line.split(", ", 3) for line in lines]
    return [(int(generation), float(fitness), ast.literal_eval(tune)) for generation, _, fitness, tune in rows]


def values_of(study, tune):
    return {p.name: p.from_scaled(x) for p, x in zip(study.space.parameters, tune, strict=True)}


def our_losses(study, every):
    """The losses of values as the tuner's own workers find them."""
    library = libraries.build(models.mod_folder(study))
    tasks = [task_of(study, library, number, 0, values, watched=False) for number, values in enumerate(every)]
    with make("serial", 1, warm_up) as pool:
        found = {outcome.task.number: outcome.value.evaluation for outcome in pool.map(evaluate, tasks)}
    return [found[number].loss for number in range(len(tasks))]


def assert_netpyne_finds_our_losses(study, folder, n):
    rows = rows_of(folder)
    assert len(rows) == n
    ours = our_losses(study, [values_of(study, tune) for _, _, tune in rows])
    assert [fitness for _, fitness, _ in rows] == pytest.approx(ours, abs=1e-9)
    assert best(folder)[1] == pytest.approx(min(ours), abs=1e-9)
    assert len(set(ours)) > 1


def evaluation(number, generation, values, loss):
    return Evaluation(number, generation, values, 3, loss=loss, objectives={"loss": loss}, parts={}, features={})


@pytest.fixture
def nrniv_of_another(tmp_path):
    """A process called nrniv that has nothing to do with the search."""
    program = shutil.copy(shutil.which("sleep"), tmp_path / "nrniv")
    process = subprocess.Popen([str(program), str(LONGEST_S)])
    yield process
    process.kill()
    process.wait()


@pytest.mark.mpi
def test_mpi_direct_searches_as_our_netpyne_custom_does(tmp_path, nrniv_of_another):
    folder, study = tmp_path / "search", Study.load(SMALL)
    done = search(SMALL, folder, "--generations", 2, "--population", 4, *EVOL)
    assert done.returncode == 0, done.stderr
    assert nrniv_of_another.poll() is None
    assert psutil.Process(nrniv_of_another.pid).name() == "nrniv"
    assert_netpyne_finds_our_losses(study, folder, 8)
    assert f"Best of 8 candidates: fitness {best(folder)[1]:.5g}" in done.stdout
    settings = {"name": "netpyne_custom", "population_size": 4, "start_point": False}
    ours = resolution.resolve(replace(study, optimizer_table=settings))
    optimizer = resolution.make(ours, None, {"weight": 0.01, "rate": 10.0})
    for generation in range(2):
        points = optimizer.ask()
        found = [each for each in candidates(folder) if each.generation == generation]
        asked = np.array([list(study.space.decode(point).values()) for point in points])
        assert asked == pytest.approx(np.array([list(each.values.values()) for each in found]), rel=1e-9)
        told = [evaluation(i, generation, each.values, each.fitness) for i, each in enumerate(found)]
        optimizer.tell(points, told)
    again = search(SMALL, folder, "--generations", 2, "--population", 4, *EVOL)
    assert again.returncode == 5
    assert "holds an earlier search" in again.stderr
    alone = subprocess.run([sys.executable, "batch.py"], cwd=folder, capture_output=True, text=True, timeout=LONGEST_S)
    assert alone.returncode == 1
    assert "holds an earlier search" in alone.stderr


@pytest.mark.mpi
def test_crash_and_hang_cost_a_candidate_each_and_leave_nothing(tmp_path):
    trouble = "parameters.trouble={kind='choice', choices=['none', 'segfault', 'hang'], start='none'}"
    # With this seed NetPyNE draws none, hang, segfault, none.
    changes = ("seed=2", trouble)
    patience = ("--cfg", "evolCfg.maxiter_wait=150")
    words = [word for change in changes for word in ("--set", change)]
    done = search(SMALL, tmp_path, "--generations", 1, "--population", 4, *words, *EVOL, *patience)
    assert done.returncode == 0, done.stderr
    study = Study.load(SMALL, changes)
    fitness = {values_of(study, tune)["trouble"]: [] for _, _, tune in rows_of(tmp_path)}
    for _, found, tune in rows_of(tmp_path):
        fitness[values_of(study, tune)["trouble"]].append(found)
    good = [each.values for each in candidates(tmp_path) if each.values["trouble"] == "none"]
    # The cap of the only target is 250; a failure counts twice that.
    assert fitness == {"none": pytest.approx(sorted(our_losses(study, good))), "segfault": [500.0], "hang": [500.0]}
    assert "1 failed; the first ended by SIGSEGV, see gen_0_cand_2.err" in done.stdout
    assert [process.pid for process in psutil.process_iter() if working_directory(process) == tmp_path] == []


def working_directory(process):
    try:
        return Path(process.cwd())
    except psutil.Error:
        return None


@pytest.mark.mpi
def test_mpi_bulletin_under_mpiexec(tmp_path):
    if not Path(sys.executable).with_name("mpiexec").exists() and shutil.which("mpiexec") is None:
        pytest.skip("there is no mpiexec: pip install mpich")
    done = search(SMALL, tmp_path, "--run", "mpi_bulletin", "--generations", 2, "--population", 2, *EVOL)
    assert done.returncode == 0, done.stderr
    assert "numprocs=3" in done.stdout
    assert_netpyne_finds_our_losses(Study.load(SMALL), tmp_path, 4)


@pytest.mark.mpi
def test_mpi_bulletin_without_ranks_says_how_to_start_it(tmp_path):
    done = search(SMALL, tmp_path, "--run", "mpi_bulletin", "--write-only")
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("-mpi -python batch.py")
    alone = subprocess.run([sys.executable, "batch.py"], cwd=tmp_path, capture_output=True, text=True)
    assert alone.returncode == 1
    assert "mpi_bulletin needs two ranks or more, but NEURON has one" in alone.stderr


@pytest.mark.mpi
def test_a_candidate_of_two_ranks_is_the_same(tmp_path):
    mpiexec, nrniv = (shutil.which(name, path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
                      for name in ("mpiexec", "nrniv"))  # fmt: skip
    if mpiexec is None:
        pytest.skip("there is no mpiexec: pip install mpich")
    cfg = (f"runCfg.mpiCommand={mpiexec}", f"runCfg.nrnCommand={nrniv}", "runCfg.coresPerNode=2")
    words = [word for change in cfg for word in ("--cfg", change)]
    done = search(SMALL, tmp_path, "--generations", 1, "--population", 2, *EVOL, *words)
    assert done.returncode == 0, done.stderr
    assert "on 2 hosts" in (tmp_path / "data" / "gen_0" / "gen_0_cand_0.err").read_text()
    assert_netpyne_finds_our_losses(Study.load(SMALL), tmp_path, 2)


@pytest.mark.mpi
def test_optuna_tells_our_losses(tmp_path):
    optuna = pytest.importorskip("optuna")
    done = search(SMALL, tmp_path, "--method", "optuna", "--generations", 3, *QUICK, "--cfg", "optimCfg.time_sleep=0.2")
    assert done.returncode == 0, done.stderr
    kept = optuna.load_study(study_name="batch", storage=f"sqlite:///{tmp_path}/data/batch_storage.db")
    study = Study.load(SMALL)
    tunes = [[trial.params[str(("tune", p.name))] for p in study.space.parameters] for trial in kept.trials]
    assert len(tunes) == 3
    ours = our_losses(study, [values_of(study, tune) for tune in tunes])
    assert [trial.value for trial in kept.trials] == pytest.approx(ours, abs=1e-9)
    assert best(tmp_path)[1] == pytest.approx(min(ours), abs=1e-9)


@pytest.mark.slurm
def test_jobs_of_slurm_give_our_losses(cluster, tmp_path):
    find = partial(search, SMALL, tmp_path, "--run", "hpc_slurm", "--generations", 2, "--population", 2, *EVOL)
    refused = find("--cfg", "runCfg.allocation=mine", "--cfg", "runCfg.nodes=99", environment=cluster.environment)
    assert refused.returncode == 1
    assert "Slurm would refuse the jobs of candidates" in refused.stderr
    done = find("--cfg", "runCfg.allocation=mine", environment=cluster.environment)
    assert done.returncode == 0, done.stderr
    assert_netpyne_finds_our_losses(Study.load(SMALL), tmp_path, 4)
    jobs = [file.read_text().split()[-1] for file in (tmp_path / "data").glob("gen_*/*.jobid")]
    assert [cluster.fields(job)["Account"] for job in jobs] == ["mine"] * 4


@pytest.mark.slurm
def test_jobs_that_hang_are_cancelled_at_the_end(cluster, tmp_path):
    trouble = ("--set", "parameters.trouble={kind='choice', choices=['none', 'hang'], start='none'}")
    words = (
        "--generations",
        1,
        "--population",
        3,
        "--cfg",
        "runCfg.allocation=mine",
        "--cfg",
        "evolCfg.maxiter_wait=75",
    )
    # With this seed NetPyNE draws hang, hang, none.
    found = ("--set", "seed=17")
    done = search(
        SMALL, tmp_path, "--run", "hpc_slurm", *trouble, *found, *words, *EVOL, environment=cluster.environment
    )
    assert done.returncode == 0, done.stderr
    assert sorted(fitness for _, fitness, _ in rows_of(tmp_path))[1:] == [500.0, 500.0]
    jobs = [file.read_text().split()[-1] for file in sorted((tmp_path / "data").glob("gen_0/*.jobid"))]
    for job in jobs[:2]:
        cluster.wait_for(job, "CANCELLED")
    assert cluster.state(jobs[2]) == "COMPLETED"
