"""Generate the morphology files of HH3D deterministically; `python -m cells.growth` writes the files again.

Only totals of traced neurons are used: number of sections of each branch order, length and membrane area. The seeds and
the shapes of the arbours were chosen for responses most like the recordings of the traced trees. Lengths are quantiles
of a lognormal distribution. A section that carries n tips is n^(1/`rall`) times as thick as a tip. All numbers are
multiples of 1/1024 um, because NEURON's points have single precision, which holds these exactly.

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
# Weights of the heading and of a random direction in each step; range of the turn of a side branch.
PULL = 0.12
WIGGLE = 0.25
TURN = (0.5, 1.2)
# One round of scaling does not reach the membrane area, because stems are fixed and numbers are rounded.
ROUNDS = 8
GOLDEN_ANGLE = 2.4
HEADER = """\
# {name}: made by `python -m cells.growth`, not traced from a neuron; change cells/growth.py instead.
# number, kind (1 soma, 3 dendrite, 4 apical dendrite), x, y, z, radius [um], number of the point it leaves
"""
Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Tree:
    """Describe a tree to grow from a stem: sections per branch order (stem first), and the heading (y is up).

    `stem` gives the length and the diameters at both ends [um] of a stem that is not drawn at random.
    """

    orders: tuple[int, ...]
    heading: Vector
    stem: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Arbour:
    """Describe the trees of an SWC kind, with total length [um] and total membrane [um2].

    `spread` is sigma of the lognormal distribution. `late` (0 to 1) sets how far long sections are kept for the tips.
    `taper` is the end diameter of a section over its start diameter.
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
    """Describe a cell to grow: soma points (place, diameter) [um], index of the point that trees leave, and arbours."""

    seed: int
    soma: tuple[tuple[float, float, float, float], ...]
    leaves: int
    arbours: tuple[Arbour, ...]


@dataclass(eq=False)
class Section:
    """Represent a section during growth; the first child of a trunk section is trunk, up to the last branch order."""

    trunk: bool
    stem: tuple[float, float, float] | None = None
    children: list["Section"] = field(default_factory=list)
    length: float = 0.0
    path: list[np.ndarray] = field(default_factory=list)

    def walk(self) -> Iterator["Section"]:
        """Yield the section and all descendants depth first, in the order of the file."""
        yield self
        for child in self.children:
            yield from child.walk()

    def tips(self) -> int:
        """Count the tips that the section carries."""
        return sum(not section.children for section in self.walk())


def _around(number: int) -> Vector:
    """Return the heading of a basal tree: all around the soma, alternately flatter and steeper downwards."""
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
    """Return the points of a cell in the order of the file."""
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
    """Build a stem and all descendants: two children per branching, three at the trunk if the next order is odd."""
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
    """Assign the quantiles of the distribution as lengths, long ones rather to tips, scaled to the total length."""
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
    """Lay the path of a section from the end of the parent, and the paths of all descendants."""
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
        Point(i, kind, *_rounded(x, y, z, 0.5 * diameter), parent)  # type: ignore[call-arg, arg-type]  # four values
        for i, (kind, parent, (x, y, z, diameter)) in enumerate(places, start=1)
    ]


def _thick(section: Section, arbour: Arbour, tip_um: float) -> list[tuple[float, float, float, float]]:
    """Return places and diameters [um] of a section, from start to end diameter; a tip starts with `tip_um`."""
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
    """Return a random direction at right angles to a unit vector."""
    other = _anywhere(rng)
    return _unit(other - (vector @ other) * vector)


def swc(name: str) -> str:
    """Return the text of the SWC file of a cell."""
    rows = (" ".join(f"{value:.16g}" for value in point) for point in grow(GROWTHS[name]))
    return HEADER.format(name=name) + "".join(f"{row}\n" for row in rows)


def main() -> None:
    """Write the morphology files."""
    for name in GROWTHS:
        (FOLDER / f"{name}.swc").write_text(swc(name), encoding="utf-8")


if __name__ == "__main__":
    main()
