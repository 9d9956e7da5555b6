"""Compare the page on the study file with the keys that a study may have."""

import re

from tests.commands import ROOT
from tests.loops import loop_over
from tuner.objective.targets import FORMS
from tuner.optimizers.registry import OPTIMIZERS
from tuner.study.entries.read_parameters import PARAMETER_KEYS, PATH_KEYS
from tuner.study.entries.read_protocols import PROTOCOL_KEYS
from tuner.study.entries.read_targets import TARGET_KEYS
from tuner.study.entries.spreading import POP_KEYS, POPS_KEYS
from tuner.study.schema import REQUIRED, Key
from tuner.study.settings import ABORT_KEYS, BUDGET_KEYS, OPTIMIZER_KEYS, SIMULATION_KEYS
from tuner.study.study_table import DESIGNS, STUDY_KEYS, VALIDATION_KEYS

PAGE = (ROOT / "docs" / "reference" / "study-file.md").read_text()
# Comments of the code blocks are not headings.
TEXT = re.sub(r"^```.*?^```$", "", PAGE, flags=re.M | re.S)
SECTIONS = dict(re.findall(r"^#+ (.+?)\n(.*?)(?=^#|\Z)", TEXT, re.M | re.S))
WINDOWS, SIZE = {"windows_ms": Key("list")}, {"population_size": Key("whole")}
KEYS = {
    "`[parameters.NAME]`": PARAMETER_KEYS,
    "`paths`": PATH_KEYS,
    "`[targets.NAME]`": TARGET_KEYS | WINDOWS,
    "`[targets.NAME.pops]`": {key: entry for key, entry in POPS_KEYS.items() if key != "pops"} | POP_KEYS,
    "`[protocols.NAME]`": PROTOCOL_KEYS,
    "`[optimizer]`": OPTIMIZER_KEYS | SIZE,
    "`[budget]`": BUDGET_KEYS,
    "`[simulation]`": SIMULATION_KEYS,
    "`[simulation.abort]`": ABORT_KEYS,
    "`[[validation]]`": {key: STUDY_KEYS[key] for key in VALIDATION_KEYS},
}
# Sections whose defaults are those of other tables.
IN_WORDS = {"[[validation]]", "[targets.NAME.pops]"}


def rows_of(heading: str) -> dict[str, list[str]]:
    """Return the other cells of the rows of a section's tables, by each key that a row names."""
    rows = [line.strip("|").split(" | ") for line in SECTIONS[heading].splitlines() if line.startswith("| `")]
    return {key: rest for first, *rest in rows for key in re.findall(r"`([^`]+)`", first)}


@loop_over("heading", KEYS)
def test_every_key_has_a_row(heading):
    assert rows_of(heading).keys() == KEYS[heading].keys()


@loop_over("heading", [heading for heading in KEYS if heading.strip("`") not in IN_WORDS])
def test_every_default(heading):
    for key, entry in KEYS[heading].items():
        default, cells = entry.default, rows_of(heading)[key]
        if default is REQUIRED:
            assert "required" in cells[-1], key
        elif isinstance(default, bool):
            assert f"{default}".lower() in cells[-1].lower() or cells[-1].strip() == "", key
        elif isinstance(default, int | float):
            assert f"{default:g}" in cells[-1].split(), key
        elif isinstance(default, str):
            assert default in cells[-1], key


@loop_over("heading", KEYS)
def test_every_word_that_a_key_allows_is_named(heading):
    for key, entry in KEYS[heading].items():
        assert [word for word in entry.one_of if f'"{word}"' not in "".join(rows_of(heading)[key])] == [], key


def test_the_keys_at_the_top_have_a_row_or_a_section():
    tables = {name for heading in SECTIONS for name in re.findall(r"^`\[+(\w+)", heading)}
    assert {*rows_of("Top level")} | tables == set(STUDY_KEYS)


def test_loss_functions_designs_and_optimizers_of_several_objectives():
    several = [name for name, kind in OPTIMIZERS.items() if kind.MULTI_OBJECTIVE]
    assert {name.strip('"') for name in rows_of("Loss functions")} - {"form"} == set(FORMS)
    assert [name for name in (*DESIGNS, *several) if f"`{name}`" not in SECTIONS["`[optimizer]`"]] == []
