"""What a shipped model is made of is read from its words."""

import importlib
import os

import pytest

from tests.loops import loop_over
from tuner.errors import ModelError
from tuner.layout import CELLS
from tuner.library import cells
from tuner.mechanisms import libraries
from tuner.model import model_files
from tuner.study import sources

MODELS = sources.names()


@loop_over("name", MODELS)
def test_the_text_of_a_model_names_all_its_mechanisms(name):
    module = importlib.import_module(f"tuner.library.netparams.{name}")
    used = libraries.used(libraries.OWN, model_files.text_of([sources.SHIPPED / f"{name}.py"]))
    named = libraries.named(module.net_params(dict(module.DEFAULTS)))
    assert named & libraries.mechanism_names(libraries.OWN) <= {file.stem for file in used}


def test_it_names_no_mechanism_of_a_model_that_has_none():
    text = model_files.text_of([sources.SHIPPED / "sensory_motor.py"])
    assert "gnabar" in text
    assert libraries.used(libraries.OWN, text) == []


def test_a_model_that_is_made_of_another_has_its_file():
    importlib.import_module("tuner.library.netparams.all_cells")
    files = model_files.files_of([sources.SHIPPED / "all_cells.py"], sources.SHIPPED, shipped=True)
    assert {str(sources.SHIPPED / f"{name}.py") for name in ("all_cells", "nine_cells")} <= set(files)
    assert str(sources.SHIPPED / "sensory_motor.py") not in files


def test_what_a_study_sets_names_cells_too(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("import cells\n")
    assert libraries.used(libraries.OWN, model_files.text_of([file])) == []
    used = libraries.used(libraries.OWN, model_files.text_of([file], "{'cell': 'mainen'}"))
    assert {each.stem for each in used} >= {"mainen_naz", "mainen_cadad"}


def test_a_pipe_and_a_file_without_end_are_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    assert model_files.text_of([tmp_path / "pipe.py"], "hh").startswith("hh ")
    assert model_files.digest((str(tmp_path / "pipe.py"),)) == {str(tmp_path / "pipe.py"): ""}
    with open(tmp_path / "huge.dat", "wb") as file:
        file.truncate(4 * 1024**3 + 1)
    with pytest.raises(ModelError) as caught:
        model_files.digest((str(tmp_path / "huge.dat"),))
    assert str(caught.value) == f"{tmp_path / 'huge.dat'}: is larger than 4 GB, the most that is read"


def test_a_chain_of_models_is_followed(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("from netparams.all_cells import net_params\n")
    stems = {each.stem for each in model_files.models_within({file})}
    assert stems == {"mine", "all_cells", "nine_cells"}


@loop_over(
    "line",
    [
        "import cells",
        "from cells import load",
        "import tuner.library.cells",
        "from tuner.library import cells",
        "from tuner.library import (\n    netparams,\n    cells,\n)",
        "from tuner.library.cells import load",
    ],
)
def test_a_model_on_disk_has_the_cells_that_it_loads(tmp_path, line):
    cells.load("hh")
    (tmp_path / "mine.py").write_text(f"{line}\n")
    files = model_files.files_of([tmp_path / "mine.py"], tmp_path, shipped=False)
    assert {str(tmp_path / "mine.py"), str(CELLS / "hh.py"), str(CELLS / "template.py")} <= set(files)
    (tmp_path / "mine.py").write_text(f"# {line}\nfrom tuner.library import netparams\n".replace("\n  ", "\n# "))
    files = model_files.files_of([tmp_path / "mine.py"], tmp_path, shipped=False)
    assert str(CELLS / "hh.py") not in files
