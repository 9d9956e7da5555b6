"""The superficial pyramid's geometry and densities, its options, and the kinetics that no recording has."""

import math
from collections.abc import Callable

import pytest

from tests.loops import loop_over
from tuner.library import cells

DENSITIES = "naf kdr ka k2 kc kahp km2 cat cal ar nap".split()
# Of the published table the first and the last section of each kind: parent, where on it, length and diameter [um],
# densities [mS/cm2].
SECTIONS = """
aux2to9_0   soma        0.5 7.5 16
aux2to9_7   soma        0.5 7.5 16
aux38       soma        0.5 7.5 16
aux69       soma        0.5 7.5 16
aux10to13_0 comp_38     0.5 25  8
aux10to13_3 comp_38     0.5 25  8
comp_2      aux2to9_0   1   50  1   93.75 93.75 2  0.1 0 0.1 7.5 0.1 0.5 0.25 0
comp_9      aux2to9_7   1   50  1   93.75 93.75 2  0.1 0 0.1 7.5 0.1 0.5 0.25 0
comp_10     aux10to13_0 1   50  1   93.75 93.75 2  0.1 0 0.1 7.5 0.1 0.5 0.25 0
comp_13     aux10to13_3 1   50  1   93.75 93.75 2  0.1 0 0.1 7.5 0.1 0.5 0.25 0
comp_14     comp_2      1   50  1   6.25  0     2  0.1 0 0.1 7.5 0.1 0.5 0.25 0
comp_25     comp_13     1   50  1   6.25  0     2  0.1 0 0.1 7.5 0.1 0.5 0.25 0
comp_26     comp_14     1   50  1   6.25  0     2  0.1 0 0.1 7.5 0.1 0.5 0.25 0
comp_37     comp_25     1   50  1   6.25  0     2  0.1 0 0.1 7.5 0.1 0.5 0.25 0
comp_38     aux38       1   50  8   125   125   30 0.1 0 0.1 7.5 0.1 0.5 0.25 0
comp_39     comp_38     1   50  7.2 93.75 93.75 2  0.1 0 0.1 7.5 0.1 0.5 0.25 0
comp_40     comp_39     1   50  6.4 6.25  0     2  0.1 0 0.1 7.5 0.1 0.5 0.25 0
comp_41     comp_40     1   50  4   6.25  0     2  0.1 0 0.1 7.5 0.1 0.5 0.25 0
comp_42     comp_40     1   50  4   6.25  0     2  0.1 0 0.1 7.5 0.1 0.5 0.25 0
comp_43     comp_41     1   50  4   6.25  0     2  0.1 0 0.1 7.5 0.1 0.5 0.25 0
comp_44     comp_42     1   50  4   6.25  0     2  0.1 0 0.1 7.5 0.1 0.5 0.25 0
comp_45     comp_43     1   50  1.6 6.25  0     2  0.1 0 0.1 7.5 0.1 3   0.25 0
comp_48     comp_43     1   50  1.6 6.25  0     2  0.1 0 0.1 7.5 0.1 3   0.25 0
comp_49     comp_44     1   50  1.6 6.25  0     2  0.1 0 0.1 7.5 0.1 3   0.25 0
comp_52     comp_44     1   50  1.6 6.25  0     2  0.1 0 0.1 7.5 0.1 3   0.25 0
comp_53     comp_45     1   50  1.6 6.25  0     2  0.1 0 0.1 7.5 0.1 3   0.25 0
comp_61     comp_53     1   50  1.6 6.25  0     2  0.1 0 0.1 7.5 0.1 3   0.25 0
comp_68     comp_60     1   50  1.6 6.25  0     2  0.1 0 0.1 7.5 0.1 3   0.25 0
comp_69     aux69       1   25  1.8 400   400   2  0.1
comp_70     comp_69     1   50  1.4 400   400   2  0.1
comp_71     comp_70     1   50  1   400   400   2  0.1
comp_72     comp_71     1   50  1   400   400   2  0.1
comp_73     comp_70     1   50  1   400   400   2  0.1
comp_74     comp_73     1   50  1   400   400   2  0.1
"""
ROWS = {name: row for name, *row in map(str.split, SECTIONS.strip().splitlines())}


def _densities(section: dict) -> list[float]:
    present = [section["mechs"][f"traub_{name}"] for name in DENSITIES if f"traub_{name}" in section["mechs"]]
    return [1000 * values["gbar"] for values in present]


@loop_over("name", ROWS)
def test_is_as_published(name):
    section = cells.load("traub")["secs"][name]
    parent, at, length, diameter, *densities = ROWS[name]
    assert section["topol"] == {"parentSec": parent, "parentX": float(at), "childX": 0.0}
    assert [section["geom"][key] for key in ("L", "diam")] == [float(length), float(diameter)]
    assert _densities(section) == pytest.approx([float(density) for density in densities], rel=1e-12)


def test_the_soma_is_as_published():
    soma = cells.load("traub")["secs"]["soma"]
    assert soma["topol"] == {}
    assert soma["geom"] == {"L": 15.0, "diam": 16.0, "nseg": 1, "Ra": 250.0, "cm": 0.9}
    assert _densities(soma) == pytest.approx([187.5, 125, 30, 0.1, 0, 0.1, 7.5, 0.1, 0.5, 0.25, 0], rel=1e-12)


def test_membrane_and_connectors_are_as_published():
    secs = cells.load("traub")["secs"]
    bare = {name: section for name, section in secs.items() if not section["mechs"]}
    axon = [f"comp_{number}" for number in range(69, 75)]
    assert len(secs) == 88 and len(bare) == 14
    assert {section["geom"]["cm"] for section in bare.values()} == {0.0}
    assert {section["geom"]["cm"] for name, section in secs.items() if name not in bare} == {0.9}
    assert [name for name, section in secs.items() if section["geom"]["Ra"] == 100.0] == axon
    assert [name for name, section in secs.items() if section["mechs"].get("pas", {}).get("g") == 1e-3] == axon
    assert secs["soma"]["mechs"]["traub_cad"] == {"phi": 26000.0, "beta": 0.01, "ceiling": 1000.0}
    pools = [section["mechs"]["traub_cad"]["beta"] for section in secs.values() if "traub_cad" in section["mechs"]]
    assert pools == [0.01] + [0.05] * 67


def test_lists_are_the_originals():
    lists = cells.load("traub")["secLists"]
    assert lists["Soma"] == lists["Level1"] == ["soma"]
    sizes = {"SD": 68, "Dendrites": 67, "Basal": 24, "Oblique": 12, "Prox": 13, "Dist": 25, "Level11": 8, "Level12": 9}
    assert {name: len(lists[name]) for name in sizes} == sizes
    assert lists["Dist"].count("comp_60") == 2 and len(set(lists["Dist"])) == 24
    assert len(lists) == 19


def test_bursting_currents_are_turned_on_where_the_paper_has_them():
    secs = cells.load("traub", dnap=1.25, dkc=1.6, naf=2.0)["secs"]
    kc = {name for name, section in secs.items() if section["mechs"].get("traub_kc", {"gbar": 0})["gbar"] > 0}
    assert kc == {"soma", "comp_38", *cells.load("traub")["secLists"]["Prox"]}
    assert secs["soma"]["mechs"]["traub_kc"]["gbar"] == pytest.approx(0.012)
    assert secs["soma"]["mechs"]["traub_nap"]["gbar"] == pytest.approx(1.25 * 0.0032 * 2 * 0.1875)
    assert secs["comp_68"]["mechs"]["traub_nap"]["gbar"] == pytest.approx(1.25 * 0.0032 * 2 * 0.00625)
    assert "traub_nap" not in secs["comp_69"]["mechs"]


@loop_over("name", ["naf", "kdr", "ka", "k2", "kahp", "km2", "cat", "cal", "ar"])
def test_a_factor_scales_its_current_everywhere_and_no_other(name):
    plain, scaled = cells.load("traub")["secs"], cells.load("traub", **{name: 3.0})["secs"]
    for section in plain:
        mechanisms = plain[section]["mechs"]
        if f"traub_{name}" in mechanisms:
            mechanisms[f"traub_{name}"]["gbar"] *= 3.0
            assert scaled[section]["mechs"][f"traub_{name}"] == pytest.approx(mechanisms[f"traub_{name}"])
        assert scaled[section]["mechs"].keys() == mechanisms.keys()
        others = {key: value for key, value in mechanisms.items() if key != f"traub_{name}"}
        assert {key: scaled[section]["mechs"][key] for key in others} == others


def test_leak_and_pool_are_options():
    secs = cells.load("traub", pas=0.5, phi=100.0, ceiling=7.0)["secs"]
    assert [secs[name]["mechs"]["pas"]["g"] for name in ("soma", "comp_68", "comp_69")] == [1e-5, 1e-5, 5e-4]
    assert secs["comp_20"]["mechs"]["traub_cad"] == {"phi": 100.0, "beta": 0.05, "ceiling": 7.0}
    with pytest.raises(ValueError, match="nafs"):
        cells.load("traub", nafs=2.0)


def _nap(v: float) -> tuple[float, float]:
    """Steady state and time constant [ms]."""
    slow = 0.025 + 0.14 * math.exp((v + 40) / 10) if v < -40 else 0.02 + 0.145 * math.exp(-(v + 40) / 10)
    return 1 / (1 + math.exp(-(v + 48) / 10)), slow


def _kc(v: float) -> tuple[float, float]:
    """Rates of opening and closing [1/ms]."""
    falling = 2 * math.exp(-(v + 53.5) / 27)
    opening = math.exp((v + 50) / 11 - (v + 53.5) / 27) / 18.975 if v < -10 else falling
    return opening, falling - opening


def _tabulated(values: Callable[[float], tuple[float, float]], v: float) -> list[float]:
    """As the original reads its rates: by straight lines between 642 voltages."""
    place = min(max((v + 120) * 641 / 160, 0), 641)
    low = min(int(place), 640)
    pairs = zip(values(-120 + low * 160 / 641), values(-120 + (low + 1) * 160 / 641), strict=True)
    return [before + (after - before) * (place - low) for before, after in pairs]


@pytest.fixture
def held():
    """A section whose capacitance keeps its voltage where it starts."""
    from neuron import h

    from tuner.mechanisms import libraries

    libraries.load(libraries.build(libraries.OWN))
    section = h.Section(name="held")
    section.L = section.diam = 10
    section.cm = 1e12
    h.dt = 0.025
    return section


def _advance(v: float, steps: int, before: Callable[[], None] = lambda: None) -> None:
    from neuron import h

    h.finitialize(v)
    before()
    for _ in range(steps):
        h.fadvance()
    h.fcurrent()


@pytest.mark.simulation
@loop_over("v", [-150.0, -70.1, -45.3, -40.0, -30.2, 10.0, 39.9, 60.0])
def test_persistent_sodium_current_opens_as_published(v, held):
    held.insert("traub_nap").gbar_traub_nap = 1e-3
    held.ena = 50
    steady, tau = _tabulated(_nap, v)
    _advance(v, steps=4)
    m = steady * (1 - math.exp(-0.1 / tau))
    assert held(0.5).traub_nap.m == pytest.approx(m, rel=1e-9)
    assert held.ina == pytest.approx(1e-3 * m * (v - 50), rel=1e-9)


@pytest.mark.simulation
@loop_over("v", [-150.0, -60.1, -20.2, -9.8, 20.3, 60.0])
@loop_over(("cai", "share"), [(0.0, 0.0), (100.0, 0.4), (249.0, 0.996), (600.0, 1.0)])
def test_fast_calcium_dependent_potassium_current_opens_as_published(v, cai, share, held):
    held.insert("traub_kc").gbar_traub_kc = 1e-3
    held.ek = -95
    opening, closing = _tabulated(_kc, v)
    _advance(v, steps=40, before=lambda: setattr(held(0.5), "cai", cai))
    m = opening / (opening + closing) * (1 - math.exp(-(opening + closing)))
    assert held(0.5).traub_kc.m == pytest.approx(m, rel=1e-9)
    assert held.ik == pytest.approx(1e-3 * m * share * (v + 95), rel=1e-9)


@pytest.mark.simulation
def test_pool_empties_and_never_holds_more_than_its_ceiling(held):
    held.insert("traub_cad").beta_traub_cad = 0.05
    _advance(-65.0, steps=40, before=lambda: setattr(held(0.5), "cai", 500.0))
    assert held.cai == pytest.approx(500 * math.exp(-0.05), rel=1e-12)
    held.ceiling_traub_cad = 100.0
    _advance(-65.0, steps=1, before=lambda: setattr(held(0.5), "cai", 500.0))
    assert held.cai == 100.0


@pytest.mark.simulation
def test_a_second_run_of_one_cell_is_the_first():
    from neuron import h

    from tuner.library.cells.traub import Traub
    from tuner.mechanisms import libraries

    libraries.load(libraries.build(libraries.OWN))
    cell = Traub(dnap=1.0, dkc=1.6)
    soma = cell.all_sec[0]
    clamp = h.IClamp(soma(0.5))
    clamp.dur, clamp.amp = 1e9, 1.0
    voltage = h.Vector().record(soma(0.5)._ref_v)
    h.dt = 0.025
    runs = []
    for _ in range(2):
        h.finitialize(-65.0)
        while h.t < 50:
            h.fadvance()
        runs.append(voltage.to_python())
    assert max(runs[0]) > 20 and runs[0] == runs[1]
