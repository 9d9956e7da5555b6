"""A study as a folder of NetPyNE's Batch, and the command that writes and runs it."""

import importlib.util
import math
import os
import signal
import subprocess
import sys

import pytest

from tests.bridge.batch_folders import ALL_KINDS, data_file, written
from tests.commands import SMALL
from tests.loops import loop_over
from tests.samples import make_study
from tuner.bridge import batch_folder
from tuner.bridge.batch_folder import check, command, make_batch, write
from tuner.bridge.batch_results import read_search
from tuner.bridge.batch_settings import search_table
from tuner.errors import StoreError, StudyError, TunerError
from tuner.layout import ROOT
from tuner.study.study import Study
from tuner.words import short

psutil = pytest.importorskip("psutil")


@loop_over(
    ("option", "number"),
    [("generations", -3), ("generations", 0), ("population", 0), ("population", -2), ("population", "x"), ("ranks", 1)],
)
def test_numbers_that_are_none_are_refused(capsys, option, number):
    with pytest.raises(SystemExit):
        batch_folder.main([str(SMALL), f"--{option}={number}"])
    least = 2 if option == "ranks" else 1
    assert f"argument --{option}: '{number}' must be a whole number of at least {least}" in capsys.readouterr().err


@loop_over(
    ("changes", "words"),
    [
        ({"protocols": {"one": {}, "two": {}}}, "sample.toml: has 2 protocols, but NetPyNE's Batch can use only one"),
        ({"simulation__repeats": 3}, "sample.toml: has 3 seeds, but NetPyNE's Batch can use only one"),
        ({"targets__cv__objective": "cv"}, "sample.toml: has 2 objectives, but NetPyNE's Batch can use only one"),
        ({"targets__cv__must": True, "targets__cv__form": "z"}, "targets.cv.must: is true, but NetPyNE's Batch"),
    ],
)
def test_what_batch_cannot_do_is_refused(changes, words):
    for target in ("mean_rate", "median", "cv") if "protocols" in changes else ():
        changes = {**changes, f"targets__{target}__protocol": "one"}
    with pytest.raises(StudyError, match=words):
        check(make_study(**changes))


def test_one_seed_of_its_own_is_no_matter():
    check(make_study(simulation__seeds=[7]))


def test_a_folder_with_an_earlier_search_is_refused(tmp_path, at_middle):
    written(tmp_path)
    written(tmp_path)
    data_file(tmp_path, 0, "gen_0_cand_3", fitness=1.0)
    with pytest.raises(StoreError, match="holds an earlier search"):
        written(tmp_path)
    with pytest.raises(StoreError, match="holds an earlier search"):
        batch_folder.run_folder(tmp_path)


def test_ranks_are_started_by_mpiexec_and_the_others_by_this_python():
    study = Study.load(SMALL)
    assert command(search_table(study)) == [sys.executable, "batch.py"]
    mpiexec, *words = command(search_table(study, run="mpi_bulletin"), ranks=5)
    assert mpiexec.endswith("mpiexec")
    assert (words[:2], words[2].rpartition("/")[2], words[3:]) == (
        ["-n", "5"],
        "nrniv",
        ["-mpi", "-python", "batch.py"],
    )


@pytest.mark.simulation
@pytest.mark.parametrize("run", ["mpi_direct", pytest.param("mpi_bulletin", marks=pytest.mark.mpi)])
def test_the_line_that_is_said_runs_from_a_shell_that_knows_nothing(tmp_path, at_middle, monkeypatch, capsys, run):
    if run == "mpi_bulletin" and batch_folder.find_program("mpiexec") is None:
        pytest.skip("there is no mpiexec: pip install mpich")
    monkeypatch.chdir(tmp_path)
    assert batch_folder.main([str(SMALL), "--to", "w '6", "--run", run, "--write-only"]) == 0
    line = capsys.readouterr().out
    assert f"PYTHONPATH={ROOT}" in line
    # It ends before the first candidate, but after all else.
    data_file(tmp_path / "w '6", 0, "gen_0_cand_0", fitness=1.0)
    bare = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MPI_LIB_NRN_PATH")}
    done = subprocess.run(["sh", "-c", line], env=bare, capture_output=True, text=True, timeout=120)
    assert f"{tmp_path}/w '6/data holds an earlier search" in done.stderr
    assert ("numprocs=3" in done.stdout) == (run == "mpi_bulletin")


def test_a_missing_package_or_program_is_named(tmp_path, at_middle, monkeypatch):
    written(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(TunerError, match="mpi_direct needs the package psutil"):
        batch_folder.run_folder(tmp_path)
    study = Study.load(SMALL)
    write(study, tmp_path, search_table(study, run="hpc_slurm", overrides=["runCfg.allocation=x"]))
    monkeypatch.setattr(batch_folder, "find_program", lambda name: None)
    with pytest.raises(TunerError, match="hpc_slurm needs the program sbatch, which was not found"):
        batch_folder.run_folder(tmp_path)


def test_the_command_says_a_study_error_in_one_line(capsys):
    assert batch_folder.main([str(SMALL), "--set", "simulation.repeats=2"]) == 2
    assert capsys.readouterr().err == (
        f"netpyne_batch: {short(SMALL)}: has 2 seeds, but NetPyNE's Batch can use only one; use `netpyne-tuner run`\n"
    )


@pytest.mark.simulation
def test_batch_has_the_parameters_on_their_own_scales(tmp_path, monkeypatch):
    monkeypatch.setattr(psutil, "process_iter", psutil.process_iter)
    study = Study.load(SMALL, [*ALL_KINDS, "parameters.rate.fixed=true"])
    batch = make_batch(study, tmp_path, generations=3, population=4)
    bounds = {each["label"]: each["values"] for each in batch.params}
    assert bounds.pop(("tune", "weight")) == pytest.approx([-3.0, -1.0])
    assert bounds == {
        ("tune", "cells"): [1.5, 9.5], ("tune", "delay"): [-0.5, 2.5], ("tune", "drive"): [0.001, 0.01],
        ("tune", "celsius"): [2.0, 12.0],
    }  # fmt: skip
    assert (batch.seed, batch.method, batch.saveFolder) == (3, "evol", "data")
    wanted = {"pop_size": 4, "max_generations": 2, "defaultFitness": 1000.0}
    assert wanted.items() <= batch.evolCfg.items()
    assert batch.evolCfg["fitnessFunc"]({"fitness": 3.5}) == 3.5
    # The start point of the model: 0.01 uS, 10 Hz, 5 + 5 cells, 5 ms, 0.01 / 2 uS, NetPyNE's 6.3 degC.
    tune = read_search(tmp_path)["tune"]
    assert tune == pytest.approx(
        {"weight": math.log10(0.01), "rate": 10.0, "cells": 5.0, "delay": 1.0, "drive": 0.005, "celsius": 6.3}
    )


@pytest.mark.simulation
def test_netpyne_is_shown_no_process(tmp_path, at_middle, monkeypatch):
    monkeypatch.setattr(psutil, "process_iter", psutil.process_iter)
    make_batch(Study.load(SMALL), tmp_path)
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    own = subprocess.Popen([sys.executable, "-c", "input()", "simConfig=x"], stdin=subprocess.PIPE)
    assert list(psutil.process_iter()) == []
    assert own.wait(timeout=60) == -signal.SIGKILL
    assert other.poll() is None
    other.communicate(b"\n")
