"""Build the sections of the granule cell of 2020 ("regular"), with initial segment, long axon and parallel fibres.

The spike starts in the initial segment. The cell is made for 32 degC, an initial voltage of -70 mV and a fixed step of
0.025 ms. The ascending axon (18 sections in the original) and each of the two parallel fibres (142 of 284 sections) are
one section here, with as many segments. NEURON computes the same for both. The soma is a cylinder with the area and the
diameter of the original, because the depth of its calcium shell depends on the diameter.

Source: Masoli, Tognolina, Laforenza, Moccia & D'Angelo 2020, Commun. Biol. 3:222; ModelDB 265584.

Oddities of the original, kept because they define the cell:

- The reversal of calcium is set to 137.5 mV. As soon as the simulation runs, NEURON replaces it by the Nernst
  potential.
- The same holds for potassium in the soma (set to -88 mV, then -80.99 mV at 32 degC), because a channel there reads the
  concentrations of potassium.
- The rates of the calcium and M currents are constant above 30 mV.
- Calretinin starts empty, and all sodium channels start in one state.

Measured: rest -63.75 mV. Currents of 10, 16 and 22 pA for 500 ms give 22, 36 and 47 spikes. Without parallel fibres:
rest -62.76 mV, 29 and 53 spikes at 10 and 22 pA, rheobase 3.2 pA. The fibres take nearly all of the simulation time.
"""

from typing import Any

from tuner.library.cells import nearest

# Start, lower bound, upper bound [S/cm2]. Places: dend is all four dendrites, fibre both parallel fibres.
FREE = {
    "gl_GRC_LKG1_soma": (0.00029038073716, 0.0002, 0.0004),
    "gkbar_GRC2020_KV34_soma": (0.00076192450952, 5e-05, 0.05),
    "gkbar_GRC_KA_soma": (0.00281496839061, 0.002, 0.004),
    "gkbar_GRC_KIR_soma": (0.00074725514702, 0.0005, 0.001),
    "gcabar_GRC_CA_soma": (0.00060938071784, 0.0001, 0.007),
    "gkbar_GRC2020_KV11_soma": (0.00569738264555, 0.003, 0.01),
    "gkbar_GRC2020_KV15_soma": (0.00083407556714, 1.3195e-05, 0.0013195),
    "gkbar_GRC2020_KV22_soma": (1.203410852e-05, 1e-06, 0.0001),
    "gl_GRC_LKG1_dend": (0.00025029700737, 0.0002, 0.0004),
    "gcabar_GRC_CA_dend": (0.00500128008459, 0.002, 0.45),
    "gkbar_GRC2020_KCA11_dend": (0.01001807454651, 0.001, 0.3),
    "gkbar_GRC2020_KV11_dend": (0.00381819207934, 0.0001, 0.01),
    "gl_GRC_LKG1_hillock": (0.0003695818972, 0.0002, 0.0004),
    "gnabar_GRC2020_NAFHF_hillock": (0.00928805851462, 0.0, 1.0),
    "gkbar_GRC2020_KV34_hillock": (0.02037346310915, 0.002, 0.8),
    "gcabar_GRC_CA_hillock": (0.00057726155447, 0.0001, 0.007),
    "gl_GRC_LKG1_ais": (0.00029276697557, 0.0002, 0.0004),
    "gnabar_GRC2020_NAFHF_ais": (1.28725006737226, 0.1, 3.0),
    "gkbar_GRC2020_KV34_ais": (0.00649595340654, 0.0005, 0.4),
    "gcabar_GRC_CA_ais": (0.00031198539472, 0.0001, 0.007),
    "gkbar_GRC_KM_ais": (0.00056671971737, 0.0001, 0.08),
    "gl_GRC_LKG1_axon": (9.364092125e-05, 1e-05, 0.0001),
    "gnabar_GRC_NA_axon": (0.02630163681502, 0.005, 1.0),
    "gkbar_GRC2020_KV34_axon": (0.00237386061632, 0.0002, 0.05),
    "gcabar_GRC_CA_axon": (0.00068197420273, 0.0001, 0.007),
    "gl_GRC_LKG1_fibre": (3.5301616e-07, 1e-07, 8e-07),
    "gnabar_GRC_NA_fibre": (0.01771848449261, 0.005, 1.0),
    "gkbar_GRC2020_KV34_fibre": (0.00817568047037, 0.0004, 0.1),
    "gcabar_GRC_CA_fibre": (0.0002085683353, 0.0001, 0.007),
}
START = {name: start for name, (start, _, _) in FREE.items()}
BOUNDS = {name: (low, high) for name, (_, low, high) in FREE.items()}
UNITS = dict.fromkeys(FREE, "S/cm2")

MECHANISMS = {
    "soma": (
        *("GRC_LKG1", "GRC2020_KV34", "GRC_KA", "GRC_KIR", "GRC_CA", "GRC2020_KV11", "GRC2020_KV15", "GRC2020_KV22"),
        "GRC2020_CABUFFER",
    ),
    "dend": ("GRC_LKG1", "GRC_CA", "GRC2020_KCA11", "GRC2020_KV11", "GRC2020_CABUFFER"),
    "hillock": ("GRC_LKG1", "GRC2020_NAFHF", "GRC2020_KV34", "GRC_CA", "GRC2020_CABUFFER"),
    "ais": ("GRC_LKG1", "GRC2020_NAFHF", "GRC2020_KV34", "GRC_CA", "GRC_KM", "GRC2020_CABUFFER"),
    "axon": ("GRC_LKG1", "GRC_NA", "GRC2020_KV34", "GRC_CA", "GRC2020_CABUFFER"),
    "fibre": ("GRC_LKG1", "GRC_NA", "GRC2020_KV34", "GRC_CA", "GRC2020_CABUFFER"),
}
# The original's tables of the calcium and M currents end here.
CEILING_MV = 30.0
FIXED = {
    "GRC_LKG1": {"el": -60.0},  # mV
    "GRC_CA": {"cao": 2.0, "ceiling": CEILING_MV},  # mM
    "GRC_KM": {"ceiling": CEILING_MV},
    "GRC2020_CABUFFER": {"cai0": 45e-6, "pumps": 1e-9, "mobile_total": 60.9091, "calretinin_total": 0.9},  # mM, mol/cm2
}
WITHOUT_TEMPERATURE = ("GRC_LKG1", "GRC2020_KV22", "GRC2020_CABUFFER")
# A value below absolute zero makes the mechanisms use the temperature of the simulation.
OF_THE_SIMULATION = -1000.0

POTASSIUM_MV, POTASSIUM_OF_THE_SOMA_MV = -88.0, -80.99297143361377
OTHER_REVERSALS_MV = {"na": 87.39, "ca": 137.5}  # ca as in the original; no mechanism reads it
RESISTIVITY_OHM_CM = 100.0
CAPACITANCES_UF_CM2 = {"soma": 2.0, "dend": 2.5, "hillock": 2.0, "ais": 1.0, "axon": 1.0, "fibre": 1.0}
DENDRITE = "dend", {"L": 15.0, "diam": 0.75, "nseg": 1}, ("soma", 0.5)
FIBRE = "fibre", {"L": 994.0, "diam": 0.15, "nseg": 142}, ("axon", 1.0)
# Place, geometry [um], and the attachment: parent section and location on it.
SECTIONS = {
    "soma": ("soma", {"L": 7.14211, "diam": 4.5658, "nseg": 1}, None),
    **{f"dend_{i}": DENDRITE for i in range(4)},
    "hillock": ("hillock", {"L": 1.0, "diam": 1.5, "nseg": 1}, ("soma", 0.0)),
    "ais": ("ais", {"L": 10.0, "diam": 0.7, "nseg": 1}, ("hillock", 1.0)),
    "axon": ("axon", {"L": 126.0, "diam": 0.3, "nseg": 18}, ("ais", 1.0)),
    **{f"fibre_{i}": FIBRE for i in range(2)},
}
DETECTION = {"spikeGenLoc": 0.5, "threshold": -20.0}


def sections(*, parallel_fibres: bool = True, temperature: float | None = None, **parameters: float) -> dict[str, Any]:
    """Return the sections of the NetPyNE cell rule.

    Parameters
    ----------
    parallel_fibres
        If false, the axon ends where the fibres begin, and a run takes a tenth of the time.
    temperature
        Temperature of this cell [degC]; None for the temperature of the simulation, which should be 32 degC.
    **parameters
        Values for any names of START, in the units of UNITS. All others keep the value of START. BOUNDS has the bounds
        within which the original searches.

    Raises
    ------
    ValueError
        If a parameter does not exist. The message names the nearest existing name.
    """
    for name in parameters:
        if name not in START:
            raise ValueError(f"the granule cell of 2020 has no parameter {name!r}; {nearest(name, START)}")
    values = {**START, **parameters}
    degrees = OF_THE_SIMULATION if temperature is None else temperature
    kept = {name: each for name, each in SECTIONS.items() if parallel_fibres or each != FIBRE}
    made = {name: _section(*each, values, degrees) for name, each in kept.items()}
    made["soma"] |= DETECTION
    return made


def _section(
    place: str,
    geometry: dict[str, Any],
    parent: tuple[str, float] | None,
    values: dict[str, Any],
    degrees: float,
) -> dict[str, Any]:
    return {
        "geom": {**geometry, "Ra": RESISTIVITY_OHM_CM, "cm": CAPACITANCES_UF_CM2[place]},
        "topol": {"parentSec": parent[0], "parentX": parent[1], "childX": 0.0} if parent else {},
        "mechs": {mechanism: _mechanism(mechanism, place, values, degrees) for mechanism in MECHANISMS[place]},
        "ions": {ion: {"e": value} for ion, value in _reversals_mv(place).items()},
    }


def _reversals_mv(place: str) -> dict[str, float]:
    potassium = {"k": POTASSIUM_OF_THE_SOMA_MV if place == "soma" else POTASSIUM_MV}
    if place in ("soma", "dend"):
        return potassium | {"ca": OTHER_REVERSALS_MV["ca"]}
    return potassium | OTHER_REVERSALS_MV


def _mechanism(mechanism: str, place: str, values: dict[str, Any], degrees: float) -> dict[str, Any]:
    """Return the parameters of a mechanism at a place: free, fixed, and the temperature if the rates depend on one."""
    here = f"_{mechanism}_{place}"
    free = {name.removesuffix(here): value for name, value in values.items() if name.endswith(here)}
    own = {} if mechanism in WITHOUT_TEMPERATURE else {"temperature": degrees}
    return {**free, **FIXED.get(mechanism, {}), **own}
