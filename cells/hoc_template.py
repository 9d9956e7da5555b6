"""Write a cell rule as a NEURON template in hoc: `python -m cells.hoc_template Traub > cells/traub.hoc`."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from tuner.library.cells import load
from tuner.library.cells.template import SET_BY_NETPYNE

NAMES_A_LINE = 8
GIVEN_BY_POINTS = ("L", "diam", "pt3d")


def hoc_template(name: str, rule: Mapping[str, Any]) -> str:
    """Return the hoc file of a template that NetPyNE's importCellParams reads as the cell rule.

    Parameters
    ----------
    name
        Name of the template.
    rule
        Cell rule.

    Notes
    -----
    - Sections have the names of the rule. They are no arrays, because NetPyNE changes the names of sections in arrays.
    - A section with 3-D points gets its length and diameter from the points.
    - `secLists` become public SectionLists, and point processes the public array `points`.
    - A parameter has one value for the whole section.
    - spikeGenLoc, threshold, vref and synList are left out, because NEURON has no such attributes.
    """
    sections, lists = rule["secs"], rule.get("secLists", {})
    points = [(at, point) for at, section in sections.items() for point in section.get("pointps", {}).values()]
    kinds, filling = _shared("kind", {at: _content(section) for at, section in sections.items()})
    shaped = {at: section["geom"]["pt3d"] for at, section in sections.items() if "pt3d" in section["geom"]}
    shapes, shaping = _shared("shape", {at: _shape(where) for at, where in shaped.items()})
    steps = {
        "connect_sections": _connections(sections),
        "shape_sections": shaping,
        "fill_sections": filling,
        "place_points": _placing(points),
        "list_sections": _listing(lists),
    }
    due = {step: lines for step, lines in steps.items() if lines}
    blocks = [
        f"// Written by `python -m cells.hoc_template {name}`: change cells/{name.lower()}.py instead.",
        f"begintemplate {name}",
        _declarations(list(sections), list(lists), len(points)),
        *kinds,
        *shapes,
        *(_procedure(step, lines) for step, lines in due.items()),
        _procedure("init", [f"{step}()" for step in due]),
        f"endtemplate {name}",
    ]
    return "\n\n".join(blocks) + "\n"


def _declarations(sections: list[str], lists: list[str], points: int) -> str:
    objects = [*_rows("objref", lists), *([f"objref points[{points}]"] if points else [])]
    public = sections + lists + (["points"] if points else [])
    return "\n".join([*_rows("public", public), *_rows("create", sections), *objects])


def _rows(word: str, names: list[str]) -> list[str]:
    return [f"{word} {', '.join(names[i : i + NAMES_A_LINE])}" for i in range(0, len(names), NAMES_A_LINE)]


def _procedure(name: str, lines: Iterable[str]) -> str:
    return "\n".join([f"proc {name}() {{", *(f"    {line}" for line in lines), "}"])


def _shared(word: str, bodies: Mapping[str, tuple[str, ...]]) -> tuple[list[str], list[str]]:
    """Return a procedure for each distinct body, and the procedure call of each section.

    Sections with equal bodies share a procedure. One procedure for all sections is not possible, because hoc limits
    the size of a procedure.
    """
    numbers = {body: i for i, body in enumerate(dict.fromkeys(bodies.values()))}
    procedures = [_procedure(f"{word}_{i}", body) for body, i in numbers.items()]
    return procedures, [f"{section} {word}_{numbers[body]}()" for section, body in bodies.items()]


def _content(section: Mapping[str, Any]) -> tuple[str, ...]:
    geometry = section["geom"]
    left_out = GIVEN_BY_POINTS if "pt3d" in geometry else ()
    lines = [f"{key} = {_number(value)}" for key, value in geometry.items() if key not in left_out]
    for mechanism, values in section.get("mechs", {}).items():
        lines.append(f"insert {mechanism}")
        lines += [f"{key}_{mechanism} = {_number(value)}" for key, value in values.items()]
    return (*lines, *(f"e{ion} = {_number(values['e'])}" for ion, values in section.get("ions", {}).items()))


def _shape(points: Iterable[tuple[float, ...]]) -> tuple[str, ...]:
    return tuple(f"pt3dadd({', '.join(map(_number, point))})" for point in points)


def _connections(sections: Mapping[str, Mapping[str, Any]]) -> list[str]:
    places = {name: section["topol"] for name, section in sections.items() if section.get("topol")}
    return [
        f"connect {name}({_number(place['childX'])}), {place['parentSec']}({_number(place['parentX'])})"
        for name, place in places.items()
    ]


def _placing(points: list[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """Return the lines that create the point processes, in reverse order.

    The point processes of a section are read back from the last created to the first.
    """
    lines = []
    for number, (section, point) in reversed(list(enumerate(points))):
        own = {key: value for key, value in point.items() if key not in SET_BY_NETPYNE}
        lines.append(f"{section} points[{number}] = new {point['mod']}({_number(point['loc'])})")
        lines += [f"points[{number}].{key} = {_number(value)}" for key, value in own.items()]
    return lines


def _listing(lists: Mapping[str, Iterable[str]]) -> list[str]:
    return [
        line
        for name, sections in lists.items()
        for line in (f"{name} = new SectionList()", *(f"{section} {name}.append()" for section in sections))
    ]


def _number(value: float) -> str:
    """Format a number so that hoc, which has no integers, reads back the same value."""
    return f"{float(value)!r}".removesuffix(".0")


if __name__ == "__main__":
    sys.stdout.write(hoc_template(sys.argv[1], load(sys.argv[1].lower())))
