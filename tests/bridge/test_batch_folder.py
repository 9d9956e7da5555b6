import importlib
import json
import math
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import SMALL, wait_until
from tests.loops import loop_over
from tests.samples import make_study, task_of
from tuner.bridge import batch_folder
from tuner.bridge.batch_folder import check, command, make_batch, write
from tuner.bridge.batch_results import Candidate, account, best, candidates, read_search
from tuner.bridge.batch_settings import RUN_KEYS, search_table
from tuner.errors import StoreError, StudyError, TunerError
from tuner.evaluate.evaluate import evaluate
from tuner.executors.registry import make
from tuner.layout import ROOT
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.simulation.simulate import warm_up
from tuner.study.study import Study
from tuner.words import short

psutil = pytest.importorskip("psutil")

# What the model's own name, a path with a factor, simConfig, whole numbers and choices become; and a target of traces.
ALL_KINDS = (
    "targets.voltage={feature='efel:maximum_voltage', population='M', cells=2, value=0, tolerance=1, unit='mV'}",
    "parameters.cells={low=2, high=9, kind='int', path=\"netParams.popParams['S'].numCells\"}",
    "parameters.delay={kind='choice', choices=[2.0, 5.0, 11.0], path=\"netParams.connParams['S->M'].delay\"}",
    "parameters.drive={low=0.001, high=0.01,"
    " paths=[{path=\"netParams.stimTargetParams['drive->HH'].weight\", factor=2.0}]}",
    "parameters.celsius={low=2, high=12, path=\"simConfig.hParams['celsius']\"}",
)
KINDS = {"weight": -1.5, "rate": 40.0, "cells": 6.7, "delay": 1.6, "drive": 0.004, "celsius": 9.0}
TROUBLE = "parameters.trouble={kind='choice', choices=['none', 'raise', 'segfault', 'quit', 'nan', 'hang']}"


@pytest.fixture
def at_middle(monkeypatch):
    """Spares the process that holds a study against its model."""

    def middle(study):
        return {p.name: sum(p.scaled_bounds) / 2 for p in study.space.parameters}

    monkeypatch.setattr(batch_folder, "start_of", middle)


def written(folder, *overrides):
    study = Study.load(SMALL, overrides)
    return write(study, folder, search_table(study))


def tuned_network(folder, monkeypatch):
    """The module of a written folder."""
    monkeypatch.syspath_prepend(folder)
    sys.modules.pop("tuned_network", None)
    return importlib.import_module("tuned_network")


def data_file(folder, generation, name, **sim_data):
    file = folder / "data" / f"gen_{generation}" / f"{name}_data.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"simData": sim_data}))


@loop_over(
    ("wishes", "own"),
    [
        ({}, {"pop_size": 6, "max_generations": 2}),
        ({"population": 4}, {"pop_size": 4, "max_generations": 4}),
        ({"generations": 1, "population": 20}, {"pop_size": 20, "max_generations": 0}),
        ({"method": "optuna"}, {"maxiters": 18}),
        ({"method": "optuna", "generations": 3}, {"maxiters": 3}),
    ],
)
def test_the_search_buys_what_the_budget_pays(wishes, own):
    table = search_table(Study.load(SMALL), **wishes)
    assert own.items() <= table["optimCfg" if "method" in wishes else "evolCfg"].items()


def test_generations_of_the_budget_and_overrides_come_first():
    study = Study.load(SMALL, ["budget.generations=7"])
    table = search_table(study, overrides=["evolCfg.num_elites=1", "runCfg.folder=x"])
    assert (table["evolCfg"]["max_generations"], table["evolCfg"]["num_elites"]) == (6, 1)
    assert (table["runCfg"]["type"], table["runCfg"]["folder"]) == ("mpi_direct", "x")


def test_a_budget_of_time_alone_is_refused():
    study = make_study(budget={"wall_time_s": 60.0})
    with pytest.raises(StudyError, match="sample.toml: budget: has neither evaluations nor generations"):
        search_table(study)
    assert search_table(study, generations=2)["evolCfg"]["max_generations"] == 1


def test_slurm_asks_for_an_account():
    with pytest.raises(TunerError, match="--cfg runCfg.allocation=NAME"):
        search_table(Study.load(SMALL), run="hpc_slurm")
    table = search_table(Study.load(SMALL), run="hpc_slurm", overrides=["runCfg.allocation=mine"])
    assert {"allocation": "mine", "walltime": "01:00:00", "email": ""}.items() <= table["runCfg"].items()


def test_a_time_of_slurm_is_what_was_said():
    table = search_table(
        Study.load(SMALL), run="hpc_slurm", overrides=["runCfg.allocation=x", "runCfg.walltime=02:30:00"]
    )
    assert table["runCfg"]["walltime"] == "02:30:00"


@loop_over(
    ("method", "entry", "words"),
    [
        ("evol", "evolcfg.num_elites=1", "search.toml: evolcfg: unknown key; .*; did you mean 'evolCfg'"),
        ("evol", "runCfg.nrnComand=foo", "search.toml: runCfg.nrnComand: unknown key; .*; did you mean 'nrnCommand'"),
        ("evol", "method=grid", "search.toml: method: is 'grid'; allowed: evol, optuna"),
        ("evol", "method=optuna", "search.toml: evolCfg: is not for the method optuna, which has optimCfg"),
        ("evol", "optimCfg.maxiters=3", "search.toml: optimCfg: is not for the method evol, which has evolCfg"),
        ("evol", "runCfg=3", "search.toml: runCfg: is 3, must be a table"),
        ("evol", "runCfg.type=hpc_torque", "search.toml: runCfg.type: is 'hpc_torque'; allowed: hpc_slurm, mpi_"),
        ("evol", "runCfg.coresPerNode=0", "search.toml: runCfg.coresPerNode: is 0, must be at least 1"),
        ("evol", "runCfg.sleepInterval=soon", "search.toml: runCfg.sleepInterval: is 'soon', must be a finite number"),
        ("evol", "evolCfg.pop_size=0", "search.toml: evolCfg.pop_size: is 0, must be at least 1"),
        ("evol", "evolCfg.max_generations=-1", "search.toml: evolCfg.max_generations: is -1, must be at least 0"),
        ("optuna", "optimCfg.maxiters=1.5", "search.toml: optimCfg.maxiters: is 1.5, must be a whole number"),
        ("evol", "evolCfg", "--cfg evolCfg: must be KEY=VALUE, for example evolCfg.num_elites=1"),
        ("evol", "a b=1", "--cfg a b=1: must be KEY=VALUE"),
    ],
)
def test_what_netpyne_would_overlook_or_fail_by_is_refused(method, entry, words):
    with pytest.raises(StudyError, match=f"^{words}"):
        search_table(Study.load(SMALL), method, overrides=[entry])


def test_slurm_by_an_override_has_what_slurm_needs():
    table = search_table(Study.load(SMALL), overrides=["runCfg.type=hpc_slurm", "runCfg.allocation=mine"])
    assert {"walltime": "01:00:00", "email": ""}.items() <= table["runCfg"].items()
    with pytest.raises(TunerError, match="--cfg runCfg.allocation=NAME"):
        search_table(Study.load(SMALL), overrides=["runCfg.type=hpc_slurm"])


def test_the_keys_of_a_run_are_those_that_netpyne_reads():
    package = importlib.util.find_spec("netpyne").submodule_search_locations[0]
    text = Path(package, "batch", "utils.py").read_text().partition("def evaluator(")[2]
    read = set(re.findall(r"""(?:args|runCfg)\.get\(['"](\w+)['"]""", text))
    read |= set(re.findall(r"'(\w+)' in kwargs", text))
    assert set(RUN_KEYS) <= read
    # Those of the other tables, of other methods and of Torque.
    assert read - set(RUN_KEYS) == {
        "netParamsSavePath", "paramLabels", "fitnessFunc", "fitnessFuncArgs", "defaultFitness", "maxFitness",
        "summaryStats", "summaryStatisticArg", "summaryStatisticLength", "queueName", "max_generations", "maxiters",
        "maxiter_wait", "time_sleep",
    }  # fmt: skip


def test_optuna_takes_no_population():
    with pytest.raises(StudyError, match="^--population 7: a generation of optuna is one candidate"):
        search_table(Study.load(SMALL), "optuna", population=7)


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
        ({"protocols": {"one": {}, "two": {}}}, "sample.toml: has 2 protocols, NetPyNE's Batch takes one"),
        ({"simulation__repeats": 3}, "sample.toml: has 3 seeds, NetPyNE's Batch takes one"),
        ({"targets__cv__objective": "cv"}, "sample.toml: has 2 objectives, NetPyNE's Batch takes one"),
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


def test_the_numbers_of_netpyne_become_values(tmp_path, at_middle, monkeypatch):
    network = tuned_network(written(tmp_path, *ALL_KINDS), monkeypatch)
    values = network.values_of(KINDS)
    assert values.pop("weight") == pytest.approx(10**-1.5, rel=1e-14)
    assert values == {"rate": 40.0, "cells": 7, "delay": 11.0, "drive": 0.004, "celsius": 9.0}
    assert network.values_of({**KINDS, "weight": -9.0, "delay": -0.5})["weight"] == 0.001


def test_the_worst_fitness_is_behind_every_loss(tmp_path, at_middle, monkeypatch):
    # The cap is 250; a failure counts twice the most.
    network = tuned_network(written(tmp_path, "targets.mean_rate.weight=3"), monkeypatch)
    assert network.WORST == 1500.0
    failure = network.failure({"weight": -2.0, "rate": 5.0}, "gone")
    assert failure == {"values": {"weight": pytest.approx(0.01), "rate": 5.0}, "fitness": 1500.0, "reason": "gone"}


def test_candidates_in_order_and_the_best_of_those_that_came_to_their_end(tmp_path, at_middle):
    written(tmp_path)
    for place, fitness in (((10, 0), 3.0), ((2, 11), 1.5), ((2, 3), 9.0)):
        values = {"rate": fitness, "weight": 0.01}
        data_file(tmp_path, place[0], "gen_{}_cand_{}".format(*place), fitness=fitness, values=values)
    data_file(tmp_path, 4, "trial_4", fitness=0.5, values={"rate": 0.5, "weight": 0.01}, reason="gone")
    found = candidates(tmp_path)
    assert [(each.generation, each.number) for each in found] == [(2, 3), (2, 11), (4, 0), (10, 0)]
    assert found[2] == Candidate(4, 0, {"weight": 0.01, "rate": 0.5}, 0.5, "gone")
    assert best(tmp_path) == ({"weight": 0.01, "rate": 1.5}, 1.5)
    assert list(account(tmp_path)) == [
        "Best of 4 candidates: fitness 1.5", "  weight = 0.01", "  rate = 1.5", "1 failed; the first gone",
    ]  # fmt: skip


@loop_over("text", ["", '{"simData": {"val', "[]", "{}", '{"simData": {"values": {}}}', '{"simData": {"values": 3}}'])
def test_data_that_is_cut_off_is_named(tmp_path, at_middle, capsys, text):
    written(tmp_path)
    data_file(tmp_path, 0, "gen_0_cand_0", fitness=1.0, values={"rate": 1.0, "weight": 0.01})
    torn = tmp_path / "data" / "gen_0" / "gen_0_cand_1_data.json"
    torn.write_text(text)
    assert batch_folder.main([str(SMALL), "--to", str(tmp_path), "--best"]) == StoreError.exit_status
    words = "is not a candidate's whole data; it is damaged, or still being written"
    assert capsys.readouterr().err == f"netpyne_batch: {torn}: {words}\n"


def test_a_file_that_is_no_candidates_is_left_alone(tmp_path, at_middle):
    written(tmp_path)
    data_file(tmp_path, 0, "gen_0_cand_0", fitness=1.0, values={"rate": 1.0, "weight": 0.01})
    data_file(tmp_path, 0, "mine", fitness=0.0)
    assert len(candidates(tmp_path)) == 1


def test_no_best_where_all_failed(tmp_path, at_middle):
    written(tmp_path)
    data_file(tmp_path, 0, "trial_0", fitness=500.0, values={"rate": 1.0, "weight": 0.01}, reason="gone")
    with pytest.raises(TunerError, match="no candidate came to its end"):
        best(tmp_path)


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
    with pytest.raises(TunerError, match="hpc_slurm needs sbatch, which is not here"):
        batch_folder.run_folder(tmp_path)


def test_the_command_says_a_study_error_in_one_line(capsys):
    assert batch_folder.main([str(SMALL), "--set", "simulation.repeats=2"]) == 2
    assert capsys.readouterr().err == (
        f"netpyne_batch: {short(SMALL)}: has 2 seeds, NetPyNE's Batch takes one; use netpyne-tuner run\n"
    )


def start_candidate(folder, tune):
    """One candidate as NetPyNE starts it."""
    place = folder / "data" / "gen_0"
    place.mkdir(parents=True)
    configuration = {"tune": tune, "simLabel": "gen_0_cand_0", "saveFolder": "data/gen_0"}
    (place / "gen_0_cand_0_cfg.json").write_text(json.dumps({"simConfig": configuration}))
    files = ("simConfig=data/gen_0/gen_0_cand_0_cfg.json", "netParams=netParams.py")
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    started = [sys.executable, "init.py", *files]
    return subprocess.Popen(started, cwd=folder, env=batch_folder.environment(), **options)


def run_candidate(folder, tune):
    """What it leaves."""
    process = start_candidate(folder, tune)
    _, words = process.communicate(timeout=120)
    assert process.returncode == 0, words
    return json.loads((folder / "data" / "gen_0" / "gen_0_cand_0_data.json").read_text())["simData"]


@pytest.mark.slow
@pytest.mark.simulation
def test_a_candidate_is_the_network_that_the_tuner_simulates(tmp_path):
    study = Study.load(SMALL, ALL_KINDS)
    data = run_candidate(written(tmp_path, *ALL_KINDS), KINDS)
    task = task_of(study, libraries.build(models.mod_folder(study)), 0, 0, data["values"], watched=False)
    with make("serial", 1, warm_up) as pool:
        (outcome,) = pool.map(evaluate, [task])
    ours = outcome.value
    recording = ours.recordings["default"]
    # 7 + 5 cells.
    assert data["features"]["mean_rate"] == pytest.approx(len(data["spkt"]) / 12 / 0.2)
    assert sorted(zip(map(int, data["spkid"]), data["spkt"], strict=True)) == list(
        zip(recording.spike_cells.tolist(), recording.spike_times.tolist(), strict=True)
    )
    assert data["fitness"] == pytest.approx(ours.evaluation.loss, abs=1e-9)
    assert data["features"] == pytest.approx(ours.evaluation.features, abs=1e-9)
    assert len(data["spkt"]) > 20


@pytest.mark.slow
@pytest.mark.simulation
@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (1, "ended with exit status 1, see gen_0_cand_0.err"),
        (2, "ended by SIGSEGV, see gen_0_cand_0.err"),
        (3, "ended with exit status 0, see gen_0_cand_0.err"),
        (4, "ended with exit status 1, see gen_0_cand_0.err"),
    ],
)
def test_a_candidate_that_fails_leaves_the_worst_fitness(tmp_path, at_middle, trouble, reason):
    folder = written(tmp_path, TROUBLE)
    data = run_candidate(folder, {"weight": -2.0, "rate": 10.0, "trouble": trouble})
    assert (data["fitness"], data["reason"]) == (500.0, reason)


def ignores_sigterm(pid):
    (mask,) = (line.split()[1] for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "SigIgn" in line)
    return bool(int(mask, 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.simulation
def test_a_candidate_at_its_jobs_time_limit_leaves_the_worst_fitness(tmp_path, at_middle):
    process = start_candidate(written(tmp_path, TROUBLE), {"weight": -2.0, "rate": 10.0, "trouble": 5})
    wait_until(lambda: ignores_sigterm(process.pid))
    os.killpg(process.pid, signal.SIGTERM)
    process.communicate(timeout=120)
    data = json.loads((tmp_path / "data" / "gen_0" / "gen_0_cand_0_data.json").read_text())["simData"]
    assert data["reason"] == "ended by SIGTERM, see gen_0_cand_0.err"


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
