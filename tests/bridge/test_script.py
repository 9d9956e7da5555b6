"""Scripts of NetPyNE's batch mode, taken as they are."""

import csv
import json
from dataclasses import replace

import pytest

from tests.commands import main, rows, tuner
from tests.foreign_models import FOREIGN
from tests.loops import loop_over
from tests.samples import evaluation
from tuner.bridge import rate_fitness, script, searches
from tuner.bridge.searches import Facts, Searched
from tuner.errors import StudyError
from tuner.model import batch_script
from tuner.study.schema import Place
from tuner.study.study import Study

POPS = {"E": {"target": 5, "width": 2, "min": 1, "max": 20}, "I": {"target": 10, "width": 5, "min": 0.5}}


def facts(method: str = "evol", **changes: object) -> Facts:
    """What a script says that has two parameters and NetPyNE's usual table."""
    settings = {"fitnessFuncArgs": {"pops": POPS, "maxFitness": 1000}}
    told = {
        "method": method,
        "label": "my batch",
        "parameters": (Searched("a", [0.0, 1.0]), Searched("b.c", [2.0, 4.0])),
        "settings": settings,
        "run": {"type": "mpi_direct", "found": "init.py"},
        "seed": None,
        "populations": ("E", "I"),
        "windows": True,
        "config": {"a": 0.5, "b": {"c": 3.0}},
        "has_fitness": True,
    }
    return Facts(**{**told, **changes, "settings": {**settings, **changes.get("settings", {})}})


def study(told: Facts, wanted: str | None = None) -> Study:
    return Study.from_table(script.table_of(told, "batch.py", wanted), Place("batch.py"), FOREIGN / "batch_evol")


def test_the_settings_of_evol_are_the_optimisers():
    given = {"evolAlgorithm": "custom", "pop_size": 6, "max_generations": 9, "mutation_rate": 0.4, "num_elites": 1,
             "crossover": 0.5, "tournament_size": 3, "maxiter_wait": 500, "time_sleep": 2}  # fmt: skip
    found = study(facts(settings=given))
    assert found.optimizer_table == {
        "name": "custom", "population_size": 6, "mutation_rate": 0.4, "num_elites": 1, "crossover_rate": 0.5,
        "tournament_size": 3, "start_point": False,
    }  # fmt: skip
    assert (found.budget.generations, found.budget.evaluations) == (10, None)
    assert found.simulation.timeout_s == 1000.0 and found.seed == 1 and found.name == "my_batch"


def test_netpynes_own_algorithm_never_hears_of_crossover():
    given = {"evolAlgorithm": "custom", "pop_size": 6, "mutation_rate": 0.4, "crossover": 0.5}
    settings = study(facts(settings=given), "netpyne_custom").optimizer_table
    assert settings == {"name": "netpyne_custom", "population_size": 6, "start_point": False}


def test_candidates_that_are_given_come_first():
    told = facts(settings={"pop_size": 4, "seeds": [[0.5, 3.0], [0.25, 2.5]]})
    assert study(told).optimizer_table["first"] == [{"a": 0.5, "b.c": 3.0}, {"a": 0.25, "b.c": 2.5}]


def test_asd_begins_where_its_third_items_say_and_fixes_equal_bounds():
    starts = Searched("a", [0.0, 1.0, [0.1, 1.2]]), Searched("b.c", [2.0, 4.0, [3.0, 3.0]])
    settings = {"maxiters": 5, "sinc": 3, "randseed": 9}
    told = facts("asd", parameters=(*starts, Searched("d", [7, 7, 7])), settings=settings)
    found = study(told)
    assert found.values == {"d": 7} and [each.name for each in found.space.parameters] == ["a", "b.c"]
    assert found.optimizer_table["first"] == [{"a": 0.1, "b.c": 3.0}, {"a": 1.0, "b.c": 3.0}]
    assert (found.optimizer_table["sinc"], found.optimizer_table["population_size"], found.budget.generations) == (
        3,
        2,
        6,
    )
    assert found.seed == 9


def test_groups_of_a_grid_move_together():
    grouped = Searched("y", [4, 5], grouped=True), Searched("z", [[6], [7]], grouped=True)
    parameters = (Searched("x", [1, 2, 3]), *grouped)
    found = study(facts("grid", parameters=parameters, has_fitness=False))
    group, x = found.space.parameters
    assert group.settings(group.choices[1]) == [("y", 5), ("z", [7])]
    assert x.choices == (1, 2, 3) and found.budget.evaluations == 6
    assert {target.name: target.weight for target in found.targets} == {"E_rate": 0.0, "I_rate": 0.0}


@loop_over(
    ("settings", "form"),
    [({}, "minimize"), ({"maximize": True}, "maximize"), ({"direction": "maximize"}, "maximize")],
)
def test_the_fitness_is_a_target_and_the_rates_behind_it_are_recorded(settings, form):
    found = {target.name: target for target in study(facts(settings=settings)).targets}
    assert found["fitness"].form == form and found["fitness"].weight == 1
    assert [found[name].weight for name in ("rates.E", "rates.I")] == [0.0, 0.0]


def test_least_squares_looks_at_the_rates_themselves():
    found = {target.name: target for target in study(facts(windows=[[0, 50], [50, 100]]), "least_squares").targets}
    assert found["fitness"].weight == 0
    assert {name: (found[name].weight, found[name].window_ms) for name in found if name != "fitness"} == {
        "rates.E.0-50": (0.25, (0.0, 50.0)), "rates.E.50-100": (0.25, (50.0, 100.0)),
        "rates.I.0-50": (0.25, (0.0, 50.0)), "rates.I.50-100": (0.25, (50.0, 100.0)),
    }  # fmt: skip


def test_an_unusual_table_is_a_black_box():
    elsewhere = {"pops": {"X": POPS["E"]}, "maxFitness": 1000}
    for arguments in ({}, {"pops": POPS}, elsewhere, {"pops": [1], "maxFitness": 1}):
        told = facts(settings={"fitnessFuncArgs": arguments})
        assert [target.name for target in study(told, "least_squares").targets] == ["fitness"]


@loop_over(
    ("told", "words"),
    [
        (facts("sbi"), "method is 'sbi'; allowed: evol, optuna, asd, grid, list, search"),
        (facts("optuna", settings={"direction": "max"}), "direction is 'max', must be minimize or maximize"),
        (facts(settings={"evolAlgorithm": "antColony"}), "evolAlgorithm is 'antColony', which the tuner does not have"),
        (facts("search", settings={"algorithm": "hyperopt"}), "algorithm is 'hyperopt', which only Ray has"),
        (facts("search", settings={"algorithm": "optuna", "metric": ["a", "b"]}), "give only one, or write a study"),
        (facts(parameters=(Searched("a", [0, 1], grouped=True),)), "groupedParams are for method grid only"),
    ],
)
def test_what_cannot_be_taken_says_what_to_change(told, words):
    with pytest.raises(StudyError, match=words):
        script.table_of(told, "batch.py")


def test_a_search_space_of_batchtools():
    parameters = (
        Searched("a", [0.5, 1.5]), Searched("b", [1, 2, 3]), Searched("c", {"loguniform": [0.1, 10]}),
        Searched("d", {"choice": ["x", "y"]}), Searched("e", {"randint": [1, 4]}),
    )  # fmt: skip
    told = facts("search", parameters=parameters, settings={"algorithm": "random", "num_samples": 4, "metric": "loss"})
    _, found = searches.parameters(told)
    assert found == {
        "a": {"low": 0.5, "high": 1.5}, "b": {"kind": "choice", "choices": [1, 2, 3]},
        "c": {"low": 0.1, "high": 10.0, "scale": "log"}, "d": {"kind": "choice", "choices": ["x", "y"]},
        "e": {"kind": "int", "low": 1, "high": 4},
    }  # fmt: skip


def test_what_is_taken_otherwise_is_said():
    run = {"type": "hpc_slurm", "script": "src/init.py", "nodes": 2, "coresPerNode": 3, "found": ""}
    said = list(searches.notes(facts(run=run, settings={"evolAlgorithm": "diffEvolution", "num_elites": 1}), 10))
    assert [words.partition(",")[0].partition(";")[0] for words in said] == [
        "evolCfg has num_elites",
        "runCfg's script 'src/init.py' does not exist",
        "runCfg's type is hpc_slurm: `netpyne-tuner submit` submits the search as a job",
    ]


def test_a_space_in_steps_is_taken_without_them():
    space = Searched("a", batch_script.SPACES["quniform"](0, 2, 0.5))
    stepped = facts("search", parameters=(space,), settings={"algorithm": "random", "num_samples": 4})
    assert searches.parameters(stepped)[1] == {"a": {"low": 0.0, "high": 2.0}}
    assert "a: steps are ignored, any value between the bounds may be tried" in searches.notes(stepped, 10)


PARTS = {"fitness": 0.0, "rates.E.0-50": 1.0, "rates.E.50-100": 2.0, "rates.I.0-50": 3.0, "rates.I.50-100": 6.0}


@loop_over(
    ("fitness", "words"),
    [
        (3.0, "NetPyNE's usual rate fitness in all 2"),
        (4.0, "usual rate fitness of 50-100 ms alone"),
        (3.5, "the rates cannot be fitted"),
    ],  # fmt: skip
)
def test_a_usual_fitness_is_recognised_by_its_values(fitness, words):
    found = rate_fitness.RateFitness.of(study(facts(windows=[[0, 50], [50, 100]])))
    made = [evaluation(n, features={"fitness": fitness}, parts=PARTS) for n in range(2)]
    assert words in found.words([*made, evaluation(3, None)])


def test_a_run_that_looks_at_the_wrong_rates_is_ended():
    check = rate_fitness.FitnessCheck(study(facts(windows=[[0, 50], [50, 100]]), "least_squares"))
    check.on_result(evaluation(0, features={"fitness": 3.0}, parts=PARTS))
    check.on_result(evaluation(1, None))
    with pytest.raises(StudyError, match=r"that of 50-100 ms alone; add --set 'targets.rates.tranges=\[\[50, 100"):
        check.on_result(evaluation(2, features={"fitness": 4.0}, parts=PARTS))
    with pytest.raises(StudyError, match="the fitness does not follow from the rates"):
        check.on_result(evaluation(3, features={"fitness": 5.0}, parts=PARTS))


def _individuals(file: object) -> list[tuple]:
    lines = file.read_text().splitlines()[1:]
    cells = [line.split(", ", 3) for line in lines]
    return [(int(g), int(i), float(fitness), json.loads(candidate)) for g, i, fitness, candidate in cells]


@pytest.fixture(scope="module")
def as_netpyne(tmp_path_factory):
    """The run of a batch script with NetPyNE's own algorithm."""
    runs = tmp_path_factory.mktemp("runs")
    wanted = ("--set", "optimizer.name=netpyne_custom", "--set", "simulation.verify=2")
    done = tuner("run", FOREIGN / "batch_evol" / "batch.py", "--runs", runs, *wanted)
    assert done.returncode == 0, done.stderr
    return runs / "evol_rates", done


@pytest.mark.slow
@pytest.mark.simulation
@pytest.mark.xdist_group("batch script as NetPyNE")
def test_candidates_and_fitness_are_those_of_netpynes_own_search(as_netpyne):
    folder, _ = as_netpyne
    ours = _individuals(folder / "netpyne" / "evol_rates_stats_indiv.csv")
    theirs = _individuals(FOREIGN.parent / "batch_evol_by_netpyne.csv")
    assert len(ours) == 12
    for one, other in zip(ours, theirs, strict=True):
        assert one[:2] == other[:2] and one[2] == pytest.approx(other[2], rel=1e-9)
        assert one[3] == pytest.approx(other[3], rel=1e-12)


@pytest.mark.slow
@pytest.mark.simulation
@pytest.mark.xdist_group("batch script as NetPyNE")
def test_the_best_is_verified_with_netpynes_own_simdata(as_netpyne):
    folder, done = as_netpyne
    best = json.loads((folder / "best.json").read_text())
    assert best["verified"]["equal"] and best["verified"]["features"]["fitness"] == best["features"]["fitness"]
    assert best["loss"] == pytest.approx(1.2967593055601774, rel=1e-9)
    assert "fitnessFunc equals NetPyNE's usual rate fitness in all 12 evaluations" in done.stdout


@pytest.mark.slow
@pytest.mark.simulation
@pytest.mark.xdist_group("batch script as NetPyNE")
def test_netpynes_files_are_written_anew_at_each_start(as_netpyne):
    folder, _ = as_netpyne
    netpyne, file = folder / "netpyne", folder / "netpyne" / "evol_rates_stats.csv"
    config = json.loads((netpyne / "gen_0" / "gen_0_cand_1_cfg.json").read_text())["simConfig"]
    assert config["simLabel"] == "gen_0_cand_1" and config["duration"] == 200
    second = rows(folder)[1]["values"]
    assert (config["probEI"], config["conn"]["IE"]["weight"]) == (second["probEI"], second["conn.IE.weight"])
    with open(file) as lines:
        table = list(csv.reader(lines))
    assert [int(row[0]) for row in table[1:]] == [0, 1, 2]
    text = file.read_text()
    file.write_text("stale")
    wanted = ("--set", "optimizer.name=netpyne_custom", "--set", "simulation.verify=2")
    assert tuner("run", FOREIGN / "batch_evol" / "batch.py", "--runs", folder.parent, *wanted).returncode == 0
    assert file.read_text() == text


# One of each kind of script; the other methods are words of a table, which cheaper tests hold.
SCRIPTS = [
    pytest.param("batch_windows/batch_objects.py", "windows_objects", 2, marks=pytest.mark.slow, id="objects"),
    pytest.param("batchtools/search.py", "rates", 8, marks=pytest.mark.slow, id="batchtools"),
    pytest.param("batch_windows/batch.py", "windows_optuna", 4, marks=pytest.mark.exhaustive, id="optuna"),
    pytest.param("batch_windows/batch_asd.py", "windows_asd", 8, marks=pytest.mark.exhaustive, id="asd"),
    pytest.param("batch_windows/batch_grid.py", "windows_grid", 6, marks=pytest.mark.exhaustive, id="grid"),
    pytest.param("batch_windows/batch_blackbox.py", "windows_blackbox", 8, marks=pytest.mark.exhaustive, id="blackbox"),
    pytest.param("batch_windows/batch_evol_maximize.py", None, None, marks=pytest.mark.exhaustive, id="maximize"),
]


@pytest.mark.simulation
@pytest.mark.parametrize(("name", "label", "evaluations"), SCRIPTS)
def test_every_script_runs_to_its_end_and_is_verified(name, label, evaluations, tmp_path):
    done = tuner("run", FOREIGN / name, "--runs", tmp_path)
    assert done.returncode == 0, done.stderr
    (folder,) = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert label in (None, folder.name) and evaluations in (None, len(rows(folder)))
    best = json.loads((folder / "best.json").read_text())
    assert best["verified"]["equal"]
    if "fitness" in best["features"]:
        # A trace differs in its last bits where synapses are shared.
        assert best["verified"]["features"]["fitness"] == pytest.approx(best["features"]["fitness"], rel=1e-9)


def test_a_script_that_is_none_is_said(tmp_path):
    (tmp_path / "plain.py").write_text("x = 1\n")
    done = main("run", tmp_path / "plain.py", "--runs", tmp_path)
    assert done.returncode == 2
    assert "is not a study: a Python script must call NetPyNE's Batch(...).run() or search(...)" in done.stderr


def test_facts_are_plain_data():
    assert replace(facts(), seed=3) != facts() and facts().worst == 1000.0
