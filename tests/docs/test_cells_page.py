"""Compare the page of the cells with the code."""

import importlib
import inspect
import re

from tests.commands import ROOT
from tests.loops import loop_over
from tuner.library.cells import adex, friesen, granule, hh3d, izhikevich2003, izhikevich2007
from tuner.report.gallery import SETUPS

CELLS_PAGE = (ROOT / "docs" / "reference" / "cells.md").read_text()


def options_of(name: str) -> set[str]:
    """The options of a cell by name; where it takes any of a table, those of the table."""
    module = importlib.import_module(f"tuner.library.cells.{name}")
    tables = {"adex": adex.NAMES, "friesen": friesen.SPIKE, "granule": granule.START}
    parameters = inspect.signature(module.cell_rule).parameters
    named = {key for key, each in parameters.items() if each.kind != each.VAR_KEYWORD}
    return named | set(tables.get(name, hh3d.MEMBRANE if name.startswith("hh3d") else ()))


@loop_over("name", SETUPS)
def test_every_cell_its_picture_and_its_options(name):
    sections = re.split(r"^## ", CELLS_PAGE, flags=re.M)
    section = next(each for each in sections if name in each.partition("\n")[0].split())
    assert f"](../pictures/cells_{name}.png)" in section
    rows = [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]
    assert options_of(name) <= {word for row in rows for word in re.findall(r"`([^`]+)`", row)}
    assert (ROOT / "docs" / "pictures" / f"cells_{name}.png").exists()


@loop_over("presets", [izhikevich2003.PRESETS, izhikevich2007.PRESETS, adex.PRESETS])
def test_every_preset_of_a_cell_is_named(presets):
    assert [preset for preset in presets if f"`{preset}`" not in CELLS_PAGE] == []


def test_the_bounds_of_the_granule_cell():
    for name, (low, high) in granule.BOUNDS.items():
        assert f"| `{name}` | {granule.UNITS[name]} | {granule.START[name]:g} | {low:.3g}, {high:.3g} |" in CELLS_PAGE
