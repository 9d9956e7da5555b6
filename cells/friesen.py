"""Build Friesen's regular-spiking cell, with a spike pasted onto the axon (MakeRSFCELL of NetPyNE's import tutorial).

Three passive compartments follow each other in a row: axon (the root), soma and dendrite. The soma has an A-type
potassium current. On the axon a point process opens a sodium conductance for 0.9 ms where the voltage rises above
-40 mV, and then a potassium conductance that grows with every spike.

Source: the tutorial, which names no paper.

Oddities of the original, kept because they define the cell:

- The axial resistances were meant to give 85 nS for the soma and 50 nS for the other two compartments. By a slip, the
  soma has the dendrite's value, and the dendrite has 1 ohm cm.
- Axon and dendrite have 25 and 5 times the capacitance of a membrane.
- During a spike the soma stays below about 0 mV, so spikes are detected on the axon.

The synapses of the original are left out: NetPyNE drops them when it imports the cell.

Measured: rest -65.0 mV, rheobase 0.73 nA at the soma. Currents of 1, 3 and 5 nA for 500 ms give 9, 40 and 46 spikes.
The last is the maximum that the refractoriness allows, 91 Hz. In the tutorial a spike train drives the cell with 5 uS.
"""

from typing import Any

from tuner.library.cells import nearest
from tuner.library.cells.template import Template

AXON = {"L": 200.0, "diam": 1.0, "nseg": 1, "Ra": 15.707963267948964, "cm": 25.098734525591897}  # um, ohm cm, uF/cm2
SOMA = {"L": 30.0, "diam": 30.0, "nseg": 1, "Ra": 25.13274122871834, "cm": 1.0}
DENDRITE = {"L": 500.0, "diam": 2.0, "nseg": 1, "Ra": 1.0, "cm": 5.01974690511838}
# The densities give each section a leak of 8.3 nS.
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
    """Return the NetPyNE cell rule of Friesen's cell.

    Parameters
    ----------
    gmax_a
        Peak A-type potassium conductance [S/cm2].
    **spike
        Parameters of the pasted spike:

        - vth: threshold [mV]
        - vthinc, tauvtha: rise of the threshold with each spike [mV], and time constant of its decay [ms]
        - gnamax, ena: sodium conductance [uS] and reversal [mV]
        - apdur: time for which the sodium conductance is open [ms]
        - gkbase, ek: potassium conductance after the spike [uS] and reversal [mV]
        - gkinc, taugka: growth of that conductance with each spike [uS], and time constant of its decay [ms]
        - tauk, gkmin: time constant of the potassium decay [ms], and its lower limit [uS]
        - refrac: minimum time from one onset to the next [ms]
        - checkref: 1 if a cell above threshold at the end of refractoriness spikes again at once; 0 if the voltage must
          first fall below threshold

    Raises
    ------
    ValueError
        If a parameter does not exist. The message names the nearest existing name.
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
    """Return a passive section that is attached to the end of the parent."""
    topology = {"parentSec": parent, "parentX": 1.0, "childX": 0.0} if parent else {}
    return {"geom": dict(geometry), "topol": topology, "mechs": {"pas": {"g": LEAK_S_CM2[name], "e": EL_MV}}}


class Friesen(Template):
    """Provide Friesen's cell to NetPyNE's importCellParams."""

    rule = staticmethod(cell_rule)
