"""The morphology files are what the generator grows, and what it grows has the totals it is told."""

from collections import Counter
from statistics import median

import numpy as np
import pytest

from tuner.library.cells import growth, morphology

# Of the tutorial's traced trees: membrane, length, soma [um2, um, um2], tips, sections per branch order, longest and
# median section [um].
HH3D = (7664.7, 4586.5, 569.2, 35, [1, 3, 6, 12, 18, 10, 6, 9, 2], 337.8, 51.7)
HH3D_SWC = (28458.5, 11294.0, 1497.3, 93, None, 287.1, 49.7)


def sections_of(name: str) -> dict[str, dict]:
    return morphology.sections(growth.grow(growth.GROWTHS[name]))


def membrane(sections: dict[str, dict], kind: str) -> float:
    return sum(morphology.area(section["geom"]) for name, section in sections.items() if name.startswith(kind))


def orders(sections: dict[str, dict]) -> list[int]:
    """How many sections of each branch order there are, the soma's first."""
    found = {"soma": 0}
    for name, section in sections.items():
        if name != "soma":
            found[name] = found[section["topol"]["parentSec"]] + 1
    counts = Counter(found.values())
    return [counts[order] for order in range(max(counts) + 1)]


@pytest.mark.parametrize("name", growth.GROWTHS)
def test_the_file_is_what_grows(name):
    assert (growth.FOLDER / f"{name}.swc").read_text() == growth.swc(name)


@pytest.mark.parametrize(("name", "totals"), [("hh3d", HH3D), ("hh3d_swc", HH3D_SWC)])
def test_the_tree_has_the_totals_of_the_traced_one(name, totals):
    area, length, soma, tips, per_order, longest, middle = totals
    sections = sections_of(name)
    lengths = [section["geom"]["L"] for section in sections.values()]
    parents = {section["topol"].get("parentSec") for section in sections.values()}
    assert membrane(sections, "") == pytest.approx(area, rel=1e-3)
    assert membrane(sections, "soma") == pytest.approx(soma, rel=2e-3)
    assert sum(lengths) == pytest.approx(length, rel=1e-3)
    assert len(set(sections) - parents) == tips
    assert per_order in (None, orders(sections))
    assert max(lengths) == pytest.approx(longest, rel=0.15)
    assert median(lengths) == pytest.approx(middle, rel=0.1)


def test_the_larger_tree_has_its_counts_and_membrane_by_kind():
    sections = sections_of("hh3d_swc")
    assert Counter(name.partition("_")[0] for name in sections) == {"soma": 1, "dend": 68, "apic": 103}
    assert membrane(sections, "dend") == pytest.approx(10664.4, rel=1e-3)
    assert membrane(sections, "apic") == pytest.approx(16296.8, rel=1e-3)
    assert orders(sections)[1] == 15
    assert len(orders(sections)) == 32


@pytest.mark.parametrize("name", growth.GROWTHS)
def test_single_precision_holds_every_point(name):
    values = {value for point in growth.grow(growth.GROWTHS[name]) for value in point.pt3d()}
    assert all(float(np.float32(value)) == value for value in values)


@pytest.mark.parametrize("name", growth.GROWTHS)
def test_the_middle_point_of_the_soma_is_the_origin(name):
    soma = [point for point in growth.grow(growth.GROWTHS[name]) if point.kind == morphology.SOMA]
    assert soma[len(soma) // 2].pt3d()[:3] == (0.0, 0.0, 0.0)
