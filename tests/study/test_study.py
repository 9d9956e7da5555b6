"""Studies as a whole: contradictions and names that are refused, and what is read from good ones."""

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
from tests.study.reading import INF, NAN, REMOVED, changed, read, refusal
from tuner.errors import StudyError
from tuner.optimizers import resolution
from tuner.study import study_file
from tuner.study.schema import Place
from tuner.study.study import Study

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
    (dict(parameters__delay__low=1),
     "parameters.delay.low: is 1, but a parameter of kind choice has choices, not bounds"),
    (dict(parameters__delay__choices=[1, 2, 1]), "parameters.delay.choices: contains "),
    (dict(parameters__delay__choices=[1, 1.0]), "parameters.delay.choices: contains "),
    (dict(parameters__delay__scale="log"),
     "parameters.delay.scale: is 'log', but a parameter of kind choice has no scale"),
    (dict(parameters__weight__choices=[1]), 'parameters.weight.choices: needs kind = "choice"'),
    (dict(parameters__drive__path="dt"), "parameters.drive.paths: cannot be combined with path; keep one of the two"),
    (dict(values__weight=0.1), "values.weight: is a free parameter too; keep one of the two"),
    (dict(targets__mean_rate__low=1),
     "targets.mean_rate.low: is 1, but value is given too; give value, or low and/or high"),
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
     "targets.mean_rate.tolerance: is missing; a target value of 0 needs a tolerance above 0"),
    (dict(targets__median__percentile=101), "targets.median.percentile: is 101, must be at most 100"),
    (dict(start_from="other"), "start_from: is outside its table; write optimizer.start_from"),
    (dict(workers=2), "workers: is outside its table; write simulation.workers"),
    (dict(optimizer__population_size=51), "optimizer.population_size: is 51, must be at most"),
    (dict(budget__simulations=9, optimizer__population_size=12), "optimizer.population_size: is 12, must be at most"),
    (dict(optimizer__restarts=2),
     "optimizer.restarts: is a setting of another optimiser, genetic does not have it; remove it, or put --set"),
    (dict(optimizer={"name": "grid", "first": [{"weight": 0.01}]}),
     "optimizer.first: cannot be combined with grid, which lays out all points in advance; remove it"),
    (dict(optimizer={"first": [{"weight": 0.5}]}), "optimizer.first.0.weight: is 0.5, must be between 0.001 and 0.1"),
    (dict(optimizer={"first": [{"weigth": 0.01}]}), "optimizer.first.0.weigth: is not a parameter of the study; "),
    (dict(optimizer={"first": [{}] * 4}),
     "optimizer.first: has 4 candidates, must have at most 3 (population_size less the start point)"),
    (dict(targets__mean_rate__objective="a", targets__cv__objective="b"),
     "optimizer.name: genetic handles one objective, but the targets name 2 (a, b); choose nsga2"),
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
        refusal(read, change(study_table(), "name", name))
        == f"sample.toml: name: is {size} bytes long, must have at most 200"
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
        assert not recorded.has_goal and recorded.goal == "none (recorded only)" and recorded.part(math.nan) == 0.0
        assert read(study.to_table()).targets == study.targets

    def test_a_target_that_counts_needs_one(self):
        assert "has no target value" in refusal(read, change(study_table(), "targets.recorded", {"feature": "cv_isi"}))

    @loop_over(
        ("goal", "tolerance"),
        [
            ({"value": 8}, 0.8),
            ({"low": 2, "high": 7}, 0.5),
            ({"low": 3}, 0.3),
            ({"high": 4}, 0.4),
            ({"value": 1}, 0.1),
        ],
    )
    def test_the_tolerance_is_a_tenth(self, goal, tolerance):
        table = study_table()
        table["targets"] = {"t": {"feature": "rate", **goal}}
        assert read(table).targets[0].tolerance == pytest.approx(tolerance, rel=1e-12)

    def test_several_objectives_choose_nsga2(self):
        table = changed(targets__mean_rate__objective="a", targets__cv__objective="b", optimizer={})
        assert read(table).optimizer.name == "nsga2"

    @loop_over(
        ("by", "first", "second"),
        [("protocol", "weak", "strong"), ("feature", "rate", "cv_isi"), ("population", "S", "S")],
    )
    def test_objectives_may_be_named_by_what_targets_have(self, by, first, second):
        goals = {
            "a": {"feature": "rate", "population": "S", "protocol": "weak", "value": 1},
            "b": {"feature": "cv_isi", "population": "S", "protocol": "strong", "value": 1},
            "own": {"feature": "rate", "protocol": "weak", "value": 1, "objective": "mine"},
            "must": {"feature": "rate", "protocol": "weak", "high": 9, "must": True},
            "seen": {"feature": "rate", "protocol": "weak", "weight": 0},
        }
        protocols = {"weak": {}, "strong": {}}
        table = study_table() | {"targets": goals, "objectives": by, "protocols": protocols, "optimizer": {}}
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
