"""The granule cell of 2020: its rule and its options."""

import math

import pytest

from tests.loops import loop_over
from tuner.library import cells
from tuner.library.cells.granule2020 import BOUNDS, START, UNITS, sections

PLACES = {
    "soma": ["soma"],
    "dend": ["dend_0", "dend_1", "dend_2", "dend_3"],
    "hillock": ["hillock"],
    "ais": ["ais"],
    "axon": ["axon"],
    "fibre": ["fibre_0", "fibre_1"],
}


def test_it_is_a_variant_of_the_granule_cell():
    options = {"temperature": 32.0, "parallel_fibres": False, "gl_GRC_LKG1_soma": 0.0003}
    assert cells.load("granule", variant="2020", **options) == {"secs": sections(**options)}


def test_the_lengths_areas_and_compartments_are_the_originals():
    geometry = {name: each["geom"] for name, each in sections().items()}
    assert sum(each["nseg"] for each in geometry.values()) == 309
    assert [geometry[name]["L"] / geometry[name]["nseg"] for name in ("axon", "fibre_0", "fibre_1")] == [7.0] * 3
    assert math.pi * geometry["soma"]["L"] * geometry["soma"]["diam"] == pytest.approx(102.4456, rel=1e-6)


def test_what_hangs_on_what():
    parents = {name: each["topol"].get("parentSec") for name, each in sections().items()}
    chain = {"hillock": "soma", "ais": "hillock", "axon": "ais", "fibre_0": "axon", "fibre_1": "axon"}
    assert parents == {"soma": None, **dict.fromkeys(PLACES["dend"], "soma"), **chain}
    assert sections()["hillock"]["topol"]["parentX"] == 0.0


def test_the_parallel_fibres_can_be_left_out():
    whole = sections()
    del whole["fibre_0"], whole["fibre_1"]
    assert sections(parallel_fibres=False) == whole


def test_every_parameter_starts_within_its_bounds():
    assert len(START) == 29
    assert START.keys() == BOUNDS.keys() == UNITS.keys()
    assert {name for name, value in START.items() if not BOUNDS[name][0] <= value <= BOUNDS[name][1]} == set()


@loop_over("name", START)
def test_a_parameter_is_in_its_sections_alone(name):
    plain, changed = sections(), sections(**{name: 0.0123})
    (parameter, rest), place = name.split("_", 1), name.rsplit("_", 1)[1]
    for each in PLACES[place]:
        values = plain[each]["mechs"][rest.removesuffix(f"_{place}")]
        assert values[parameter] == START[name]
        values[parameter] = 0.0123
    assert changed == plain


def test_every_mechanism_whose_rates_depend_on_it_takes_the_cells_temperature():
    for temperature, written in ((None, -1000.0), (32.0, 32.0)):
        every = {
            m: v.get("temperature") for s in sections(temperature=temperature).values() for m, v in s["mechs"].items()
        }
        assert {name for name, value in every.items() if value is None} == {
            *("GRC_LKG1", "GRC2020_KV22", "GRC2020_CABUFFER")
        }
        assert set(every.values()) == {None, written}


def test_what_is_not_there_is_named_with_the_nearest():
    with pytest.raises(ValueError, match="'gnabar_GRC_NA_fiber'; did you mean 'gnabar_GRC_NA_fibre'"):
        sections(gnabar_GRC_NA_fiber=0.1)


def test_potassium_of_the_soma_reverses_at_the_potential_of_nernst():
    nernst = 1000 * 8.31446261815324 * (273.15 + 32.0) / 96485.33212 * math.log(2.5 / 54.4)
    found = {name: each["ions"]["k"]["e"] for name, each in sections().items()}
    assert found.pop("soma") == pytest.approx(nernst, abs=1e-6)
    assert set(found.values()) == {-88.0}
