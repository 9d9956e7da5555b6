"""Build the reduced Traub-Miles pyramidal cell: one compartment of 20000 um2, so 200 pF and 20 nS of leak.

Source: Boergers 2017, An Introduction to Modeling Neuronal Dynamics (Springer), section 5.1. The source gives all
values per area; the area was chosen for this project.
"""

from typing import Any

SOMA_LENGTH_UM = 79.8
SOMA_DIAMETER_UM = 79.8
CAPACITANCE_UF_CM2 = 1.0
CONDUCTANCES = {"gnabar": 0.1, "gkbar": 0.08, "gl": 0.0001}  # S/cm2
EL_MV = -67.0
ENA_MV = 50.0
EK_MV = -100.0


def cell_rule() -> dict[str, Any]:
    """Return the NetPyNE cell rule."""
    soma = {
        "geom": {"L": SOMA_LENGTH_UM, "diam": SOMA_DIAMETER_UM, "cm": CAPACITANCE_UF_CM2},
        "mechs": {"reduced_traub_miles": {**CONDUCTANCES, "el": EL_MV}},
        "ions": {"na": {"e": ENA_MV}, "k": {"e": EK_MV}},
    }
    return {"secs": {"soma": soma}}
