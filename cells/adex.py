"""AdEx: the adaptive exponential integrate-and-fire neuron, in two forms.

C V' = -gL (V - EL) + gL DT exp((V - VT) / DT) - w + I and tau_w w' = a (V - EL) - w, from V = EL and w = 0, with I on
from the start. Above Vcut V is set to Vr and w grows by b; for tref V stays at Vr while w goes on obeying its equation.

With its own voltage (mechanism AdEx, the default) the neuron is a point process in a section that does nothing else:
stimuli of the section do not reach it, its receptors are its own, "exc" and "inh" with weights in nS, and its voltage
is recorded as {"sec": "soma", "pointp": "AdEx_0", "var": "V"}. Its spikes are exact within microseconds, but seen at
the end of their time step, on which V shows vspike; one in the very next step is not seen. CoreNEURON runs the
mechanism, but no NetPyNE network of it: it detects spikes at voltages of sections alone.

On a section (mechanism AdExOnSection, `on_section`) the neuron is a current at the voltage of a soma of 10 um: IClamps,
synapses and dendrites act as on any cell, and CoreNEURON runs it. Intervals are half a time step too long in the mean,
without refractory time one and a half. Two things stand outside the mechanism, and only here are set together with it.
C is in the soma's cm (cm = C / 3.14159, in uF/cm2 and pF): the mechanism has no C, and its `capacitance` is a copy that
only says when the upstroke is faster than the time step. And the soma's threshold, where spikes are detected, is Vcut.

A constant current makes it fire for good above (gL + a) (VT - EL - DT + DT ln(1 + a / gL)), in pA, if a / gL is less
than C / (gL tau_w); else above (gL + a) (VT - EL - DT + DT ln(1 + C / (gL tau_w))) + DT (a - C / tau_w). A step of it
may give a few spikes below that. For the preset control it is 70.35 pA; a step to 70 gives 3 spikes, one to 70.2 some
every 2 s. Its own 120 pA gives 46 in 4 s: intervals do not repeat, and late spike times depend on the time step.

Sources: Brette & Gerstner 2005, J. Neurophysiol. 94:3637. Presets: control is J. Gura's of 2022 for the claustrum
(Neurone-Models, MIT); tonic to irregular are the patterns of Naud et al. 2008, Biol. Cybern. 99:335, brette_gerstner
and its variants the set of 2005, all as Brian2's examples have them, the latter's 1 nA included.
PN1 to PN5 and IN are UNVERIFIED: neurons of the claustrum with the resting potential, input resistance (gL is its
inverse), threshold and current (twice the rheobase measured) that a notebook of Gura's ascribes to Graf et al. 2020,
whose tables were not at hand. All else is hand-picked there, and gL is 1000 times the notebook's, which slipped a unit.
The one interneuron (IN, or IN_last_cell) has no type. PN5 is silent at its current, and IN fires once in a second.
"""

from functools import partial
from math import pi
from typing import Any

from tuner.library.cells import nearest
from tuner.library.cells.template import Template

SOMA = {"L": 10.0, "diam": 10.0, "nseg": 1, "Ra": 35.4}  # um, ohm cm
AREA_CM2 = pi * 10.0 * 10.0 * 1e-8
RECEPTORS = {"tau_exc": 5.0, "tau_inh": 10.0, "E_exc": 0.0, "E_inh": -80.0, "vspike": 20.0}  # ms, mV
DETECTION_MV = 10.0

NAMES = ("C", "gL", "EL", "VT", "DT", "a", "tau_w", "b", "Vr", "I", "Vcut", "tref")
# pF, nS, mV, mV, mV, nS, ms, pA, mV, pA, mV, ms
_INTERNEURON = (100.0, 1.3245, -64.9, -41.7, 2.0, 2.0, 200.0, 10.0, -46.7, 60.0, 0.0, 0.0)
PRESETS = {
    "control": (200.0, 10.0, -65.0, -55.0, 5.0, 2.0, 500.0, 10.0, -52.0, 120.0, -40.0, 5.0),
    "tonic": (200.0, 10.0, -70.0, -50.0, 2.0, 2.0, 30.0, 0.0, -58.0, 500.0, 0.0, 0.0),
    "adapting": (200.0, 12.0, -70.0, -50.0, 2.0, 2.0, 300.0, 60.0, -58.0, 500.0, 0.0, 0.0),
    "initial_burst": (130.0, 18.0, -58.0, -50.0, 2.0, 4.0, 150.0, 120.0, -50.0, 400.0, 0.0, 0.0),
    "regular_bursting": (200.0, 10.0, -58.0, -50.0, 2.0, 2.0, 120.0, 100.0, -46.0, 210.0, 0.0, 0.0),
    "delayed_accelerating": (200.0, 12.0, -70.0, -50.0, 2.0, -10.0, 300.0, 0.0, -58.0, 300.0, 0.0, 0.0),
    "delayed_regular_bursting": (100.0, 10.0, -65.0, -50.0, 2.0, -10.0, 90.0, 30.0, -47.0, 110.0, 0.0, 0.0),
    "transient": (100.0, 10.0, -65.0, -50.0, 2.0, 10.0, 90.0, 100.0, -47.0, 180.0, 0.0, 0.0),
    "irregular": (100.0, 12.0, -60.0, -50.0, 2.0, -11.0, 130.0, 30.0, -48.0, 160.0, 0.0, 0.0),
    "PN1": (200.0, 4.04858, -73.54, -35.7, 2.0, 2.0, 300.0, 60.0, -40.7, 234.68, 0.0, 0.0),
    "PN2": (200.0, 5.78035, -74.5, -35.7, 2.0, 2.0, 300.0, 60.0, -40.7, 432.0, 0.0, 0.0),
    "PN3": (100.0, 4.5045, -71.2, -36.8, 2.0, 2.0, 300.0, 60.0, -41.8, 250.0, 0.0, 0.0),
    "PN4": (150.0, 4.09836, -70.4, -34.5, 2.0, 2.0, 300.0, 60.0, -39.5, 236.0, 0.0, 0.0),
    "PN5": (100.0, 2.04918, -68.1, -28.1, 2.0, 2.0, 200.0, 50.0, -33.1, 98.8, 0.0, 0.0),
    "IN": _INTERNEURON,
    "IN_last_cell": _INTERNEURON,
    "brette_gerstner": (281.0, 30.0, -70.6, -50.4, 2.0, 4.0, 144.0, 80.5, -70.6, 1000.0, -40.4, 0.0),
    "brette_gerstner_bursting": (281.0, 30.0, -70.6, -50.4, 2.0, 4.0, 20.0, 500.0, -45.4, 1000.0, -40.4, 0.0),
    "brette_gerstner_fast_spiking": (281.0, 30.0, -70.6, -50.4, 2.0, 3.90278, 144.0, 0.0, -70.6, 1000.0, -40.4, 0.0),
}


def cell_rule(preset: str = "control", *, on_section: bool = False, **parameters: float) -> dict[str, Any]:
    """The NetPyNE cell rule of one of PRESETS, with its own voltage or on its section's.

    `parameters` override the preset's: capacitance C [pF], leak gL [nS] and EL [mV], the exponential's threshold VT and
    slope factor DT [mV], the adaptation's coupling a [nS], time constant tau_w [ms] and jump b [pA], reset Vr [mV],
    current I [pA], Vcut [mV] above which V is reset, refractory time tref [ms]. With its own voltage also the
    receptors' tau_exc and tau_inh [ms] and E_exc and E_inh [mV], and vspike [mV].
    """
    if preset not in list(PRESETS):
        raise ValueError(f"AdEx has no preset {preset!r}; {nearest(preset, list(PRESETS))}")
    values = dict(zip(NAMES, PRESETS[preset], strict=True)) | ({} if on_section else RECEPTORS)
    for name in parameters:
        if name not in values:
            raise ValueError(f"AdEx has no parameter {name!r}; {nearest(name, list(values))}")
    soma = (_on_section if on_section else _with_own_voltage)(values | parameters)
    return {"secs": {"soma": {**soma, "topol": {}, "mechs": {}, "spikeGenLoc": 0.5}}}


def _with_own_voltage(values: dict[str, float]) -> dict[str, Any]:
    point = {"mod": "AdEx", "loc": 0.5, **values, "vref": "V", "synList": ["exc", "inh"]}
    return {"geom": {**SOMA, "cm": 1.0}, "pointps": {"AdEx_0": point}, "threshold": DETECTION_MV}


def _on_section(values: dict[str, float]) -> dict[str, Any]:
    inside = {name: value for name, value in values.items() if name != "C"}
    point = {"mod": "AdExOnSection", "loc": 0.5, **inside, "capacitance": values["C"]}
    geometry = {**SOMA, "cm": values["C"] * 1e-6 / AREA_CM2}
    return {"geom": geometry, "pointps": {"AdExOnSection_0": point}, "threshold": values["Vcut"]}


class AdEx(Template):
    """The neuron with its own voltage, for importCellParams."""

    rule = staticmethod(cell_rule)


class AdExOnSection(Template):
    """The neuron on its section's voltage, for importCellParams."""

    rule = staticmethod(partial(cell_rule, on_section=True))
