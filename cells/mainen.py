"""Build the two-compartment pyramidal cell of Mainen & Sejnowski (class PYR2 of NetPyNE's import tutorial).

The axo-somatic compartment of 100 um2 has the channels of the spike. The dendrite of 16500 um2 is coupled to it by 10
Mohm and has few fast channels and all slow ones.

Source: Mainen & Sejnowski 1996, Nature 382:363 (ModelDB 2488).

Oddities of the original, kept because they define the cell:

- The channels are made for 37 degC. Rates and conductances are both multiplied by 2.3^((celsius - 23) / 10), which is
  3.21 at 37 degC. At 6.3 degC, NetPyNE's default, the factor is 0.25, and the cell is slow and weak.
- The class asks for a fixed calcium reversal of 140 mV, but the pool writes cai. NEURON therefore computes eca from cai
  (108.7 mV at rest at 6.3 degC) and overwrites the 140 mV given here.

Measured: rest -69.98 mV. At 6.3 degC the rheobase is 0.084 nA. Currents of 0.1 and 0.2 nA for 500 ms give 3 and 6
spikes, and a somewhat larger current blocks the cell. At 37 degC, 0.1, 0.4 and 0.8 nA give 20, 57 and 7 spikes.
"""

from math import pi
from typing import Any

from tuner.library.cells.template import Template

# The axial resistance of the dendrite gives the 10 Mohm between the compartments.
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
    """Return the NetPyNE cell rule.

    Parameters
    ----------
    gmax_naz_soma, gmax_kv_soma, gmax_naz_dend, gmax_km_dend, gmax_kca_dend, gmax_nca_dend
        Peak conductances at 23 degC [pS/um2], named by channel and section: naz fast sodium, kv delayed rectifier, km
        muscarinic potassium, kca calcium-activated potassium, nca calcium.
    soma_pas
        If true, the soma also has the leak of the dendrite.
    temperature
        Temperature of this cell and of its calcium reversal [degC]; None for the temperature of the network.
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
    """Provide the cell to NetPyNE's importCellParams."""

    rule = staticmethod(cell_rule)
