"""Digests of a model's files, and those of runs that were made when they were of all bytes."""

import hashlib
import shutil
import subprocess

import pytest

from tests.loops import loop_over
from tests.samples import make_study
from tuner import layout
from tuner.errors import StoreError
from tuner.layout import CELLS, MODELS, ROOT
from tuner.model import model_files
from tuner.runs import legacy_digests
from tuner.runs.digests import digest_files, translated
from tuner.runs.identity import check_files
from tuner.runs.legacy_digests import essence
from tuner.runs.manifest import Manifest

F817A47 = "1259fd1036433ea8c4ae8eb27767941bbf42cf343aeee844f93105630b40d81e"
OF_2401B32 = "ef6ea903e500a377d4790300952165e83e9987e02277b7cdd2ac1b40f241accf"
NAME = "project/netparams/sensory_motor.py"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of the project's models and cells that may be changed."""
    for folder in (MODELS, CELLS):
        shutil.copytree(folder, tmp_path / folder.name, ignore=shutil.ignore_patterns("data", "__pycache__"))
        monkeypatch.setitem(layout.FOLDERS, folder.name, tmp_path / folder.name)
    monkeypatch.setattr(model_files, "MODELS", tmp_path / "netparams")
    monkeypatch.setattr(model_files, "CELLS", tmp_path / "cells")
    return tmp_path


def digest_of(file):
    return model_files.digest((str(file),))[str(file)]


def change(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@loop_over(
    ("name", "old", "new", "same"),
    [
        ("netparams/sensory_motor.py", '"""', '"""Words. ', True),
        ("netparams/sensory_motor.py", "\nDEFAULTS", "\n# Words.\nDEFAULTS", True),
        ("netparams/sensory_motor.py", "5.0", "5.5", False),
        ("netparams/kinetics/spine.py", '"""', '"""Words. ', True),
        ("cells/pyr.py", '"""', '"""Words. ', True),
    ],
)
def test_words_about_the_projects_models_change_no_digest(project, name, old, new, same):
    before = digest_of(project / name)
    change(project / name, old, new)
    assert (digest_of(project / name) == before) is same


@pytest.mark.parametrize("name", ["mine.py", "netparams/data.csv", "cells/x.hoc"])
def test_all_bytes_of_other_files_count(project, name):
    file = project / name
    file.write_text("x = 1\n")
    assert digest_of(file) == hashlib.sha256(b"x = 1\n").hexdigest()
    file.write_text("x = 1  # words\n")
    assert digest_of(file) == hashlib.sha256(b"x = 1  # words\n").hexdigest()


def test_mechanism_that_only_a_comment_names_is_not_the_models(project):
    study = make_study(project)
    file = project / "netparams" / "sensory_motor.py"
    before = digest_files(study, loaded=(str(file),))
    with open(file, "a") as opened:
        opened.write("# unlike mainen_naz\n")
    assert digest_files(study, loaded=(str(file),)) == before


class TestTranslated:
    @pytest.mark.parametrize("was", [F817A47, OF_2401B32])
    def test_table_knows_the_files_of_earlier_versions(self, was):
        assert translated({NAME: was})[NAME] == digest_of(MODELS / "sensory_motor.py") != was

    def test_run_of_an_earlier_version_is_this_models(self):
        study = make_study()
        loaded = (str(MODELS / "sensory_motor.py"), str(CELLS / "__init__.py"), str(CELLS / "pyr.py"))
        now = digest_files(study, loaded=loaded)
        earlier = {digest: was for was, digest in legacy_digests.successors().items()}
        recorded = {name: earlier.get(digest, digest) for name, digest in now.items()}
        assert recorded[NAME] == OF_2401B32 and recorded.keys() == now.keys()
        check_files(study, Manifest(files=recorded), ROOT)
        with pytest.raises(StoreError, match="project/netparams/sensory_motor.py changed since"):
            check_files(study, Manifest(files={**recorded, NAME: "0" * 64}), ROOT)

    def test_users_own_file_counts_as_long_as_it_is_unchanged(self, project):
        file = project / "cells" / "mine.py"
        file.write_text("# mine\nx = 1\n")
        was = hashlib.sha256(file.read_bytes()).hexdigest()
        assert translated({"project/cells/mine.py": was}) == {"project/cells/mine.py": digest_of(file)} != was
        file.write_text("# ours\nx = 1\n")
        assert translated({"project/cells/mine.py": was}) == {"project/cells/mine.py": was}

    def test_other_digests_stay(self, project):
        recorded = {
            "study/net.py": "a" * 64,
            NAME: "b" * 64,
            "project/cells/gone.py": "",
            "project/mod/x.mod": "c" * 64,
        }
        assert translated(recorded) == recorded

    def test_digests_of_this_version_stay(self):
        now = digest_files(make_study(), loaded=(str(MODELS / "sensory_motor.py"),))
        assert translated(now) == now


@loop_over(
    ("was", "now", "same"),
    [
        ("import cells\nx = 1\n", "from tuner.library import cells\n\nx: int = 1  # one\n", True),
        ("from cells.a import b\nimport math\n", "import math\nfrom tuner.library.cells.a import b\n", True),
        ("def f(x: dict) -> dict:\n    return x\n", "def f(x):\n    return x\n", True),
        ("from cells.a import b\n", "from tuner.library.cells.c import b\n", False),
        ("x = 1\n", "x: int = 2\n", False),
        ("def f(x=1): return x\n", "def f(x=2): return x\n", False),
        ("def f(x, y=1): return x\n", "def f(x, *, y=1): return x\n", True),
        ("def f(x, y=1): return x\n", "def f(y=1, *, x): return x\n", False),
        ("class A(B):\n    x: int\n", "class A(B):\n    x: float\n", True),
        ("class A(B):\n    x: int = 1\n", "class A(B):\n    x = 1\n", False),
        ("class A(B):\n    x: int = 1\n", "class A(B):\n    x: ClassVar[int] = 1\n", False),
    ],
)
def test_successor_computes_the_same(was, now, same):
    assert (essence(was.encode()) == essence(now.encode())) is same


def test_table_is_what_its_module_makes():
    for commit in legacy_digests.ERAS:
        if subprocess.run(["git", "-C", str(ROOT), "cat-file", "-e", commit], capture_output=True).returncode:
            pytest.skip(f"no git checkout with the commit {commit}")
    assert legacy_digests.table() == legacy_digests.TABLE.read_text()
