"""Build the Hodgkin-Huxley soma on a passive pyramidal tree (HH3D of NetPyNE's import tutorial; template in hh3d.hoc).

In the tutorial this membrane covers a traced tree (geom.hoc, template E21). Here the tree is grown, not traced (see
cells.growth). Its totals are those of the traced tree: 66 dendrites in three trees that leave the end of the soma, the
same number of each branch order, 35 tips, and within 0.1 % a membrane of 7665 um2 and a length of 4587 um.

Oddities of the original, kept here:

- Each section is one compartment, of any length, and the axial resistance is NEURON's default.
- The soma has two leaks. The leak of its hh mechanism is ten times the leak of Hodgkin and Huxley, so any current step
  gives one spike, at its onset.

Measured at 6.3 degC (original in brackets): rest -70.17 mV (-70.17), input resistance 47.7 Mohm (47.9), rheobase of a
500 ms step 0.522 nA (0.516 to 0.523). The cell follows a 50 Hz train of 0.1 uS with 2 ms decay one to one, with every
spike at the same time as the original.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuner.library.cells import morphology, nearest
from tuner.library.cells.template import Template

MORPHOLOGY = Path(__file__).with_suffix(".swc")
KINDS = {3: "dendrite"}
ENA_MV = 50.0
EK_MV = -77.0


# Units: S/cm2, mV, uF/cm2, ohm cm. hh is in the soma alone, pas in all sections.
MEMBRANE = {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.003, "el": -70.0, "g_pas": 3.57e-5, "e_pas": -70.0}
MEMBRANE |= {"cm": 1.0, "axial_resistance": 35.4}


def cell_rule(**parameters: float) -> dict[str, Any]:
    """Return the NetPyNE cell rule of HH3D.

    Parameters
    ----------
    **parameters
        Values for any names of MEMBRANE, in its units.

    Raises
    ------
    ValueError
        If a parameter does not exist. The message names the nearest existing name.
    """
    return {"secs": membrane(morphology.sections(morphology.read(MORPHOLOGY), KINDS), parameters)}


def membrane(sections: dict[str, dict[str, Any]], parameters: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """Add the membrane to the sections of a morphology: hh and pas in the soma, pas alone in the dendrites.

    The sections are changed in place and returned.
    """
    for name in parameters:
        if name not in MEMBRANE:
            raise ValueError(f"HH3D has no parameter {name!r}; {nearest(name, MEMBRANE)}")
    values = {**MEMBRANE, **parameters}
    for section in sections.values():
        section["geom"] |= {"nseg": 1, "Ra": values["axial_resistance"], "cm": values["cm"]}
        section["mechs"] = {"pas": {"g": values["g_pas"], "e": values["e_pas"]}}
    sections["soma"]["mechs"]["hh"] = {name: values[name] for name in ("gnabar", "gkbar", "gl", "el")}
    sections["soma"] |= {"ions": {"na": {"e": ENA_MV}, "k": {"e": EK_MV}}, "spikeGenLoc": 0.5}
    return sections


class HH3D(Template):
    """Provide HH3D to NetPyNE's importCellParams; hh3d.hoc gives the same cell."""

    rule = staticmethod(cell_rule)
