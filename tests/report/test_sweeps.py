"""A sweep: what may be swept, whose spikes are kept, and that the pictures show them."""

import dataclasses

import numpy as np
import pytest
from matplotlib.figure import Figure

from tests.commands import SMALL
from tests.foreign_models import FOREIGN
from tests.loops import loop_over
from tests.samples import make_study, recording
from tuner.errors import StudyError
from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.optimizers import resolution
from tuner.report import sweeps
from tuner.report.sections import sweep_pictures as pictures
from tuner.report.summary import of_start
from tuner.runs import rasters
from tuner.study.space import Parameter
from tuner.study.study import Study

X = Parameter("x", 0.0, 10.0, "pA")
RATE = Target("rate", "rate", population="S", unit="Hz")


def study_of(*names, optimizer="grid", **changes):
    parameters = {name: {"low": 0.0, "high": 10.0} for name in names}
    return make_study(parameters=parameters, optimizer={"name": optimizer}, **changes)


def made(number, features=None, **values):
    return Evaluation(number, 0, values, 1, loss=0.0, features=features or {})


@loop_over(
    ("study", "words"),
    [
        (study_of("a", optimizer="random"), "optimizer.name: is 'random'; a sweep needs 'grid'"),
        (make_study(optimizer={}), "optimizer.name: is missing; a sweep needs 'grid'"),
        (study_of("a", "b", "c"), "parameters: has 3 free parameters (a, b, c); a sweep draws one or two"),
    ],
)
def test_what_is_no_sweep_is_refused_in_one_sentence(study, words):
    with pytest.raises(StudyError) as caught:
        sweeps.checked(study)
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert caught.value.exit_status == 2
    assert not sweeps.is_sweep(study)


def test_spikes_are_kept_where_they_are_drawn():
    assert sweeps.checked(study_of("a")).simulation.keep_spikes is True
    assert sweeps.checked(study_of("a", "b")).simulation.keep_spikes is False


def test_a_run_makes_no_more_evaluations_than_its_grid_has():
    fixed = {"a": {"low": 0, "high": 9, "kind": "int"}, "b": {"low": 0.0, "high": 1.0, "fixed": True}}
    for start_point, budget, most in ((False, 1000, 7), (True, 1000, 8), (False, 5, 5)):
        optimizer = {"name": "grid", "points": 7, "start_point": start_point}
        study = make_study(parameters=fixed, optimizer=optimizer, budget={"evaluations": budget})
        study = resolution.resolve(study)
        assert resolution.most_evaluations(study) == most
        assert f", grid, {most} evaluations, 1 worker" in of_start(study, resolution.most_evaluations(study), 0, 1)
    assert resolution.most_evaluations(resolution.resolve(study_of("a", optimizer="random"))) == 50


def test_a_grid_of_all_whole_numbers_has_the_start_point_among_them():
    parameters = {"a": {"low": 1, "high": 5, "kind": "int"}, "b": {"kind": "choice", "choices": ["x", "y"]}}
    study = make_study(parameters=parameters, optimizer={"name": "grid", "points": 5}, budget={"evaluations": 99})
    assert resolution.most_evaluations(resolution.resolve(study)) == 10


def test_start_point_is_drawn_where_it_is_a_combination():
    parameters = {"a": {"kind": "choice", "choices": [1.0, 2.0]}, "b": {"low": 0, "high": 1}}
    study = make_study(parameters=parameters, optimizer={"name": "grid", "points": 3}, budget={"evaluations": 99})
    study = resolution.resolve(study)
    others = [made(number, a=1.0, b=b) for number, b in enumerate([0.0, 0.5, 1.0], 1)]
    for b, numbers in ((0.5 + 1e-13, [1, 2, 3, 0]), (0.3, [1, 2, 3])):
        found = pictures._of_grid(study, study.space.parameters, [made(0, a=2.0, b=b), *others])
        assert [e.number for e in found] == numbers
        assert {e.values["b"] for e in found} == {0.0, 0.5, 1.0}


def test_a_fixed_parameter_is_not_swept():
    study = study_of("a", "b")
    fixed = {"low": 0.0, "high": 1.0, "fixed": True}
    study = Study.from_table({**study.to_table(), "parameters": {**study.to_table()["parameters"], "c": fixed}})
    assert [parameter.name for parameter in sweeps.swept(sweeps.checked(study))] == ["a", "b"]


def test_keeping_spikes_makes_no_other_run():
    kept = study_of("a", simulation__keep_spikes=True)
    assert kept.identity() == study_of("a").identity() and kept.simulation != study_of("a").simulation


def kept_run(folder):
    """Two evaluations of which the spikes are kept, and one without."""
    trains = {0: [[10.0, 30.0, 600.0, 640.0], [700.0, 705.0]], 1: [[100.0], []]}
    for number, cells in trains.items():
        rasters.write_spikes(folder, number, {"default": recording(*cells, S=[0], M=[1])})
    return [made(number, a=float(number)) for number in range(3)]


def test_intervals_are_those_of_each_window_in_which_a_target_measures(tmp_path):
    targets = {
        "early": {"feature": "rate", "population": "S", "window_ms": [0, 500], "weight": 0},
        "late": {"feature": "cv_isi", "population": "all", "window_ms": [500, 1000], "weight": 0},
        "again": {"feature": "isi_mean", "population": "all", "window_ms": [500, 1000], "weight": 0},
        "silent": {"feature": "rate", "population": "M", "window_ms": [0, 500], "weight": 0},
    }
    found = sweeps.intervals(study_of("a", targets=targets), tmp_path, kept_run(tmp_path))
    assert [each.label for each in found] == ["S, 0 to 500 ms", "all, 500 to 1000 ms"]
    assert [each.numbers.tolist() for each in found] == [[0], [0, 0]]
    assert [each.intervals_ms.tolist() for each in found] == [[20.0], [40.0, 5.0]]


def test_of_too_many_intervals_quantiles_are_left(tmp_path):
    lengths = np.linspace(1.0, 2.0, 9001)
    train = np.concatenate([[0.0], np.cumsum(lengths)])
    rasters.write_spikes(tmp_path, 0, {"default": recording(train, duration_ms=20000.0)})
    study = study_of("a", targets={"r": {"feature": "rate", "weight": 0}}, duration_ms=20000)
    (found,) = sweeps.intervals(study, tmp_path, [made(0, a=1.0)])
    assert len(found.intervals_ms) == sweeps.MOST_INTERVALS
    np.testing.assert_allclose(found.intervals_ms, np.linspace(1.0, 2.0, sweeps.MOST_INTERVALS), atol=1e-9)


@pytest.fixture
def drawn(monkeypatch):
    """The figure that the next picture is painted on."""
    figure = Figure()
    monkeypatch.setattr(pictures, "draw", lambda paint, width, height: paint(figure) or b"")
    return figure


def test_a_line_follows_the_parameter_and_shows_the_wish(drawn):
    target = dataclasses.replace(RATE, low=2.0, high=6.0)
    evaluations = [made(0, {"rate": 8.0}, x=9.0), made(1, {"rate": 4.0}, x=1.0)]
    evaluations.append(Evaluation(2, 0, {"x": 5.0}, 1, status="failed"))
    pictures.lines(X, {}, [target], evaluations)
    (axes,) = drawn.axes
    line, broken, rug = axes.lines
    np.testing.assert_array_equal(line.get_xydata(), [[1.0, 4.0], [5.0, np.nan], [9.0, 8.0]])
    assert broken.get_xdata() == [5.0] and sorted(rug.get_xdata()) == [1.0, 5.0, 9.0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x [pA]", "rate [Hz]")
    (band,) = axes.patches
    assert (band.get_y(), band.get_y() + band.get_height()) == (2.0, 6.0)


@pytest.mark.parametrize(
    ("goal", "inside", "outside"), [({"low": 30.0}, 30.1, 29.9), ({"high": 1.0}, 0.9, 1.1), ({"low": 5.0}, 7.9, 4.9)]
)
def test_an_open_range_is_shown_where_it_is_wanted(drawn, goal, inside, outside):
    evaluations = [made(n, {"rate": rate}, x=float(n)) for n, rate in enumerate((8.0, 4.0))]
    pictures.lines(X, {}, [dataclasses.replace(RATE, **goal)], evaluations)
    (axes,) = drawn.axes
    (band,) = axes.patches
    low, high = max(band.get_y(), axes.get_ylim()[0]), min(band.get_y() + band.get_height(), axes.get_ylim()[1])
    assert low <= inside <= high and not low <= outside <= high


def test_a_map_has_both_parameters_and_the_unit_of_the_feature(drawn):
    y = Parameter("y", kind="choice", choices=("low", "high"))
    evaluations = [
        made(0, {"rate": 1.0}, x=2.0, y="low"), made(1, {"rate": 2.0}, x=2.0, y="high"),
        made(2, {"rate": 3.0}, x=1.0, y="low"), made(3, {}, x=1.0, y="high"),
    ]  # fmt: skip
    pictures.maps([X, y], {}, [dataclasses.replace(RATE, low=3.0)], evaluations)
    axes, bar = drawn.axes
    np.testing.assert_array_equal(axes.images[0].get_array().filled(np.nan), [[3.0, 1.0], [np.nan, 2.0]])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["low", "high"]
    assert (axes.get_xlabel(), axes.get_ylabel(), bar.get_ylabel()) == ("x [pA]", "y", "rate [Hz]")
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[0.0, 0.0]])


def test_flags_are_named_and_rounding_errors_are_no_structure(drawn):
    flag = Parameter("flag", kind="choice", choices=(False, True))
    evaluations = [made(n, {"rate": 3.0 + n * 1e-13}, x=1.0 + n // 2, flag=bool(n % 2)) for n in range(4)]
    pictures.maps([X, flag], {}, [RATE], evaluations)
    axes, _ = drawn.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["False", "True"]
    assert axes.images[0].get_clim() == pytest.approx((3.0 - 3e-6, 3.0 + 3e-6), abs=1e-9)
    drawn.clear()
    pictures.lines(X, {}, [RATE], evaluations)
    low, high = drawn.axes[0].get_ylim()
    assert high - low >= 6e-6


def test_a_feature_is_shown_with_its_arguments():
    assert Target("i", "isi", "E", arguments=(("number", 2),)).what == "isi of E, number = 2"


def test_every_interval_is_a_dot_and_silence_has_a_place(drawn):
    found = sweeps.Intervals("S", np.array([0, 0, 1]), np.array([5.0, 7.0, 20.0]))
    pictures.bifurcation(X, {}, [made(0, x=3.0), made(1, x=1.0), made(2, x=8.0)], [found])
    (axes,) = drawn.axes
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[3.0, 5.0], [3.0, 7.0], [1.0, 20.0]])
    assert axes.get_xlim()[1] > 8.0 and axes.get_ylim()[0] == 0.0
    assert axes.get_ylabel() == "inter-spike interval [ms]"


OPTIMIZER = '[optimizer]\nname = "genetic"\npopulation_size = 6\n'
SWEEP = (
    "parameters.rate.fixed=true", "optimizer={name = 'grid', points = 3}",
    "targets.cv={feature = 'cv_isi', population = 'M', weight = 0}", "simulation.engine=neuron",
    "simulation.fresh_seeds=0", "budget.evaluations=10",
)  # fmt: skip


@pytest.mark.simulation
def test_a_broken_sweep_ends_with_the_spikes_of_every_evaluation(tmp_path):
    """The start point's too, which measures the time-out before the loop begins."""
    from tuner.progress import Progress
    from tuner.search.job import tune

    class Broken(Progress):
        def on_result(self, evaluation):
            if evaluation.number == 1:
                raise KeyboardInterrupt

    (tmp_path / "small.toml").write_text(SMALL.read_text().replace(OPTIMIZER, "").replace("timeout_s = 60\n", ""))
    study = sweeps.checked(Study.load(tmp_path / "small.toml", SWEEP, folder=SMALL.parent))
    with pytest.raises(KeyboardInterrupt):
        tune(study, tmp_path / "runs", "inline", progress=Broken())
    # What a power cut may leave: spikes whose evaluation has no line yet.
    (tmp_path / "runs" / "small" / "spikes" / "2.npz").write_bytes(b"torn")
    run = tune(study, tmp_path / "runs", "inline")
    assert run.ended.startswith("the optimiser (no points left)") and len(run.evaluations) == 4
    for evaluation in run.evaluations:
        recordings = rasters.read_spikes(run.folder, evaluation.number)
        measured = {target.name: target.measure(recordings["default"]) for target in run.study.targets}
        assert measured == pytest.approx(evaluation.features, nan_ok=True, rel=1e-12)
    assert {"sweep.png", "intervals.png"} <= {path.name for path in (run.folder / "report").iterdir()}
    said = list(sweeps.lines(run))
    assert said == [f"Sweep of weight: {run.folder}/report/sweep.png, {run.folder}/report/intervals.png"]
    (run.folder / "spikes" / "3.npz").unlink()
    assert "The spikes of 1 of 4 evaluations were not kept" in list(sweeps.lines(run))[1]


@pytest.mark.simulation
def test_a_model_with_a_duration_of_its_own_keeps_spikes_and_intervals_are_drawn(tmp_path):
    """A pair of cfg and netParams, whose duration the study learns from the model."""
    from tuner.search.job import tune

    table = {
        "name": "pair",
        "model": "pair",
        "parameters": {"noise": {"low": 0.5, "high": 0.9, "path": "cfg.noise"}},
        "targets": {"rate": {"feature": "rate", "weight": 0}},
        "optimizer": {"name": "grid", "points": 2, "population_size": 2, "start_point": False},
        "budget": {"evaluations": 2},
        "simulation": {"engine": "neuron", "fresh_seeds": 0, "verify": 1},
    }
    study = sweeps.checked(Study.from_table(table, folder=FOREIGN))
    assert study.duration_ms is None and study.simulation.keep_spikes
    run = tune(study, tmp_path, "serial")
    assert run.study.duration_ms == 200.0 and run.study.simulation.keep_spikes
    assert run.best["verified"]["equal"] is True
    for evaluation in run.evaluations:
        (kept,) = rasters.read_spikes(run.folder, evaluation.number).values()
        assert kept.duration_ms == 200.0 and len(kept.spike_times) > 0
    assert (run.folder / "report" / "intervals.png").exists()
    assert not any("--fresh" in line for line in sweeps.lines(run))
