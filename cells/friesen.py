"""Friesen: a regular-spiking cell whose spike is pasted onto its axon, of NetPyNE's import tutorial (MakeRSFCELL).

Three passive compartments in a row, axon (the root), soma and dendrite, the soma with an A-type potassium current. On
the axon a point process opens a sodium conductance for 0.9 ms where the voltage rises above -40 mV, then a potassium
conductance that grows with every spike. Source: the tutorial, which names no paper.

Kept because it defines the cell: the axial resistances, meant for 85 nS of the soma and 50 nS of the other two, are off
by a slip, the soma having the dendrite's and the dendrite 1 ohm cm; axon and dendrite have 25 and 5 times a membrane's
capacitance. The soma stays below some 0 mV in a spike: it is detected on the axon. Left out are the synapses of the
original, which NetPyNE drops as it imports it.

Rest -65.0 mV, rheobase 0.73 nA at the soma; 1, 3 and 5 nA for 500 ms give 9, 40 and 46 spikes, the 91 Hz that the
refractoriness allows. In the tutorial a train drives it with 5 uS.
"""

from typing import Any

from tuner.library.cells import nearest
from tuner.library.cells.template import Template

AXON = {"L": 200.0, "diam": 1.0, "nseg": 1, "Ra": 15.707963267948964, "cm": 25.098734525591897}  # um, ohm cm, uF/cm2
SOMA = {"L": 30.0, "diam": 30.0, "nseg": 1, "Ra": 25.13274122871834, "cm": 1.0}
DENDRITE = {"L": 500.0, "diam": 2.0, "nseg": 1, "Ra": 1.0, "cm": 5.01974690511838}
# 8.3 nS each.
LEAK_S_CM2 = {"axon": 1.3209860276627314e-3, "soma": 2.935524505917181e-4, "dend": 2.641972055325463e-4}
EL_MV = -65.0
A_CURRENT = {
    "erev": -82.0,  # mV
    "vhalfm": -24.0,
    "vsteepm": 3.2,
    "vhalfh": 8.0,
    "vsteeph": -4.9,
    "taum": 82.0,  # ms
    "tauh": 5.0,
}
SPIKE = {
    "gkbase": 0.091,  # uS
    "gkinc": 0.013,
    "gkmin": 1e-5,
    "gnamax": 0.6,
    "taugka": 69.0,  # ms
    "tauk": 2.3,
    "tauvtha": 1.0,
    "apdur": 0.9,
    "refrac": 1000.0 / 91.0,
    "vth": -40.0,  # mV
    "vthinc": 0.0,
    "ena": 55.0,
    "ek": -82.0,
    "checkref": 1.0,
}


def cell_rule(gmax_a: float = 0.005128325944072184, **spike: float) -> dict[str, Any]:
    """The NetPyNE cell rule.

    `gmax_a` [S/cm2] is the peak A-type conductance. `spike` are parameters of the pasted spike:
    `vth` [mV] its threshold, which each spike raises by `vthinc` [mV], forgotten with `tauvtha` [ms];
    `gnamax` [uS] and `ena` [mV] its sodium, open for `apdur` [ms];
    `gkbase` [uS] and `ek` [mV] the potassium that follows, `gkinc` [uS] more with every spike, forgotten with `taugka`
    [ms]; it decays with `tauk` [ms] to no less than `gkmin` [uS];
    `refrac` [ms] from one onset to the next at the least; in a cell that is above threshold at its end the next spike
    starts at once, with `checkref` 0 none before the voltage has been below.

    Raises ValueError for another, with the nearest.
    """
    for name in spike:
        if name not in SPIKE:
            raise ValueError(f"the cell has no parameter {name!r}; {nearest(name, ['gmax_a', *SPIKE])}")
    pasted = {"mod": "FriesenSpike", "loc": 0.5, **SPIKE, **spike}
    axon = {**_section("axon", AXON, None), "pointps": {"FriesenSpike_0": pasted}, "spikeGenLoc": 0.5}
    soma = _section("soma", SOMA, "axon")
    soma["mechs"]["friesen_a"] = {"gmax": gmax_a, **A_CURRENT}
    soma["ions"] = {"k": {"e": -77.0}}
    return {"secs": {"axon": axon, "soma": soma, "dend": _section("dend", DENDRITE, "soma")}}


def _section(name: str, geometry: dict[str, Any], parent: str | None) -> dict[str, Any]:
    """A passive section at its parent's end."""
    topology = {"parentSec": parent, "parentX": 1.0, "childX": 0.0} if parent else {}
    return {"geom": dict(geometry), "topol": topology, "mechs": {"pas": {"g": LEAK_S_CM2[name], "e": EL_MV}}}


class Friesen(Template):
    """The cell, for importCellParams."""

    rule = staticmethod(cell_rule)
