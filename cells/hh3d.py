"""HH3D: the squid axon's channels in the soma of a passive pyramidal tree; a template for NEURON in hh3d.hoc.

NetPyNE's import tutorial gives a traced tree (geom.hoc, template E21) this membrane. Here the tree is grown, not traced
(see cells.growth), with the traced one's totals: 66 dendrites in three trees that leave the soma's end, as many of each
branch order, 35 tips, membrane 7665 um2 and length 4587 um within 0.1 %.

Each section is one compartment, however long, the axial resistance is NEURON's default, and the soma bears two leaks,
its own of which is ten times that of Hodgkin and Huxley: any step of current gives one spike, at its onset. All this is
the original's and kept.

Measured at 6.3 C (original): rest -70.17 mV (-70.17), input resistance 47.7 Mohm (47.9), rheobase of a 500 ms step
0.522 nA (0.516 to 0.523); follows a 50 Hz train of 0.1 uS, decay 2 ms, one to one, spike for spike at the same time.
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


# S/cm2, mV, uF/cm2, ohm cm: hh in the soma; pas everywhere.
MEMBRANE = {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.003, "el": -70.0, "g_pas": 3.57e-5, "e_pas": -70.0}
MEMBRANE |= {"cm": 1.0, "axial_resistance": 35.4}


def cell_rule(**parameters: float) -> dict[str, Any]:
    """The NetPyNE cell rule; `parameters` are any of MEMBRANE. Raises ValueError for another, with the nearest."""
    return {"secs": membrane(morphology.sections(morphology.read(MORPHOLOGY), KINDS), parameters)}


def membrane(sections: dict[str, dict[str, Any]], parameters: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """Dresses the sections of a morphology: hh and pas in the soma, pas alone in the dendrites."""
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
    """The cell for importCellParams; hh3d.hoc gives the same."""

    rule = staticmethod(cell_rule)
