"""Build Izhikevich's simple model of 2007 on the voltage of a section (from NetPyNE's import tutorial).

The section has 100 pF, and `C` is in units of 100 pF. C divides only the model's own current, including Iin. Therefore
0.1 nA of an IClamp correspond to an Iin of 100 only where C is 1 (RS, LTS).

Source: Izhikevich 2007, Dynamical Systems in Neuroscience (MIT Press), chapter 8 (ModelDB 39948); presets in
cells/izhikevich2007.py.

Oddities of the original, kept because they define the cell:

- v starts from vr, whatever v_init is.
- The spikes of RTN end at 0 mV and never reach NetPyNE's threshold of 10 mV, so they are not detected. The same holds
  for spikes of LTS whose peak u has lowered below 10 mV (0.6 nA for 500 ms: 12 of 101 are detected). Use `see_spikes`
  for these presets.
- From 0.8 nA on, u of LTS is at times at its limit of 670 pA. The reset is then above the peak, so its next crossing
  is not detected, and v exceeds 1000 mV before it returns.
- Rounding errors decide when FS spikes.

Measured for RS: rest -60 mV, rheobase 0.053 nA. Currents of 0.1, 0.2 and 0.5 nA for 500 ms give 7, 18 and 43 spikes.
"""

from collections.abc import Mapping
from math import pi
from typing import Any

from tuner.library.cells.izhikevich2007 import parameters
from tuner.library.cells.template import Template

SOMA = {"L": 10.0, "diam": 10.0, "nseg": 1, "Ra": 35.4, "cm": 31.831}  # um, ohm cm, uF/cm2
CAPACITANCE_PF = pi * SOMA["L"] * SOMA["diam"] * SOMA["cm"] / 100
MARGIN_MV = 10.0
# In these celltypes, peak and reset move with u until both meet: at this fraction of the way from reset to peak. No
# spike peaks below that voltage.
MEETING: dict[float, float] = {4: 0.04 / (0.04 + 0.1), 6: 0.5}


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
    *,
    see_spikes: bool = False,
) -> dict[str, Any]:
    """Return the NetPyNE cell rule.

    Parameters
    ----------
    preset
        Name of a preset in cells/izhikevich2007.py.
    Iin
        Constant input from the start [pA].
    C, k, vr, vt, vpeak, a, b, c, d
        Capacitance C [100 pF], gain k [nS/mV], rest vr, threshold vt and peak vpeak [mV]. Recovery and reset: a [/ms],
        b [nS], c [mV], d [pA]. None keeps the preset's value.
    celltype
        Rules for u and the reset, 1 to 7; None for the preset's. For celltype 5, d is in mV and b is not used. For
        celltypes 6 and 7, b holds up to -65 mV.
    see_spikes
        If true, spikes are detected at vpeak - 10 mV, and lower where the peak moves with u. If false, NetPyNE detects
        spikes at 10 mV.

    Raises
    ------
    ValueError
        If the preset or the celltype does not exist.
    """
    values = parameters(preset, C=C, k=k, vr=vr, vt=vt, vpeak=vpeak, a=a, b=b, c=c, d=d, celltype=celltype)
    point = {"mod": "Izhikevich2007b", "loc": 0.5, **values, "Iin": Iin, "capacitance": CAPACITANCE_PF}
    soma = {"geom": dict(SOMA), "topol": {}, "pointps": {"Izhikevich2007b_0": point}, "spikeGenLoc": 0.5}
    if see_spikes:
        soma["threshold"] = _threshold_mv(values)
    return {"secs": {"soma": soma}}


def _threshold_mv(values: Mapping[str, float]) -> float:
    """Return a detection threshold below every peak and above the resets [mV]."""
    reset, peak = values["c"], values["vpeak"]
    if values["celltype"] in MEETING:
        return reset + MEETING[values["celltype"]] * (peak - reset)
    return max(peak - MARGIN_MV, (reset + peak) / 2)


class Izhikevich2007b(Template):
    """Provide the cell to NetPyNE's importCellParams."""

    rule = staticmethod(cell_rule)
