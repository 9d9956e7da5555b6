"""Build Izhikevich's simple model of 2007 with separate voltage and receptors (from NetPyNE's import tutorial).

The voltage V belongs to a point process. The section only gives the point process a place: voltage and currents of the
section have no meaning, and an IClamp has no effect. Input is `Iin`, or events, which go to the point process itself.
The receptors are AMPA, NMDA, GABAA and GABAB. A connection chooses one by a synMech of that name; with any other name,
or without a synMech, the receptor is AMPA. Weights are in nS. A fifth weight, for opsin, has no name.

Source: Izhikevich 2007, Dynamical Systems in Neuroscience (MIT Press), chapter 8; Izhikevich & Edelman 2008, PNAS
105:3593, for the receptors (ModelDB 39948); presets in cells/izhikevich2007.py.

Oddities of the original, kept because they define the cell:

- C is taken as pF, so V moves 100 times as fast as in 2007b. The cell bursts at the onset, with peaks far above vpeak.
- FS, CH and RTN are beyond the stability range of explicit Euler: V jumps back and forth between about -350 and -44 mV.
  Rounding errors decide when FS spikes.
- Every spike sets all conductances to 0.
- Under strong drive, V of LTS grows without limit (Iin 600: 24 spikes in 3 ms, then NaN).

CoreNEURON refuses the cell, because it detects spikes only in voltages of sections.

Measured for RS: rest -60 mV, rheobase Iin 51.4. Iin of 100 and 200 give 16 and 39 spikes in 700 ms.
"""

from typing import Any

from tuner.library.cells.izhikevich import HOST
from tuner.library.cells.izhikevich2007 import parameters
from tuner.library.cells.template import Template

RECEPTORS = ("AMPA", "NMDA", "GABAA", "GABAB")


def cell_rule(
    preset: str = "RS",
    Iin: float = 0.0,
    C: float | None = None,
    k: float | None = None,
    vr: float | None = None,
    vt: float | None = None,
    vpeak: float | None = None,
    a: float | None = None,
    b: float | None = None,
    c: float | None = None,
    d: float | None = None,
    celltype: int | None = None,
    tauAMPA: float = 5.0,
    tauNMDA: float = 150.0,
    tauGABAA: float = 6.0,
    tauGABAB: float = 150.0,
    tauOpsin: float = 50.0,
) -> dict[str, Any]:
    """Return the NetPyNE cell rule.

    Parameters
    ----------
    preset
        Name of a preset in cells/izhikevich2007.py.
    Iin
        Constant input from the start [pA].
    C, k, vr, vt, vpeak, a, b, c, d
        Capacitance C [pF], gain k [nS/mV], rest vr, threshold vt and peak vpeak [mV]. Recovery and reset: a [/ms],
        b [nS], c [mV], d [pA]. None keeps the preset's value.
    celltype
        Rules for u and the reset, 1 to 7; None for the preset's. For celltype 5, d is in mV and b is not used. For
        celltypes 6 and 7, b holds up to -65 mV.
    tauAMPA, tauNMDA, tauGABAA, tauGABAB, tauOpsin
        Decay of the conductances [ms].

    Raises
    ------
    ValueError
        If the preset or the celltype does not exist.
    """
    values = parameters(preset, C=C, k=k, vr=vr, vt=vt, vpeak=vpeak, a=a, b=b, c=c, d=d, celltype=celltype)
    values |= {"tauAMPA": tauAMPA, "tauNMDA": tauNMDA, "tauGABAA": tauGABAA, "tauGABAB": tauGABAB, "tauOpsin": tauOpsin}
    point = {"mod": "Izhikevich2007a", "loc": 0.5, **values, "Iin": Iin, "vref": "V", "synList": list(RECEPTORS)}
    soma = {"geom": dict(HOST), "topol": {}, "pointps": {"Izhikevich2007a_0": point}, "spikeGenLoc": 0.5}
    return {"secs": {"soma": soma}}


class Izhikevich2007a(Template):
    """Provide the cell to NetPyNE's importCellParams."""

    rule = staticmethod(cell_rule)
