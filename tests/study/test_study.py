import copy
import datetime
import json
import math

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loops import loop_over
from tests.samples import change, drop, make_study, study_table
from tuner.errors import StudyError
from tuner.optimizers import resolution
from tuner.study import study_file
from tuner.study.schema import Place
from tuner.study.study import Study

REMOVED = object()
NAN, INF = math.nan, math.inf


def read(table):
    """The resolved study of a table: everything that is checked before the model is looked at."""
    return resolution.resolve(Study.from_table(table, Place("sample.toml"), ".", default_name="sample"))


def refusal(function, *arguments):
    with pytest.raises(StudyError) as caught:
        function(*arguments)
    assert caught.value.exit_status == 2
    words = str(caught.value)
    assert "\n" not in words and words == words.strip()
    return words


def changed(**changes):
    table = study_table()
    for key, value in changes.items():
        key = key.replace("__", ".")
        table = drop(table, key) if value is REMOVED else change(table, key, value)
    return table


UNKNOWN = [
    ("optimiser", "optimizer"),
    ("sead", "seed"),
    ("parameters.weight.lo", "low"),
    ("parameters.drive.hihg", "high"),
    ("targets.mean_rate.tolerence", "tolerance"),
    ("targets.mean_rate.window", "window_ms"),
    ("targets.median.percentil", "percentile"),
    ("optimizer.popsize", "population_size"),
    ("optimizer.mutationrate", "mutation_rate"),
    ("budget.evaluation", "evaluations"),
    ("simulation.time_out_s", "timeout_s"),
]


@loop_over(("key", "meant"), UNKNOWN)
def test_unknown_keys_are_named_with_the_nearest(key, meant):
    words = refusal(read, change(study_table(), key, 1))
    assert words.startswith(f"sample.toml: {key}: unknown key; allowed: ")
    assert words.endswith(f"; did you mean {meant!r}?")


def test_unknown_keys_of_a_path():
    table = change(study_table(), "parameters.drive.paths", [{"path": "dt", "faktor": 2}])
    words = "parameters.drive.paths.0.faktor: unknown key; allowed: choices, factor, path; did you mean 'factor'?"
    assert words in refusal(read, table)


NAMES = [
    ("optimizer.name", "particle_swarm", "particleSwarm"),
    ("optimizer.name", "Genetic", "genetic"),
    ("parameters.weight.scale", "logs", "log"),
    ("parameters.weight.kind", "integer", "int"),
    ("targets.mean_rate.feature", "rates", "rate"),
    ("targets.mean_rate.feature", "cv_isis", "cv_isi"),
    ("targets.mean_rate.form", "square", "squared"),
    ("simulation.executor", "process", "processes"),
    ("simulation.engine", "neurons", "neuron"),
]


@loop_over(("key", "value", "meant"), NAMES)
def test_unknown_names_are_shown_with_the_nearest(key, value, meant):
    words = refusal(read, change(study_table(), key, value))
    assert words.startswith(f"sample.toml: {key}: ")
    assert repr(value) in words and "allowed: " in words
    assert words.endswith(f"; did you mean {meant!r}?")


NUMBERS = [
    "duration_ms", "parameters.probability.low", "parameters.probability.high", "targets.mean_rate.value",
    "targets.mean_rate.tolerance", "targets.mean_rate.weight", "targets.cv.low", "targets.cv.width", "targets.cv.min",
    "targets.cv.max", "targets.cv.cap", "targets.median.percentile", "optimizer.mutation_rate", "budget.wall_time_s",
    "budget.loss", "simulation.timeout_s",
]  # fmt: skip
WHOLE = ["seed", "optimizer.population_size", "optimizer.num_elites", "budget.evaluations", "budget.simulations",
         "budget.generations", "budget.stagnation", "simulation.workers"]  # fmt: skip
NO_NUMBERS = [True, "17", NAN, INF, -INF, [1], {"a": 1}, datetime.date(2026, 1, 1)]


def shown(value):
    return repr(value).lower() if isinstance(value, bool) else repr(value)


@loop_over("value", NO_NUMBERS)
@loop_over("key", NUMBERS)
def test_numbers_are_finite_numbers(key, value):
    words = refusal(read, change(study_table(), key, value))
    assert words == f"sample.toml: {key}: is {shown(value)}, must be a finite number"


@loop_over("value", [*NO_NUMBERS, 1.5])
@loop_over("key", WHOLE)
def test_counts_are_whole_numbers(key, value):
    words = refusal(read, change(study_table(), key, value))
    assert words == f"sample.toml: {key}: is {shown(value)}, must be a whole number"


@loop_over("value", [*NO_NUMBERS, 1.5])
@loop_over("key", ["low", "high"])
def test_bounds_of_whole_numbers_are_whole(key, value):
    words = refusal(read, change(study_table(), f"parameters.cells.{key}", value))
    assert words.startswith(f"sample.toml: parameters.cells.{key}: is {shown(value)}, must be a ")
    assert words.endswith(" number")


@loop_over("value", [10**400, -(10**400)])
@loop_over("key", ["seed", "duration_ms", "parameters.weight.high", "values.drive_rate"])
def test_whole_numbers_that_no_float_holds(key, value):
    assert f"sample.toml: {key}: " in refusal(read, change(study_table(), key, value))


TOO_SMALL = [
    ("duration_ms", 0, "above 0"), ("duration_ms", -1.0, "above 0"), ("seed", -1, "at least 0"),
    ("seed", 2**31, "at most 2.14748e+09"), ("targets.mean_rate.tolerance", 0, "above 0"),
    ("targets.mean_rate.tolerance", -0.25, "above 0"), ("targets.mean_rate.weight", -1, "at least 0"),
    ("targets.cv.width", 0, "above 0"), ("targets.cv.cap", 0, "above 0"), ("targets.cv.max", -1, "above 0"),
    ("optimizer.population_size", 0, "at least 2"), ("optimizer.population_size", -10, "at least 2"),
    ("optimizer.mutation_rate", 1.5, "at most 1"), ("optimizer.mutation_rate", -0.1, "at least 0"),
    ("optimizer.gaussian_stdev", 0, "above 0"), ("budget.evaluations", 0, "at least 1"),
    ("budget.evaluations", -5, "at least 1"), ("budget.wall_time_s", 0, "above 0"), ("budget.loss", -1, "at least 0"),
    ("budget.stagnation", 0, "at least 1"), ("budget.generations", 0, "at least 1"),
    ("budget.simulations", 0, "at least 1"), ("simulation.timeout_s", 0, "above 0"),
    ("simulation.timeout_s", -60, "above 0"), ("simulation.workers", 0, "at least 1"),
]  # fmt: skip


@loop_over(("key", "value", "allowed"), TOO_SMALL)
def test_numbers_have_limits(key, value, allowed):
    words = refusal(read, change(study_table(), key, value))
    assert words.startswith(f"sample.toml: {key}: is {value}")
    assert words.endswith(f"must be {allowed}")


TYPES = [
    ("name", 5, "is 5, must be a non-empty string"),
    ("name", " ", "is ' ', must be a non-empty string"),
    ("model", True, "is true, must be a non-empty string"),
    ("model", "", "is '', must be a non-empty string"),
    ("values", [1], "is [1], must be a table"),
    ("values.drive_rate", [{}], "is [{}], must be a number, a string, true or false, or a list of such"),
    ("values.drive_rate", NAN, "is nan, must be a number, a string, true or false, or a list of such"),
    ("parameters", 5, "is 5, must be a table"),
    ("parameters.weight", 5, "is 5, must be a table"),
    ("parameters.weight.unit", 5, "is 5, must be a non-empty string"),
    ("parameters.weight.start", [1], "is [1], must be a number, a string, true or false"),
    ("parameters.delay.choices", [], "is [], must be a non-empty list"),
    ("parameters.delay.choices", "abc", "is 'abc', must be a non-empty list"),
    ("parameters.delay.choices", [[1], [2]], "is [1], must be a number, a string, true or false"),
    ("parameters.cells.path", 5, "is 5, must be a path, as text or as a list of names, labels and indices"),
    ("parameters.drive.paths", "dt", "is 'dt', must be a non-empty list"),
    ("targets", "x", "is 'x', must be a table"),
    ("targets.mean_rate", 5, "is 5, must be a table"),
    ("targets.mean_rate", "rate", "is 'rate', must be a table"),
    ("targets.mean_rate.feature", 5, "is 5, must be a non-empty string"),
    ("targets.mean_rate.feature", ["rate"], "is ['rate'], must be a non-empty string"),
    ("targets.mean_rate.population", 5, "is 5, must be a non-empty string"),
    ("targets.mean_rate.form", ["z"], "is ['z'], must be a non-empty string"),
    ("targets.mean_rate.window_ms", 5, "is 5, must be [first, second], two numbers"),
    ("targets.mean_rate.window_ms", [1, 2, 3], "is [1, 2, 3], must be [first, second], two numbers"),
    ("targets.mean_rate.window_ms", [0, INF], "is [0, inf], must be [first, second], two numbers"),
    ("targets.mean_rate.window_ms", [True, 2], "is [True, 2], must be [first, second], two numbers"),
    ("optimizer", "genetic", "is 'genetic', must be a table"),
    ("optimizer.start_point", 1, "is 1, must be true or false"),
    ("budget", 50, "is 50, must be a table"),
    ("simulation", [], "is [], must be a table"),
    ("simulation.executor", 1, "is 1, must be a non-empty string"),
]


@loop_over(("key", "value", "words"), TYPES)
def test_wrong_types(key, value, words):
    said = refusal(read, change(study_table(), key, value))
    assert said.startswith(f"sample.toml: {key}") and said.endswith(words)


@loop_over("value", [5, True, ["genetic"], {"a": 1}, [], ""])
def test_an_optimizer_name_is_a_string(value):
    words = refusal(read, change(study_table(), "optimizer.name", value))
    assert words.startswith("sample.toml: optimizer.name: ")


MISSING = [
    ("model", "model: is missing; must be a non-empty string"),
    ("parameters", "parameters: is missing; must be a table"),
    ("targets", "targets: is missing; must be a table"),
    ("budget", "budget: is missing; must be a table"),
    ("parameters.weight.low", "parameters.weight.low: is missing; must be a finite number"),
    ("parameters.weight.high", "parameters.weight.high: is missing; must be a finite number"),
    ("parameters.delay.choices", "parameters.delay.choices: is missing; must be a non-empty list"),
    ("targets.mean_rate.feature", "targets.mean_rate.feature: is missing; must be a non-empty string"),
    ("targets.mean_rate.value", "targets.mean_rate: has no wish; give value, or low and/or high"),
]


@loop_over(("key", "words"), MISSING)
def test_what_is_missing_is_named(key, words):
    assert refusal(read, drop(study_table(), key)) == f"sample.toml: {words}"


EMPTY = [
    ("parameters", "parameters: is empty; a study needs at least one free parameter"),
    ("targets", "targets: is empty; a study needs at least one target"),
    ("budget", "budget: is empty; give at least one of evaluations, simulations, generations, wall_time_s, loss, "
               "stagnation"),
]  # fmt: skip


@loop_over(("key", "words"), EMPTY)
def test_what_is_empty_is_named(key, words):
    assert refusal(read, change(study_table(), key, {})) == f"sample.toml: {words}"


CONTRADICTIONS = [
    (dict(parameters__weight__low=0.1), "parameters.weight.low: is 0.1, must be below high (0.1)"),
    (dict(parameters__weight__low=0.5), "parameters.weight.low: is 0.5, must be below high (0.1)"),
    (dict(parameters__cells__low=10), "parameters.cells.low: is 10, must be below high (9)"),
    (dict(parameters__weight__low=0), "parameters.weight.low: is 0, must be above 0 on a log scale"),
    (dict(parameters__weight__low=-0.1), "parameters.weight.low: is -0.1, must be above 0 on a log scale"),
    (dict(parameters__weight__start=1), "parameters.weight.start: is 1, must be between 0.001 and 0.1"),
    (dict(parameters__weight__start="x"), "parameters.weight.start: is 'x', must be between 0.001 and 0.1"),
    (dict(parameters__cells__start=5.7), "parameters.cells.start: is 5.7, must be"),
    (dict(parameters__delay__start=2.0), "parameters.delay.start: is 2.0, must be one of the choices"),
    (dict(parameters__delay__start=True), "parameters.delay.start: is true, must be one of the choices"),
    (dict(parameters__delay__low=1), "parameters.delay.low: is 1, but a choice has choices, no bounds"),
    (dict(parameters__delay__choices=[1, 2, 1]), "parameters.delay.choices: names "),
    (dict(parameters__delay__choices=[1, 1.0]), "parameters.delay.choices: names "),
    (dict(parameters__delay__scale="log"), "parameters.delay.scale: is 'log', but a choice has no scale"),
    (dict(parameters__weight__choices=[1]), 'parameters.weight.choices: choices need kind = "choice"'),
    (dict(parameters__drive__path="dt"), "parameters.drive.paths: stands beside path; keep one of the two"),
    (dict(values__weight=0.1), "values.weight: is a free parameter too; keep one of the two"),
    (dict(targets__mean_rate__low=1), "targets.mean_rate.low: is 1 beside value; give value, or low and/or high"),
    (dict(targets__median__low=40), "targets.median.low: is 40, must be below high (40)"),
    (dict(targets__median__low=41), "targets.median.low: is 41, must be below high (40)"),
    (dict(targets__mean_rate__unit="kHz"), "targets.mean_rate.unit: is 'kHz', but the feature's unit is 'Hz'"),
    (dict(targets__mean_rate__window_ms=[500, 100]),
     "targets.mean_rate.window_ms: is [500.0, 100.0], must begin before it ends"),
    (dict(targets__mean_rate__window_ms=[500, 500]),
     "targets.mean_rate.window_ms: is [500.0, 500.0], must begin before it ends"),
    (dict(targets__mean_rate__window_ms=[500, 1001]),
     "targets.mean_rate.window_ms: is [500.0, 1001.0], must lie within the run, 0 to 1000 ms"),
    (dict(targets__mean_rate__window_ms=[-1, 500]),
     "targets.mean_rate.window_ms: is [-1.0, 500.0], must lie within the run, 0 to 1000 ms"),
    (dict(duration_ms=500), "targets.mean_rate.window_ms: is [100.0, 900.0], must lie within the run, 0 to 500 ms"),
    (dict(targets__mean_rate__value=0, targets__mean_rate__tolerance=REMOVED),
     "targets.mean_rate.tolerance: is missing; a wish of 0 needs a tolerance above 0"),
    (dict(targets__median__percentile=101), "targets.median: rate_percentile cannot be computed: "),
    (dict(start_from="other"), "start_from: stands outside its table; it is optimizer.start_from"),
    (dict(workers=2), "workers: stands outside its table; it is simulation.workers"),
    (dict(optimizer__population_size=51), "optimizer.population_size: is 51, must be at most"),
    (dict(budget__simulations=9, optimizer__population_size=12), "optimizer.population_size: is 12, must be at most"),
    (dict(optimizer__restarts=2),
     'optimizer.restarts: is another optimiser\'s, genetic has no such setting; drop it, or clear all of the study\'s'),
    (dict(optimizer={"name": "grid", "first": [{"weight": 0.01}]}),
     "optimizer.first: stands beside grid, which has points of its own; drop it"),
    (dict(targets__mean_rate__objective="a", targets__cv__objective="b"),
     "optimizer.name: genetic has one objective, but the targets name 2 (a, b); choose nsga2"),
]  # fmt: skip


@loop_over(("changes", "words"), CONTRADICTIONS)
def test_contradictions(changes, words):
    assert refusal(read, changed(**changes)).startswith(f"sample.toml: {words}")


@pytest.mark.parametrize("bounds", [(-1.7e308, 1.7e308), (0, 5e-324)], ids=["too wide", "too narrow"])
def test_bounds_between_which_no_float_can_be_computed(bounds):
    """Either refused, or every decoded value lies within."""
    table = changed(parameters__probability__low=bounds[0], parameters__probability__high=bounds[1])
    try:
        space = read(table).space
    except StudyError as error:
        assert "parameters.probability" in str(error)
    else:
        values = [space.decode([x] * len(space))["probability"] for x in (0.0, 0.3, 1.0)]
        assert all(bounds[0] <= value <= bounds[1] for value in values)


@loop_over(
    "path",
    ["__import__('os').system('true')", "netParams.popParams.clear()", "a + 1", "netParams.connParams[x]", "a b", "'"],
)
def test_a_path_that_is_code(path):
    words = refusal(read, change(study_table(), "parameters.cells.path", path))
    assert words.startswith("sample.toml: parameters.cells.path: ")
    assert repr(path) in words and "write netParams.connParams['S->M'].weight" in words


BAD_NAMES = ["a/b", "a\\b", "..", ".", "/", "../up", " a", "a ", "a\nb", "a\tb", "a\0b", "a\x7f"]


@loop_over("name", BAD_NAMES)
def test_a_name_is_a_plain_file_name(name):
    words = refusal(read, change(study_table(), "name", name))
    assert words == f"sample.toml: name: is {name!r}, must be a plain file name (it names a folder)"


@pytest.mark.parametrize(("name", "size"), [("x" * 201, 201), ("ü" * 101, 202)])
def test_a_name_that_is_too_long(name, size):
    assert (
        refusal(read, change(study_table(), "name", name)) == f"sample.toml: name: is {size} bytes long, may have 200"
    )
    assert len(read(change(study_table(), "name", name[: 200 * len(name) // size])).name) == 200 * len(name) // size


@loop_over("name", ["a.b", "schön", "with space", "x" * 200, "-", "a:b"])
def test_other_names_are_fine(name):
    assert read(change(study_table(), "name", name)).name == name


@pytest.mark.parametrize("group", ["parameters", "targets"])
def test_parameters_and_targets_have_names(group):
    table = study_table()
    table[group][" "] = next(iter(table[group].values()))
    assert refusal(read, table) == f"sample.toml: {group}.' ': has an empty name"


FILES = [
    (b"", "is empty; a study needs model, parameters, targets and budget"),
    (b"# nothing\n", "is empty; a study needs model, parameters, targets and budget"),
    (b"model = \n", "is no TOML: "),
    (b"import os\nprint('hello')\n", "is no TOML: "),
    (b"model = 'a'\nmodel = 'b'\n", "is no TOML: "),
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe", "is not text; a study is a TOML file in UTF-8"),
    (b"\x00\x01\x02", "is no TOML: "),
    (b"a = " + b"[" * 5000, "is no TOML: "),
    (b"seed = " + b"1" * 5000, ""),
    ("model = 'schön'".encode("latin-1"), "is not text; a study is a TOML file in UTF-8"),
]


@loop_over(("content", "words"), FILES)
def test_files_that_are_no_study(tmp_path, content, words):
    file = tmp_path / "bad.toml"
    file.write_bytes(content)
    assert refusal(Study.load, file).startswith(f"{file}: {words}")


def test_a_folder_is_no_study(tmp_path):
    folder = tmp_path / "study.toml"
    folder.mkdir()
    for path in (tmp_path, folder):
        assert refusal(Study.load, path).startswith(
            f"{path}: is no study file; give the path of a TOML file, or a name"
        )


@pytest.mark.parametrize("path", ["missing.toml", "some/where"])
def test_a_path_that_is_not_there(path):
    assert refusal(Study.load, path).startswith(f"{path}: is no study file")


def test_a_name_that_is_not_there():
    words = refusal(Study.load, "sensory_moto")
    assert words.startswith("sensory_moto: there is no such study; allowed: ")
    assert "did you mean 'sensory_motor'?" in words


def test_a_name_that_no_file_system_takes():
    assert "x" * 300 in refusal(Study.load, "x" * 300)


BAD_OVERRIDES = [
    ("seed", "--set seed: must be key=value, for example optimizer.population_size=20"),
    ("=5", "--set =5: must be key=value"),
    (" =5", "--set  =5: must be key=value"),
    ("a b=1", "--set a b=1: 'a b' is no key; write it as in the study, e.g. budget.evaluations"),
    ("budget.=1", "--set budget.=1: 'budget.' is no key"),
    (".seed=1", "--set .seed=1: '.seed' is no key"),
    ("[seed]=1", "--set [seed]=1: '[seed]' is no key"),
    ("optimiser.population_size=20", "{file}: optimiser: unknown key; allowed: "),
    ("budget.evals=3", "{file}: budget.evals: unknown key; allowed: "),
    ("budget=3", "{file}: budget: is 3, must be a table"),
    ("seed=one", "{file}: seed: is 'one', must be a whole number"),
    ("seed=", "{file}: seed: is '', must be a whole number"),
    ("seed.x=1", "{file}: seed: is {{'x': 1}}, must be a whole number"),
    ("parameters.weight.low=1.0", "{file}: parameters.weight.low: is 1, must be below high (0.1)"),
    ("seed=" + "1" * 5000, ""),
    ("seed=" + "[" * 5000, ""),
]


@loop_over(("override", "words"), BAD_OVERRIDES)
def test_bad_overrides(tmp_path, override, words):
    file = tmp_path / "sample.toml"
    file.write_text(tomli_w.dumps(study_table()))
    assert refusal(Study.load, file, [override]).startswith(words.format(file=file))


def test_overrides(tmp_path):
    file = tmp_path / "sample.toml"
    file.write_text(tomli_w.dumps(study_table()))
    overrides = ["seed=7", "budget.evaluations = 99", "values.shape=round", "parameters.'delay'.choices=[1, 2]",
                 "targets.mean_rate.unit='Hz'", "parameters.new={low=0, high=1}", "seed=8"]  # fmt: skip
    study = Study.load(file, overrides)
    assert (study.seed, study.budget.evaluations) == (8, 99)
    assert study.values == {"drive_rate": 10.0, "shape": "round"}
    parameters = {p.name: p for p in study.space.parameters}
    assert parameters["delay"].choices == (1, 2)
    assert (parameters["new"].low, parameters["new"].high) == (0.0, 1.0)


def test_a_table_goes_into_the_one_that_is_there_and_an_empty_one_takes_its_place(tmp_path):
    file = tmp_path / "sample.toml"
    file.write_text(tomli_w.dumps(study_table() | {"optimizer": {"name": "genetic", "mutation_rate": 0.3}}))
    more = Study.load(file, ["optimizer={population_size=7}"]).optimizer_table
    assert more == {"name": "genetic", "mutation_rate": 0.3, "population_size": 7}
    assert Study.load(file, ["optimizer={}", "optimizer.name=random"]).optimizer_table == {"name": "random"}


class TestGoodStudies:
    def test_everything_is_read(self):
        study = read(study_table())
        weight, cells = study.space.parameters[1:3]
        assert (weight.low, weight.high, weight.scale, weight.unit, weight.start) == (0.001, 0.1, "log", "uS", 0.01)
        assert (cells.low, cells.high) == (1, 9) and type(cells.low) is int
        assert study.space.parameters[4].paths == (("dt", 2.0),)
        rate, median, cv = study.targets
        assert (rate.value, rate.tolerance, rate.window_ms) == (17.0, 0.25, (100.0, 900.0))
        assert (median.population, median.arguments) == ("M", (("percentile", 50.0),))
        assert (cv.form, cv.width, cv.min, cv.max) == ("exponential", 0.1, 0.01, 100.0)
        assert study.optimizer.name == "genetic" and study.optimizer.start_point is True
        assert study.most_evaluations == 50

    def test_defaults(self):
        table = {key: value for key, value in study_table().items() if key in ("model", "parameters", "targets")}
        study = read({**table, "budget": {"loss": 0.1}, "name": "x"})
        assert (study.duration_ms, study.seed, study.values) == (1000.0, 1, {})
        assert (study.optimizer.name, study.optimizer.start_point) == ("least_squares", True)
        assert study.optimizer.own == {"population_size": 4, "radius": 0.3, "restarts": 2}
        assert study.most_evaluations == math.inf

    def test_a_default_larger_than_the_budget_is_no_mistake(self):
        study = read({**study_table(), "optimizer": {"name": "nsga2"}, "budget": {"evaluations": 1}})
        again = Study.from_table(study.to_table(), Place("study.toml"), ".")
        assert resolution.resolve(again).optimizer.population_size == 20

    def test_a_target_of_no_weight_needs_no_wish(self):
        table = change(study_table(), "targets.recorded", {"feature": "cv_isi", "weight": 0})
        study = read(table)
        recorded = next(target for target in study.targets if target.name == "recorded")
        assert not recorded.has_wish and recorded.wish == "nothing" and recorded.part(math.nan) == 0.0
        assert read(study.to_table()).targets == study.targets

    def test_a_target_that_counts_needs_one(self):
        assert "has no wish" in refusal(read, change(study_table(), "targets.recorded", {"feature": "cv_isi"}))

    @loop_over(
        ("wish", "tolerance"),
        [
            ({"value": -8}, 0.8),
            ({"low": 2, "high": 7}, 0.5),
            ({"low": 3}, 0.3),
            ({"high": 4}, 0.4),
            ({"value": 1}, 0.1),
        ],
    )
    def test_the_tolerance_is_a_tenth(self, wish, tolerance):
        table = study_table()
        table["targets"] = {"t": {"feature": "rate", **wish}}
        assert read(table).targets[0].tolerance == pytest.approx(tolerance, rel=1e-12)

    def test_several_objectives_choose_nsga2(self):
        table = changed(targets__mean_rate__objective="a", targets__cv__objective="b", optimizer={})
        assert read(table).optimizer.name == "nsga2"

    @loop_over(
        ("by", "first", "second"),
        [("protocol", "weak", "strong"), ("feature", "rate", "cv_isi"), ("population", "S", "S")],
    )
    def test_objectives_may_be_named_by_what_targets_have(self, by, first, second):
        wishes = {
            "a": {"feature": "rate", "population": "S", "protocol": "weak", "value": 1},
            "b": {"feature": "cv_isi", "population": "S", "protocol": "strong", "value": 1},
            "own": {"feature": "rate", "protocol": "weak", "value": 1, "objective": "mine"},
            "must": {"feature": "rate", "protocol": "weak", "high": 9, "must": True},
            "seen": {"feature": "rate", "protocol": "weak", "weight": 0},
        }
        protocols = {"weak": {}, "strong": {}}
        table = study_table() | {"targets": wishes, "objectives": by, "protocols": protocols, "optimizer": {}}
        study = read(table)
        assert [target.objective for target in study.targets] == [first, second, "mine", "", ""]
        assert read(study.to_table()).identity() == study.identity()
        assert study.optimizer.name == "nsga2"

    @loop_over("name", study_file.names())
    def test_shipped_studies_bear_their_files_names(self, name):
        study = resolution.resolve(Study.load(name))
        assert study.name == name

    def test_the_name_is_the_files_if_there_is_none(self, tmp_path):
        file = tmp_path / "night shift.toml"
        file.write_text(tomli_w.dumps(drop(study_table(), "name")))
        study = Study.load(file)
        assert (study.name, study.folder) == ("night shift", str(tmp_path))

    def test_a_resolved_study_reads_back_the_same(self, tmp_path):
        study = read(study_table())
        file = tmp_path / "again.toml"
        file.write_text(study.dump())
        again = resolution.resolve(Study.load(file))
        assert (again.space, again.targets, again.budget) == (study.space, study.targets, study.budget)
        assert again.identity() == study.identity()
        assert again.to_table() == study.to_table()

    @loop_over(
        "change_",
        [{"budget__evaluations": 99}, {"simulation__workers": 1}, {"simulation__timeout_s": 5}, {"name": "other"},
         {"simulation__executor": "inline"}, {"parameters__weight__doc": "words"}, {"targets__cv__source": "a book"}],
    )  # fmt: skip
    def test_what_may_change_is_not_the_identity(self, change_):
        assert make_study(**change_).identity() == make_study().identity()

    @loop_over(
        "change_",
        [{"seed": 2}, {"duration_ms": 900}, {"model": "other"}, {"values__drive_rate": 11.0},
         {"parameters__weight__high": 0.2}, {"parameters__weight__scale": "linear"}, {"targets__cv__weight": 2},
         {"optimizer__population_size": 12}, {"simulation__engine": "neuron"}, {"parameters__weight__start": 0.02},
         {"targets__mean_rate__window_ms": [0, 900]}, {"targets__median__percentile": 60}],
    )  # fmt: skip
    def test_what_decides_a_result_is_the_identity(self, change_):
        identity = make_study(**change_).identity()
        assert identity != make_study().identity()
        assert json.loads(json.dumps(identity)) == json.loads(json.dumps(make_study(**change_).identity()))


def _places(table, way=()):
    for key in table if isinstance(table, dict) else range(len(table)):
        yield (*way, key)
        if isinstance(table[key], dict | list):
            yield from _places(table[key], (*way, key))


SCALARS = st.sampled_from(
    [True, False, 0, -1, 1, 2, 1e-300, 1e308, -0.5, 0.5, 10**400, NAN, INF, "", " ", "rate", "log", "genetic", "int",
     "choice", "nsga2", "dt", "a\nb", "ü", datetime.date(2026, 1, 1), datetime.time(1, 2)],
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
)


@pytest.mark.long
@settings(max_examples=400)
@given(st.data())
def test_a_mutated_study_loads_or_is_refused(data):
    table = study_table()
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(list(_places(table))))
        holder = table
        for key in way:
            holder = holder[key]
        act = data.draw(st.sampled_from(("drop", "replace", "swap", "add")))
        if act == "drop":
            del holder[last]
        elif act == "replace":
            holder[last] = data.draw(ANYTHING)
        elif act == "swap":
            *other, name = data.draw(st.sampled_from(list(_places(table))))
            inner = table
            for key in other:
                inner = inner[key]
            holder[last] = copy.deepcopy(inner[name])
        elif isinstance(holder, dict):
            holder[data.draw(st.sampled_from(("low", "value", "path", "kind", "start", "new")))] = data.draw(SCALARS)
        if not table:
            return
    try:
        study = read(table)
    except StudyError as error:
        assert error.exit_status == 2 and "\n" not in str(error)
    else:
        assert resolution.resolve(Study.from_table(study.to_table(), Place("x"), ".")).identity() == study.identity()


@given(st.binary(max_size=60))
def test_any_bytes_are_refused(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("bytes") / "x.toml"
    file.write_bytes(content)
    refusal(Study.load, file)
