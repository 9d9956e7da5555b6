"""Build the adaptive exponential integrate-and-fire neuron (AdEx), with a separate voltage or on a section.

    C V' = -gL (V - EL) + gL DT exp((V - VT) / DT) - w + I
    tau_w w' = a (V - EL) - w

The neuron starts from V = EL and w = 0, and I flows from the start. Above Vcut, V is set to Vr and w grows by b. For
tref V then stays at Vr, while w continues to follow its equation.

Separate voltage (mechanism AdEx, the default): the voltage is the variable V of a point process. The section of the
point process has no other function.

- Stimuli of the section do not reach the neuron.
- The neuron has two receptors, "exc" and "inh", with weights in nS.
- Its voltage is recorded as {"sec": "soma", "pointp": "AdEx_0", "var": "V"}.
- Spike times are exact within microseconds, but a spike is seen at the end of its time step, where V shows vspike. A
  second spike in the very next step is not seen.
- CoreNEURON runs the mechanism, but no NetPyNE network with it: there, CoreNEURON detects spikes only at the voltages
  of sections.

On a section (mechanism AdExOnSection, `on_section`): the neuron is a current at the voltage of a soma of 10 um.

- IClamps, synapses and dendrites act as on any cell, and CoreNEURON runs the neuron.
- Intervals are on average half a time step too long, and one and a half time steps without refractory time.
- C is set by the soma's cm (cm = C / 3.14159, in uF/cm2 and pF), because the mechanism has no C. The mechanism's
  `capacitance` is a copy that only tells when the upstroke is faster than the time step.
- The soma's threshold, where spikes are detected, is Vcut.
- Only this module keeps cm and threshold, which lie outside the mechanism, consistent with the parameters.

Above the rheobase [pA], a constant current makes the neuron fire permanently. The rheobase is

    (gL + a) (VT - EL - DT + DT ln(1 + a / gL))                                       if a / gL < C / (gL tau_w),
    (gL + a) (VT - EL - DT + DT ln(1 + C / (gL tau_w))) + DT (a - C / tau_w)          otherwise.

A current step below the rheobase may give a few spikes. For the preset control the rheobase is 70.35 pA: a step to
70 pA gives 3 spikes, a step to 70.2 pA gives some spikes every 2 s. The preset's current of 120 pA gives 46 spikes in
4 s; the intervals do not repeat, and late spike times depend on the time step.

Sources:

- Model: Brette & Gerstner 2005, J. Neurophysiol. 94:3637.
- Preset control: J. Gura 2022, for the claustrum (Neurone-Models, MIT).
- Presets tonic to irregular: the patterns of Naud et al. 2008, Biol. Cybern. 99:335, as in Brian2's examples.
- Preset brette_gerstner and its variants: the parameters of 2005, as in Brian2's examples, including the current of
  1 nA.
- Presets PN1 to PN5 and IN: UNVERIFIED. These are neurons of the claustrum. Resting potential, input resistance (gL is
  its inverse), threshold and current (twice the measured rheobase) come from a notebook by Gura, which attributes them
  to Graf et al. 2020. The tables of that paper were not available. All other values are hand-picked in the notebook.
  gL is 1000 times the notebook's value, which has a unit error. PN5 is silent at its current, and IN fires once in a
  second. IN_last_cell is the same as IN, the only interneuron, for which the notebook gives no type.
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
# Units: pF, nS, mV, mV, mV, nS, ms, pA, mV, pA, mV, ms.
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
    """Return the NetPyNE cell rule of an AdEx preset.

    Parameters
    ----------
    preset
        Name of the preset, a key of PRESETS.
    on_section
        If true, the neuron acts on the voltage of its section; if false, it has a separate voltage.
    **parameters
        Values that override those of the preset:

        - C: capacitance [pF]
        - gL, EL: leak conductance [nS] and leak reversal [mV]
        - VT, DT: threshold and slope factor of the exponential [mV]
        - a, tau_w, b: coupling [nS], time constant [ms] and jump [pA] of the adaptation
        - Vr, Vcut: reset voltage, and the voltage above which V is reset [mV]
        - tref: refractory time [ms]
        - I: current [pA]
        - tau_exc, tau_inh, E_exc, E_inh: decay [ms] and reversal [mV] of the receptors (separate voltage only)
        - vspike: value of V in the time step of a spike [mV] (separate voltage only)

    Raises
    ------
    ValueError
        If the preset or a parameter does not exist. The message names the nearest existing name.
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
    """Provide the AdEx neuron with a separate voltage to NetPyNE's importCellParams."""

    rule = staticmethod(cell_rule)


class AdExOnSection(Template):
    """Provide the AdEx neuron on the voltage of a section to NetPyNE's importCellParams."""

    rule = staticmethod(partial(cell_rule, on_section=True))
