"""Izhikevich 2003b: the simple model of 2003 in a section's voltage, of NetPyNE's import tutorial.

The section has 0.99 pF, so 0.001 nA of an IClamp is 1 of Iin; an ordinary synapse of 0.1 uS is 100 /ms, which is
enormous. The model's own current is not divided by 0.99 pF but by 1 pF: all is 1 % faster than in the equations.

Source: Izhikevich 2003, IEEE Trans. Neural Netw. 14:1569 (ModelDB 39948); presets in cells/izhikevich2003.py.

Kept because it defines the cell: v starts from -65 mV, whatever v_init, and u from 0 and not from its rest, so the
first tens of ms are a transient. "accomodation" and "inhibition-induced spiking" fire without input. u of
the two that are induced by inhibition goes away from its target; should it grow beyond some 1e7 mV/ms, which takes a
strong input and seconds, NEURON ends the run.

Rest -70 mV. Rheobase 0.0035 nA; 0.006 and 0.010 nA for 500 ms give 8 and 14 spikes.
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
    """The NetPyNE cell rule.

    Those of `a` [/ms], `b` [/ms], `c` [mV] and `d` [mV/ms] that are None are the preset's. `Iin` [mV/ms] is constant
    from the start, `f` [/ms] and `g` [mV/ms] are of the voltage's equation, above `thresh` [mV] v is reset. Raises
    ValueError for a preset that is not there.
    """
    values = {**chosen(PRESETS, preset, a=a, b=b, c=c, d=d), "f": f, "g": g, "Iin": Iin, "thresh": thresh}
    point = {"mod": "Izhikevich2003b", "loc": 0.5, **values, "capacitance": CAPACITANCE_PF}
    soma = {"geom": dict(SOMA), "topol": {}, "pointps": {"Izhikevich2003b_0": point}, "spikeGenLoc": 0.5}
    return {"secs": {"soma": soma}}


class Izhikevich2003b(Template):
    """The cell for importCellParams."""

    rule = staticmethod(cell_rule)
