"""A cell rule written as a hoc template: what NetPyNE reads from it is the rule."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.loops import loop_over
from tuner.library import cells
from tuner.library.cells.hoc_template import hoc_template

ROOT = Path(__file__).resolve().parent.parent.parent
RULE = {
    "secs": {
        "soma": {
            "geom": {"L": 18.8, "diam": 0.1 + 0.2, "nseg": 1, "Ra": 123.4, "cm": 1.0},
            "topol": {},
            "mechs": {"hh": {"gnabar": 0.1 / 3, "gkbar": 1e-05, "gl": 0.003, "el": -70.0}},
            "ions": {"na": {"e": 51.5}, "k": {"e": -77.25}},
            "pointps": {
                "IClamp_0": {"mod": "IClamp", "loc": 0.5, "del": 1.0, "dur": 2.5, "amp": -0.1, "vref": "V"},
                "IClamp_1": {"mod": "IClamp", "loc": 0.5, "del": 3.0, "dur": 4.0, "amp": 0.7},
            },
            "spikeGenLoc": 0.5,
        },
        "branch_0": {
            "geom": {
                "L": 17.0,
                "diam": 1.75,
                "nseg": 1,
                "Ra": 35.4,
                "cm": 1.0,
                "pt3d": [(0.0, 0.0, 0.0, 1.75), (3.0, 4.0, 0.0, 1.75), (15.0, 4.0, 0.0, 1.75)],
            },
            "topol": {"parentSec": "soma", "parentX": 0.5, "childX": 0.0},
            "mechs": {"pas": {"g": 3.57e-05, "e": -70.0}},
        },
        "branch_1": {
            "geom": {"L": 5.0, "diam": 1.0, "nseg": 3, "Ra": 35.4, "cm": 0.0},
            "topol": {"parentSec": "branch_0", "parentX": 1.0, "childX": 1.0},
            "mechs": {},
        },
        "branch_2": {
            "geom": {"L": 5.0, "diam": 1.0, "nseg": 3, "Ra": 35.4, "cm": 0.0},
            "topol": {"parentSec": "branch_0", "parentX": 1.0, "childX": 0.0},
            "mechs": {},
        },
    },
    "secLists": {"Branches": ["branch_1", "branch_0", "branch_1"], "Trunk": ["soma"]},
}
SCRIPT = """
import json, sys
from netpyne import specs
params = specs.NetParams()
params.importCellParams(label="it", fileName=sys.argv[1], cellName="Small")
json.dump(params.cellParams["it"].todict(), open(sys.argv[2], "w"))
"""


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> dict:
    """Read in a process of its own: NetPyNE takes and deletes every section that there is."""
    folder = tmp_path_factory.mktemp("hoc")
    hoc, found = folder / "small.hoc", folder / "rule.json"
    hoc.write_text(hoc_template("Small", RULE))
    done = subprocess.run([sys.executable, "-c", SCRIPT, hoc, found], capture_output=True, text=True)
    assert found.exists(), done.stderr
    return json.loads(found.read_text())


def _read(section: dict) -> dict:
    ions = {ion: {"e": values["e"]} for ion, values in section.get("ions", {}).items()}
    points = {label: {**point, "vref": None} for label, point in section.get("pointps", {}).items()}
    kept = {key: section[key] for key in ("geom", "topol", "mechs")}
    return json.loads(json.dumps({**kept, "ions": ions, "pointps": points}))


@pytest.mark.simulation
@loop_over("name", RULE["secs"])
def test_netpyne_reads_each_section_to_the_last_digit(name, imported):
    assert _read(imported["secs"][name]) == _read(RULE["secs"][name])


@pytest.mark.simulation
def test_netpyne_reads_names_and_lists(imported):
    assert list(imported["secs"]) == list(RULE["secs"])
    assert {name: imported["secLists"][name] for name in RULE["secLists"]} == RULE["secLists"]


def test_sections_that_are_alike_share_a_procedure():
    written = hoc_template("Small", RULE)
    assert written.count("proc kind_") == 3
    assert "branch_1 kind_2()" in written and "branch_2 kind_2()" in written


def test_what_a_cell_has_not_is_not_in_its_template():
    written = hoc_template("Point", {"secs": {"soma": {"geom": {"L": 1.0, "diam": 1.0}, "topol": {}, "mechs": {}}}})
    assert written.split("proc init() {")[1].split() == ["fill_sections()", "}", "endtemplate", "Point"]
    assert "objref" not in written and "SectionList" not in written


def test_the_file_of_traub_is_that_of_its_rule():
    assert (ROOT / "cells" / "traub.hoc").read_text() == hoc_template("Traub", cells.load("traub"))
