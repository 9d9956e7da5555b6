"""Paths into a model's specs, such as netParams.connParams['S->M'].delay: parsed, never run."""

import ast
from collections.abc import Mapping, Sequence

from tuner.errors import StudyError, nearest

LONGEST = 1000
ROOTS = {"netParams": "netParams", "simConfig": "simConfig", "cfg": "simConfig"}


def parse(path: str) -> tuple[str, tuple]:
    """Root ("netParams" or "simConfig") and steps (names, labels, indices) of a path; a bare name is of simConfig.

    Raises StudyError for whatever is more than names and literal keys.
    """
    if len(path) > LONGEST:
        raise StudyError(f"{path[:40]!r}... is {len(path)} characters long, a path has at most {LONGEST}")
    try:
        node = ast.parse(path, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise StudyError(f"{path!r} is no path; write netParams.connParams['S->M'].weight") from None
    steps: list = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            steps.insert(0, node.attr)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            steps.insert(0, node.slice.value)
        else:
            raise StudyError(f"{path!r} is code, not a path; write netParams.connParams['S->M'].weight")
        node = node.value
    if node.id in ROOTS:
        if not steps:
            raise StudyError(f"{path!r} names all of {node.id}, not one number in it")
        return ROOTS[node.id], tuple(steps)
    return "simConfig", (node.id, *steps)


def _names(holder: object) -> list:
    if isinstance(holder, Mapping):
        return list(holder)
    if isinstance(holder, Sequence) and not isinstance(holder, str):
        return list(range(len(holder)))
    return [name for name in vars(holder) if not name.startswith("_")] if hasattr(holder, "__dict__") else []


def _down(holder: object, step: object, path: str) -> object:
    if step not in _names(holder):
        raise StudyError(f"{path!r} names nothing: there is no {step!r}; {nearest(step, _names(holder))}")
    return holder[step] if isinstance(holder, Mapping | Sequence) else getattr(holder, step)


def _holder(specs: tuple, path: str) -> tuple[object, object]:
    root, steps = parse(path)
    holder = specs[0] if root == "netParams" else specs[1]
    for step in steps[:-1]:
        holder = _down(holder, step, path)
    return holder, steps[-1]


def read(specs: tuple, path: str) -> object:
    """What stands at a path of specs (netParams, simConfig); a path that names nothing, or a table, is a StudyError."""
    holder, last = _holder(specs, path)
    found = _down(holder, last, path)
    if isinstance(found, Mapping) or isinstance(holder, tuple):
        raise StudyError(f"{path!r} names no number that can be set; {nearest('', _names(found))}")
    return found


def write(specs: tuple, path: str, value: object) -> None:
    """Puts a value at a path that exists."""
    read(specs, path)
    holder, last = _holder(specs, path)
    if isinstance(holder, Mapping | Sequence):
        holder[last] = value
    else:
        setattr(holder, last, value)
