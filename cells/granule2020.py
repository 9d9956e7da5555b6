"""The granule cell of 2020 ("regular"): an initial segment that starts the spike, a long axon and its parallel fibres.

Source: Masoli, Tognolina, Laforenza, Moccia & D'Angelo 2020, Commun. Biol. 3:222; ModelDB 265584. At 32 degC, from -70
mV, with a fixed step of 0.025 ms. Its 284 sections of parallel fibre and 18 of ascending axon are one section with as
many segments each, which is the same to NEURON. The soma is a cylinder with the original's area and diameter: on the
diameter hangs the depth of the shell that its calcium fills.

Kept, as it defines the cell: the reversal of calcium, set to 137.5 mV in the original, is Nernst's as soon as it runs,
and so is that of potassium in the soma (-80.99 mV at 32 degC, set to -88), as a channel there reads potassium's
concentrations. The rates of the calcium and M currents are constant above 30 mV. Calretinin starts empty, and the
sodium channels in one state.

Measured: rest -63.75 mV (without the parallel fibres -62.76); 22, 36 and 47 spikes in 500 ms of 10, 16 and 22 pA
(without the fibres 29 and 53 at 10 and 22 pA; rheobase 3.2 pA). The fibres are nearly all of the cost.
"""

from typing import Any

from tuner.library.cells import nearest

# Start, lowest, highest [S/cm2]. Places: dend is all four dendrites, fibre both parallel fibres.
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
# Where the original's tables of calcium and M currents end.
CEILING_MV = 30.0
FIXED = {
    "GRC_LKG1": {"el": -60.0},  # mV
    "GRC_CA": {"cao": 2.0, "ceiling": CEILING_MV},  # mM
    "GRC_KM": {"ceiling": CEILING_MV},
    "GRC2020_CABUFFER": {"cai0": 45e-6, "pumps": 1e-9, "mobile_total": 60.9091, "calretinin_total": 0.9},  # mM, mol/cm2
}
WITHOUT_TEMPERATURE = ("GRC_LKG1", "GRC2020_KV22", "GRC2020_CABUFFER")
# Below absolute zero, which the mechanisms take for the simulation's temperature.
OF_THE_SIMULATION = -1000.0

POTASSIUM_MV, POTASSIUM_OF_THE_SOMA_MV = -88.0, -80.99297143361377
OTHER_REVERSALS_MV = {"na": 87.39, "ca": 137.5}  # that of calcium as in the original, where nothing reads it either
RESISTIVITY_OHM_CM = 100.0
CAPACITANCES_UF_CM2 = {"soma": 2.0, "dend": 2.5, "hillock": 2.0, "ais": 1.0, "axon": 1.0, "fibre": 1.0}
DENDRITE = "dend", {"L": 15.0, "diam": 0.75, "nseg": 1}, ("soma", 0.5)
FIBRE = "fibre", {"L": 994.0, "diam": 0.15, "nseg": 142}, ("axon", 1.0)
# Place, geometry [um], and the section and where on it this one begins.
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
    """The sections of the NetPyNE cell rule.

    Without `parallel_fibres` the axon ends where they begin, and a run takes a tenth of the time. `temperature` [degC]
    is this cell's own; None is the simulation's, which is to be 32. `parameters` are any of START, whose values the
    others keep, in UNITS; BOUNDS are those the original searches. ValueError for a name that is not there.
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
    """Its parameters: the free ones of this place, the fixed ones, and its temperature if its rates have one."""
    here = f"_{mechanism}_{place}"
    free = {name.removesuffix(here): value for name, value in values.items() if name.endswith(here)}
    own = {} if mechanism in WITHOUT_TEMPERATURE else {"temperature": degrees}
    return {**free, **FIXED.get(mechanism, {}), **own}
