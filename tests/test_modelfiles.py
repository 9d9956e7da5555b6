"""What a shipped model is made of is read from its words."""

import importlib
from pathlib import Path

import pytest

from tuner import mechanisms, model, modelfiles

MODELS = model.names()


@pytest.mark.parametrize("name", MODELS)
def test_the_text_of_a_model_names_all_its_mechanisms(name):
    module = importlib.import_module(f"netparams.{name}")
    used = mechanisms.used(mechanisms.OWN, modelfiles.text_of([model.SHIPPED / f"{name}.py"]))
    named = mechanisms.named(module.net_params(dict(module.DEFAULTS)))
    assert named & mechanisms.mechanism_names(mechanisms.OWN) <= {file.stem for file in used}


def test_it_names_no_mechanism_of_a_model_that_has_none():
    text = modelfiles.text_of([model.SHIPPED / "sensory_motor.py"])
    assert "gnabar" in text
    assert mechanisms.used(mechanisms.OWN, text) == []


def test_a_model_that_is_made_of_another_has_its_file():
    importlib.import_module("netparams.all_cells")
    files = modelfiles.files_of([model.SHIPPED / "all_cells.py"], model.SHIPPED, shipped=True)
    assert {str(model.SHIPPED / f"{name}.py") for name in ("all_cells", "nine_cells")} <= set(files)
    assert str(model.SHIPPED / "sensory_motor.py") not in files


def test_what_a_study_sets_names_cells_too(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("import cells\n")
    assert mechanisms.used(mechanisms.OWN, modelfiles.text_of([file])) == []
    used = mechanisms.used(mechanisms.OWN, modelfiles.text_of([file], "{'cell': 'mainen'}"))
    assert {each.stem for each in used} >= {"mainen_naz", "mainen_cadad"}


def test_a_chain_of_models_is_followed(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("from netparams.all_cells import net_params\n")
    stems = {each.stem for each in modelfiles.models_within({file})}
    assert stems == {"mine", "all_cells", "nine_cells"}


def test_a_model_on_disk_has_the_cells_that_it_loads(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text("import cells\n\nRULE = cells.load('hh')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module("mine")
    files = {Path(file).name for file in modelfiles.files_of([tmp_path / "mine.py"], tmp_path, shipped=False)}
    assert {"mine.py", "hh.py", "template.py"} <= files
