"""Convert SWC morphology files to NetPyNE sections without NEURON.

Geometry and topology are those that NetPyNE's importer reads. NetPyNE leaves SWC files to NEURON's Import3d, which
follows these rules:

- A section is an unbranched run of points of one kind that follow each other in the file.
- Sections are numbered by kind, in the order of the file.
- A section begins with a copy of the point that it leaves. If that point belongs to the soma, the copy has the diameter
  of the run's first point.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

KINDS = {1: "soma", 2: "axon", 3: "dend", 4: "apic"}
SOMA = 1


class Point(NamedTuple):
    """Represent a line of an SWC file.

    The fields are number, kind, place [um], radius [um], and the number of the point that this point leaves (-1 for the
    first point).
    """

    number: int
    kind: int
    x: float
    y: float
    z: float
    radius: float
    parent: int

    def pt3d(self) -> tuple[float, float, float, float]:
        """Return place and diameter [um]."""
        return self.x, self.y, self.z, 2.0 * self.radius


def sections(points: Sequence[Point], kinds: Mapping[int, str] = KINDS) -> dict[str, dict[str, Any]]:
    """Return the sections of a morphology, with L, diam and pt3d [um] and topol.

    Parameters
    ----------
    points
        Points of the morphology, in the order of the file.
    kinds
        Name of the sections of each SWC kind. The soma is always called soma.

    Raises
    ------
    ValueError
        If the points do not meet these conditions, because NEURON would then apply rules that are not covered here:
        points are numbered 1, 2, 3...; an unbranched soma of two points or more comes first; a branch leaves the first
        or the last point of the soma, and does not branch at its own first point.
    """
    _check(points)
    runs = _runs(points)
    names = _names(runs, kinds)
    owner = {point.number: name for name, run in zip(names, runs, strict=True) for point in run}
    soma = runs[0]
    found = {names[0]: {"geom": _geometry([point.pt3d() for point in soma]), "topol": {}}}
    for name, run in zip(names[1:], runs[1:], strict=True):
        left = points[run[0].parent - 1]
        diameter = 2.0 * (run[0] if left.kind == SOMA else left).radius
        geometry = _geometry([(left.x, left.y, left.z, diameter), *(point.pt3d() for point in run)])
        parent_x = 0.0 if left == soma[0] else 1.0
        topology = {"parentSec": owner[left.number], "parentX": parent_x, "childX": 0.0}
        found[name] = {"geom": geometry, "topol": topology}
    return found


def read(file: Path) -> list[Point]:
    """Read the points of an SWC file, without the comments."""
    lines = (line.split() for line in file.read_text(encoding="utf-8").splitlines())
    return [
        Point(int(n), int(kind), float(x), float(y), float(z), float(radius), int(parent))
        for n, kind, x, y, z, radius, parent in (line for line in lines if line and not line[0].startswith("#"))
    ]


def _check(points: Sequence[Point]) -> None:
    if [point.number for point in points] != list(range(1, len(points) + 1)):
        raise ValueError("the points of a morphology must be numbered 1, 2, 3...")
    if unknown := {point.kind for point in points} - set(KINDS):
        raise ValueError(f"a point is of kind 1 (soma), 2 (axon), 3 (dend) or 4 (apic), not {min(unknown)}")
    size = sum(point.kind == SOMA for point in points)
    unbranched = [(SOMA, i or -1) for i in range(size)]
    if size < 2 or [(point.kind, point.parent) for point in points[:size]] != unbranched:
        raise ValueError("a morphology must begin with an unbranched soma of two points or more")
    for point in points[size:]:
        if not 1 <= point.parent < point.number:
            raise ValueError(f"point {point.number} must leave a point before it, not {point.parent}")
        if 1 < point.parent < size:
            raise ValueError(f"point {point.number} must leave the soma's first or last point, not {point.parent}")
        primary = size < point.parent and points[point.parent - 1].parent <= size
        if primary and point.parent != point.number - 1:
            raise ValueError(f"point {point.number} must not leave a branch at its first point, {point.parent}")


def _runs(points: Sequence[Point]) -> list[list[Point]]:
    """Return the points of each section, without the copy of the point that the section leaves."""
    children = Counter(point.parent for point in points)
    runs = [[points[0]]]
    for last, point in zip(points, points[1:], strict=False):
        follows = point.kind == last.kind and point.parent == last.number
        if follows and (point.kind == SOMA or children[last.number] == 1):
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs


def _names(runs: Sequence[Sequence[Point]], kinds: Mapping[int, str]) -> list[str]:
    counts: Counter[int] = Counter()
    names = ["soma"]
    for run in runs[1:]:
        kind = run[0].kind
        names.append(f"{kinds[kind]}_{counts[kind]}")
        counts[kind] += 1
    return names


def _geometry(points: Sequence[tuple[float, float, float, float]]) -> dict[str, Any]:
    """Return L, diam and pt3d [um] as NEURON computes L and diam for one segment.

    L is the length of the path, diam the mean diameter along the path.
    """
    steps = [(math.dist(a[:3], b[:3]), 0.5 * (a[3] + b[3])) for a, b in zip(points, points[1:], strict=False)]
    length = sum(step for step, _ in steps)
    return {"L": length, "diam": sum(step * diameter for step, diameter in steps) / length, "pt3d": list(points)}


def area(geometry: Mapping[str, Any]) -> float:
    """Return the membrane area of a section [um2], the sum of the lateral areas of the frusta."""
    points: Sequence[Sequence[float]] = geometry["pt3d"]
    pairs = zip(points, points[1:], strict=False)
    return math.pi * sum(
        0.5 * (a[3] + b[3]) * math.hypot(math.dist(a[:3], b[:3]), 0.5 * (a[3] - b[3])) for a, b in pairs
    )
