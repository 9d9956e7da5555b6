"""Both HH3D cells: the membrane on their sections, the hoc file, and a second run that equals the first."""

import pytest

from tuner.library import cells
from tuner.library.cells import hh3d, hh3d_swc, morphology
from tuner.library.cells.hoc_template import hoc_template

BOTH = pytest.mark.parametrize("name", ["hh3d", "hh3d_swc"])


@BOTH
def test_the_soma_alone_has_the_channels_and_everything_the_leak(name):
    sections = cells.load(name)["secs"]
    soma = sections.pop("soma")
    assert soma["mechs"] == {
        "pas": {"g": 3.57e-5, "e": -70.0},
        "hh": {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.003, "el": -70.0},
    }
    assert soma["ions"] == {"na": {"e": 50.0}, "k": {"e": -77.0}}
    assert soma["spikeGenLoc"] == 0.5
    for section in sections.values():
        assert section["mechs"] == {"pas": {"g": 3.57e-5, "e": -70.0}}
        assert (section["geom"]["nseg"], section["geom"]["Ra"], section["geom"]["cm"]) == (1, 35.4, 1.0)


def test_sections_bear_the_names_of_each_form_and_leave_the_soma_where_it_does():
    trees = cells.load("hh3d")["secs"]
    assert list(trees) == ["soma", *(f"dendrite_{i}" for i in range(66))]
    stems = {name: each["topol"]["parentX"] for name, each in trees.items() if each["topol"].get("parentSec") == "soma"}
    assert stems == {"dendrite_0": 1.0, "dendrite_13": 1.0, "dendrite_32": 1.0}
    larger = cells.load("hh3d_swc")["secs"]
    assert set(larger) == {"soma", *(f"dend_{i}" for i in range(68)), *(f"apic_{i}" for i in range(103))}
    stems = [each["topol"]["parentX"] for each in larger.values() if each["topol"].get("parentSec") == "soma"]
    assert stems == [0.0] * 15


@BOTH
def test_every_option_reaches_its_place(name):
    options = {"gnabar": 1.0, "gkbar": 2.0, "gl": 3.0, "el": 4.0, "g_pas": 5.0, "e_pas": 6.0, "cm": 7.0}
    sections = cells.load(name, **options, axial_resistance=8.0)["secs"]
    assert sections["soma"]["mechs"]["hh"] == {"gnabar": 1.0, "gkbar": 2.0, "gl": 3.0, "el": 4.0}
    for section in sections.values():
        assert section["mechs"]["pas"] == {"g": 5.0, "e": 6.0}
        assert (section["geom"]["cm"], section["geom"]["Ra"]) == (7.0, 8.0)


@BOTH
def test_an_unknown_option_is_refused(name):
    with pytest.raises(ValueError, match="gna_bar"):
        cells.load(name, gna_bar=0.1)


def test_the_hoc_file_is_written_from_the_rule():
    assert hh3d.MORPHOLOGY.with_suffix(".hoc").read_text() == hoc_template("HH3D", hh3d.cell_rule())


@pytest.mark.simulation
@pytest.mark.parametrize(("name", "template"), [("hh3d", hh3d.HH3D), ("hh3d_swc", hh3d_swc.HH3DSWC)])
def test_neuron_has_the_same_lengths_diameters_and_membrane(name, template):
    rule = cells.load(name)["secs"]
    for section in template().all_sec:
        geometry = rule[section.name()]["geom"]
        assert section.L == pytest.approx(geometry["L"], rel=1e-12)
        assert section.diam == pytest.approx(geometry["diam"], rel=1e-12)
        assert section(0.5).area() == pytest.approx(morphology.area(geometry), rel=1e-12)


@pytest.mark.simulation
def test_a_second_run_equals_the_first():
    from neuron import h

    h.load_file("stdrun.hoc")
    cell = hh3d.HH3D()
    soma = cell.all_sec[0]
    clamp = h.IClamp(soma(0.5))
    clamp.delay, clamp.dur, clamp.amp = 1.0, 20.0, 1.0
    voltage = h.Vector().record(soma(0.5)._ref_v)
    runs = []
    for _ in range(2):
        h.finitialize(-65.0)
        h.continuerun(10.0)
        runs.append(voltage.to_python())
    assert max(runs[0]) > 0.0
    assert runs[0] == runs[1]
