"""A kind of model is found by the rules that its module enters."""

from tuner.study.find_source import find_source
from tuner.study.kinds.registry import FILE_RULES, FOLDER_RULES, MAKERS
from tuner.study.sources import BATCH, BATCHTOOLS, NATIVE, Source


def test_every_kind_but_native_modules_has_a_maker():
    assert set(MAKERS) == {"pair", "script", "saved", BATCH, BATCHTOOLS} and NATIVE not in MAKERS


def test_a_rule_that_is_entered_decides_in_its_turn(tmp_path, monkeypatch):
    list(FILE_RULES)
    for registry in (FILE_RULES, FOLDER_RULES):
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
        monkeypatch.setattr(registry, "_order", dict(registry._order))

    def notebook(file):
        return Source("notebook", file, file.parent) if file.suffix == ".ipynb" else None

    (tmp_path / "net.ipynb").write_text("{}")
    FILE_RULES.enter("notebook", notebook, __name__, place=25)
    found = find_source("net.ipynb", tmp_path)
    assert (found.kind, found.file.name, found.given) == ("notebook", "net.ipynb", "net.ipynb")
