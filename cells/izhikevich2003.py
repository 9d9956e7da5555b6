"""Define the 20 presets of Izhikevich's simple model of 2003.

    V' = 0.04 V^2 + f V + g - u + Iin
    u' = a (b V - u)

Source: Izhikevich 2004, IEEE Trans. Neural Netw. 15:1063, figure 1, with the names and inputs of ModelDB 39948.

A preset consists of a, b, c and d alone. For "Class 1" and "integrator" the paper gives f = 4.1 and g = 108 instead of
5 and 140. Here both have 5 and 140, as in the original, and do not fire. With f=4.1, g=108 both behave as named.
"""

NAMES = ("a", "b", "c", "d")  # Units: /ms, /ms, mV, mV/ms. In the rows below, Iin is the input of the original.
_ROWS = {
    "tonic spiking": (0.02, 0.2, -65.0, 6.0),  # Iin 14
    "mixed mode": (0.02, 0.2, -55.0, 4.0),  # Iin 10
    "spike latency": (0.02, 0.2, -65.0, 6.0),  # Iin 7
    "rebound spike": (0.03, 0.25, -60.0, 4.0),
    "Depolarizing afterpotential": (1.0, 0.2, -60.0, -21.0),
    "phasic spiking": (0.02, 0.25, -65.0, 6.0),  # Iin 0.5
    "spike frequency adaptation": (0.01, 0.2, -65.0, 8.0),  # Iin 30
    "subthreshold oscillations": (0.05, 0.26, -60.0, 0.0),
    "rebound burst": (0.03, 0.25, -52.0, 0.0),
    "accomodation": (0.02, 1.0, -55.0, 4.0),
    "tonic bursting": (0.02, 0.2, -50.0, 2.0),  # Iin 15
    "Class 1": (0.02, -0.1, -55.0, 6.0),
    "resonator": (0.1, 0.26, -60.0, -1.0),
    "threshold variability": (0.03, 0.25, -60.0, 4.0),
    "inhibition-induced spiking": (-0.02, -1.0, -60.0, 8.0),  # Iin 80
    "phasic bursting": (0.02, 0.25, -55.0, 0.05),  # Iin 0.6
    "Class 2": (0.2, 0.26, -65.0, 0.0),
    "integrator": (0.02, -0.1, -55.0, 6.0),
    "bistability": (0.1, 0.26, -60.0, 0.0),  # Iin -65 with a 1, b 1.5
    "inhibition-induced bursting": (-0.026, -1.0, -45.0, -2.0),  # Iin 80
}
PRESETS = {preset: dict(zip(NAMES, row, strict=True)) for preset, row in _ROWS.items()}
