"""Write the mechanism of the spine from data/spine to mod/spine/SpinePlasticity.mod.

Command: `python -m netparams.kinetics.spine`
"""

from tuner.library.netparams.kinetics.nmodl import Mechanism, mechanism, total
from tuner.library.netparams.kinetics.table import DATA, Scheme, read

FOLDER = DATA / "spine"
FILE = DATA.parent.parent / "mod" / "spine" / "SpinePlasticity.mod"
COMMENT = """\
Signalling of a dendritic spine head of 0.5 fl, from pulses of influx to its AMPA receptors: 204 species, 262 reactions.
Written by netparams/kinetics from the tables in netparams/data/spine: change these, not this file.

Source: Maki-Marttunen, Iannella, Edwards, Einevoll & Blackwell 2020, eLife 9:e55714; ModelDB 260971 (CC BY 4.0).

conductance is that of all AMPA receptors in the membrane, tetramers drawn at random from its GluR1 and GluR2, whose
molecules these are; S831 are those of GluR1 that are phosphorylated there.
Variable time step, with an absolute tolerance of 1e-9 mM: concentrations that decide are as low as 1e-6 mM, and the
conductance at rest is right to 0.02 % (0.05 % with 1e-8 mM)."""
# Conductances of tetramers [pS]: GluR1 without a phosphorylated S831, GluR1 with one, GluR2, GluR1 mixed with GluR2.
TETRAMERS = ("12.4", "18.9", "2.2", "2.5")
# Numbers of the rates that the published experiments block. CaMKII: its autophosphorylation. PKA: the release of its
# catalytic subunits. S845 and S831: the phosphorylation of GluR1 at this site, in the cytosol and in the membrane.
RATES = {
    "CaMKII": (125, 126, 127),
    "PKA": (317,),
    "S845": (154, 187, 206, 239),
    "S831": (*range(157, 185, 3), *range(209, 237, 3)),
}
MOLECULES_PER_MM = 6.022e23 * 5e-16 * 1e-3


def membrane(scheme: Scheme) -> dict[str, list[str]]:
    """Return the species of GluR1 and GluR2 in the membrane, and of GluR1 there with a phosphorylated S831."""
    found = {kind: [name for name in scheme.species if name.startswith(f"{kind}_memb")] for kind in ("GluR1", "GluR2")}
    return found | {"S831": [name for name in found["GluR1"] if "S831" in name]}


def spine(scheme: Scheme) -> Mechanism:
    """Return the properties of the spine's mechanism apart from the reaction scheme."""
    return Mechanism(
        name="SpinePlasticity",
        comment=COMMENT,
        volume_l=5e-16,
        fluxes={"Ca": 1900.0, "L": 10.0, "Glu": 20.0, "ACh": 20.0},
        pulse_ms=3.0,
        rates=sorted(number for numbers in RATES.values() for number in numbers),
        shown=("Ca",),
        readouts={"conductance": "pS", "GluR1": "1", "GluR2": "1", "S831": "1"},
        measure=_conductance(scheme),
    )


def _conductance(scheme: Scheme) -> list[str]:
    groups = membrane(scheme)
    plain, marked, second, mixed = TETRAMERS
    totals = [line for kind in groups for line in total(scheme, kind, groups[kind], MOLECULES_PER_MM)]
    return [
        "LOCAL one, two, plain",
        *totals,
        "one = GluR1 / (GluR1 + GluR2)",
        "two = GluR2 / (GluR1 + GluR2)",
        "plain = (GluR1 - S831) / (GluR1 + GluR2)",
        f"conductance = {plain} * plain^4 + {marked} * (one^4 - plain^4) + {second} * two^4",
        f"conductance = (conductance + {mixed} * (1 - one^4 - two^4)) * (GluR1 + GluR2) / 4",
    ]


def text() -> str:
    """Return the content of the NMODL file."""
    scheme = read(FOLDER)
    return mechanism(scheme, spine(scheme))


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
