"""The manifest of a run folder, and which formats of it are read."""

import re

import pytest

from tests.samples import evaluation, make_study
from tuner.errors import StoreError, StudyError
from tuner.optimizers import resolution
from tuner.report import status
from tuner.report.results import Run
from tuner.runs.json_files import write_json
from tuner.runs.manifest import FORMAT, MANIFEST, read_manifest
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
    assert read_manifest(tmp_path) == {**table, "units": {}}


@pytest.mark.parametrize(
    "use",
    [
        read_manifest,
        Store,
        status.read,
        Run.load,
        lambda folder: tune(make_study(name=folder.name), folder.parent, "inline"),
    ],
    ids=["read", "Store", "status", "load", "tune"],
)
def test_newer_format_is_refused_in_one_sentence(tmp_path, use):
    folder = newer(tmp_path / "sample")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    words = f"{folder / MANIFEST}: has format 3 of a newer netpyne-tuner, this version knows formats up to 2; nothing"
    with pytest.raises(StoreError, match=f"^{re.escape(words)} was changed [^\n]*$") as caught:
        use(folder)
    assert caught.value.exit_status == 5
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_nothing_is_taken_over_from_a_newer_format(tmp_path):
    study = resolution.resolve(make_study())
    with pytest.raises(StudyError, match="is 'other', which cannot be read: .*has format 3 of a newer netpyne-tuner"):
        warm_start.take_over(study, {}, newer(tmp_path / "other"), study.objectives)


@pytest.mark.parametrize(("number", "words"), [("2", "'2'"), (0, "0"), (True, "true"), (1.5, "1.5")])
def test_format_that_is_no_number_is_damage(tmp_path, number, words):
    with pytest.raises(StoreError, match=f"manifest.json: is damaged: its format is {words}; start again"):
        read_manifest(newer(tmp_path, number))


def test_store_keeps_the_format_of_an_older_run(tmp_path):
    write_json(tmp_path / MANIFEST, {"units": {}})
    store = Store(tmp_path)
    store.append(evaluation())
    store.update_manifest(ended="budget.evaluations")
    assert "format" not in read_manifest(tmp_path)
