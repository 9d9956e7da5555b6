"""Build Izhikevich's simple model of 2003 with a separate voltage (from NetPyNE's import tutorial).

The voltage V belongs to a point process. The section only gives the point process a place: voltage and currents of the
section have no meaning, and an IClamp has no effect. Input is `Iin`, or events. Events go to the point process
itself and not to a synapse, whatever their synMech. Their weight, of the order of 1 /ms, adds to a single conductance
that decays with `taug`.

Source: Izhikevich 2003, IEEE Trans. Neural Netw. 14:1569 (ModelDB 39948); presets in cells/izhikevich2003.py.

Oddities of the original, kept because they define the cell:

- u starts from 0 and not from its rest, so the first tens of ms are a transient.
- The original ends the run where implicit Euler has no solution. This happens within the first spikes of
  "inhibition-induced bursting". Here, each step from there on is the first step of Newton's method, as in NEURON's
  solution for the voltage of a section. The preset then continues at about the rate of its counterpart in 2003b.

CoreNEURON refuses the cell, because it detects spikes only in voltages of sections.

Measured: rest -70 mV, rheobase Iin 3.77. Iin of 6 and 10 give 10 and 18 spikes in 700 ms.
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
        Voltage above which V is reset [mV].
    taug, erev
        Decay [ms] and reversal [mV] of the conductance.

    Raises
    ------
    ValueError
        If the preset does not exist. The message names the nearest existing name.
    """
    values = {**chosen(PRESETS, preset, a=a, b=b, c=c, d=d), "f": f, "g": g, "Iin": Iin}
    receptor = {"taug": taug, "erev": erev}
    point = {"mod": "Izhikevich2003a", "loc": 0.5, **values, **receptor, "thresh": thresh, "vref": "V"}
    soma = {"geom": dict(HOST), "topol": {}, "pointps": {"Izhikevich2003a_0": point}, "spikeGenLoc": 0.5}
    return {"secs": {"soma": soma}}


class Izhikevich2003a(Template):
    """Provide the cell to NetPyNE's importCellParams."""

    rule = staticmethod(cell_rule)
