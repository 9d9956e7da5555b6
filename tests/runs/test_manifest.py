"""The manifest of a run folder, and which formats of it are read."""

import re

import numpy as np
import pytest

from tests.commands import ROOT
from tests.loops import loop_over
from tests.samples import evaluation, make_study
from tuner.errors import StoreError, StudyError
from tuner.optimizers import resolution
from tuner.report import status
from tuner.report.results import Run
from tuner.runs import manifest
from tuner.runs.json_files import read_json, write_json
from tuner.runs.manifest import FORMAT, MANIFEST, Manifest, Start, read_manifest
from tuner.runs.run_folder import STUDY
from tuner.runs.store import Store
from tuner.search import warm_start
from tuner.search.job import tune


def newer(folder, number=FORMAT + 1):
    """A run folder of a format that is not known yet, its evaluations too."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / MANIFEST, {"format": number, "study_folder": ".", "identity": {"model": "sensory_motor"}})
    (folder / STUDY).write_text(resolution.resolve(make_study(name=folder.name)).dump())
    (folder / "evaluations.jsonl").write_text('{"of": "another format"}\n{"of": "another format"}\n')
    return folder


@pytest.mark.parametrize("table", [{}, {"format": 1}, {"format": 2}])
def test_known_formats_are_read(tmp_path, table):
    write_json(tmp_path / MANIFEST, {**table, "units": {}})
    assert read_manifest(tmp_path).table == {**table, "units": {}}


@loop_over(
    "use",
    [
        read_manifest,
        Store,
        status.read,
        Run.load,
        lambda folder: tune(make_study(name=folder.name), folder.parent, "inline"),
    ],
)
def test_newer_format_is_refused_in_one_sentence(tmp_path, use):
    folder = newer(tmp_path / "sample")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    words = f"{folder / MANIFEST}: has format 3 of a newer netpyne-tuner, this version reads formats up to 2; nothing"
    with pytest.raises(StoreError, match=f"^{re.escape(words)} was changed [^\n]*$") as caught:
        use(folder)
    assert caught.value.exit_status == 5
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_nothing_is_taken_over_from_a_newer_format(tmp_path):
    study = resolution.resolve(make_study())
    with pytest.raises(StudyError, match="is 'other', which cannot be read: .*has format 3 of a newer netpyne-tuner"):
        warm_start.take_over(study, Manifest(), newer(tmp_path / "other"), study.objectives)


@loop_over(
    ("table", "words"),
    [
        ({"format": "2"}, "format: is '2', must be a whole number"),
        ({"format": 0}, "format: is 0, must be a whole number of at least 1"),
        ({"format": True}, "format: is true, must be a whole number"),
        ({"starts": [{}, {"pid": "x"}]}, "starts.1.pid: is 'x', must be a whole number"),
        ({"starts": [3]}, "starts.0: is 3, must be a table"),
        ({"files": {"a": "b", "study/c.py": 3}}, "files.study/c.py: is 3, must be text"),
        ({"wall_time_s": None}, "wall_time_s: is None, must be a number"),
        ({"timeout_s": "x"}, "timeout_s: is 'x', must be a number or null"),
        ({"engine": {"name": "neuron"}}, "engine: the key reason is missing"),
        ({"distinct": "yes"}, "distinct: is 'yes', must be true or false"),
        ({"identity": {"optimizer": []}}, "identity.optimizer: is [], must be a table"),
        ({"slopes": {"slopes": {"rate": {"p": "x"}}}}, "slopes.slopes.rate.p: is 'x', must be a number or null"),
        ({"accepted_versions": [["a"], ["b", 3]]}, "accepted_versions.1.1: is 3, must be text"),
    ],
)
def test_damage_is_one_sentence(tmp_path, table, words):
    write_json(tmp_path / MANIFEST, table)
    with pytest.raises(StoreError) as caught:
        read_manifest(tmp_path)
    assert str(caught.value) == f"{tmp_path / MANIFEST}: {words}; repair it, or start again with --fresh"


def test_entries_are_typed_and_unknown_ones_kept(tmp_path):
    write_json(tmp_path / MANIFEST, {"new": [1], "starts": [{"pid": 3, "gpu": "x"}], "wall_time_s": 1})
    store = Store(tmp_path)
    assert store.manifest.starts == (Start(pid=3),) and store.manifest.wall_time_s == 1.0
    store.update_manifest(ended="budget.evaluations")
    assert read_json(tmp_path / MANIFEST) == {
        "new": [1], "starts": [{"pid": 3, "gpu": "x"}], "wall_time_s": 1, "ended": "budget.evaluations",
    }  # fmt: skip
    store.update_manifest(wall_time_s=np.float64(2.5), starts=())
    assert store.manifest.table["starts"] == [] and store.manifest == Store(tmp_path).manifest
    with pytest.raises(StoreError, match="manifest.json: ended: is 3, must be text"):
        store.update_manifest(ended=3)
    with pytest.raises(TypeError, match="a manifest has no entry end, stop"):
        store.update_manifest(stop=1, end=2)
    assert store.manifest.ended == "budget.evaluations"


def test_store_keeps_the_format_of_an_older_run(tmp_path):
    write_json(tmp_path / MANIFEST, {"units": {}})
    store = Store(tmp_path)
    store.append(evaluation())
    store.update_manifest(ended="budget.evaluations")
    assert "format" not in read_manifest(tmp_path).table


def test_commit_is_none_where_another_projects_checkout_holds_the_installation(monkeypatch):
    monkeypatch.setattr(manifest, "ROOT", ROOT / "tuner")
    assert manifest._git_commit() is None
