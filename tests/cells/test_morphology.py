"""An SWC file read without NEURON gives the sections that NetPyNE's importer reads from it."""

import json
import math
import subprocess
import sys

import pytest

from tests.loops import loop_over
from tuner.library.cells import morphology

# Soma of three points; a stem that branches in two, of which one goes on in another kind and one at the file's end; and
# a stem at the soma's first point.
TREE = """\
# a comment
1 1 0 -8 0 3 -1
2 1 0 0 0 5 1
3 1 0 8 0 4 2
4 3 0 12 0 1.5 3
5 3 0 20 0 1 4
6 3 5 28 0 0.5 5
7 3 -5 28 0 0.25 5

8 4 -5 40 0 0.125 7
9 2 0 -12 0 1 1
10 2 0 -20 0 0.5 9
11 2 4 -30 3 0.5 10
12 3 20 20 0 0.5 6
"""
IMPORT = """
import json, sys
from netpyne import specs
sections = specs.NetParams().importCellParams(label="cell", fileName=sys.argv[1], cellName="").todict()["secs"]
json.dump(sections, open(sys.argv[2], "w"), default=list)
"""


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "tree.swc"
    file.write_text(TREE)
    return file


def test_sections_are_unbranched_runs_numbered_by_kind(file):
    sections = morphology.sections(morphology.read(file))
    assert list(sections) == ["soma", "dend_0", "dend_1", "dend_2", "apic_0", "axon_0", "dend_3"]
    assert [each["topol"] for each in sections.values()] == [
        {},
        {"parentSec": "soma", "parentX": 1.0, "childX": 0.0},
        {"parentSec": "dend_0", "parentX": 1.0, "childX": 0.0},
        {"parentSec": "dend_0", "parentX": 1.0, "childX": 0.0},
        {"parentSec": "dend_2", "parentX": 1.0, "childX": 0.0},
        {"parentSec": "soma", "parentX": 0.0, "childX": 0.0},
        {"parentSec": "dend_1", "parentX": 1.0, "childX": 0.0},
    ]


def test_a_section_begins_where_its_parent_ends_but_keeps_its_own_diameter_at_the_soma(file):
    sections = morphology.sections(morphology.read(file))
    assert sections["dend_0"]["geom"]["pt3d"] == [(0, 8, 0, 3), (0, 12, 0, 3), (0, 20, 0, 2)]
    assert sections["apic_0"]["geom"]["pt3d"] == [(-5, 28, 0, 0.5), (-5, 40, 0, 0.25)]


def test_length_and_diameter_are_those_along_the_path(file):
    geometry = morphology.sections(morphology.read(file))["dend_0"]["geom"]
    assert geometry["L"] == 12.0
    assert geometry["diam"] == pytest.approx((4 * 3 + 8 * 2.5) / 12)
    assert morphology.area(geometry) == pytest.approx(math.pi * (4 * 3 + math.hypot(8, 0.5) * 2.5))


@pytest.mark.simulation
def test_netpyne_imports_the_same(file, tmp_path):
    found = tmp_path / "sections.json"
    done = subprocess.run([sys.executable, "-c", IMPORT, file, found], capture_output=True, text=True)
    assert found.exists(), done.stderr
    imported = json.loads(found.read_text().replace("soma_0", "soma"))
    expected = json.loads(json.dumps(morphology.sections(morphology.read(file))))
    assert list(imported) == list(expected)
    for name, section in expected.items():
        assert imported[name]["topol"] == section["topol"]
        assert imported[name]["geom"]["pt3d"] == section["geom"]["pt3d"]
        for key in ("L", "diam"):
            assert imported[name]["geom"][key] == pytest.approx(section["geom"][key], rel=1e-12)


@loop_over(
    ("line", "changed", "message"),
    [
        ("9 2 0 -12 0 1 1", "10 2 0 -12 0 1 1", "must be numbered 1, 2, 3"),
        ("9 2 0 -12 0 1 1", "9 7 0 -12 0 1 1", "not 7"),
        ("9 2 0 -12 0 1 1", "9 2 0 -12 0 1 -1", "point 9 must leave a point before it, not -1"),
        ("9 2 0 -12 0 1 1", "9 2 0 -12 0 1 2", "point 9 must leave the soma's first or last point, not 2"),
        ("9 2 0 -12 0 1 1", "9 2 0 -12 0 1 4", "point 9 must not leave a branch at its first point, 4"),
        ("3 1 0 8 0 4 2", "3 1 0 8 0 4 1", "unbranched soma of two points or more"),
        ("2 1 0 0 0 5 1", "2 3 0 0 0 5 1", "unbranched soma of two points or more"),
    ],
)
def test_what_neuron_reads_by_rules_of_its_own_is_refused(file, line, changed, message):
    file.write_text(TREE.replace(f"{line}\n", f"{changed}\n"))
    with pytest.raises(ValueError, match=message):
        morphology.sections(morphology.read(file))
