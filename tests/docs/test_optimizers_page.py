"""Compare the page on optimisers with the settings that the optimisers have."""

import re

from tests.commands import ROOT
from tests.loops import loop_over
from tuner.optimizers.resolution import OPTIMIZERS
from tuner.study.schema import Key

PAGE = (ROOT / "docs" / "reference" / "optimizers.md").read_text()
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))
FAMILY = "inspyred's family"


def rows_of(section: str) -> list[list[str]]:
    """Return the cells of the rows of a section's tables, without heads."""
    rows = [line.strip("| ").split(" | ") for line in SECTIONS[section].splitlines() if line.startswith("| `")]
    return [row for row in rows if row[0] != "`name`"]


ROWS = {name.strip("`"): settings for name, _, settings in rows_of("All optimisers")}


def section_of(name: str) -> str:
    """Return the heading of the section with an optimiser's settings."""
    if OPTIMIZERS[name].__module__.startswith("tuner.optimizers.inspyred"):
        return FAMILY
    return next(heading for heading in SECTIONS if f"`{name}`" in heading)


def written(default: object) -> str:
    """Return a default as the page writes it; "" for a default that the page has in words."""
    if default is None:
        return ""
    return f"{default:g}" if type(default) in (int, float) else str(default).lower()


def allowed(entry: Key) -> str:
    """Return the allowed values of a setting as the page writes them."""
    if entry.kind == "flag":
        return "true, false"
    bounds = {"above": entry.above, "at least": entry.at_least, "at most": entry.at_most}
    words = [f"{word} {bound:g}" for word, bound in bounds.items() if bound is not None]
    return ", ".join([*words, *(f'"{each}"' for each in entry.one_of)]) or "any number"


def test_the_optimizers_of_the_page_are_those_of_the_program():
    assert list(ROWS) == list(OPTIMIZERS)


@loop_over("name", OPTIMIZERS)
def test_every_optimizer_and_its_settings(name):
    if name == "nsga3":
        assert OPTIMIZERS["nsga3"].SETTINGS == OPTIMIZERS["nsga2"].SETTINGS and ROWS[name] == "as `nsga2`"
        return
    found = dict(re.fullmatch(r"`(\w+)` (.+)", setting).groups() for setting in ROWS[name].split(", "))
    assert list(found) == list(OPTIMIZERS[name].SETTINGS)
    for key, entry in OPTIMIZERS[name].SETTINGS.items():
        assert found[key] == (written(entry.default) or found[key])


@loop_over("section", [heading for heading in SECTIONS if heading != "All optimisers"])
def test_every_setting_has_a_row_with_its_bounds(section):
    rows = {key: row[-1] for row in rows_of(section) for key in re.findall(r"`(\w+)`", row[0]) if len(row) == 3}
    entries: dict[str, list[Key]] = {}
    for name, kind in OPTIMIZERS.items():
        for key, entry in kind.SETTINGS.items() if section_of(name) == section else ():
            entries.setdefault(key, []).append(entry)
    assert rows.keys() == entries.keys()
    for key, found in entries.items():
        bounds = {allowed(entry) for entry in found}
        # A capacity has a bound that depends on another setting; num_elites has a second one.
        assert key == "capacity" or len(bounds) > 1 or rows[key].startswith(min(bounds)), key


def test_optimizers_of_several_objectives_are_named():
    several = [name for name, kind in OPTIMIZERS.items() if kind.MULTI_OBJECTIVE]
    line = next(line for line in PAGE.splitlines() if line.endswith("take several objectives."))
    assert re.findall(r"`(\w+)`", line) == several


def test_every_optimizer_of_the_family_is_named():
    family = [name for name in OPTIMIZERS if section_of(name) == FAMILY]
    assert [name for name in family if f"`{name}`" not in SECTIONS[FAMILY].partition("|")[0]] == []
