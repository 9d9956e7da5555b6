"""The granule cell of 2020 in NEURON: its channels' and its calcium's closed forms, its second run."""

import math

import numpy as np
import pytest

from tests.loops import loop_over
from tuner.library.cells.granule import Granule
from tuner.library.cells.granule2020 import MECHANISMS
from tuner.mechanisms import libraries


@pytest.fixture
def h() -> object:
    libraries.load(libraries.build(libraries.OWN))
    from neuron import h

    h.load_file("stdrun.hoc")
    celsius = h.celsius
    h.dt, h.steps_per_ms, h.celsius = 0.025, 40, 32.0
    yield h
    h.celsius = celsius


@pytest.fixture
def patch(h) -> object:
    """A section with every channel of the cell, without conductance, and its calcium."""
    section = h.Section(name="patch")
    section.L = section.diam = 10.0
    for mechanism in {each for place in MECHANISMS.values() for each in place}:
        section.insert(mechanism)
        values = getattr(section(0.5), mechanism)
        for name in ("gl", "gkbar", "gnabar", "gcabar"):
            if hasattr(values, name):
                setattr(values, name, 0.0)
    return section


def kv34(v: float) -> dict[str, float]:
    q, v = 3 ** ((32 - 37) / 10), v + 11
    early, late = (
        3 * (3.4225e-5 + 0.00498 * math.exp(v / 28.29)),
        0.00012851 + 1 / (math.exp((v + 100.7) / 12.9) + math.exp(-(v - 56) / 23.1)),
    )
    above, below = 0.0012 + 0.0023 * math.exp(-0.141 * v), 1.2202e-5 + 0.012 * math.exp(-(((v + 56.3) / 49.6) ** 2))
    return {
        "m_inf": 1 / (1 + math.exp(-(v + 24) / 15.4)),
        "tau_m": 1000 / q * (early if v < -35 else late),
        "h_inf": 0.31 + 0.69 / (1 + math.exp((v + 5.802) / 11.2)),
        "tau_h": 1000 / q * (above if v > 0 else below),
    }


def kv11(v: float) -> dict[str, float]:
    opening, closing = 0.12889 * math.exp((v + 45) / 33.90877), 0.12889 * math.exp(-(v + 45) / 12.42101)
    return {"n_inf": opening / (opening + closing), "tau_n": 1 / 2.7 / (opening + closing)}


def kv15(v: float) -> dict[str, float]:
    opening = (
        0.65 / (math.exp(-(v + 10) / 8.5) + math.exp(-(v - 30) / 59)),
        0.001 / (2.4 + 10.9 * math.exp(-(v + 90) / 78)),
    )
    closing = 0.65 / (2.5 + math.exp((v + 82) / 17)), 0.001 * math.exp((v - 168) / 16)
    tau_m, tau_n = (1 / (3 * 2.2**-0.5 * (a + b)) for a, b in zip(opening, closing, strict=True))
    return {
        "m_inf": 1 / (1 + math.exp(-(v + 30.3) / 9.6)),
        "tau_m": tau_m,
        "n_inf": 0.25 + 1 / (1.35 + math.exp((v + 7) / 14)),
        "tau_n": tau_n,
        "u_inf": 0.1 + 1 / (1.1 + math.exp((v + 7) / 14)),
    }


def kv22(v: float) -> dict[str, float]:
    slow = 1 / (1 + math.exp(-(v + 46.56) / 44.14))
    m_inf, h_inf = 1 / (1 + math.exp(-(v - 5) / 12)), 1 / (1 + math.exp((v + 16.3) / 4.8))
    return {"m_inf": m_inf, "tau_m": 130 * slow, "h_inf": h_inf, "tau_h": 10000 * slow}


GATES = {"GRC2020_KV34": kv34, "GRC2020_KV11": kv11, "GRC2020_KV15": kv15, "GRC2020_KV22": kv22}


@pytest.mark.simulation
@loop_over("mechanism", GATES)
@loop_over("voltage", [-90.0, -63.75, -46.5, -45.5, -20.0, 0.0, 25.0])
def test_gates(mechanism, voltage, h, patch):
    h.finitialize(voltage)
    wanted, found = GATES[mechanism](voltage), getattr(patch(0.5), mechanism)
    assert {name: getattr(found, name) for name in wanted} == pytest.approx(wanted, rel=1e-9)
    assert {name: getattr(found, name[0]) for name in wanted if name.endswith("inf")} == pytest.approx(
        {name: value for name, value in wanted.items() if name.endswith("inf")}, rel=1e-9
    )


OUTER_GATES = {
    "GRC2020_KV34": lambda x: x.m**3 * x.h,
    "GRC2020_KV11": lambda x: x.n**4,
    "GRC2020_KV15": lambda x: (0.1 + 1 / (1 + math.exp(-(-20.0 - 15) / 13))) * x.m**3 * x.n * x.u,
    "GRC2020_KV22": lambda x: x.m * x.h,
    "GRC2020_KCA11": lambda x: x.O0 + x.O1 + x.O2 + x.O3 + x.O4,
}


@pytest.mark.simulation
@loop_over("mechanism", OUTER_GATES)
def test_currents(mechanism, h, patch):
    found = getattr(patch(0.5), mechanism)
    found.gkbar, patch.ek = 0.002, -88.0
    h.finitialize(-20.0)
    found.gkbar = 0.0
    assert patch(0.5).ik == pytest.approx(0.002 * OUTER_GATES[mechanism](found) * 68.0, rel=1e-9)


def flows(steps: list[tuple[str, str, float, float]]) -> tuple[list[str], np.ndarray]:
    """The states of a scheme and the matrix of its rates: from, to, forward, backward."""
    names = sorted({name for step in steps for name in step[:2]})
    matrix = np.zeros((len(names), len(names)))
    for start, end, forward, backward in steps:
        i, j = names.index(start), names.index(end)
        matrix[[i, j, j, i], [i, i, j, j]] += (-forward, forward, -backward, backward)
    return names, matrix


def big_potassium(v: float, calcium: float) -> list[tuple[str, str, float, float]]:
    thermal = 1000 * 8.31446261815324 * 305.15 / 96485.33212
    opening, closing = math.exp(0.73 * v / thermal), math.exp(-0.67 * v / thermal)
    forward, backward = (0.00239, 0.007, 0.04, 0.295, 0.557), (3.936, 1.152, 0.659, 0.486, 0.092)
    steps = [(f"C{i}", f"O{i}", forward[i] * opening, backward[i] * closing) for i in range(5)]
    for row, dissociation in (("C", 0.011), ("O", 0.0011)):
        binding = [((4 - i) * 1000 * calcium, (i + 1) * 1000 * dissociation) for i in range(4)]
        steps += [(f"{row}{i}", f"{row}{i + 1}", *binding[i]) for i in range(4)]
    return steps


@pytest.mark.simulation
@loop_over("voltage", [-70.0, -20.0, 30.0])
@loop_over("calcium", [45e-6, 1e-3, 0.03])
def test_the_potassium_channel_of_calcium_starts_in_its_steady_state(voltage, calcium, h, patch):
    patch(0.5).GRC2020_CABUFFER.cai0 = calcium
    h.finitialize(voltage)
    names, matrix = flows(big_potassium(voltage, calcium))
    wanted = np.linalg.lstsq(np.vstack([matrix, np.ones(10)]), np.append(np.zeros(10), 1.0), rcond=None)[0]
    found = [getattr(patch(0.5).GRC2020_KCA11, name) for name in names]
    assert found == pytest.approx(wanted, rel=1e-6, abs=1e-12)


def lapsing_sodium(v: float) -> list[tuple[str, str, float, float]]:
    q = 3 ** ((32 - 20) / 10)
    alpha, beta = q * 353.91 * math.exp(v / 13.99), q * 1.272 * math.exp(-v / 13.99)
    a, b, n = (0.75 / 0.025) ** 0.25, (0.002 / 0.5) ** 0.25, (5.422, 3.279, 1.83, 0.738)
    steps = [("C5", "O", 150 * q, 40 * q), ("I5", "I6", 150 * q, 40 * q), ("L5", "L6", 150 * q, 40 * q)]
    steps += [("O", "OB", 1.75 * q, 0.0201 * q * math.exp(-v / 25)), ("O", "I6", 0.75 * q, 0.002 * q)]
    steps += [(f"C{i + 1}", f"C{i + 2}", n[i] * alpha, n[3 - i] * beta) for i in range(4)]
    steps += [(f"I{i + 1}", f"I{i + 2}", n[i] * alpha * a, n[3 - i] * beta * b) for i in range(4)]
    steps += [(f"C{i + 1}", f"I{i + 1}", 0.025 * q * a**i, 0.5 * q * b**i) for i in range(5)]
    steps += [(f"L{i + 1}", f"L{i + 2}", n[i] * alpha * 20, n[3 - i] * alpha * 0.075) for i in (2, 3)]
    steps += [(f"C{i}", f"L{i}", 0.001 * q * 20 ** (i - 3), 0.5 * q * 0.075 ** (i - 3)) for i in (3, 4, 5)]
    return [*steps, ("O", "L6", 0.001 * q * 400, 0.5 * q * 0.075**2)]


@pytest.mark.simulation
@loop_over("voltage", [-60.0, -40.0, 0.0])
def test_the_sodium_channel_steps_implicitly_from_its_closed_state(voltage, h, patch):
    clamp = h.SEClamp(patch(0.5))
    clamp.rs, clamp.dur1, clamp.amp1 = 1e-7, 1e9, voltage
    names, matrix = flows(lapsing_sodium(voltage))
    wanted = np.array([float(name == "C1") for name in names])
    h.finitialize(voltage)
    for steps in (1, 39, 360):
        for _ in range(steps):
            h.fadvance()
            wanted = np.linalg.solve(np.eye(17) - 0.025 * matrix, wanted)
        found = [getattr(patch(0.5).GRC2020_NAFHF, name) for name in names]
        assert found == pytest.approx(wanted, rel=1e-4, abs=1e-9)


PAIRS = [f"C{i}{j}" for i in range(3) for j in range(3)]


def all_calcium(buffer: object, calcium: float) -> float:
    """In the shell [mM], free and bound."""
    in_pairs = sum(sum(map(int, name[1:])) * getattr(buffer, name) for name in PAIRS)
    return calcium + buffer.pumpca + buffer.mobileca + in_pairs + buffer.CF


@pytest.mark.simulation
def test_the_shell_is_the_outermost_of_eleven(h, patch):
    h.finitialize(-70.0)
    depth = 0.5 / 9.9495 / 2
    volume_um2 = math.pi * (0.5 - depth / 2) * 2 * depth * 10.0**2
    assert patch(0.5).GRC2020_CABUFFER.thickness == pytest.approx(volume_um2 / (math.pi * 10.0), rel=1e-12)


@pytest.mark.simulation
def test_all_calcium_that_comes_in_is_in_the_shell_but_for_what_the_pump_moves(h, patch):
    segment, buffer = patch(0.5), patch(0.5).GRC2020_CABUFFER
    patch(0.5).GRC_CA.gcabar = 0.001
    h.finitialize(-20.0)
    before, came, pumped = all_calcium(buffer, segment.cai), 0.0, 0.0
    for _ in range(400):
        h.fadvance()
        came -= segment.ica * 1e4 / (2 * 96485.33 * buffer.thickness) * 0.025
        pumped += 7.255e-5 * buffer.pumpca * 0.025
    assert came > 1e-3
    assert all_calcium(buffer, segment.cai) - before == pytest.approx(came - pumped, rel=1e-6)


@pytest.mark.simulation
def test_calcium_comes_to_the_equilibrium_of_its_buffers(h, patch):
    segment, buffer = patch(0.5), patch(0.5).GRC2020_CABUFFER
    buffer.pumps, buffer.cai0 = 0.0, 2e-4
    h.finitialize(-70.0)
    total = all_calcium(buffer, segment.cai)
    assert buffer.mobileca / buffer.mobile == pytest.approx(0.1435 * 2e-4 / 0.0014, rel=1e-9)
    h.dt = 1.0
    for _ in range(30000):
        h.fadvance()
    once, twice = 1.8 * segment.cai / 0.053, 1.8 * segment.cai / 0.053 * 310 * segment.cai / 0.02
    weights = {name: math.prod((1.0, once, twice)[int(sites)] for sites in name[1:]) for name in PAIRS}
    weights["CF"] = 7.3 * segment.cai / 0.24
    share = 0.9 / sum(weights.values())
    assert all_calcium(buffer, segment.cai) == pytest.approx(total, rel=1e-6)
    assert {name: getattr(buffer, name) for name in weights} == pytest.approx(
        {name: weight * share for name, weight in weights.items()}, rel=1e-3
    )
    assert buffer.mobileca / buffer.mobile == pytest.approx(0.1435 * segment.cai / 0.0014, rel=1e-4)


def spiking(h: object, **options: object) -> tuple:
    """The cell without fibres at 22 pA from the start, and vectors of its voltage and its dendrite's calcium."""
    cell = Granule(variant="2020", parallel_fibres=False, **options)
    clamp = h.IClamp(cell._sections["soma"](0.5))
    clamp.dur, clamp.amp = 1e9, 0.022
    watched = cell._sections["soma"](0.5)._ref_v, cell._sections["dend_0"](0.5)._ref_cai
    return cell, clamp, [h.Vector().record(each) for each in watched]


def again(h: object, vectors: list) -> np.ndarray:
    h.finitialize(-70.0)
    h.continuerun(30.0)
    return np.array(vectors)


@pytest.mark.simulation
def test_the_second_run_is_the_first(h):
    *_kept, vectors = spiking(h)
    first = again(h, vectors)
    assert first[0].max() > 20
    np.testing.assert_array_equal(again(h, vectors), first)


@pytest.mark.simulation
def test_a_cell_of_its_own_temperature_is_the_same_among_colder_ones(h):
    *_kept, vectors = spiking(h, temperature=32.0)
    warm = again(h, vectors)
    h.celsius = 6.3
    np.testing.assert_array_equal(again(h, vectors), warm)
