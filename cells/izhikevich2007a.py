"""Izhikevich 2007a: the simple model of 2007 with a voltage and receptors of its own, of NetPyNE's import tutorial.

V belongs to a point process; the section it stands on is only a place, whose voltage and currents mean nothing: an
IClamp does nothing, input is `Iin` or events, which go to the point process itself. Its receptors are AMPA, NMDA, GABAA
and GABAB: a connection's synMech of one of these names chooses it, any other name or none is AMPA. Weights are in nS; a
fifth weight, of opsin, has no name.

Source: Izhikevich 2007, Dynamical Systems in Neuroscience (MIT Press), chapter 8; Izhikevich & Edelman 2008, PNAS
105:3593, for the receptors (ModelDB 39948); presets in cells/izhikevich2007.py.

Kept because it defines the cell: C is taken for pF, so V moves 100 times as fast as in 2007b, with a burst at the onset
and peaks far beyond vpeak. FS, CH and RTN are beyond the stability range of explicit Euler: V saw-tooths between about
-350 and -44 mV, and rounding decides when FS spikes. Every spike sets all conductances to 0. Strong drive has V of LTS
run away, out of numbers (Iin 600: 24 spikes in 3 ms, then NaN). CoreNEURON detects spikes in voltages of sections only,
so it refuses the cell.

RS: rest -60 mV, rheobase Iin 51.4; 100 and 200 give 16 and 39 spikes in 700 ms.
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
    """The NetPyNE cell rule.

    Those of `C` [pF], `k` [nS/mV], `vr`, `vt`, `vpeak` and `c` [mV], `a` [/ms], `b` [nS], `d` [pA] and `celltype`
    (1 to 7) that are None are the preset's. Of celltype 5 `d` is in mV and `b` is not used; of 6 and 7 `b` holds up to
    -65 mV. `Iin` [pA] is constant from the start, `tau...` [ms] are the conductances' decays. Raises ValueError for a
    preset or a celltype that is not there.
    """
    values = parameters(preset, C=C, k=k, vr=vr, vt=vt, vpeak=vpeak, a=a, b=b, c=c, d=d, celltype=celltype)
    values |= {"tauAMPA": tauAMPA, "tauNMDA": tauNMDA, "tauGABAA": tauGABAA, "tauGABAB": tauGABAB, "tauOpsin": tauOpsin}
    point = {"mod": "Izhikevich2007a", "loc": 0.5, **values, "Iin": Iin, "vref": "V", "synList": list(RECEPTORS)}
    soma = {"geom": dict(HOST), "topol": {}, "pointps": {"Izhikevich2007a_0": point}, "spikeGenLoc": 0.5}
    return {"secs": {"soma": soma}}


class Izhikevich2007a(Template):
    """The cell for importCellParams."""

    rule = staticmethod(cell_rule)
