"""Izhikevich 2003a: the simple model of 2003 with a voltage of its own, V, of NetPyNE's import tutorial.

V belongs to a point process; the section it stands on is only a place, whose voltage and currents mean nothing: an
IClamp does nothing, input is `Iin` or events, which go to the point process itself and not to a synapse, whatever their
synMech. Their weight, of the order of 1 /ms, adds to one conductance that decays with `taug`.

Source: Izhikevich 2003, IEEE Trans. Neural Netw. 14:1569 (ModelDB 39948); presets in cells/izhikevich2003.py.

Kept because it defines the cell: u starts from 0 and not from its rest, so the first tens of ms are a transient. Where
implicit Euler has no solution, which is so within the first spikes of "inhibition-induced bursting", the original ends
the run; from there on a step is here the first of Newton's method, as NEURON does it for the voltage of a section, and
the preset goes on at about the rate of its twin 2003b. CoreNEURON detects spikes in voltages of sections only, so it
refuses the cell.

Rest -70 mV. Rheobase Iin 3.77; 6 and 10 give 10 and 18 spikes in 700 ms.
"""

from typing import Any

from tuner.library.cells.izhikevich import HOST, chosen
from tuner.library.cells.izhikevich2003 import PRESETS
from tuner.library.cells.template import Template


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
    taug: float = 1.0,
    erev: float = 0.0,
) -> dict[str, Any]:
    """The NetPyNE cell rule.

    Those of `a` [/ms], `b` [/ms], `c` [mV] and `d` [mV/ms] that are None are the preset's. `Iin` [mV/ms] is constant
    from the start, `f` [/ms] and `g` [mV/ms] are of the voltage's equation, above `thresh` [mV] V is reset, `taug` [ms]
    and `erev` [mV] are decay and reversal of the conductance. Raises ValueError for a preset that is not there.
    """
    values = {**chosen(PRESETS, preset, a=a, b=b, c=c, d=d), "f": f, "g": g, "Iin": Iin}
    receptor = {"taug": taug, "erev": erev}
    point = {"mod": "Izhikevich2003a", "loc": 0.5, **values, **receptor, "thresh": thresh, "vref": "V"}
    soma = {"geom": dict(HOST), "topol": {}, "pointps": {"Izhikevich2003a_0": point}, "spikeGenLoc": 0.5}
    return {"secs": {"soma": soma}}


class Izhikevich2003a(Template):
    """The cell for importCellParams."""

    rule = staticmethod(cell_rule)
