"""Parse paths into a model's specs, and read, write and list the values at paths.

A path such as netParams.connParams['S->M'].delay is parsed and never executed.
"""

import ast
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from numbers import Number
from typing import Any, NamedTuple, cast

from tuner.errors import StudyError, nearest
from tuner.interfaces.netpyne_types import NetParams, SimConfig
from tuner.words import shown

LONGEST = 1000
ROOTS = {"netParams": "netParams", "simConfig": "simConfig", "cfg": "simConfig"}
EXAMPLE = "write netParams.connParams['S->M'].weight"
# The elements of longer lists are not offered as parameters.
LONGEST_LIST = 20
NEAREST = 3
# A piece of a dotted path: any label or index, which need not be a name of Python (tune.E->I, weights.0).
_PIECE = re.compile(r"[^\s'\"\[\](){}=;,.]+")


class Specs(NamedTuple):
    """Hold the two NetPyNE objects into which paths lead."""

    net_params: NetParams
    sim_config: SimConfig


def config_alone(sim_config: SimConfig) -> Specs:
    """Return specs for paths into simConfig alone, while there are no netParams."""
    # A path into simConfig never reads netParams.
    return Specs(cast(NetParams, None), sim_config)


def parse(path: str) -> tuple[str, tuple[Any, ...]]:
    """Return the root and the steps of a path; a path without a root leads into simConfig.

    Parameters
    ----------
    path : str
        Names and literal keys, such as netParams.connParams['S->M'].weight, cfg.weights[1], or tune.E->I with dots
        alone, as in NetPyNE's batch mode.

    Returns
    -------
    root : str
        "netParams" or "simConfig".
    steps : tuple
        Names, labels and indices.

    Raises
    ------
    StudyError
        If the path contains anything but names and literal keys.
    """
    if len(path) > LONGEST:
        raise StudyError(f"{shown(path)} is {len(path)} characters long, a path has at most {LONGEST}")
    try:
        node = ast.parse(path, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _rooted(path, *_pieces(path))
    steps: list[Any] = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            steps.insert(0, node.attr)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            steps.insert(0, node.slice.value)
        else:
            raise StudyError(f"{shown(path)} is code, not a path; {EXAMPLE}")
        node = node.value
    return _rooted(path, node.id, *steps)


def _pieces(path: str) -> list[str]:
    """Return the pieces of a path with dots alone, which NetPyNE's batch mode accepts."""
    pieces = path.split(".")
    if len(pieces) < 2 or not pieces[0].isidentifier() or not all(map(_PIECE.fullmatch, pieces)):
        raise StudyError(f"{shown(path)} is not a path; {EXAMPLE}")
    return pieces


def _rooted(path: str, first: str, *steps: Any) -> tuple[str, tuple[Any, ...]]:
    if first not in ROOTS:
        return "simConfig", (first, *steps)
    if not steps:
        raise StudyError(f"{shown(path)} names all of {first}, not a single value; {EXAMPLE}")
    return ROOTS[first], steps


def joined(steps: Sequence[Any]) -> str:
    """Return the path of steps such as ("tune", "soma", 0): tune.soma[0]; the first step may be a root."""
    first, *rest = steps
    return str(first) + "".join(_shown(step) for step in rest)


def _shown(step: Any) -> str:
    return f".{step}" if isinstance(step, str) and step.isidentifier() else f"[{step!r}]"


def is_of_config(path: str) -> bool:
    """Return whether a path leads into simConfig."""
    return parse(path)[0] == "simConfig"


def _names(holder: object) -> list[Any]:
    if isinstance(holder, Mapping):
        return list(holder)
    if isinstance(holder, Sequence) and not isinstance(holder, str):
        return list(range(len(holder)))
    return [name for name in vars(holder) if not name.startswith("_")] if hasattr(holder, "__dict__") else []


def _find(holder: object, step: Any, path: str) -> Any:
    """Return the existing name that a step means; a label that is a number matches the same digits as text."""
    names = _names(holder)
    if step in names:
        return step
    alike = [name for name in names if str(name) == str(step)]
    if len(alike) != 1:
        raise StudyError(f"{shown(path)} does not exist: there is no {shown(step)}; {nearest(step, names)}")
    return alike[0]


def _down(holder: object, step: Any, path: str) -> Any:
    return _at(holder, _find(holder, step, path))


def _at(holder: object, name: Any) -> Any:
    return holder[name] if isinstance(holder, Mapping | Sequence) else getattr(holder, name)


def _top(specs: Specs, root: str) -> Any:
    return specs.net_params if root == "netParams" else specs.sim_config


def _holder(specs: Specs, path: str) -> tuple[Any, Any]:
    root, steps = parse(path)
    holder = _top(specs, root)
    for step in steps[:-1]:
        holder = _down(holder, step, path)
    return holder, steps[-1]


def found(specs: Specs, path: str) -> tuple[str, tuple[Any, ...]]:
    """Return the root and the steps of an existing path, each step with the type in the specs: an index is a number."""
    root, steps = parse(path)
    holder, names = _top(specs, root), []
    for step in steps:
        names.append(_find(holder, step, path))
        holder = _at(holder, names[-1])
    return root, tuple(names)


def read(specs: Specs, path: str) -> Any:
    """Return the value at a path; raise StudyError if the path does not exist, or leads to a table or into a tuple."""
    holder, last = _holder(specs, path)
    found = _down(holder, last, path)
    if isinstance(found, Mapping) or isinstance(holder, tuple):
        raise StudyError(f"{shown(path)} is not a single value that can be set; {nearest('', _names(found))}")
    return found


def exists(specs: Specs, path: str) -> bool:
    """Return whether a path leads to a value that can be set."""
    try:
        read(specs, path)
    except StudyError:
        return False
    return True


def write(specs: Specs, path: str, value: Any) -> None:
    """Set the value at an existing path."""
    read(specs, path)
    holder, last = _holder(specs, path)
    _set(holder, _find(holder, last, path), value)


def create(specs: Specs, path: str, value: Any) -> None:
    """Set the value at a path with a last step that may be new, as in NetPyNE's batch mode."""
    holder, last = _holder(specs, path)
    _set(holder, last if last not in map(str, _names(holder)) else _find(holder, last, path), value)


def _set(holder: Any, name: Any, value: Any) -> None:
    # A holder that does not accept items, such as a tuple, raises its own error.
    has_items = isinstance(holder, Mapping | Sequence)
    if has_items:
        holder[name] = value
    else:
        setattr(holder, name, value)


def matching(specs: Specs, path: str) -> list[str]:
    """Return the existing paths that match a path with *, which stands for any name, label or index.

    A path without * is returned as the only one, unchecked.
    """
    root, steps = parse(path)
    if "*" not in steps:
        return [path]
    found: list[tuple[tuple[Any, ...], Any]] = [((root,), _top(specs, root))]
    for step in steps:
        found = [
            ((*way, name), _at(holder, name))
            for way, holder in found
            for name in _names(holder)
            if step in ("*", name) or str(step) == str(name)
        ]
    if not found:
        raise StudyError(f"{shown(path)} matches nothing in the model")
    return [joined(way) for way, _ in found]


def put(specs: Specs, path: str, value: Any, *, relative: bool = False) -> None:
    """Set the value at each path that matches; a relative value multiplies the present value."""
    for each in matching(specs, path):
        write(specs, each, value * _number(specs, each) if relative else value)


def _number(specs: Specs, path: str) -> float:
    value: float = read(specs, path)
    if isinstance(value, bool) or not isinstance(value, Number):
        raise StudyError(f"{shown(path)} is {shown(value)}, which is not a number and cannot be multiplied")
    return value


def listed(specs: Specs) -> Iterator[tuple[str, Any]]:
    """Yield every number and text in the specs with the path, also in lists of up to 20 elements."""
    for root, holder in (("netParams", specs.net_params), ("cfg", specs.sim_config)):
        yield from _leaves(holder, (root,))


def _leaves(holder: object, steps: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    if isinstance(holder, bool):
        return
    if isinstance(holder, Number | str):
        yield joined(steps), holder
        return
    if isinstance(holder, tuple | set) or isinstance(holder, Sequence) and len(holder) > LONGEST_LIST:
        return
    for name in _names(holder):
        yield from _leaves(_at(holder, name), (*steps, name))


def neighbours(specs: Specs, path: str) -> list[str]:
    """Return the existing paths nearest in spelling to a path, at most 3."""
    try:
        root, steps = parse(path)
    except StudyError:
        return []
    wanted = joined((root.replace("simConfig", "cfg"), *steps))
    return difflib.get_close_matches(wanted, [each for each, _ in listed(specs)], n=NEAREST, cutoff=0.5)
