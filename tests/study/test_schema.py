"""Keys of a study that are unknown, missing, empty, of a wrong type or out of their limits."""

import datetime

import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import change, drop, study_table
from tests.study.reading import INF, NAN, read, refusal
from tuner.errors import StudyError
from tuner.study.entries.read_parameters import PARAMETER_KEYS
from tuner.study.entries.read_targets import TARGET_KEYS
from tuner.study.settings import ABORT_KEYS, BUDGET_KEYS, SIMULATION_KEYS
from tuner.study.study_table import STUDY_KEYS

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


TOO_LARGE = [
    ("duration_ms", 1e300, "at most 1e+07"), ("duration_ms", 5e-324, "at least 0.001"),
    ("targets.mean_rate.value", 1e308, "at most 1e+30"), ("targets.mean_rate.value", -1e308, "at least -1e+30"),
    ("targets.mean_rate.tolerance", 5e-324, "at least 1e-30"), ("targets.cv.width", 5e-324, "at least 1e-30"),
    ("targets.mean_rate.window_ms", [0, 1e308], "at most 1e+30"), ("parameters.weight.high", 1e308, "at most 1e+30"),
    ("parameters.cells.high", 2**53, "at most 1e+15"), ("budget.evaluations", 1e308, "at most 1e+09"),
    ("budget.wall_time_s", 1e308, "at most 1e+09"), ("simulation.timeout_s", 1e308, "at most 1e+09"),
    ("simulation.abort.chunk_ms", 5e-324, "at least 1"), ("optimizer.population_size", 1e308, "at most 1e+06"),
    ("simulation.recycle_growth_mb", 1e308, "at most 1e+30"),
]  # fmt: skip


@loop_over(("key", "value", "allowed"), TOO_LARGE)
def test_numbers_that_nothing_can_be_computed_with_are_refused(key, value, allowed):
    words = refusal(read, change(study_table(), key, value))
    assert words.startswith(f"sample.toml: {key}: is ") and words.endswith(f", must be {allowed}")


def _numeric(home, keys):
    return [f"{home}{name}" for name, key in keys.items() if key.kind in ("number", "whole", "scalar")]


NUMERIC = [
    *_numeric("", STUDY_KEYS), *_numeric("budget.", BUDGET_KEYS), *_numeric("simulation.", SIMULATION_KEYS),
    *_numeric("simulation.abort.", ABORT_KEYS), "values.drive_rate",
    *(key for name in study_table()["targets"] for key in _numeric(f"targets.{name}.", TARGET_KEYS)),
    *(key for name in study_table()["parameters"] for key in _numeric(f"parameters.{name}.", PARAMETER_KEYS)),
]  # fmt: skip
EXTREMES = [1e308, -1e308, 5e-324, -5e-324, 1e30, -1e30, 1e-30, 1e15, 2**53 + 1, 2**63 - 1, 10**300, 1e9, 1e7, 0.5, -1]


@loop_over("key", NUMERIC)
@loop_over("value", EXTREMES)
@pytest.mark.filterwarnings("error")
def test_no_finite_number_overflows(key, value):
    try:
        study = read(change(study_table(), key, value))
    except StudyError as error:
        assert len(str(error)) < 300
        return
    study.dump()
    for target in study.targets:
        for feature in (0.0, 17.0, 5e-324, 1e300, -1e300, NAN):
            target.part(feature), target.violation(feature), target.missed_by(feature), target.reached(feature)
    for point in study.space.snap(np.array([[0.0] * 5, [0.5] * 5, [1.0] * 5])):
        assert np.isfinite(study.space.encode(study.space.decode(point))).all()


TYPES = [
    ("name", 5, "is 5, must be a non-empty string"),
    ("name", " ", "is ' ', must be a non-empty string"),
    ("model", True, "is true, must be a non-empty string"),
    ("model", "", "is '', must be a non-empty string"),
    ("values", [1], "is [1], must be a table"),
    ("values.drive_rate", [{}], "is [{}], must be a number, a string, true or false, or a list of these"),
    ("values.drive_rate", NAN, "is nan, must be a number, a string, true or false, or a list of these"),
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
    ("targets.mean_rate.value", "targets.mean_rate: has no target value; give value, or low and/or high"),
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
