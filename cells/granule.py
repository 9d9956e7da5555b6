"""Build the granule cell of the cerebellum: soma, four dendrites, hillock, initial segment and axon.

The cell is made for 37 degC and an initial voltage of -70 mV. The soma is a cylinder with the area of the original. The
original's axon is cut into initial segment and axon without a change of its segments.

Source: Masoli et al. 2017, Front. Cell. Neurosci. 11:71, as in the paper's optimisation notebook (GrC2017). The 18 free
parameters start from the notebook's "original non optimised model". The channels are those of D'Angelo et al. 2001 and
Diwakar et al. 2009 (ModelDB 116835), the sodium channel of Magistretti et al. 2006.

Oddities of the original, kept because they define the cell:

- The leak reverses at -16.5 mV; the inward rectifier holds the cell at rest.
- The reversal of calcium is set to 129.33 mV, but the pool writes cai. As soon as the simulation runs, NEURON replaces
  the value by the Nernst potential: 89 mV at rest.
- The soma has a calcium pool, but no calcium current, and no current depends on the pool. Two of the 18 parameters
  therefore have no effect.
- Gates are advanced by implicit Euler. At a fixed step of 0.025 ms, rates are up to 2.5 % higher and spikes 2 mV lower
  than at NEURON's variable step.

Measured: rest -69.01 mV; input resistance 2086 megohm at -1 pA, 1592 at -5 pA; rheobase 4.1 pA. Currents of 10, 16 and
22 pA for 500 ms give 36, 49 and 60 spikes: about 2.5 times the rate of the recorded cells that the model is to be tuned
to.
"""

from typing import Any

from tuner.library.cells import granule2020, nearest
from tuner.library.cells.template import Template

VARIANTS = ("2017", "2020")
# Start, lower bound, upper bound, unit. Places: dend is all four dendrites, axon0 the hillock, axon1 initial segment
# and axon.
FREE = {
    "gcabar_GRC_CA_dend": (0.012771, 0.000438, 0.143, "S/cm2"),
    "gkbar_GRC_KCA_dend": (0.003411, 0.000285, 0.0476, "S/cm2"),
    "gl_GRC_LKG1_dend": (0.000025, 1.6908225e-06, 0.0002479873, "S/cm2"),
    "ggaba_GRC_LKG2_dend": (0.000049, 3.57216e-06, 0.0005239168, "S/cm2"),
    "beta_GRC_CALC_dend": (0.609785, 0.6, 0.61, "/ms"),
    "cai0_GRC_CALC_dend": (0.0025, 0.002, 0.0025, "mM"),
    "gkbar_GRC_KIR_soma": (0.002689, 0.000191, 0.0318, "S/cm2"),
    "gkbar_GRC_KA_soma": (0.009488, 0.0004, 0.1, "S/cm2"),
    "gl_GRC_LKG1_soma": (0.000127, 8.04e-06, 0.00134, "S/cm2"),
    "gkbar_GRC_KM_soma": (0.000209, 1.875e-05, 0.003125, "S/cm2"),
    "beta_GRC_CALC_soma": (1.496075, 1.49, 1.5, "/ms"),
    "cai0_GRC_CALC_soma": (0.00012, 0.0001, 0.00013, "mM"),
    "gnabar_GRC_NA_axon0": (0.386557, 0.01791, 3.886, "S/cm2"),
    "gkbar_GRC_KV_axon0": (0.027823, 0.00267, 0.445, "S/cm2"),
    "gl_GRC_LKG1_axon0": (0.00012, 7.214e-06, 0.0025, "S/cm2"),
    "gnabar_GRC_NA_axon1": (0.002765, 0.000174, 0.029, "S/cm2"),
    "gkbar_GRC_KV_axon1": (0.00335, 0.00033, 0.0559, "S/cm2"),
    "gl_GRC_LKG1_axon1": (0.00001, 6.4319e-07, 0.0001071, "S/cm2"),
}
START = {name: start for name, (start, _, _, _) in FREE.items()}
BOUNDS = {name: (low, high) for name, (_, low, high, _) in FREE.items()}
UNITS = {name: unit for name, (_, _, _, unit) in FREE.items()}

MECHANISMS = {
    "dend": ("GRC_LKG1", "GRC_LKG2", "GRC_CA", "GRC_KCA", "GRC_CALC"),
    "soma": ("GRC_LKG1", "GRC_KIR", "GRC_KA", "GRC_KM", "GRC_CALC"),
    "axon0": ("GRC_LKG1", "GRC_NA", "GRC_KV"),
    "axon1": ("GRC_LKG1", "GRC_NA", "GRC_KV"),
}
# Above any voltage, so that no rate is capped: only the variant of 2020 caps rates.
NO_CEILING_MV = 1e9
FIXED = {
    "GRC_LKG1": {"el": -16.5},  # mV
    "GRC_LKG2": {"egaba": -65.0},
    "GRC_CA": {"cao": 2.0, "ceiling": NO_CEILING_MV},  # mM
    "GRC_KM": {"ceiling": NO_CEILING_MV},
    "GRC_CALC": {"d": 0.2},  # um
}
WITHOUT_TEMPERATURE = ("GRC_LKG1", "GRC_LKG2", "GRC_CALC")
# A value below absolute zero makes the mechanisms use the temperature of the simulation.
OF_THE_SIMULATION = -1000.0
REVERSALS_MV = {"k": -84.69, "na": 87.39, "ca": 129.33}  # NEURON overwrites ca; no mechanism reads it
IONS = {"dend": ("k", "ca"), "soma": ("k", "ca"), "axon0": ("k", "na"), "axon1": ("k", "na")}

EVERYWHERE = {"Ra": 100.0, "cm": 1.0}  # ohm cm, uF/cm2
DENDRITE = "dend", {"L": 15.0, "diam": 0.75, "nseg": 1}, ("soma", 0.5)
# Place, geometry [um], and the attachment: parent section and location on it.
SECTIONS = {
    "soma": ("soma", {"L": 5.710481, "diam": 5.710481, "nseg": 1}, None),
    **{f"dend_{i}": DENDRITE for i in range(4)},
    "hillock": ("axon0", {"L": 2.5, "diam": 1.5, "nseg": 1}, ("soma", 1.0)),
    "ais": ("axon1", {"L": 70 / 3, "diam": 0.3, "nseg": 1}, ("hillock", 1.0)),
    "axon": ("axon1", {"L": 140 / 3, "diam": 0.3, "nseg": 2}, ("ais", 1.0)),
}
# At 37 degC spikes peak at about 0 mV, below NetPyNE's default threshold.
DETECTION = {"spikeGenLoc": 0.5, "threshold": -20.0}


def cell_rule(variant: str | int = "2017", temperature: float | None = None, **parameters: Any) -> dict[str, Any]:
    """Return the NetPyNE cell rule of the granule cell.

    Parameters
    ----------
    variant
        "2017" is the cell described above. "2020" is the later cell; its conductances and options are in
        cells/granule2020.py.
    temperature
        Temperature of this cell [degC]; None for the temperature of the simulation, which should be 37 degC.
    **parameters
        Values for any names of START, in the units of UNITS. All others keep the value of START. BOUNDS has the bounds
        within which the original searches.

    Raises
    ------
    ValueError
        If the variant or a parameter does not exist. The message names the nearest existing name.
    """
    if str(variant) not in VARIANTS:
        raise ValueError(f"no variant of the granule cell is {variant!r}; {nearest(variant, VARIANTS)}")
    if str(variant) == "2020":
        return {"secs": granule2020.sections(temperature=temperature, **parameters)}
    for name in parameters:
        if name not in START:
            raise ValueError(f"the granule cell has no parameter {name!r}; {nearest(name, START)}")
    values = {**START, **parameters}
    degrees = OF_THE_SIMULATION if temperature is None else temperature
    sections = {name: _section(*section, values, degrees) for name, section in SECTIONS.items()}
    sections["soma"] |= DETECTION
    return {"secs": sections}


def _section(
    place: str,
    geometry: dict[str, Any],
    parent: tuple[str, float] | None,
    values: dict[str, Any],
    degrees: float,
) -> dict[str, Any]:
    return {
        "geom": {**geometry, **EVERYWHERE},
        "topol": {"parentSec": parent[0], "parentX": parent[1], "childX": 0.0} if parent else {},
        "mechs": {mechanism: _mechanism(mechanism, place, values, degrees) for mechanism in MECHANISMS[place]},
        "ions": {ion: {"e": REVERSALS_MV[ion]} for ion in IONS[place]},
    }


def _mechanism(mechanism: str, place: str, values: dict[str, Any], degrees: float) -> dict[str, Any]:
    """Return the parameters of a mechanism at a place: free, fixed, and the temperature if the rates depend on one."""
    here = f"_{mechanism}_{place}"
    free = {name.removesuffix(here): value for name, value in values.items() if name.endswith(here)}
    own = {} if mechanism in WITHOUT_TEMPERATURE else {"temperature": degrees}
    return {**free, **FIXED.get(mechanism, {}), **own}


class Granule(Template):
    """Provide the granule cell to NetPyNE's importCellParams."""

    rule = staticmethod(cell_rule)
