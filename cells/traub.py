"""Build the superficial pyramid with fast rhythmic bursts: 74 compartments, eleven currents, a calcium pool (Traub).

The compartments are numbered as in the paper: the first is `soma`, comp_2 to comp_68 are dendrites, comp_69 to comp_74
the axon. Fourteen sections without a membrane (`aux...`) each represent half of the soma or half of the shaft. They
connect other sections to the middle of the soma or of the shaft. cells/traub.hoc is the same cell as a NEURON
template.

Oddities of the original, kept because they define the cell:

- All activation starts at 0 (the activation of the anomalous rectifier at 0.25). A cell that starts from -65 mV
  therefore fires once at 7.4 ms without input. Count spikes from 100 ms on.
- The persistent sodium current (nap) and the fast calcium-dependent potassium current (kc) exist with density 0; `dnap`
  and `dkc` turn them on.
- Rates do not depend on temperature; they are tables from -120 to 40 mV.
- Calcium is counted in arbitrary units, not in mM. Calcium currents reverse at 125 mV by a parameter of their
  mechanisms; no mechanism reads the ion's `e`.

Measured: after the first spike the voltage rises slowly, from -72.07 mV at 95 ms to the rest of -63.45 mV after 2 s.
For a current of 500 ms from 100 ms on, the rheobase is between 0.041 and 0.043 nA. Currents of 0.1, 0.5 and 1.5 nA give
2, 23 and 53 spikes, and -0.2 nA gives two spikes after its end.

Source: Traub, Buhl, Gloveli & Whittington 2003, J. Neurophysiol. 89:909; ModelDB 20756.
"""

from collections.abc import Mapping
from typing import Any

from tuner.library.cells.template import Template

BASAL = [*range(2, 10), *range(14, 22), *range(26, 34)]
OBLIQUE = [*range(10, 14), *range(22, 26), *range(34, 38)]
PROXIMAL = [*range(2, 14), 39]
SHAFT = 38
TUFT = range(45, 69)
DENDRITES = range(2, 69)
AXON = range(69, 75)

# Lengths other than 50 um, diameters other than 1 um.
LENGTHS = {1: 15.0, 69: 25.0}
DIAMETERS = {1: 16.0, SHAFT: 8.0, 39: 7.2, 40: 6.4, **dict.fromkeys(range(41, 45), 4.0), **dict.fromkeys(TUFT, 1.6)}
DIAMETERS |= {69: 1.8, 70: 1.4}

# Parent of each child; a child begins at its parent's end. Children of the soma, and half of the shaft's children,
# begin at the end of a connector instead.
PARENTS: dict[int, int] = {child: child - 12 for child in range(14, 38)}
PARENTS |= {39: SHAFT, 40: 39, 41: 40, 42: 40, 43: 41, 44: 42, 70: 69, 71: 70, 72: 71, 73: 70, 74: 73}
PARENTS |= {**dict.fromkeys(range(45, 49), 43), **dict.fromkeys(range(49, 53), 44)}
PARENTS |= {child: child - 8 for child in range(53, 69)}
ON_SOMA = {**{child: f"aux2to9_{child - 2}" for child in range(2, 10)}, SHAFT: "aux38", 69: "aux69"}
ON_SHAFT = {child: f"aux10to13_{child - 10}" for child in range(10, 14)}
HALF_SOMA = {"L": 7.5, "diam": 16.0}
HALF_SHAFT = {"L": 25.0, "diam": 8.0}

RA_OHM_CM = 250.0
AXON_RA_OHM_CM = 100.0
CM_UF_CM2 = 0.9

# Densities [mS/cm2].
IN_DENDRITES = {"naf": 6.25, "kdr": 0.0, "ka": 2.0, "k2": 0.1}
IN_DENDRITES |= {"kahp": 0.1, "km2": 7.5, "cat": 0.1, "cal": 0.5, "ar": 0.25}
IN_SOMA = {**IN_DENDRITES, "naf": 187.5, "kdr": 125.0, "ka": 30.0}
IN_SHAFT = {**IN_DENDRITES, "naf": 125.0, "kdr": 125.0, "ka": 30.0}
IN_PROXIMAL = {**IN_DENDRITES, "naf": 93.75, "kdr": 93.75}
IN_TUFT = {**IN_DENDRITES, "cal": 3.0}
IN_AXON = {"naf": 400.0, "kdr": 400.0, "ka": 2.0, "k2": 0.1}
DENSITIES = {1: IN_SOMA, **dict.fromkeys(DENDRITES, IN_DENDRITES), **dict.fromkeys(PROXIMAL, IN_PROXIMAL)}
DENSITIES |= {SHAFT: IN_SHAFT, **dict.fromkeys(TUFT, IN_TUFT), **dict.fromkeys(AXON, IN_AXON)}
NAP_OF_NAF = 0.0032
KC = 7.5
WITH_KC = {1, *PROXIMAL, SHAFT}

MECHANISMS = {
    "naf": "traub_naf",
    "nap": "traub_nap",
    "kdr": "traub_kdr",
    "ka": "traub_ka",
    "k2": "traub_k2",
    "kc": "traub_kc",
    "kahp": "traub_kahp",
    "km2": "traub_km2",
    "cat": "traub_cat",
    "cal": "traub_cal",
    "ar": "traub_ar",
}
OWN_REVERSALS_MV = {"cat": 125.0, "cal": 125.0, "ar": -35.0}
LEAK_S_CM2 = 2e-5
AXON_LEAK_S_CM2 = 1e-3
E_PAS_MV = -70.0
AXON_IONS_MV = {"na": 50.0, "k": -95.0}
IONS_MV = {**AXON_IONS_MV, "ca": 125.0}
POOL_BETA = 0.05  # 1/ms
SOMA_POOL_BETA = 0.01

LISTS = {
    "Soma": [1],
    "Dendrites": DENDRITES,
    "SD": [1, *DENDRITES],
    "Basal": BASAL,
    "Oblique": OBLIQUE,
    "Prox": PROXIMAL,
    "Dist": [*range(45, 61), *range(60, 69)],  # contains 60 twice, as in the original
    "Level1": [1],
    "Level2": range(2, 14),
    "Level3": range(14, 26),
    "Level4": range(26, 38),
    "Level5": [38],
    "Level6": [39],
    "Level7": [40],
    "Level8": [41, 42],
    "Level9": [43, 44],
    "Level10": range(45, 53),
    "Level11": range(53, 61),
    "Level12": range(60, 69),
}


def cell_rule(
    dnap: float = 0.0,
    dkc: float = 0.0,
    phi: float = 26000.0,
    ceiling: float = 1000.0,
    naf: float = 1.0,
    kdr: float = 1.0,
    ka: float = 1.0,
    k2: float = 1.0,
    kahp: float = 1.0,
    km2: float = 1.0,
    cat: float = 1.0,
    cal: float = 1.0,
    ar: float = 1.0,
    pas: float = 1.0,
) -> dict[str, Any]:
    """Return the NetPyNE cell rule.

    Parameters
    ----------
    dnap
        Density of nap in soma and dendrites, in units of 0.0032 times the density of naf (0 to 1.25 in the paper).
    dkc
        Density of kc in soma, proximal dendrites and the first compartment of the apical shaft, in units of 7.5 mS/cm2
        (1.6 in the paper).
    phi
        Gain of the calcium pool, in pool units per ms and mA/cm2 of cal.
    ceiling
        Maximum of the calcium pool, in pool units.
    naf, kdr, ka, k2, kahp, km2, cat, cal, ar, pas
        Factor of the density of the current (pas: the leak), wherever the current exists.

    Notes
    -----
    nap and kc make the cell of the paper burst.
    """
    factors = {"naf": naf, "kdr": kdr, "ka": ka, "k2": k2, "kahp": kahp, "km2": km2, "cat": cat, "cal": cal, "ar": ar}
    secs = {}
    for number in sorted(DENSITIES):
        currents = _currents(number, dnap, dkc, factors)
        mechanisms = {"pas": _leak(number, pas), **currents, **_pool(number, phi, ceiling)}
        secs[_name(number)] = {**_place(number), "mechs": mechanisms, "ions": _ions(number)}
    secs["soma"]["spikeGenLoc"] = 0.5
    lists = {name: [_name(number) for number in numbers] for name, numbers in LISTS.items()}
    return {"secs": secs | _connectors(), "secLists": lists}


def _name(number: int) -> str:
    return "soma" if number == 1 else f"comp_{number}"


def _place(number: int) -> dict[str, Any]:
    size = {"L": LENGTHS.get(number, 50.0), "diam": DIAMETERS.get(number, 1.0)}
    resistance = AXON_RA_OHM_CM if number in AXON else RA_OHM_CM
    connector = (ON_SOMA | ON_SHAFT).get(number)
    parent = connector or (_name(PARENTS[number]) if number in PARENTS else None)
    return {
        "geom": {**size, "nseg": 1, "Ra": resistance, "cm": CM_UF_CM2},
        "topol": {"parentSec": parent, "parentX": 1.0, "childX": 0.0} if parent else {},
    }


def _connectors() -> dict[str, dict[str, Any]]:
    """Return the sections that only carry current from the middle of the soma, or of the shaft, to the edge."""
    on_soma = {name: _connector("soma", HALF_SOMA) for name in ON_SOMA.values()}
    return on_soma | {name: _connector(_name(SHAFT), HALF_SHAFT) for name in ON_SHAFT.values()}


def _connector(parent: str, size: Mapping[str, float]) -> dict[str, Any]:
    return {
        "geom": {**size, "nseg": 1, "Ra": RA_OHM_CM, "cm": 0.0},
        "topol": {"parentSec": parent, "parentX": 0.5, "childX": 0.0},
        "mechs": {},
    }


def _leak(number: int, factor: float) -> dict[str, float]:
    density = AXON_LEAK_S_CM2 if number in AXON else LEAK_S_CM2
    return {"g": density * factor, "e": E_PAS_MV}


def _currents(number: int, dnap: float, dkc: float, factors: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """Return the mechanisms of the currents of a compartment."""
    densities = {name: density * factors[name] for name, density in DENSITIES[number].items()}
    if number not in AXON:
        densities |= {"nap": dnap * NAP_OF_NAF * densities["naf"], "kc": dkc * KC if number in WITH_KC else 0.0}
    reversals = {name: {"erev": reversal} for name, reversal in OWN_REVERSALS_MV.items()}
    return {MECHANISMS[name]: {"gbar": value / 1000, **reversals.get(name, {})} for name, value in densities.items()}


def _pool(number: int, phi: float, ceiling: float) -> dict[str, dict[str, Any]]:
    """Return the mechanism of the calcium pool; empty for the axon."""
    if number in AXON:
        return {}
    return {"traub_cad": {"phi": phi, "beta": SOMA_POOL_BETA if number == 1 else POOL_BETA, "ceiling": ceiling}}


def _ions(number: int) -> dict[str, dict[str, Any]]:
    return {ion: {"e": reversal} for ion, reversal in (AXON_IONS_MV if number in AXON else IONS_MV).items()}


class Traub(Template):
    """Provide the cell to NetPyNE's importCellParams, without the lists of sections (cells/traub.hoc has the lists)."""

    rule = staticmethod(cell_rule)
