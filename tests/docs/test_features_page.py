"""Compare the pages on features and targets with the code."""

import inspect
import re

import numpy as np
import pytest

from tests.commands import ROOT
from tests.loops import loop_over
from tests.samples import recording
from tuner.features.lookup import find
from tuner.features.registry import FEATURES
from tuner.study.schema import Place
from tuner.study.study import Study
from tuner.study.study_file import tomllib

DOCS = ROOT / "docs"
FEATURES_PAGE = (DOCS / "reference" / "features.md").read_text()


def rows_of_features() -> dict[str, list[str]]:
    """Return the cells behind a feature's name in the rows of the page's tables, by the name."""
    tables = FEATURES_PAGE.split("\n\n")
    rows = [line for table in tables if table.startswith("| feature | own") for line in table.splitlines()[2:]]
    cells = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows]
    assert len({name for name, *_ in cells}) == len(rows)
    return {name.strip("`"): rest for name, *rest in cells}


def written(default: object) -> str:
    """Return a default as in a study; `required` for no default, `none` for an argument that is left out."""
    if default is inspect.Parameter.empty:
        return "required"
    if default in (None, ""):
        return "none"
    if isinstance(default, tuple):
        return f"[{', '.join(f'{number:g}' for number in default)}]"
    return f'"{default}"' if isinstance(default, str) else f"{default:g}"


def own_arguments(name: str) -> str:
    """Return the own arguments of a feature with the defaults, as the page writes these."""
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


def test_every_picture_of_the_page_is_there():
    pictures = {(DOCS / "reference" / each).resolve() for each in re.findall(r"!\[.+?\]\((.+?)\)", FEATURES_PAGE)}
    assert all(picture.is_file() for picture in pictures)
    assert pictures >= {*(DOCS / "pictures").glob("features_*.png")}


def blocks(page: str, language: str) -> list[str]:
    """Return the code blocks of a how-to page in a language."""
    return re.findall(rf"^```{language}.*?\n(.*?)^```$", (DOCS / "how-to" / page).read_text(), re.M | re.S)


def targets_of(page: str, folder: object) -> dict:
    """Return the targets of the first study of a how-to page by name; a folder holds the files."""
    study = Study.from_table(tomllib.loads(blocks(page, "toml")[0]), Place(page), folder)
    return {target.name: target for target in study.targets}


def test_targets_from_a_recording(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(blocks("recordings-as-targets.md", "python")[0], {})
    targets = targets_of("recordings-as-targets.md", tmp_path)
    times_ms, cells = np.loadtxt("recording.txt", unpack=True)
    intervals = [np.diff(np.sort(times_ms[cells == cell])) for cell in range(20)]
    assert targets["psth"].value == 0
    assert targets["irregularity"].value == pytest.approx(np.mean([np.std(each) / np.mean(each) for each in intervals]))


def test_a_feature_of_the_user(tmp_path):
    (tmp_path / "my_features.py").write_text(blocks("custom-features.md", "python")[0])
    adaptation = targets_of("custom-features.md", tmp_path)["adaptation"]
    # 3 spikes in the early 300 ms, 2 in the late 1700 ms.
    made = recording([0.0, 10.0, 299.0, 300.0, 1900.0], duration_ms=2000.0, M=[0])
    expected = (3 / 300) / (2 / 1700)
    assert adaptation.measure(made) == pytest.approx(expected)
    assert blocks("custom-features.md", "text")[-1] == f"{expected:.3g}\n"
