"""Build the Wang-Buzsaki fast-spiking interneuron: one compartment of 20000 um2, so 200 pF and 20 nS of leak.

Source: Wang & Buzsaki 1996, J. Neurosci. 16:6402, Materials and Methods. The source gives all values per area; the area
was chosen for this project.
"""

from typing import Any

SOMA_LENGTH_UM = 79.8
SOMA_DIAMETER_UM = 79.8
CAPACITANCE_UF_CM2 = 1.0
CONDUCTANCES = {"gnabar": 0.035, "gkbar": 0.009, "gl": 0.0001}  # S/cm2
EL_MV = -65.0
ENA_MV = 55.0
EK_MV = -90.0
PHI = 5.0


def cell_rule() -> dict[str, Any]:
    """Return the NetPyNE cell rule."""
    soma = {
        "geom": {"L": SOMA_LENGTH_UM, "diam": SOMA_DIAMETER_UM, "cm": CAPACITANCE_UF_CM2},
        "mechs": {"wang_buzsaki": {**CONDUCTANCES, "el": EL_MV, "phi": PHI}},
        "ions": {"na": {"e": ENA_MV}, "k": {"e": EK_MV}},
    }
    return {"secs": {"soma": soma}}
