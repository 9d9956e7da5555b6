"""HH3D with a larger pyramidal tree, in the form that NetPyNE imports from hh3d_swc.swc, its soma_0 called soma.

The original tree is traced (BS0284.swc, of NetPyNE's import tutorial); this one is grown (see cells.growth) and has the
traced one's totals: 68 basal and 103 apical dendrites that leave the soma's first point, up to the 31st branch order,
93 tips, membrane 28458 um2 and length 11294 um within 0.1 %. Membrane and oddities are those of cells.hh3d.

Measured at 6.3 C (original): rest -70.17 mV (-70.17), resistance from rest to the end of a 0.5 nA step 15.46 Mohm
(15.45) and 17.4 to one of 10 pA, rheobase of a 500 ms step 1.659 nA (1.656 to 1.688); one spike a step, and one in a
50 Hz train of 0.1 uS, decay 2 ms (the same), 0.05 ms late.
"""

from pathlib import Path
from typing import Any

from tuner.library.cells import hh3d, morphology
from tuner.library.cells.template import Template

MORPHOLOGY = Path(__file__).with_suffix(".swc")


def cell_rule(**parameters: float) -> dict[str, Any]:
    """The NetPyNE cell rule; `parameters` are any of cells.hh3d.MEMBRANE."""
    return {"secs": hh3d.membrane(morphology.sections(morphology.read(MORPHOLOGY)), parameters)}


class HH3DSWC(Template):
    """The cell for importCellParams; hh3d_swc.swc alone gives its shape without a membrane."""

    rule = staticmethod(cell_rule)
