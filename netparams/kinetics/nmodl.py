"""Write a reaction scheme as an NMODL point process, in which each event starts a pulse of influx.

All concentrations are in one array, c, in the order of the table of species. With one RANGE variable per concentration,
the C++ compiler would need minutes longer. NMODL would also confuse two names if one is the other followed by a 0.
"""

import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from tuner.library.netparams.kinetics.table import Direction, Scheme

WIDTH = 110
# If the order of a rate is below the stoichiometry, the rate is divided by the concentration. This small concentration
# [mM] is added to avoid a division by 0.
LEAST = "1e-15"
AVOGADRO = 6.022e23
# NEURON's generated code looks up an array again for each of its elements. With hundreds of reactions in one function,
# compilation takes minutes longer. Therefore the function looks up the arrays once, and GCC optimises less (-O1):
# compilation takes two minutes. Without optimisation it takes one minute, but simulations take twice as long.
QUICKLY = """VERBATIM
#pragma GCC optimize ("O1")
ENDVERBATIM"""
ARRAYS_ONCE = """VERBATIM
double* const _states = c;
double* const _slopes = Dc;
#pragma push_macro("c")
#pragma push_macro("Dc")
#undef c
#undef Dc
#define c _states
#define Dc _slopes
ENDVERBATIM"""
AS_BEFORE = """VERBATIM
#pragma pop_macro("c")
#pragma pop_macro("Dc")
ENDVERBATIM"""


@dataclass(frozen=True)
class Mechanism:
    """Hold the properties of a mechanism apart from the reaction scheme.

    Attributes
    ----------
    name
        Name of the point process.
    comment
        Text of the comment at the top of the NMODL file.
    volume_l
        Volume of the compartment [l].
    fluxes
        Influx during a pulse [molecules/ms], by species.
    pulse_ms
        Length of a pulse [ms].
    rates
        Numbers of the rates that have a factor.
    shown
        Species with named variables for the concentration and the largest concentration.
    readouts
        Units of the variables that are computed from the concentrations, by name.
    measure
        NMODL lines that compute the readouts.
    """

    name: str
    comment: str
    volume_l: float
    fluxes: dict[str, float]
    pulse_ms: float
    rates: Collection[int]
    shown: Sequence[str]
    readouts: dict[str, str]
    measure: Sequence[str]

    @property
    def mm_per_molecule(self) -> float:
        """Return the concentration of one molecule [mM]."""
        return 1e3 / AVOGADRO / self.volume_l


def mechanism(scheme: Scheme, made: Mechanism) -> str:
    """Return the text of the NMODL file.

    The mechanism has these RANGE variables:

    - `amount_NAME`: factor of an initial concentration, for the initial concentrations that are not 0;
    - `rate_NUMBER`: factor of a rate constant;
    - `flux_NAME` and `pulse_duration`: influx and length of a pulse;
    - `NAME` and `peak_NAME`: concentration at the end of a solver step, and the largest of these so far [mM];
    - the readouts.

    The weight of an event multiplies the influx of its pulse. Overlapping pulses add up.
    """
    blocks = (_neuron, _units, _parameters, _assigned, _states, _initial, _breakpoint, _kinetic, _measure, _receive)
    return "\n\n".join([f"COMMENT\n{made.comment}\nENDCOMMENT", *(block(scheme, made) for block in blocks)]) + "\n"


def state(scheme: Scheme, name: str) -> str:
    """Return the NMODL expression for the concentration of a species."""
    return f"c[{scheme.species.index(name)}]"


def total(scheme: Scheme, name: str, species: Iterable[str], factor: float) -> list[str]:
    """Return NMODL lines that sum concentrations into a variable and multiply the sum by a factor."""
    sums = textwrap.wrap(" + ".join(state(scheme, each) for each in species), WIDTH - 20)
    added = [f"{name} = {name} + {line.strip(' +')}" for line in sums]
    return [f"{name} = 0", *added, f"{name} = {factor:.12g} * {name}"]


def _block(head: str, lines: Iterable[str]) -> str:
    return "\n".join([f"{head} {{", *(f"    {line}" for line in lines), "}"])


def _ranges(names: Iterable[str]) -> list[str]:
    return [f"RANGE {line.rstrip(',')}" for line in textwrap.wrap(", ".join(names), WIDTH)]


def _amounts(scheme: Scheme) -> list[str]:
    return [name for name, initial in zip(scheme.species, scheme.initial, strict=True) if initial]


def _neuron(scheme: Scheme, made: Mechanism) -> str:
    lines = ["THREADSAFE", f"POINT_PROCESS {made.name}"]
    lines += _ranges([*made.readouts, *made.shown, *(f"peak_{name}" for name in made.shown), "influx"])
    lines += _ranges(["pulse_duration", *(f"flux_{name}" for name in made.fluxes)])
    lines += _ranges(f"amount_{name}" for name in _amounts(scheme))
    lines += _ranges(f"rate_{number}" for number in made.rates)
    return _block("NEURON", lines)


def _units(scheme: Scheme, made: Mechanism) -> str:
    return _block("UNITS", ["(mM) = (milli/liter)", "(pS) = (picosiemens)"])


def _parameters(scheme: Scheme, made: Mechanism) -> str:
    lines = [f"pulse_duration = {made.pulse_ms:g} (ms)"]
    lines += [f"flux_{name} = {flux:g} (/ms) : molecules" for name, flux in made.fluxes.items()]
    lines += [f"amount_{name} = 1 (1)" for name in _amounts(scheme)]
    lines += [f"rate_{number} = 1 (1)" for number in made.rates]
    return _block("PARAMETER", lines)


def _assigned(scheme: Scheme, made: Mechanism) -> str:
    lines = [f"{name} ({unit})" for name, unit in made.readouts.items()]
    lines += [f"{name} (mM)" for each in made.shown for name in (each, f"peak_{each}")]
    return _block("ASSIGNED", [*lines, "influx (1) : sum of the weights of the pulses that are on", "pulses (1)"])


def _states(scheme: Scheme, made: Mechanism) -> str:
    return _block("STATE", [f"c[{len(scheme.species)}] (mM)"])


def _initial(scheme: Scheme, made: Mechanism) -> str:
    lines = ["influx = 0", "pulses = 0"]
    for name, amount in zip(scheme.species, scheme.initial, strict=True):
        value = f"{amount:.12g} * amount_{name}" if amount else "0"
        lines.append(f"{state(scheme, name)} = {value} : {name}")
    lines += [f"peak_{name} = {state(scheme, name)}" for name in made.shown]
    return _block("INITIAL", [*lines, "measure()"])


def _breakpoint(scheme: Scheme, made: Mechanism) -> str:
    # AFTER SOLVE runs only for accepted steps, so that a step that the solver rejects cannot set a peak.
    return "BREAKPOINT {\n    SOLVE reactions METHOD sparse\n}\n\n" + _block("AFTER SOLVE", ["measure()"])


def _kinetic(scheme: Scheme, made: Mechanism) -> str:
    molecule = f"{made.mm_per_molecule:.12g}"
    lines = [f"~ {state(scheme, name)} << (influx * flux_{name} * {molecule})" for name in made.fluxes]
    for reaction in scheme.reactions:
        forward = _coefficient(scheme, reaction.forward, reaction.reactants, made.rates)
        backward = _coefficient(scheme, reaction.backward, reaction.products, made.rates) if reaction.backward else "0"
        left, right = _side(scheme, reaction.reactants), _side(scheme, reaction.products)
        # NMODL has a different arrow for molecules that leave the scheme.
        lines.append(f"~ {left} <-> {right} ({forward}, {backward})" if right else f"~ {left} -> ({forward})")
    inside = [*ARRAYS_ONCE.splitlines(), *lines, *AS_BEFORE.splitlines()]
    return f"{QUICKLY}\n\n{_block('KINETIC reactions', inside)}"


def _coefficient(scheme: Scheme, direction: Direction, side: Counter[str], rates: Collection[int]) -> str:
    factor = f"rate_{direction.number} * " if direction.number in rates else ""
    surplus = (side - direction.order).elements()
    return f"{factor}{direction.constant!r}" + "".join(f" / ({state(scheme, name)} + {LEAST})" for name in surplus)


def _side(scheme: Scheme, side: Counter[str]) -> str:
    terms = [f"{n} {state(scheme, name)}" if n > 1 else state(scheme, name) for name, n in side.items()]
    return " + ".join(terms)


def _measure(scheme: Scheme, made: Mechanism) -> str:
    peaks = [f"if ({name} > peak_{name}) {{ peak_{name} = {name} }}" for name in made.shown]
    return _block("PROCEDURE measure()", [*made.measure, *(f"{n} = {state(scheme, n)}" for n in made.shown), *peaks])


def _receive(scheme: Scheme, made: Mechanism) -> str:
    lines = [
        "measure()",
        "if (flag == 0) {",
        "    influx = influx + weight",
        "    pulses = pulses + 1",
        "    net_send(pulse_duration, 1)",
        "} else {",
        "    influx = influx - weight",
        "    pulses = pulses - 1",
        "    if (pulses == 0) { influx = 0 }",
        "}",
    ]
    return _block("NET_RECEIVE(weight)", lines)
