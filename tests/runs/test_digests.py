"""Digests of a model's files, and those of runs that were made when they were of all bytes."""

import hashlib
import shutil
import subprocess

import pytest

from tests.loops import loop_over
from tests.samples import make_study
from tuner.layout import CELLS, MODELS, ROOT
from tuner.model import model_files
from tuner.runs import digests, legacy_digests
from tuner.runs.digests import digest_files, translated

F817A47 = "1259fd1036433ea8c4ae8eb27767941bbf42cf343aeee844f93105630b40d81e"
NAME = "project/netparams/sensory_motor.py"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of the project's models and cells that may be changed."""
    for folder in (MODELS, CELLS):
        shutil.copytree(folder, tmp_path / folder.name, ignore=shutil.ignore_patterns("data", "__pycache__"))
    monkeypatch.setattr(digests, "ROOT", tmp_path)
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
    def test_table_knows_the_files_of_the_last_commit_of_format_1(self):
        assert translated({NAME: F817A47})[NAME].startswith("ef6ea903e500a377d4790300952165e8")

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


def test_table_is_what_its_module_makes():
    commit = "f817a471277cd067c41ad1ea3b71514809c289eb"
    if subprocess.run(["git", "-C", str(ROOT), "cat-file", "-e", commit], capture_output=True).returncode:
        pytest.skip("no git checkout with that commit")
    assert legacy_digests.table_of(commit) == legacy_digests.TABLE.read_text()
