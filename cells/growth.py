"""Grows the morphology files of HH3D, deterministically: `python -m cells.growth` writes them anew.

Nothing of a traced neuron went into them but totals: how many sections of each branch order, length and membrane. The
seeds and the shapes of the arbours are those that respond most like the recordings of the traced trees. The lengths are
quantiles of a lognormal distribution, and a section that carries n tips is n^(1/`rall`) times as thick as a tip. All
numbers are multiples of 1/1024 um, which the single precision of NEURON's points holds exactly.

hh3d.hoc follows from hh3d.swc: `python -m cells.hoc_template HH3D > cells/hh3d.hoc`.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from tuner.library.cells.morphology import KINDS, SOMA, Point, area, sections

FOLDER = Path(__file__).parent
GRID = 1024
STEP_UM = 15.0
# How far each step turns to the heading, and at random; how far a side branch turns off.
PULL = 0.12
WIGGLE = 0.25
TURN = (0.5, 1.2)
# Until the membrane is what it shall be; a stem's is given, and numbers are rounded.
ROUNDS = 8
GOLDEN_ANGLE = 2.4
HEADER = """\
# {name}: made by `python -m cells.growth`, not traced from a neuron; change cells/growth.py instead.
# number, kind (1 soma, 3 dendrite, 4 apical dendrite), x, y, z, radius [um], number of the point it leaves
"""
Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Tree:
    """What grows from one stem: sections per branch order (stem first), and where it heads (y is up).

    `stem`: length and the diameters at both ends [um] of a stem that is not left to chance.
    """

    orders: tuple[int, ...]
    heading: Vector
    stem: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Arbour:
    """Trees of one SWC kind, with their total length [um] and membrane [um2].

    `spread` is the lognormal distribution's sigma; `late` in 0..1 leaves the long sections to the tips; `taper` is a
    section's end over its start.
    """

    kind: int
    trees: tuple[Tree, ...]
    length_um: float
    area_um2: float
    spread: float
    late: float
    rall: float
    taper: float


@dataclass(frozen=True)
class Growth:
    """A cell to grow: the soma's points (place, diameter) [um], which of them the trees leave, and the trees."""

    seed: int
    soma: tuple[tuple[float, float, float, float], ...]
    leaves: int
    arbours: tuple[Arbour, ...]


@dataclass(eq=False)
class Section:
    """A section while it grows; of a section's children the first may be trunk, which goes on to the last order."""

    trunk: bool
    stem: tuple[float, float, float] | None = None
    children: list["Section"] = field(default_factory=list)
    length: float = 0.0
    path: list[np.ndarray] = field(default_factory=list)

    def walk(self) -> Iterator["Section"]:
        """The section and all it carries, depth first: the order in the file."""
        yield self
        for child in self.children:
            yield from child.walk()

    def tips(self) -> int:
        """How many ends it carries."""
        return sum(not section.children for section in self.walk())


def _around(number: int) -> Vector:
    """Headings of basal trees: all around the soma, by turns flatter and steeper down."""
    angle = 1.0 + number * GOLDEN_ANGLE
    return math.cos(angle), -0.35 - 0.12 * (number % 4), math.sin(angle)


BASAL = (
    (1, 2, 4, 2),
    (1, 2, 2),
    (1, 2),
    (1, 2, 4),
    (1, 2, 2),
    (1,),
    (1, 2),
    (1, 2, 2),
    (1, 2, 2),
    (1, 2, 4),
    (1, 2, 4, 2),
    (1,),
    (1, 2),
    (1, 2, 2),
)
OBLIQUES = (1, 2, 4, 4, 2, 2, 4, 4, 2, 2, 2, 2, 2, 2, 2)
TUFT = (4, 4, 4, 6, 6, 6, 6, 6, 4, 4, 4, 4, 2, 2, 2, 2)
GROWTHS = {
    "hh3d": Growth(
        seed=47,
        soma=((0.0, -15.1, 0.0, 12.0), (0.0, 0.0, 0.0, 12.0)),
        leaves=1,
        arbours=(
            Arbour(
                kind=3,
                length_um=4571.4,
                area_um2=7095.4,
                spread=0.76,
                late=0.3,
                rall=1.7,
                taper=0.8,
                trees=(
                    Tree((1, 2, 4, 6), (-0.7, -0.7, 0.15), (11.0, 6.2, 1.9)),
                    Tree((1, 2, 4, 6, 4, 2), (0.75, -0.6, -0.2), (14.0, 5.8, 1.9)),
                    Tree((1, 2, 4, 6, 6, 4, 9, 2), (0.05, 1.0, 0.0), (17.0, 7.8, 2.1)),
                ),
            ),
        ),
    ),
    "hh3d_swc": Growth(
        seed=72,
        soma=((0.0, -15.0, 0.0, 6.3), (0.0, 0.0, 0.0, 17.6), (0.0, 23.7, 0.0, 5.7)),
        leaves=0,
        arbours=(
            Arbour(
                kind=3,
                length_um=4330.0,
                area_um2=10664.4,
                spread=0.61,
                late=0.8,
                rall=4.1,
                taper=1.0,
                trees=tuple(Tree(orders, _around(i)) for i, orders in enumerate(BASAL)),
            ),
            Arbour(
                kind=4,
                length_um=6925.3,
                area_um2=16296.8,
                spread=0.65,
                late=0.5,
                rall=2.1,
                taper=0.6,
                trees=(Tree(OBLIQUES + TUFT, (0.1, 1.0, 0.0), (68.0, 6.5, 5.2)),),
            ),
        ),
    ),
}


def grow(growth: Growth) -> list[Point]:
    """The points of a cell, in the order of its file."""
    rng = random.Random(growth.seed)
    grown = [[_skeleton(tree, rng) for tree in arbour.trees] for arbour in growth.arbours]
    for arbour, stems in zip(growth.arbours, grown, strict=True):
        _lengthen(stems, arbour, rng)
        for stem, tree in zip(stems, arbour.trees, strict=True):
            heading = _unit(np.array(tree.heading))
            _lay(stem, np.array(growth.soma[growth.leaves][:3]), heading, heading, rng)
    tips_um = [1.0] * len(grown)
    for _ in range(ROUNDS):
        points = _points(growth, grown, tips_um)
        found = [_membrane(points, arbour.kind) for arbour in growth.arbours]
        tips_um = [
            tip * arbour.area_um2 / membrane
            for tip, arbour, membrane in zip(tips_um, growth.arbours, found, strict=True)
        ]
    return points


def _skeleton(tree: Tree, rng: random.Random) -> Section:
    """The stem with all it carries; every branching makes two, and the trunk's three where the next order is odd."""
    stem = Section(trunk=True, stem=tree.stem)
    level = [stem]
    for count in tree.orders[1:]:
        parents = [level[0], *rng.sample(level[1:], count // 2 - 1)]
        for parent in parents:
            parent.children = [Section(trunk=parent.trunk), Section(trunk=False)]
        if count % 2:
            level[0].children.append(Section(trunk=False))
        level = [child for parent in parents for child in parent.children]
    return stem


def _lengthen(stems: Sequence[Section], arbour: Arbour, rng: random.Random) -> None:
    """Hands out the distribution's quantiles, the long ones rather to tips, and makes all add up to the total."""
    free = []
    for section in (section for stem in stems for section in stem.walk()):
        if section.stem:
            section.length = section.stem[0]
        else:
            free.append((rng.random() + (0.0 if section.children else arbour.late), section))
    free.sort(key=lambda ranked: ranked[0])
    lengths = [math.exp(arbour.spread * NormalDist().inv_cdf((i + 0.5) / len(free))) for i in range(len(free))]
    given = sum(stem.length for stem in stems if stem.stem)
    unit = (arbour.length_um - given) / sum(lengths)
    for (_, section), length in zip(free, lengths, strict=True):
        section.length = unit * length


def _lay(section: Section, at: np.ndarray, ahead: np.ndarray, heading: np.ndarray, rng: random.Random) -> None:
    """Lays the section's path from where its parent ends, and those of all it carries."""
    steps = max(2, math.ceil(section.length / STEP_UM))
    for _ in range(steps):
        ahead = _unit(ahead + PULL * heading + WIGGLE * _anywhere(rng))
        at = at + ahead * section.length / steps
        section.path.append(at)
    for child in section.children:
        turn = heading if child.trunk else _across(ahead, rng) * rng.uniform(*TURN)
        _lay(child, at, _unit(ahead + turn), heading, rng)


def _points(growth: Growth, grown: Sequence[Sequence[Section]], tips_um: Sequence[float]) -> list[Point]:
    places = [(SOMA, i or -1, place) for i, place in enumerate(growth.soma)]
    for arbour, stems, tip_um in zip(growth.arbours, grown, tips_um, strict=True):
        parents = dict.fromkeys(stems, growth.leaves + 1)
        for section in (section for stem in stems for section in stem.walk()):
            parent = parents[section]
            for place in _thick(section, arbour, tip_um):
                places.append((arbour.kind, parent, place))
                parent = len(places)
            parents |= dict.fromkeys(section.children, parent)
    return [
        Point(i, kind, *_rounded(x, y, z, 0.5 * diameter), parent)  # type: ignore[call-arg, arg-type]  # of four, four
        for i, (kind, parent, (x, y, z, diameter)) in enumerate(places, start=1)
    ]


def _thick(section: Section, arbour: Arbour, tip_um: float) -> list[tuple[float, float, float, float]]:
    """The section's places with diameters [um], which go from its start's to its end's; a tip starts with `tip_um`."""
    start = tip_um * section.tips() ** (1.0 / arbour.rall)
    start, end = section.stem[1:] if section.stem else (start, arbour.taper * start)
    last = len(section.path) - 1
    return [(*place, start + (end - start) * i / last) for i, place in enumerate(section.path)]


def _membrane(points: Sequence[Point], kind: int) -> float:
    named = sections(points).items()
    return sum(area(section["geom"]) for name, section in named if name.startswith(KINDS[kind]))


def _rounded(*values: float) -> tuple[float, ...]:
    return tuple(round(float(value) * GRID) / GRID for value in values)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return vector / np.linalg.norm(vector)


def _anywhere(rng: random.Random) -> np.ndarray:
    return _unit(np.array([rng.uniform(-1.0, 1.0) for _ in range(3)]))


def _across(vector: np.ndarray, rng: random.Random) -> np.ndarray:
    """A direction at right angles to a unit vector."""
    other = _anywhere(rng)
    return _unit(other - (vector @ other) * vector)


def swc(name: str) -> str:
    """The SWC file of a cell."""
    rows = (" ".join(f"{value:.16g}" for value in point) for point in grow(GROWTHS[name]))
    return HEADER.format(name=name) + "".join(f"{row}\n" for row in rows)


def main() -> None:
    """Writes the morphology files."""
    for name in GROWTHS:
        (FOLDER / f"{name}.swc").write_text(swc(name), encoding="utf-8")


if __name__ == "__main__":
    main()
