"""The originals' parameters of the four Izhikevich cells."""

A_2003 = {"a": 0.02, "b": 0.2, "c": -65.0, "d": 6.0, "f": 5.0, "g": 140.0, "thresh": 30.0, "Iin": 0.0}
RS = {"C": 1, "k": 0.7, "vr": -60, "vt": -40, "vpeak": 35, "a": 0.03, "b": -2, "c": -50, "d": 100, "celltype": 1}
DECAYS = {"tauAMPA": 5.0, "tauNMDA": 150.0, "tauGABAA": 6.0, "tauGABAB": 150.0, "tauOpsin": 50.0}
DEFAULTS = {
    "izhikevich2003a": {**A_2003, "taug": 1.0, "erev": 0.0},
    "izhikevich2003b": A_2003,
    "izhikevich2007a": {**RS, "Iin": 0.0, **DECAYS},
    "izhikevich2007b": {**RS, "Iin": 0.0},
}
