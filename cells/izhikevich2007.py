"""Define the 9 presets of Izhikevich's simple model of 2007.

    C V' = k (V - vr)(V - vt) - u + Iin
    u' = a (b (V - vr) - u)

Source: Izhikevich 2007, Dynamical Systems in Neuroscience (MIT Press), chapter 8, as in ModelDB 39948, where C is in
units of 100 pF.

RS is regular spiking, IB intrinsically bursting, CH chattering, LTS low-threshold spiking, FS fast spiking, TC
thalamocortical, RTN reticular thalamic. TC_burst and RTN_burst equal TC and RTN; both are meant for bursts after
hyperpolarisation. `celltype` selects the rules for u and for the reset of V from its peak.
"""

from tuner.library.cells.izhikevich import chosen

# Units: C 100 pF, k nS/mV, vr, vt and vpeak mV, a /ms, b nS, c mV, d pA (for FS: mV).
NAMES = ("C", "k", "vr", "vt", "vpeak", "a", "b", "c", "d", "celltype")
_TC = (2.0, 1.6, -60.0, -50.0, 35.0, 0.01, 15.0, -60.0, 10.0, 6)
_RTN = (0.4, 0.25, -65.0, -45.0, 0.0, 0.015, 10.0, -55.0, 50.0, 7)
_ROWS = {
    "RS": (1.0, 0.7, -60.0, -40.0, 35.0, 0.03, -2.0, -50.0, 100.0, 1),
    "IB": (1.5, 1.2, -75.0, -45.0, 50.0, 0.01, 5.0, -56.0, 130.0, 2),
    "CH": (0.5, 1.5, -60.0, -40.0, 25.0, 0.03, 1.0, -40.0, 150.0, 3),
    "LTS": (1.0, 1.0, -56.0, -42.0, 40.0, 0.03, 8.0, -53.0, 20.0, 4),
    "FS": (0.2, 1.0, -55.0, -40.0, 25.0, 0.2, -2.0, -45.0, -55.0, 5),
    "TC": _TC,
    "TC_burst": _TC,
    "RTN": _RTN,
    "RTN_burst": _RTN,
}
PRESETS = {preset: dict(zip(NAMES, row, strict=True)) for preset, row in _ROWS.items()}
CELLTYPES = range(1, 8)


def parameters(preset: str, **changed: float | None) -> dict[str, float]:
    """Return the parameters of a preset, with the changed values in place; None keeps the preset's value.

    Raises
    ------
    ValueError
        If the preset or the celltype does not exist.
    """
    values = chosen(PRESETS, preset, **changed)
    if values["celltype"] not in CELLTYPES:
        raise ValueError(f"no celltype is {values['celltype']!r}; there are {CELLTYPES[0]} to {CELLTYPES[-1]}")
    return values
