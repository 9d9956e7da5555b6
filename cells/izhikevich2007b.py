"""Izhikevich 2007b: the simple model of 2007 in a section's voltage, of NetPyNE's import tutorial.

The section has 100 pF, and `C` is in units of that. C divides the model's own current, Iin included, and no other: only
where it is 1 (RS, LTS) are 0.1 nA of an IClamp 100 of Iin.

Source: Izhikevich 2007, Dynamical Systems in Neuroscience (MIT Press), chapter 8 (ModelDB 39948); presets in
cells/izhikevich2007.py.

Kept because it defines the cell: v starts from vr, whatever v_init. The spikes of RTN end at 0 mV and are never seen at
NetPyNE's 10 mV, nor are those of LTS that u has lowered beneath it (0.6 nA for 500 ms: 12 of 101 are seen): ask for
`see_spikes`. From 0.8 nA u of LTS is at its limit of 670 pA at times; the reset is above the peak then, which is not
noticed as crossed again, and v runs away beyond 1000 mV before it returns. Rounding decides when FS spikes.

RS: rest -60 mV, rheobase 0.053 nA; 0.1, 0.2 and 0.5 nA for 500 ms give 7, 18 and 43 spikes.
"""

from collections.abc import Mapping
from math import pi
from typing import Any

from tuner.library.cells.izhikevich2007 import parameters
from tuner.library.cells.template import Template

SOMA = {"L": 10.0, "diam": 10.0, "nseg": 1, "Ra": 35.4, "cm": 31.831}  # um, ohm cm, uF/cm2
CAPACITANCE_PF = pi * SOMA["L"] * SOMA["diam"] * SOMA["cm"] / 100
MARGIN_MV = 10.0
# Of the celltypes whose peak moves with u: where from reset to peak both meet, below which no spike is any more.
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
    """The NetPyNE cell rule.

    Those of `C` [100 pF], `k` [nS/mV], `vr`, `vt`, `vpeak` and `c` [mV], `a` [/ms], `b` [nS], `d` [pA] and `celltype`
    (1 to 7) that are None are the preset's. Of celltype 5 `d` is in mV and `b` is not used; of 6 and 7 `b` holds up to
    -65 mV. `Iin` [pA] is constant from the start. `see_spikes` has spikes detected below their peak instead of at
    10 mV: at vpeak - 10, lower where the peak moves with u. Raises ValueError for a preset or a celltype that is not
    there.
    """
    values = parameters(preset, C=C, k=k, vr=vr, vt=vt, vpeak=vpeak, a=a, b=b, c=c, d=d, celltype=celltype)
    point = {"mod": "Izhikevich2007b", "loc": 0.5, **values, "Iin": Iin, "capacitance": CAPACITANCE_PF}
    soma = {"geom": dict(SOMA), "topol": {}, "pointps": {"Izhikevich2007b_0": point}, "spikeGenLoc": 0.5}
    if see_spikes:
        soma["threshold"] = _threshold_mv(values)
    return {"secs": {"soma": soma}}


def _threshold_mv(values: Mapping[str, float]) -> float:
    """Below every peak, and above the resets."""
    reset, peak = values["c"], values["vpeak"]
    if values["celltype"] in MEETING:
        return reset + MEETING[values["celltype"]] * (peak - reset)
    return max(peak - MARGIN_MV, (reset + peak) / 2)


class Izhikevich2007b(Template):
    """The cell for importCellParams."""

    rule = staticmethod(cell_rule)
