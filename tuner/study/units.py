"""Compare units that people write as text: mS/cm^2, S/cm2, ohm-cm, 1/ms, um or the same with a micro sign."""

import math
import re
from functools import reduce
from typing import NamedTuple

# Exponents of second, metre, gram, ampere, mole and degree Celsius.
Dimensions = tuple[int, ...]
NONE: Dimensions = (0, 0, 0, 0, 0, 0)


class Unit(NamedTuple):
    """Represent a unit by the size in base units, and by the dimensions."""

    size: float
    dimensions: Dimensions


# Size in second, metre, gram, ampere, mole and degree Celsius, and the exponents of these.
_SYMBOLS = {
    "s": Unit(1.0, (1, 0, 0, 0, 0, 0)),
    "Hz": Unit(1.0, (-1, 0, 0, 0, 0, 0)),
    "m": Unit(1.0, (0, 1, 0, 0, 0, 0)),
    "g": Unit(1.0, (0, 0, 1, 0, 0, 0)),
    "A": Unit(1.0, (0, 0, 0, 1, 0, 0)),
    "mol": Unit(1.0, (0, 0, 0, 0, 1, 0)),
    "V": Unit(1e3, (-3, 2, 1, -1, 0, 0)),
    "S": Unit(1e-3, (3, -2, -1, 2, 0, 0)),
    "ohm": Unit(1e3, (-3, 2, 1, -2, 0, 0)),
    "F": Unit(1e-3, (4, -2, -1, 2, 0, 0)),
    "J": Unit(1e3, (-2, 2, 1, 0, 0, 0)),
    "M": Unit(1e3, (0, -3, 0, 0, 1, 0)),
    "l": Unit(1e-3, (0, 3, 0, 0, 0, 0)),
}
_NAMES = {
    "mho": "S",
    "siemens": "S",
    "volt": "V",
    "amp": "A",
    "farad": "F",
    "sec": "s",
    "second": "s",
    "hertz": "Hz",
    "molar": "M",
    "mole": "mol",
    "meter": "m",
    "metre": "m",
    "micron": "um",
    "liter": "l",
    "L": "l",
    "Ohm": "ohm",
}
_ALONE = {"degC": Unit(1.0, (0, 0, 0, 0, 0, 1)), "celsius": Unit(1.0, (0, 0, 0, 0, 0, 1)), "1": Unit(1.0, NONE)}
_PREFIXES = {
    "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "c": 1e-2, "d": 1e-1, "k": 1e3, "M": 1e6, "G": 1e9,
    "femto": 1e-15, "pico": 1e-12, "nano": 1e-9, "micro": 1e-6, "milli": 1e-3, "centi": 1e-2, "kilo": 1e3, "mega": 1e6,
    "meg": 1e6, "giga": 1e9,
}  # fmt: skip
# Signs that stand for letters, and marks between factors.
_SIGNS = str.maketrans({"\u00b5": "u", "\u03bc": "u", "\u03a9": "ohm", "\u2126": "ohm", "\u00b2": "2", "\u00b3": "3"})
_FACTOR = re.compile(r"(1)|([A-Za-z]+)\^?(-?\d+)?")
ROUNDING = 1e-9


def read(text: str) -> Unit | None:
    """Return the unit that a text means; `None` for free words and unknown units."""
    plain = text.translate(_SIGNS).replace("\u00b0C", "degC").strip().strip("()").strip()
    upper, *lower = re.split(r"\s*/\s*", plain)
    parts = [_product(upper or "1", 1), *(_product(each, -1) for each in lower)]
    known = [part for part in parts if part is not None]
    return reduce(_times, known) if known and len(known) == len(parts) else None


def contradict(one: str, other: str) -> bool:
    """Return whether two texts are certainly different units.

    Plain numbers, free words and unknown units contradict nothing.
    """
    left, right = read(one), read(other)
    if left is None or right is None or NONE in (left.dimensions, right.dimensions):
        return False
    return not _equal(left, right)


def ratio(one: str, other: str) -> float:
    """Return how many of the second unit are one of the first; nan if the two are not the same quantity, or unknown."""
    left, right = read(one), read(other)
    if left is None or right is None or left.dimensions != right.dimensions:
        return math.nan
    return left.size / right.size


def _equal(left: Unit, right: Unit) -> bool:
    return left.dimensions == right.dimensions and math.isclose(left.size, right.size, rel_tol=ROUNDING)


def _times(left: Unit, right: Unit) -> Unit:
    dimensions = tuple(a + b for a, b in zip(left.dimensions, right.dimensions, strict=True))
    return Unit(left.size * right.size, dimensions)


def _product(text: str, sign: int) -> Unit | None:
    """Return the product of factors such as "ohm-cm" or "S cm^-2", to the power 1 or -1."""
    factors = [each for each in re.split(r"[\s.*\u00b7]+|(?<=[A-Za-z])-(?=[A-Za-z])", _joined(text)) if each]
    units = [_factor(each, sign) for each in factors]
    known = [unit for unit in units if unit is not None]
    return reduce(_times, known) if known and len(known) == len(units) else None


def _joined(text: str) -> str:
    """Return a text in which ** is written ^, so that * stands between factors only."""
    return text.replace("**", "^")


def _factor(text: str, sign: int) -> Unit | None:
    matched = _FACTOR.fullmatch(text)
    unit = _named(matched[1] or matched[2]) if matched else None
    if matched is None or unit is None:
        return None
    power = sign * int(matched[3] or 1)
    return Unit(unit.size**power, tuple(exponent * power for exponent in unit.dimensions))


def _named(name: str) -> Unit | None:
    name = _NAMES.get(name, name)
    for known in (_ALONE, _SYMBOLS):
        if name in known:
            return known[name]
    for prefix, factor in _PREFIXES.items():
        rest = name.removeprefix(prefix)
        symbol = _NAMES.get(rest, rest)
        if rest != name and symbol in _SYMBOLS:
            return Unit(factor * _SYMBOLS[symbol].size, _SYMBOLS[symbol].dimensions)
    return None
