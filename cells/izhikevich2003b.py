"""Build Izhikevich's simple model of 2003 on the voltage of a section (from NetPyNE's import tutorial).

The section has 0.99 pF, so 0.001 nA of an IClamp correspond to an Iin of 1. An ordinary synapse of 0.1 uS corresponds
to 100 /ms, which is enormous. The mechanism computes its current for 1 pF, so on 0.99 pF everything is 1 % faster
than in the equations.

Source: Izhikevich 2003, IEEE Trans. Neural Netw. 14:1569 (ModelDB 39948); presets in cells/izhikevich2003.py.

Oddities of the original, kept because they define the cell:

- v starts from -65 mV, whatever v_init is.
- u starts from 0 and not from its rest, so the first tens of ms are a transient.
- "accomodation" and "inhibition-induced spiking" fire without input.
- In the two presets that are induced by inhibition, u moves away from its target. NEURON ends the run if u exceeds
  about 1e7 mV/ms, which takes a strong input and seconds.

Measured: rest -70 mV, rheobase 0.0035 nA. Currents of 0.006 and 0.010 nA for 500 ms give 8 and 14 spikes.
"""

from math import pi
from typing import Any

from tuner.library.cells.izhikevich import chosen
from tuner.library.cells.izhikevich2003 import PRESETS
from tuner.library.cells.template import Template

SOMA = {"L": 6.3, "diam": 5.0, "nseg": 1, "Ra": 35.4, "cm": 1.0}  # um, ohm cm, uF/cm2
CAPACITANCE_PF = pi * SOMA["L"] * SOMA["diam"] * SOMA["cm"] / 100


def cell_rule(
    preset: str = "tonic spiking",
    Iin: float = 0.0,
    a: float | None = None,
    b: float | None = None,
    c: float | None = None,
    d: float | None = None,
    f: float = 5.0,
    g: float = 140.0,
    thresh: float = 30.0,
) -> dict[str, Any]:
    """Return the NetPyNE cell rule.

    Parameters
    ----------
    preset
        Name of a preset in cells/izhikevich2003.py.
    Iin
        Constant input from the start [mV/ms].
    a, b, c, d
        Recovery and reset: a [/ms], b [/ms], c [mV], d [mV/ms]. None keeps the preset's value.
    f, g
        Coefficients of the voltage equation [/ms] and [mV/ms].
    thresh
        Voltage above which v is reset [mV].

    Raises
    ------
    ValueError
        If the preset does not exist. The message names the nearest existing name.
    """
    values = {**chosen(PRESETS, preset, a=a, b=b, c=c, d=d), "f": f, "g": g, "Iin": Iin, "thresh": thresh}
    point = {"mod": "Izhikevich2003b", "loc": 0.5, **values, "capacitance": CAPACITANCE_PF}
    soma = {"geom": dict(SOMA), "topol": {}, "pointps": {"Izhikevich2003b_0": point}, "spikeGenLoc": 0.5}
    return {"secs": {"soma": soma}}


class Izhikevich2003b(Template):
    """Provide the cell to NetPyNE's importCellParams."""

    rule = staticmethod(cell_rule)
