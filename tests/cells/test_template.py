"""Every cell comes the same way from its file by NetPyNE's importCellParams as from cells.load."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.loops import loop_over
from tuner.library import cells

ROOT = Path(__file__).resolve().parent.parent.parent
# What NetPyNE is told for each cell: file in cells/, and name there.
IMPORTS = {
    "adex": ("adex.py", "AdEx"),
    "friesen": ("friesen.py", "Friesen"),
    "granule": ("granule.py", "Granule"),
    "hh": ("hh.py", "HH"),
    "hh3d": ("hh3d.hoc", "HH3D"),
    "hh3d_swc": ("hh3d_swc.swc", ""),
    "izhikevich2003a": ("izhikevich2003a.py", "Izhikevich2003a"),
    "izhikevich2003b": ("izhikevich2003b.py", "Izhikevich2003b"),
    "izhikevich2007a": ("izhikevich2007a.py", "Izhikevich2007a"),
    "izhikevich2007b": ("izhikevich2007b.py", "Izhikevich2007b"),
    "mainen": ("mainen.py", "Mainen"),
    "traub": ("traub.hoc", "Traub"),
}
# Of what the rule has, NEURON knows nothing of these; of what is read back, we leave these at NEURON's own.
IN_THE_RULE_ALONE = {"spikeGenLoc", "threshold", "vref", "synList"}
READ_BACK_ALONE = {"i", "o"}
# hoc files last: their import deletes every section of the process.
SCRIPT = """
import json, os, sys
from netpyne import specs
from tuner.mechanisms import libraries
libraries.load(libraries.build(libraries.OWN))
imported = {}
for name, (file, cell) in sorted(json.loads(sys.argv[1]).items(), key=lambda each: each[1][0].endswith(".hoc")):
    params = specs.NetParams()
    params.importCellParams(label=name, fileName=os.path.join("cells", file), cellName=cell, importSynMechs=True)
    synapses = {label: dict(each) for label, each in params.synMechParams.items()}
    imported[name] = [params.cellParams[name].todict(), synapses]
json.dump(imported, open(sys.argv[2], "w"), default=list)
"""

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("cells as templates")]


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> dict:
    found = tmp_path_factory.mktemp("imported") / "rules.json"
    command = [sys.executable, "-c", SCRIPT, json.dumps(IMPORTS), str(found)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert found.exists(), done.stderr
    return json.loads(found.read_text())


def _comparable(section: dict) -> dict:
    kept = {name: value for name, value in section.items() if name not in IN_THE_RULE_ALONE and value != {}}
    if "ions" in kept:
        ions = kept["ions"].items()
        kept["ions"] = {ion: {k: v for k, v in values.items() if k not in READ_BACK_ALONE} for ion, values in ions}
    for label, point in kept.get("pointps", {}).items():
        kept["pointps"] = {label: {k: v for k, v in point.items() if k not in IN_THE_RULE_ALONE}}
    return kept


def _numbers(value: object) -> object:
    """The same with every number to single precision, in which NEURON keeps the points of a geometry."""
    if isinstance(value, dict):
        return {key: _numbers(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_numbers(each) for each in value]
    return pytest.approx(value, rel=1e-6, abs=1e-6) if isinstance(value, int | float) else value


@loop_over("name", [name for name in IMPORTS if not IMPORTS[name][0].startswith("hh3d")])
def test_what_netpyne_imports_is_what_is_loaded(name, imported):
    loaded = json.loads(json.dumps(cells.load(name)))["secs"]
    sections = imported[name][0]["secs"]
    assert list(sections) == list(loaded)
    for section in loaded:
        assert _comparable(sections[section]) == _numbers(_comparable(loaded[section]))


@pytest.mark.parametrize("name", ["hh3d", "hh3d_swc"])
def test_a_morphology_is_imported_as_it_is_loaded(name, imported):
    sections = {section.replace("soma_0", "soma"): each for section, each in imported[name][0]["secs"].items()}
    loaded = json.loads(json.dumps(cells.load(name)))["secs"]
    assert list(sections) == list(loaded)
    for section, each in loaded.items():
        geometry = {key: each["geom"][key] for key in ("L", "diam", "nseg", "pt3d")}
        assert {key: sections[section]["geom"][key] for key in geometry} == _numbers(geometry)
        topology = sections[section]["topol"]
        if topology.get("parentSec") == "soma_0":
            topology = {**topology, "parentSec": "soma"}
        assert topology == _numbers(each["topol"])


def test_the_lists_of_sections_of_traub_are_imported(imported):
    lists = imported["traub"][0]["secLists"]
    assert {name: lists[name] for name in cells.load("traub")["secLists"]} == cells.load("traub")["secLists"]


def test_the_synapses_of_hh_are_imported_as_one(imported):
    assert imported["hh"][1] == {"HH_ExpSyn_0": {"mod": "ExpSyn", "tau": 2.0, "e": 0.0}}


def test_what_is_no_cell_is_named_with_the_nearest():
    with pytest.raises(ValueError, match="no cell is called 'traubb'; did you mean 'traub'"):
        cells.load("traubb")


@loop_over(
    ("name", "option", "words"),
    [
        ("hh", "segment", "hh has no option 'segment'; did you mean 'segments'"),
        ("friesen", "gkbasis", "the cell has no parameter 'gkbasis'; did you mean 'gkbase'"),
        ("mainen", "gmax_naz_axon", "mainen has no option 'gmax_naz_axon'; did you mean 'gmax_naz_soma'"),
        ("adex", "taw_w", "AdEx has no parameter 'taw_w'; did you mean 'tau_w'"),
        ("pyr", "x", "pyr has no option 'x'"),
        *((name, "tau_g", f"{name} has no option 'tau_g'") for name in IMPORTS if name.startswith("izhikevich")),
    ],
)
def test_an_option_that_is_not_there_is_named(name, option, words):
    with pytest.raises(ValueError, match=words):
        cells.load(name, **{option: 1.0})


@loop_over("name", IMPORTS)
def test_every_cell_has_a_soma_and_one_place_where_its_spikes_are_detected(name):
    sections = cells.load(name)["secs"]
    assert "soma" in sections
    assert sum("spikeGenLoc" in section for section in sections.values()) == 1


@loop_over("name", cells.names())
def test_a_cell_is_loaded_anew_each_time(name):
    first = cells.load(name)
    for section in first["secs"].values():
        section["geom"].clear()
    assert cells.load(name) != first


@loop_over("preset", [None, 3, ["RS"], "rs"])
@loop_over("name", ["izhikevich2003a", "izhikevich2007b", "adex"])
def test_a_preset_that_is_none_is_named(name, preset):
    with pytest.raises(ValueError, match=re.escape(repr(preset))):
        cells.load(name, preset=preset)


def test_a_variant_may_be_a_year():
    assert cells.load("granule", variant=2020) == cells.load("granule", variant="2020")
    with pytest.raises(ValueError, match="no variant of the granule cell is 2019"):
        cells.load("granule", variant=2019)
