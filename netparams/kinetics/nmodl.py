"""A reaction scheme as an NMODL point process, whose events open pulses of influx.

A state s beside a state s0 is one name to NEURON's compiler, which adds a 0 to each for its initial value, and no name
begins with a digit: states are c_NAME, and a name that is another's with a 0 is refused.
"""

import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from netparams.kinetics.table import Direction, Scheme

WIDTH = 110
# Where a rate's order is below the stoichiometry it is divided by the concentration, and this [mM] keeps it from 0.
LEAST = "1e-15"
AVOGADRO = 6.022e23


@dataclass(frozen=True)
class Mechanism:
    """What a mechanism has beside its scheme: name, comment, volume [l], species that pulses bring in with their influx
    [molecules/ms], length of a pulse [ms], numbers of the rates that have a factor (each costs seconds of compilation),
    species whose largest concentration is kept, and what is made of the states: units by name, and NMODL lines that
    compute them.
    """

    name: str
    comment: str
    volume_l: float
    fluxes: dict[str, float]
    pulse_ms: float
    rates: Collection[int]
    peaks: Sequence[str]
    readouts: dict[str, str]
    measure: Sequence[str]

    @property
    def mm_per_molecule(self) -> float:
        """Concentration of one molecule [mM]."""
        return 1e3 / AVOGADRO / self.volume_l


def mechanism(scheme: Scheme, made: Mechanism) -> str:
    """The text of the NMODL file.

    Its RANGE variables are `amount_NAME` and `rate_NUMBER`, factors of initial concentrations that are not 0 and of rate
    constants; `flux_NAME` and `pulse_duration`; `peak_NAME` [mM], the largest concentration at the ends of the solver's
    steps and of pulses; the readouts; and the concentrations `c_NAME` [mM]. An event's weight multiplies the influx of
    its pulse; pulses that overlap add up. ValueError where two species are one to NEURON's compiler.
    """
    if clashes := [name for name in scheme.species if f"{name}0" in scheme.species]:
        raise ValueError(f"{made.name}: species {clashes[0]} and {clashes[0]}0 are one to NEURON's compiler")
    blocks = (_neuron, _units, _parameters, _assigned, _states, _initial, _breakpoint, _kinetic, _measure, _receive)
    return "\n\n".join([f"COMMENT\n{made.comment}\nENDCOMMENT", *(block(scheme, made) for block in blocks)]) + "\n"


def _block(head: str, lines: Iterable[str]) -> str:
    return "\n".join([f"{head} {{", *(f"    {line}" for line in lines), "}"])


def _ranges(names: Iterable[str]) -> list[str]:
    return [f"RANGE {line.rstrip(',')}" for line in textwrap.wrap(", ".join(names), WIDTH)]


def _amounts(scheme: Scheme) -> list[str]:
    return [name for name, initial in zip(scheme.species, scheme.initial, strict=True) if initial]


def _neuron(scheme: Scheme, made: Mechanism) -> str:
    lines = ["THREADSAFE", f"POINT_PROCESS {made.name}"]
    lines += _ranges([*made.readouts, *(f"peak_{name}" for name in made.peaks), "influx"])
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
    lines += [f"peak_{name} (mM)" for name in made.peaks]
    return _block("ASSIGNED", [*lines, "influx (1) : sum of the weights of the pulses that are on", "pulses (1)"])


def _states(scheme: Scheme, made: Mechanism) -> str:
    return _block("STATE", [f"c_{name} (mM)" for name in scheme.species])


def _initial(scheme: Scheme, made: Mechanism) -> str:
    initial = zip(scheme.species, scheme.initial, strict=True)
    lines = [f"c_{name} = {f'{amount:.12g} * amount_{name}' if amount else '0'}" for name, amount in initial]
    lines += [f"peak_{name} = c_{name}" for name in made.peaks]
    return _block("INITIAL", [*lines, "influx = 0", "pulses = 0", "measure()"])


def _breakpoint(scheme: Scheme, made: Mechanism) -> str:
    # A step that the solver takes back is not seen there.
    return "BREAKPOINT {\n    SOLVE reactions METHOD sparse\n}\n\n" + _block("AFTER SOLVE", ["measure()"])


def _kinetic(scheme: Scheme, made: Mechanism) -> str:
    molecule = f"{made.mm_per_molecule:.12g}"
    lines = [f"~ c_{name} << (influx * flux_{name} * {molecule})" for name in made.fluxes]
    for reaction in scheme.reactions:
        forward = _coefficient(reaction.forward, reaction.reactants, made.rates)
        backward = _coefficient(reaction.backward, reaction.products, made.rates) if reaction.backward else "0"
        # NMODL has no empty side.
        if not reaction.products:
            lines.append(f"~ {_side(reaction.reactants)} -> ({forward})")
            continue
        lines.append(f"~ {_side(reaction.reactants)} <-> {_side(reaction.products)} ({forward}, {backward})")
    return _block("KINETIC reactions", lines)


def _coefficient(direction: Direction, side: Counter, rates: Collection[int]) -> str:
    factor = f"rate_{direction.number} * " if direction.number in rates else ""
    surplus = (side - direction.order).elements()
    return f"{factor}{direction.constant!r}" + "".join(f" / (c_{name} + {LEAST})" for name in surplus)


def _side(side: Counter) -> str:
    return " + ".join(f"{number} c_{name}" if number > 1 else f"c_{name}" for name, number in side.items())


def _measure(scheme: Scheme, made: Mechanism) -> str:
    peaks = [f"if (c_{name} > peak_{name}) {{ peak_{name} = c_{name} }}" for name in made.peaks]
    return _block("PROCEDURE measure()", [*made.measure, *peaks])


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


def total(name: str, species: Iterable[str], factor: float) -> Iterator[str]:
    """NMODL lines that sum species [mM] into a local variable, times a factor."""
    yield f"{name} = 0"
    sums = textwrap.wrap(" + ".join(f"c_{each}" for each in species), WIDTH - 20)
    yield from (f"{name} = {name} + {line.strip(' +')}" for line in sums)
    yield f"{name} = {factor:.12g} * {name}"
