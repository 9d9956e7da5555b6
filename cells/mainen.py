"""Mainen: the two-compartment pyramidal cell of Mainen & Sejnowski, of NetPyNE's import tutorial (class PYR2).

An axo-somatic compartment of 100 um2 with the spike's channels, and a dendrite of 16500 um2 behind 10 Mohm with few
fast and all slow ones. Source: Mainen & Sejnowski 1996, Nature 382:363 (ModelDB 2488).

Kept because it defines the cell: its channels are made for 37 degC, where 2.3^((celsius - 23) / 10), by which the rates
are multiplied and the conductances too, is 3.21; at the 6.3 degC at which NetPyNE simulates by default it is 0.25, and
the cell is slow and weak. The class asks for a calcium reversal fixed at 140 mV, which it does not get: the pool
writes cai, so NEURON has eca follow it (108.7 mV at rest at 6.3 degC) and overwrite the 140 mV given here.

Rest -69.98 mV. At 6.3 degC: rheobase 0.084 nA; 0.1 and 0.2 nA for 500 ms give 3 and 6 spikes, somewhat more blocks it.
At 37 degC: 0.1, 0.4 and 0.8 nA give 20, 57 and 7 spikes.
"""

from math import pi
from typing import Any

from tuner.library.cells.template import Template

# The dendrite's axial resistance makes the 10 Mohm.
SOMA = {"L": 10.0, "diam": 10.0 / pi, "nseg": 1, "Ra": 100.0, "cm": 0.75}  # um, ohm cm, uF/cm2
DENDRITE = {"L": 1650.0, "diam": 10.0 / pi, "nseg": 1, "Ra": 9.645754126781535, "cm": 0.75}
PASSIVE_S_CM2_MV = {"g": 1.0 / 30000.0, "e": -70.0}
POOL = {"depth": 1.0, "taur": 5.0, "cainf": 2.4e-4}  # um, ms, mM
SODIUM_SHIFT_MV = -10.0
REVERSALS_MV = {"na": 60.0, "k": -90.0, "ca": 140.0}
NO_TEMPERATURE = -1000.0


def cell_rule(
    gmax_naz_soma: float = 30000.0,
    gmax_kv_soma: float = 1500.0,
    gmax_naz_dend: float = 15.0,
    gmax_km_dend: float = 0.1,
    gmax_kca_dend: float = 3.0,
    gmax_nca_dend: float = 0.3,
    *,
    soma_pas: bool = False,
    temperature: float | None = None,
) -> dict[str, Any]:
    """The NetPyNE cell rule.

    `gmax_<channel>_<section>` [pS/um2] are peak conductances at 23 degC: naz fast sodium, kv delayed rectifier, km
    muscarinic potassium, kca potassium opened by calcium, nca calcium. `soma_pas` gives the soma the dendrite's leak.
    `temperature` [degC] is the cell's own in a network of another, its calcium reversal's too; None is the network's.
    """
    own = {"temperature": NO_TEMPERATURE if temperature is None else temperature}
    sodium = {"vshift": SODIUM_SHIFT_MV, **own}
    soma = {
        "mainen_naz": {"gmax": gmax_naz_soma, **sodium},
        "mainen_kv": {"gmax": gmax_kv_soma, **own},
    }
    dendrite = {
        "pas": dict(PASSIVE_S_CM2_MV),
        "mainen_naz": {"gmax": gmax_naz_dend, **sodium},
        "mainen_km": {"gmax": gmax_km_dend, **own},
        "mainen_kca": {"gmax": gmax_kca_dend, **own},
        "mainen_nca": {"gmax": gmax_nca_dend, **own},
        "mainen_cadad": dict(POOL),
    }
    if soma_pas:
        soma["pas"] = dict(PASSIVE_S_CM2_MV)
    return {"secs": {"soma": _soma(soma), "dend": _dendrite(dendrite)}}


def _soma(mechanisms: dict[str, Any]) -> dict[str, Any]:
    return {
        "geom": dict(SOMA),
        "topol": {},
        "mechs": mechanisms,
        "ions": _reversals("na", "k"),
        "spikeGenLoc": 0.5,
    }


def _dendrite(mechanisms: dict[str, Any]) -> dict[str, Any]:
    return {
        "geom": dict(DENDRITE),
        "topol": {"parentSec": "soma", "parentX": 0.5, "childX": 0.0},
        "mechs": mechanisms,
        "ions": _reversals("na", "k", "ca"),
    }


def _reversals(*ions: str) -> dict[str, dict[str, float]]:
    return {ion: {"e": REVERSALS_MV[ion]} for ion in ions}


class Mainen(Template):
    """The cell, for importCellParams."""

    rule = staticmethod(cell_rule)
