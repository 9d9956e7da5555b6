"""The pages say what the program has."""

import importlib
import inspect
import re

import pytest

from tests.commands import ROOT
from tests.loops import loop_over
from tests.samples import recording, study_table
from tuner.features.lookup import find
from tuner.features.registry import FEATURES
from tuner.library.cells import adex, friesen, granule, hh3d, izhikevich2003, izhikevich2007
from tuner.optimizers.resolution import OPTIMIZERS
from tuner.report.gallery import SETUPS
from tuner.study.schema import Place
from tuner.study.study import Study
from tuner.study.study_file import tomllib

TARGETS_PAGE = (ROOT / "docs" / "targets.md").read_text()


@loop_over("name", OPTIMIZERS)
def test_every_optimizer_and_its_settings(name):
    line = next(x for x in (ROOT / "docs" / "optimizers.md").read_text().splitlines() if x.startswith(f"| `{name}` |"))
    if name == "nsga3":
        assert OPTIMIZERS["nsga3"].SETTINGS == OPTIMIZERS["nsga2"].SETTINGS and line.endswith("as `nsga2` |")
        return
    for key, entry in OPTIMIZERS[name].SETTINGS.items():
        default = "" if entry.default is None else f"{entry.default:g}" if type(entry.default) in (int, float) else ""
        assert f"`{key}` {default}" in line


def rows_of_features() -> dict[str, list[str]]:
    """The cells that follow a feature's name in a row of a table of docs/targets.md, by the name."""
    tables = TARGETS_PAGE.split("\n\n")
    rows = [line for table in tables if table.startswith("| feature |") for line in table.splitlines()[2:]]
    cells = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows]
    assert len({name for name, *_ in cells}) == len(rows)
    return {name.strip("`"): rest for name, *rest in cells}


def written(default: object) -> str:
    """A default as a study would have it; `required` where there is none, `none` for one that is left out."""
    if default is inspect.Parameter.empty:
        return "required"
    if default in (None, ""):
        return "none"
    if isinstance(default, tuple):
        return f"[{', '.join(f'{number:g}' for number in default)}]"
    return f'"{default}"' if isinstance(default, str) else f"{default:g}"


def own_arguments(name: str) -> str:
    """The own arguments of a feature and their defaults as the page writes them."""
    parameters = inspect.signature(find(name).compute).parameters
    return ", ".join(f"`{key}` {written(parameters[key].default)}" for key in find(name).arguments)


def test_no_row_names_a_feature_that_is_not_there():
    assert rows_of_features().keys() == {*FEATURES, "efel:NAME"}


@loop_over("name", FEATURES)
def test_every_feature_its_arguments_and_its_unit(name):
    assert rows_of_features()[name][:2] == [own_arguments(name), FEATURES[name].unit]


def test_the_arguments_of_every_efel_feature():
    arguments, unit, *_ = rows_of_features()["efel:NAME"]
    assert arguments == own_arguments("efel:AP_amplitude") == own_arguments("efel:voltage_base")
    assert unit == "eFEL's"


@loop_over("name", FEATURES)
def test_every_feature_cites_what_its_docstring_does(name):
    citation = re.compile(r"\w+ (?:& \w+ |et al\. )?\d{4}, [\w. ]+? \d+:\d+")
    _, _, cited_there = " ".join(inspect.getdoc(FEATURES[name].compute).split()).partition("Source: ")
    assert citation.findall(rows_of_features()[name][-1]) == citation.findall(cited_there)


def test_the_page_of_targets_can_be_copied(tmp_path):
    blocks = {kind: re.findall(rf"^```{kind}\n(.*?)^```$", TARGETS_PAGE, re.M | re.S) for kind in ("toml", "python")}
    (tmp_path / "my_features.py").write_text("".join(blocks["python"]))
    (tmp_path / "recording.txt").write_text("# duration_ms = 2000\n10 0\n20 0\n40 0\n15 1\n")
    tables = [{**study_table(), "duration_ms": 2000, **tomllib.loads(block)} for block in blocks["toml"]]
    studies = [Study.from_table(table, Place("targets.md"), tmp_path) for table in tables]
    targets = {target.name: target for study in studies for target in study.targets}
    assert targets["like_the_recording"].value == 0
    assert targets["as_irregular"].value == pytest.approx(1 / 3)
    # Early are 3 spikes in 300 ms, late 2 in 1700.
    made = recording([0.0, 10.0, 299.0, 300.0, 1900.0], duration_ms=2000.0, E=[0])
    assert targets["adaptation"].measure(made) == pytest.approx((3 / 300) / (2 / 1700))


def test_every_picture_of_the_page_of_targets_is_there():
    pictures = {ROOT / "docs" / each for each in re.findall(r"!\[.+?\]\((.+?)\)", TARGETS_PAGE)}
    assert all(picture.is_file() for picture in pictures)
    assert pictures >= {*(ROOT / "docs" / "pictures").glob("features_*.png")}


CELLS_PAGE = (ROOT / "docs" / "cells.md").read_text()


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
    assert f"](pictures/cells_{name}.png)" in section
    rows = [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]
    assert options_of(name) <= {word for row in rows for word in re.findall(r"`([^`]+)`", row)}
    assert (ROOT / "docs" / "pictures" / f"cells_{name}.png").exists()


@loop_over("presets", [izhikevich2003.PRESETS, izhikevich2007.PRESETS, adex.PRESETS])
def test_every_preset_of_a_cell_is_named(presets):
    assert [preset for preset in presets if f"`{preset}`" not in CELLS_PAGE] == []


def test_the_bounds_of_the_granule_cell():
    for name, (low, high) in granule.BOUNDS.items():
        assert f"| `{name}` | {granule.UNITS[name]} | {granule.START[name]:g} | {low:.3g}, {high:.3g} |" in CELLS_PAGE


def test_the_page_of_own_models_can_be_copied(tmp_path):
    page = (ROOT / "docs" / "own-model.md").read_text()
    blocks = re.findall(r"^```toml\n(.*?)^```$", page, re.M | re.S)
    tables = [{**study_table(), "duration_ms": 2000, "values": {}, **tomllib.loads(block)} for block in blocks]
    studies = [Study.from_table(table, Place("own-model.md"), tmp_path) for table in tables]
    parameters = {parameter.name: parameter for study in studies for parameter in study.space.parameters}
    assert parameters["gain"].settings(1.0) == [("cfg.gainE", 1.0), ("cfg.gainI", 0.25)]
    assert parameters["all_weights"].relative
    assert parameters["drive"].settings("40, 1.0") == [("cfg.rate", 40), ("cfg.noise", 1.0)]
