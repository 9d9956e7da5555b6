"""The tuner as a library: what its door hands out, and a run as a person at a notebook has it."""

import json
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas
import pytest
from IPython.lib.pretty import pretty

import tuner
from tests.samples import change, make_study, study_table
from tuner import Run, Study
from tuner.errors import StoreError, StudyError
from tuner.evaluation import Evaluation
from tuner.report import status

VALUES = {"probability": 0.25, "weight": 0.01, "cells": 4, "delay": 5.0, "drive": 1.5}
FEATURES = {"mean_rate": 17.5, "median": math.nan, "cv": 0.5}
PARTS = {"mean_rate": 2.0, "median": 250.0, "cv": 0.0}
FAILED = Evaluation(1, 0, {**VALUES, "cells": 9}, 1, status="failed", reason="the cell is gone", seconds=0.5)
ABORTED = Evaluation(2, 1, VALUES, 1, status="aborted", loss=900.0, violation=3.0, reason="silence")


def done(number, loss, **fields):
    made = {"objectives": {"loss": loss}, "parts": PARTS, "features": FEATURES, **fields}
    return Evaluation(number, 0, VALUES, 1, loss=loss, **made)


SOME = [done(0, 252.0), FAILED, ABORTED]


def run_of(evaluations, study=None):
    return Run(study or make_study(), None, "", evaluations, {}, {})


def write(folder, evaluations, study=None, **manifest):
    """A run folder with these evaluations."""
    folder.mkdir(parents=True)
    (folder / "study.toml").write_text((study or make_study()).dump())
    (folder / "manifest.json").write_text(json.dumps({"study_folder": ".", "units": {}, **manifest}))
    (folder / "evaluations.jsonl").write_text("".join(each.to_line() + "\n" for each in evaluations))
    return folder


def finish(folder, evaluation, evaluations):
    """Writes the best.json of a run that has ended."""
    table = {name: getattr(evaluation, name) for name in ("number", "values", "loss", "violation", "features", "runs")}
    verified = {"loss": evaluation.loss, "features": {}, "n_spikes": 7, "equal": True}
    table |= {"evaluations": evaluations, "verified": verified, "fresh": {"seeds": [], "losses": []}, "validation": []}
    (folder / "best.json").write_text(json.dumps({**table, "features": {"mean_rate": 17.5, "median": 3.0, "cv": 0.5}}))


def test_frame_has_a_row_an_evaluation_and_nan_for_what_is_missing():
    df = run_of(SOME).to_dataframe()
    assert df.index.name == "number" and df.index.tolist() == [0, 1, 2]
    assert df["status"].tolist() == ["done", "failed", "aborted"]
    assert df["reason"].tolist() == ["", "the cell is gone", "silence"]
    assert df["generation"].tolist() == [0, 0, 1]
    np.testing.assert_equal(df["loss"].to_numpy(), [252.0, np.nan, 900.0])
    np.testing.assert_equal(df["violation"].to_numpy(), [0.0, np.nan, 3.0])
    np.testing.assert_equal(df["features.mean_rate"].to_numpy(), [17.5, np.nan, np.nan])
    np.testing.assert_equal(df["parts.median"].to_numpy(), [250.0, np.nan, np.nan])
    assert df["values.cells"].tolist() == [4, 9, 4], "a failed one was asked for something"
    assert df["seconds"].tolist() == [0.0, 0.5, 0.0]
    assert df["loss"].cummin().iloc[-1] == 252.0 and df.sort_values(["violation", "loss"]).index[0] == 0


@pytest.mark.parametrize("evaluations", [SOME, []])
def test_columns_and_their_types_whatever_the_evaluations(evaluations):
    df = run_of(evaluations).to_dataframe()
    names = ["mean_rate", "median", "cv"]
    assert df.columns.tolist() == [
        "generation", "status", "loss", "violation", *(f"values.{name}" for name in VALUES),
        *(f"features.{name}" for name in names), *(f"parts.{name}" for name in names), "seconds", "reason",
    ]  # fmt: skip
    kinds = {"values.cells": "int64", "generation": "int64", "values.delay": "object"}
    for column in df.columns.drop(["status", "reason"]):
        assert df[column].dtype == kinds.get(column, "float64"), column
    assert df.index.dtype == "int64"
    assert all(pandas.api.types.is_string_dtype(df[column]) for column in ("status", "reason")) or df.empty


def test_choices_stay_what_they_are():
    study = make_study(parameters__delay__choices=[True, 1, "late"])
    evaluations = [Evaluation(n, 0, {**VALUES, "delay": delay}, 1) for n, delay in enumerate([True, 1, "late"])]
    column = run_of(evaluations, study).to_dataframe()["values.delay"]
    assert [(type(value), value) for value in column] == [(bool, True), (int, 1), (str, "late")]


def test_parameter_and_target_of_one_name_have_a_column_each():
    table = change(study_table(), "targets.weight", {"feature": "rate", "value": 3})
    table = change(table, "targets.loss", {"feature": "rate", "value": 4})
    row = done(0, 7.0, features={**FEATURES, "weight": 5.0, "loss": 6.0}, parts={**PARTS, "weight": 1.0, "loss": 2.0})
    df = run_of([row], Study.from_table(table)).to_dataframe()
    assert df.columns.is_unique
    assert df[["values.weight", "features.weight", "loss", "features.loss"]].iloc[0].tolist() == [0.01, 5.0, 7.0, 6.0]


def test_several_objectives_have_columns_in_their_order_and_a_single_one_has_none():
    several = [FAILED, done(3, 3.0, objectives={"slow": 2.0, "fast": 1.0})]
    df = run_of(several).to_dataframe()
    assert [name for name in df if name.startswith("objectives.")] == ["objectives.slow", "objectives.fast"]
    np.testing.assert_equal(df["objectives.slow"].to_numpy(), [np.nan, 2.0])
    assert not any(name.startswith("objectives.") for name in run_of(SOME).to_dataframe())


def test_run_is_read_from_its_folder_by_name_or_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = write(tmp_path / "runs" / "sample", [FAILED, done(0, 252.0), ABORTED])
    for way in (["sample"], [folder], ["runs/sample"], ["sample", tmp_path / "runs"]):
        loaded = Run.load(*way)
        assert loaded.folder == folder and [e.number for e in loaded.evaluations] == [0, 1, 2]
        pandas.testing.assert_frame_equal(loaded.to_dataframe(), run_of(SOME).to_dataframe())
    with pytest.raises(StudyError, match="^smple: there is no such run in runs; .* did you mean 'sample'"):
        Run.load("smple")
    (folder / "evaluations.jsonl").write_text("{}\n" + done(0, 252.0).to_line() + "\n")
    with pytest.raises(StoreError, match="line 1 is damaged"):
        Run.load("sample")


def test_run_that_goes_on_says_how_far_it_is(tmp_path):
    folder = write(tmp_path / "sample", SOME, ended="budget.evaluations")
    loaded = Run.load(folder)
    assert (loaded.ended, loaded.best) == ("", {})
    assert str(loaded).splitlines() == list(status.lines(status.read(folder)))
    assert str(loaded).startswith("sample: interrupted; run the same command again to continue\n3 of 50 evaluations")
    finish(folder, SOME[0], evaluations=2)
    loaded = Run.load(folder)
    assert loaded.ended == "" and loaded.best["number"] == 0, "it had ended, with a smaller budget"
    finish(folder, done(9, 1.0), evaluations=3)
    assert (Run.load(folder).ended, Run.load(folder).best) == ("", {}), "a best that is none of its own"


def test_run_that_has_ended_is_shown_as_its_last_lines(tmp_path, monkeypatch):
    folder = write(tmp_path / "sample", SOME, ended="budget.evaluations")
    finish(folder, SOME[0], evaluations=3)
    monkeypatch.chdir(tmp_path)
    loaded = Run.load(folder)
    lines = str(loaded).splitlines()
    assert loaded.ended == "budget.evaluations"
    assert lines[0] == "Ended by budget.evaluations after 3 evaluations, 1 of them failed, 1 of them aborted."
    assert lines[1] == "Best: evaluation 0, loss 252"
    assert lines[-1] == "Report: sample/report/index.html", "as seen from the working directory"
    assert pretty(loaded) == str(loaded)
    assert repr([loaded]) == "[<Run of sample>]"


def test_a_stored_reason_makes_no_line_of_its_own(tmp_path):
    broken = replace(FAILED, reason="no\x1b[31m\nBest so far: evaluation 9, loss 0")
    lines = str(Run.load(write(tmp_path / "sample", [broken]))).split("\n")
    assert lines[-1] == r"1 failed; the first is evaluation 1: no\x1b[31m Best so far: evaluation 9, loss 0"


def test_pictures_are_those_of_the_report(tmp_path):
    loaded = Run.load(write(tmp_path / "sample", SOME))
    assert loaded.pictures == {}
    (tmp_path / "sample" / "report").mkdir()
    for name in ("raster_a.png", "fitness.png", "index.html"):
        (tmp_path / "sample" / "report" / name).touch()
    assert loaded.pictures == {name: tmp_path / "sample" / "report" / f"{name}.png" for name in ("fitness", "raster_a")}


def test_table_needs_neither_a_place_nor_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spikes.txt").write_text("# duration_ms = 1000\n10 0\n20 0\n40 0\n")
    goal = {"feature": "rate", "reference": "spikes.txt", "tolerance": 1.0}
    study = Study.from_table(change(study_table(), "targets.alike", goal))
    assert study.folder == str(tmp_path) and {target.name: target.value for target in study.targets}["alike"] == 3.0
    with pytest.raises(StudyError, match=r"^study: budget\.evaluations: is 0, must be at least 1"):
        Study.from_table(change(study_table(), "budget.evaluations", 0))


def test_larger_budget_in_a_table_is_the_same_run():
    table = study_table()
    first = Study.from_table(table)
    table["budget"]["evaluations"] = 80
    second = Study.from_table(table)
    assert (first.budget.evaluations, second.budget.evaluations) == (50, 80)
    assert first.identity() == second.identity() and replace(second, budget=first.budget) == first


def test_door_hands_out_its_names_late():
    assert {"Run", "Study", "check", "tune"} <= set(dir(tuner))
    with pytest.raises(AttributeError, match="'tunes'"):
        tuner.tunes  # noqa: B018


def loaded_modules(code, *arguments):
    """Heavy libraries that are loaded after the code has run."""
    heavy = "pandas", "matplotlib", "neuron", "netpyne", "scipy", "numpy"
    code += f"\nimport sys, json; print(json.dumps([name for name in {heavy} if name in sys.modules]))"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.long
def test_what_a_notebook_imports_is_light(tmp_path):
    folder = write(tmp_path / "sample", SOME)
    assert loaded_modules("import tuner") == []
    read = "import sys; from tuner import Run; run = Run.load(sys.argv[1]); str(run)"
    assert loaded_modules(read, folder) == ["numpy"]
    assert set(loaded_modules(f"{read}; assert len(run.to_dataframe()) == 3", folder)) == {"numpy", "pandas"}
