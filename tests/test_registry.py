"""Registries find the modules of a package, order what these enter, and refuse a name that is taken."""

import sys

import pytest

from tuner.registry import Registry

ENTERS = "from tuner.registry import Registry\nfrom shapes_of_a_test.table import SHAPES\n"


@pytest.fixture
def shapes(tmp_path, monkeypatch):
    """The registry of a package whose modules enter circle, square and, from a package within, star."""
    package = tmp_path / "shapes_of_a_test"
    (package / "within").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "within" / "__init__.py").touch()
    (package / "table.py").write_text("from tuner.registry import Registry\nSHAPES = Registry('shapes_of_a_test')\n")
    (package / "a_square.py").write_text(f"{ENTERS}@SHAPES.entering('square', place=2)\ndef square(): return 4\n")
    (package / "round.py").write_text(f"{ENTERS}@SHAPES.entering('circle', place=1)\ndef circle(): return 0\n")
    (package / "within" / "star.py").write_text(f"{ENTERS}@SHAPES.entering('star', place=2)\ndef star(): return 10\n")
    monkeypatch.syspath_prepend(tmp_path)
    from shapes_of_a_test.table import SHAPES

    yield SHAPES
    for name in [name for name in sys.modules if name.partition(".")[0] == "shapes_of_a_test"]:
        del sys.modules[name]


def test_entries_are_found_in_modules_that_nobody_has_imported(shapes):
    assert shapes["star"]() == 10 and shapes["circle"]() == 0
    assert "hexagon" not in shapes and len(shapes) == 3


def test_entries_are_in_the_order_of_their_places_and_then_of_their_modules(shapes):
    assert list(shapes) == ["circle", "square", "star"]


def test_a_name_is_entered_once(shapes):
    list(shapes)
    with pytest.raises(ValueError, match="another: shapes_of_a_test has an entry 'star' already"):
        shapes.enter("star", print, "another")


def test_a_registry_imports_nothing_before_it_is_asked():
    registry = Registry("a_package_that_is_not_there")
    with pytest.raises(ModuleNotFoundError):
        list(registry)
