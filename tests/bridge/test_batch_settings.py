"""The tables of a search by NetPyNE's Batch, and what is refused in them."""

import importlib.util
import re
from pathlib import Path

import pytest

from tests.commands import SMALL
from tests.loops import loop_over
from tests.samples import make_study
from tuner.bridge.batch_settings import RUN_KEYS, search_table
from tuner.errors import StudyError, TunerError
from tuner.study.study import Study

pytest.importorskip("psutil")


@loop_over(
    ("goals", "own"),
    [
        ({}, {"pop_size": 6, "max_generations": 2}),
        ({"population": 4}, {"pop_size": 4, "max_generations": 4}),
        ({"generations": 1, "population": 20}, {"pop_size": 20, "max_generations": 0}),
        ({"method": "optuna"}, {"maxiters": 18}),
        ({"method": "optuna", "generations": 3}, {"maxiters": 3}),
    ],
)
def test_the_search_buys_what_the_budget_pays(goals, own):
    table = search_table(Study.load(SMALL), **goals)
    assert own.items() <= table["optimCfg" if "method" in goals else "evolCfg"].items()


def test_generations_of_the_budget_and_overrides_come_first():
    study = Study.load(SMALL, ["budget.generations=7"])
    table = search_table(study, overrides=["evolCfg.num_elites=1", "runCfg.folder=x"])
    assert (table["evolCfg"]["max_generations"], table["evolCfg"]["num_elites"]) == (6, 1)
    assert (table["runCfg"]["type"], table["runCfg"]["folder"]) == ("mpi_direct", "x")


def test_a_budget_of_time_alone_is_refused():
    study = make_study(budget={"wall_time_s": 60.0})
    with pytest.raises(StudyError, match="sample.toml: budget: has neither evaluations nor generations; add --gen"):
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
        ("evol", "method=optuna", "search.toml: evolCfg: is not for the method optuna, which reads optimCfg"),
        ("evol", "optimCfg.maxiters=3", "search.toml: optimCfg: is not for the method evol, which reads evolCfg"),
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
