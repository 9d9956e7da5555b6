import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from tests.loops import loop_over


from tests.samples import evaluation, make_study, recording
from tuner.study import sources
from tuner.model.base import Description
from tuner.errors import StoreError, StudyError
from tuner.model import models
from tuner.optimizers import resolution
from tuner.runs import run_folder
from tuner.runs.store import MANIFEST, Store, read_json, write_json

MODEL = sources.SHIPPED / "sensory_motor.py"


def resolved(folder=".", **changes):
    return resolution.resolve(make_study(folder, **changes))


def description(*files):
    return Description({"weight": "uS"}, ("S", "M"), {"weight": 0.01}, tuple(map(str, files or (MODEL,))))


def run_of(study, folder, *files):
    """The store of a run of the study with one evaluation."""
    store = Store(folder)
    store.update_manifest(**run_folder.new_manifest(study, description(*files)))
    store.append(evaluation())
    return store


def refused(study, store, accept_versions=False):
    before = {path.name: path.read_bytes() for path in store.folder.iterdir()}
    with pytest.raises(StoreError) as caught:
        run_folder.check_identity(study, store, accept_versions)
    assert caught.value.exit_status == 5
    assert {path.name: path.read_bytes() for path in store.folder.iterdir()} == before
    words = str(caught.value)
    assert "\n" not in words and words.startswith(f"{store.folder}: ")
    return words


def test_the_same_study_is_accepted(tmp_path):
    run_folder.check_identity(resolved(), run_of(resolved(), tmp_path), False)


@loop_over(
    "change",
    [{"budget__evaluations": 500}, {"simulation__workers": 1}, {"simulation__executor": "processes"},
     {"simulation__timeout_s": 1.0}, {"parameters__weight__doc": "words"}],
)  # fmt: skip
def test_what_may_change_is_accepted(tmp_path, change):
    run_folder.check_identity(resolved(**change), run_of(resolved(), tmp_path), False)


@loop_over(
    ("change", "words"),
    [
        ({"seed": 2}, "seed was 1, is 2"),
        ({"duration_ms": 950}, "duration_ms was 1000.0, is 950.0"),
        ({"parameters__weight__high": 0.2}, "parameters.weight.high was 0.1, is 0.2"),
        ({"parameters__new": {"low": 0, "high": 1}}, "parameters.new is {'low': 0.0"),
        ({"targets__mean_rate__value": 18}, "targets.mean_rate.value was 17.0, is 18.0"),
        ({"targets__median__percentile": 60}, "targets.median.percentile was 50.0, is 60.0"),
        ({"optimizer__population_size": 12}, "optimizer.population_size was 10, is 12"),
        ({"simulation__engine": "neuron"}, "simulation.engine was 'auto', is 'neuron'"),
        ({"values__drive_rate": 11.0}, "values.drive_rate was 10.0, is 11.0"),
        ({"values__celsius": 7.0}, "values.celsius is 7.0, was not there"),
    ],
)
def test_another_study_is_refused_by_its_first_difference(tmp_path, change, words):
    said = refused(resolved(**change), run_of(resolved(), tmp_path))
    assert f"belongs to another study: {words}" in said
    assert "--fresh" in said


def test_what_is_gone_is_a_difference(tmp_path):
    said = refused(resolved(), run_of(resolved(values__celsius=7.0), tmp_path))
    assert "values.celsius was 7.0, is not there now" in said


def test_the_order_of_parameters_is_a_difference(tmp_path):
    study = resolved()
    turned = replace(study, space=replace(study.space, parameters=study.space.parameters[::-1]))
    assert "the order of parameters changed" in refused(turned, run_of(study, tmp_path))


def test_an_empty_run_belongs_to_nobody(tmp_path):
    store = Store(tmp_path)
    run_folder.check_identity(resolved(), store, False)
    store.update_manifest(**run_folder.new_manifest(resolved(seed=5), description()))
    run_folder.check_identity(resolved(), store, False)


def test_evaluations_without_a_manifest_are_refused(tmp_path):
    store = Store(tmp_path)
    store.append(evaluation())
    assert "has evaluations but no manifest.json" in refused(resolved(), store)


@pytest.fixture
def foreign(tmp_path):
    """A study beside its own model, with a module of its own and a mechanism."""
    home = tmp_path / "home"
    (home / "mod").mkdir(parents=True)
    for name in ("net.py", "parts.py", "mod/cat.mod"):
        (home / name).write_text("DEFAULTS = 1\n")
    (tmp_path / "run").mkdir()
    study = resolved(home, model="net.py")
    return study, home, run_of(study, tmp_path / "run", home / "net.py", home / "parts.py")


@pytest.mark.parametrize("name", ["net.py", "parts.py", "mod/cat.mod"])
def test_a_changed_model_is_refused(foreign, name):
    study, home, store = foreign
    run_folder.check_identity(study, store, False)
    (home / name).write_text("DEFAULTS = 2\n")
    assert f"was made by another model: study/{name} changed since" in refused(study, store)


@pytest.mark.parametrize(("name", "act"), [("parts.py", "gone"), ("mod/cat.mod", "gone"), ("mod/new.mod", "new")])
def test_files_that_come_or_go_are_refused(foreign, name, act):
    study, home, store = foreign
    (home / name).unlink() if act == "gone" else (home / name).write_text("DEFAULTS = 1\n")
    assert f"study/{name} changed since" in refused(study, store)


def test_a_moved_study_is_the_same(foreign, tmp_path):
    study, home, store = foreign
    shutil.move(home, tmp_path / "elsewhere")
    run_folder.check_identity(replace(study, folder=str(tmp_path / "elsewhere")), store, False)


@pytest.mark.parametrize("name", run_folder.DECISIVE_VERSIONS)
def test_a_changed_version_is_refused_then_accepted_and_recorded(tmp_path, monkeypatch, name):
    store = run_of(resolved(), tmp_path)
    was = run_folder.versions()
    monkeypatch.setattr(run_folder, "versions", lambda: {**was, name: "99.9"})
    words = refused(resolved(), store)
    assert f"was made with other versions: {name} {was[name]} -> 99.9" in words
    assert "--accept-versions" in words and "--fresh" in words
    run_folder.check_identity(resolved(), store, True)
    manifest = read_json(tmp_path / MANIFEST)
    assert manifest["versions"][name] == "99.9"
    assert manifest["accepted_versions"] == [[f"{name} {was[name]} -> 99.9"]]
    run_folder.check_identity(resolved(), store, False)


def test_versions_that_decide_nothing_may_change(tmp_path, monkeypatch):
    store = run_of(resolved(), tmp_path)
    was = run_folder.versions()
    monkeypatch.setattr(run_folder, "versions", lambda: {**was, "inspyred": "99.9", "python": "3.99"})
    run_folder.check_identity(resolved(), store, False)


def test_accepting_versions_accepts_nothing_else(tmp_path):
    assert "seed was 1, is 2" in refused(resolved(seed=2), run_of(resolved(), tmp_path), accept_versions=True)


class TestClaim:
    def test_a_folder_is_made_and_kept(self, tmp_path):
        folder = tmp_path / "runs" / "night"
        run_folder.claim(folder, False)
        assert folder == tmp_path / "runs" / "night" and list(folder.iterdir()) == []
        (folder / "x").write_text("kept")
        run_folder.claim(folder, False)
        assert (folder / "x").read_text() == "kept"

    def test_fresh_renames_and_never_deletes(self, tmp_path):
        for content in "abc":
            folder = tmp_path / "night"
            run_folder.claim(folder, True)
            assert list(folder.iterdir()) == []
            (folder / "x").write_text(content)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["night", "night.1", "night.2"]
        assert [(tmp_path / name / "x").read_text() for name in ("night.1", "night.2", "night")] == ["a", "b", "c"]

    def test_fresh_takes_the_first_free_number(self, tmp_path):
        for name in ("night", "night.1", "night.3"):
            (tmp_path / name).mkdir()
        run_folder.claim(tmp_path / "night", True)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["night", "night.1", "night.2", "night.3"]

    @pytest.mark.parametrize("fresh", [False, True])
    def test_what_cannot_be_written_is_a_store_error(self, tmp_path, fresh):
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreError, match=f"{re.escape(str(tmp_path))}/file.*cannot be written: ") as caught:
            run_folder.claim(tmp_path / "file" / "night", fresh)
        assert caught.value.exit_status == 5


class TestFind:
    def test_by_name_and_by_path(self, tmp_path):
        write = tmp_path / "runs" / "night"
        write.mkdir(parents=True)
        write_json(write / MANIFEST, {})
        assert run_folder.find("night", tmp_path / "runs") == write
        assert run_folder.find(str(write), tmp_path) == write
        with pytest.raises(StudyError, match=r"nihgt: there is no such run in .*; did you mean 'night'\?"):
            run_folder.find("nihgt", tmp_path / "runs")

    def test_a_folder_without_a_manifest_is_no_run(self, tmp_path):
        (tmp_path / "empty").mkdir()
        with pytest.raises(StudyError, match="there is no such run"):
            run_folder.find("empty", tmp_path)

    @pytest.mark.parametrize("name", ["x" * 300, "a\0b"], ids=["long", "nul"])
    def test_a_name_that_no_file_system_takes(self, tmp_path, name):
        with pytest.raises(StudyError, match="there is no such run"):
            run_folder.find(name, tmp_path)


class TestRaster:
    def test_comes_back(self, tmp_path):
        raster = recording([1.5, 2.5], [0.25], [], duration_ms=10.0, S=np.array([0, 1]), M=np.array([2]))
        run_folder.write_raster(tmp_path, 7, {"a": raster, "b": recording([1.0])})
        number, again = run_folder.read_raster(tmp_path)
        assert number == 7 and list(again) == ["a", "b"] and again["b"].same_raster(recording([1.0]), 0.0)
        again = again["a"]
        assert again.same_raster(raster, 0.0) and again.duration_ms == 10.0
        assert {name: cells.tolist() for name, cells in again.populations.items()} == {"S": [0, 1], "M": [2]}

    @loop_over("content", [None, b"", b"PK", b"x" * 100])
    def test_is_none_if_missing_or_damaged(self, tmp_path, content):
        if content is not None:
            (tmp_path / run_folder.RASTER).write_bytes(content)
        assert run_folder.read_raster(tmp_path) is None

    def test_is_none_if_torn(self, tmp_path):
        run_folder.write_raster(tmp_path, 7, {"default": recording(np.arange(500.0))})
        content = (tmp_path / run_folder.RASTER).read_bytes()
        (tmp_path / run_folder.RASTER).write_bytes(content[: len(content) // 2])
        assert run_folder.read_raster(tmp_path) is None


def test_a_runs_study_is_read_from_its_folder(tmp_path):
    study = resolved("/some/where")
    store = run_of(study, tmp_path)
    (tmp_path / run_folder.STUDY).write_text(study.dump())
    again, manifest = run_folder.load_study(tmp_path)
    assert again.identity() == study.identity() and again.folder == "/some/where"
    assert manifest == store.manifest


def test_model_files_are_named_apart_from_where_they_lie(tmp_path):
    names = run_folder.new_manifest(resolved(), description())["files"]
    assert list(names) == ["project/netparams/sensory_motor.py"]
    assert re.fullmatch("[0-9a-f]{64}", names["project/netparams/sensory_motor.py"])
