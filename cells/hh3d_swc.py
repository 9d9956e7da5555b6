"""Build HH3D with a larger pyramidal tree, imported from the SWC file hh3d_swc.swc.

The sections are those that NetPyNE imports from the file, with soma_0 called soma. The tree of the original is traced
(BS0284.swc, of NetPyNE's import tutorial). This tree is grown (see cells.growth) and has the totals of the traced tree:
68 basal and 103 apical dendrites that leave the first point of the soma, up to the 31st branch order, 93 tips, and
within 0.1 % a membrane of 28458 um2 and a length of 11294 um. Membrane and oddities are those of cells.hh3d.

Measured at 6.3 degC (original in brackets):

- rest -70.17 mV (-70.17)
- resistance from rest to the end of a step: 15.46 Mohm (15.45) at 0.5 nA, 17.4 Mohm at 10 pA
- rheobase of a 500 ms step 1.659 nA (1.656 to 1.688), with one spike per step
- one spike (one) in a 50 Hz train of 0.1 uS with 2 ms decay, 0.05 ms late
"""

from pathlib import Path
from typing import Any

from tuner.library.cells import hh3d, morphology
from tuner.library.cells.template import Template

MORPHOLOGY = Path(__file__).with_suffix(".swc")


def cell_rule(**parameters: float) -> dict[str, Any]:
    """Return the NetPyNE cell rule of HH3D with the larger tree; `parameters` are any names of cells.hh3d.MEMBRANE."""
    return {"secs": hh3d.membrane(morphology.sections(morphology.read(MORPHOLOGY)), parameters)}


class HH3DSWC(Template):
    """Provide the cell to NetPyNE's importCellParams; hh3d_swc.swc alone gives the shape without a membrane."""

    rule = staticmethod(cell_rule)
