"""Which study may go on with a run folder."""

import re
import shutil
from dataclasses import replace

import pytest

from tests.loops import loop_over
from tests.samples import evaluation, make_study
from tuner.errors import StoreError
from tuner.model.base import Description
from tuner.optimizers import resolution
from tuner.runs import identity
from tuner.runs.identity import check_identity
from tuner.runs.json_files import read_json
from tuner.runs.manifest import DECISIVE_VERSIONS, MANIFEST, new_manifest, versions
from tuner.runs.store import Store
from tuner.study import sources

MODEL = sources.SHIPPED / "sensory_motor.py"


def resolved(folder=".", **changes):
    return resolution.resolve(make_study(folder, **changes))


def description(*files):
    return Description({"weight": "uS"}, ("S", "M"), {"weight": 0.01}, tuple(map(str, files or (MODEL,))))


def run_of(study, folder, *files):
    """The store of a run of the study with one evaluation."""
    store = Store(folder)
    store.update_manifest(**new_manifest(study, description(*files)).table)
    store.append(evaluation())
    return store


def refused(study, store, accept_versions=False):
    before = {path.name: path.read_bytes() for path in store.folder.iterdir()}
    with pytest.raises(StoreError) as caught:
        check_identity(study, store, accept_versions=accept_versions)
    assert caught.value.exit_status == 5
    assert {path.name: path.read_bytes() for path in store.folder.iterdir()} == before
    words = str(caught.value)
    assert "\n" not in words and words.startswith(f"{store.folder}: ")
    return words


def test_the_same_study_is_accepted(tmp_path):
    check_identity(resolved(), run_of(resolved(), tmp_path), accept_versions=False)


@loop_over(
    "change",
    [{"budget__evaluations": 500}, {"simulation__workers": 1}, {"simulation__executor": "processes"},
     {"simulation__timeout_s": 1.0}, {"parameters__weight__doc": "words"}],
)  # fmt: skip
def test_what_may_change_is_accepted(tmp_path, change):
    check_identity(resolved(**change), run_of(resolved(), tmp_path), accept_versions=False)


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
        ({"values__celsius": 7.0}, "values.celsius is 7.0, was missing"),
    ],
)
def test_another_study_is_refused_by_its_first_difference(tmp_path, change, words):
    said = refused(resolved(**change), run_of(resolved(), tmp_path))
    assert f"belongs to another study: {words}" in said
    assert "--fresh" in said


def test_what_is_gone_is_a_difference(tmp_path):
    said = refused(resolved(), run_of(resolved(values__celsius=7.0), tmp_path))
    assert "values.celsius was 7.0, is missing now" in said


def test_the_order_of_parameters_is_a_difference(tmp_path):
    study = resolved()
    turned = replace(study, space=replace(study.space, parameters=study.space.parameters[::-1]))
    assert "the order of parameters changed" in refused(turned, run_of(study, tmp_path))


def test_an_empty_run_belongs_to_nobody(tmp_path):
    store = Store(tmp_path)
    check_identity(resolved(), store, accept_versions=False)
    store.update_manifest(**new_manifest(resolved(seed=5), description()).table)
    check_identity(resolved(), store, accept_versions=False)


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
    check_identity(study, store, accept_versions=False)
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
    check_identity(replace(study, folder=str(tmp_path / "elsewhere")), store, accept_versions=False)


@pytest.mark.parametrize("name", DECISIVE_VERSIONS)
def test_a_changed_version_is_refused_then_accepted_and_recorded(tmp_path, monkeypatch, name):
    store = run_of(resolved(), tmp_path)
    was = versions()
    monkeypatch.setattr(identity, "versions", lambda: {**was, name: "99.9"})
    words = refused(resolved(), store)
    assert f"was made with other versions: {name} {was[name]} -> 99.9" in words
    assert "--accept-versions" in words and "--fresh" in words
    check_identity(resolved(), store, accept_versions=True)
    manifest = read_json(tmp_path / MANIFEST)
    assert manifest["versions"][name] == "99.9"
    assert manifest["accepted_versions"] == [[f"{name} {was[name]} -> 99.9"]]
    check_identity(resolved(), store, accept_versions=False)


def test_versions_that_decide_nothing_may_change(tmp_path, monkeypatch):
    store = run_of(resolved(), tmp_path)
    was = versions()
    monkeypatch.setattr(identity, "versions", lambda: {**was, "inspyred": "99.9", "python": "3.99"})
    check_identity(resolved(), store, accept_versions=False)


def test_accepting_versions_accepts_nothing_else(tmp_path):
    assert "seed was 1, is 2" in refused(resolved(seed=2), run_of(resolved(), tmp_path), accept_versions=True)


def test_model_files_are_named_apart_from_where_they_lie(tmp_path):
    names = new_manifest(resolved(), description()).files
    assert list(names) == ["project/netparams/sensory_motor.py"]
    assert re.fullmatch("[0-9a-f]{64}", names["project/netparams/sensory_motor.py"])
