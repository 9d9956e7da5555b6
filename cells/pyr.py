"""Build the one-compartment Hodgkin-Huxley pyramidal cell of NetPyNE's second tutorial (tut2).

The diameter of each cell is drawn at random, and its sodium conductance grows with its height in the network. No two
cells of a population are therefore alike.
"""

from typing import Any

SOMA_LENGTH_UM = 18.8
SOMA_DIAMETER_UM = "uniform(18.5, 19.5)"
AXIAL_RESISTANCE_OHM_CM = 123.0
GKBAR_S_CM2 = 0.036
GL_S_CM2 = 0.003
EL_MV = -70.0
GNABAR_PER_HEIGHT_S_CM2 = 0.001


def cell_rule(gnabar: float = 0.12) -> dict[str, Any]:
    """Return the NetPyNE cell rule.

    Parameters
    ----------
    gnabar
        Peak sodium conductance of a cell at the bottom of the network [S/cm2]. A cell at the top has 0.001 S/cm2 more.
    """
    hh = {
        "gnabar": f"{gnabar!r} + {GNABAR_PER_HEIGHT_S_CM2!r} * ynorm",
        "gkbar": GKBAR_S_CM2,
        "gl": GL_S_CM2,
        "el": EL_MV,
    }
    geometry = {"L": SOMA_LENGTH_UM, "diam": SOMA_DIAMETER_UM, "Ra": AXIAL_RESISTANCE_OHM_CM}
    return {"secs": {"soma": {"geom": geometry, "mechs": {"hh": hh}}}}
