"""Paths into a model's specs, such as netParams.connParams['S->M'].delay: parsed, never run; read, written, listed."""

import ast
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from numbers import Number
from typing import Any, NamedTuple, cast

from tuner.errors import StudyError, nearest
from tuner.interfaces.netpyne_types import NetParams, SimConfig

LONGEST = 1000
ROOTS = {"netParams": "netParams", "simConfig": "simConfig", "cfg": "simConfig"}
EXAMPLE = "write netParams.connParams['S->M'].weight"
# Of longer lists the elements are no parameters.
LONGEST_LIST = 20
NEAREST = 3
# A piece of a dotted path that is no name of Python's, such as a label or an index: tune.E->I, weights.0.
_PIECE = re.compile(r"[^\s'\"\[\](){}=;,.]+")


class Specs(NamedTuple):
    """NetPyNE's two objects, into which paths lead. A path into the one never looks at the other."""

    net_params: NetParams
    sim_config: SimConfig


def config_alone(sim_config: SimConfig) -> Specs:
    """Return specs for paths into simConfig alone, while there are no netParams."""
    # Nothing asks for its netParams: a path into the one never looks at the other.
    return Specs(cast(NetParams, None), sim_config)


def parse(path: str) -> tuple[str, tuple[Any, ...]]:
    """Root ("netParams" or "simConfig") and steps (names, labels, indices) of a path; a bare name is of simConfig.

    Raises StudyError for whatever is more than names and literal keys.
    """
    if len(path) > LONGEST:
        raise StudyError(f"{path[:40]!r}... is {len(path)} characters long, a path has at most {LONGEST}")
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
            raise StudyError(f"{path!r} is code, not a path; {EXAMPLE}")
        node = node.value
    return _rooted(path, node.id, *steps)


def _pieces(path: str) -> list[str]:
    """A path with dots alone, as NetPyNE's batch mode takes it."""
    pieces = path.split(".")
    if len(pieces) < 2 or not pieces[0].isidentifier() or not all(map(_PIECE.fullmatch, pieces)):
        raise StudyError(f"{path!r} is no path; {EXAMPLE}")
    return pieces


def _rooted(path: str, first: str, *steps: Any) -> tuple[str, tuple[Any, ...]]:
    if first not in ROOTS:
        return "simConfig", (first, *steps)
    if not steps:
        raise StudyError(f"{path!r} names all of {first}, not one number in it")
    return ROOTS[first], steps


def joined(steps: Sequence[Any]) -> str:
    """The path of steps such as ("tune", "soma", 0): tune.soma[0]; the first may be a root."""
    first, *rest = steps
    return str(first) + "".join(_shown(step) for step in rest)


def _shown(step: Any) -> str:
    return f".{step}" if isinstance(step, str) and step.isidentifier() else f"[{step!r}]"


def is_of_config(path: str) -> bool:
    """Whether a path leads into simConfig."""
    return parse(path)[0] == "simConfig"


def _names(holder: object) -> list[Any]:
    if isinstance(holder, Mapping):
        return list(holder)
    if isinstance(holder, Sequence) and not isinstance(holder, str):
        return list(range(len(holder)))
    return [name for name in vars(holder) if not name.startswith("_")] if hasattr(holder, "__dict__") else []


def _find(holder: object, step: Any, path: str) -> Any:
    """The name that a step means: itself, or the one that is written alike (a label that is a number)."""
    names = _names(holder)
    if step in names:
        return step
    alike = [name for name in names if str(name) == str(step)]
    if len(alike) != 1:
        raise StudyError(f"{path!r} names nothing: there is no {step!r}; {nearest(step, names)}")
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
    """Root and steps of a path that exists, each step as it is there: an index is a number."""
    root, steps = parse(path)
    holder, names = _top(specs, root), []
    for step in steps:
        names.append(_find(holder, step, path))
        holder = _at(holder, names[-1])
    return root, tuple(names)


def read(specs: Specs, path: str) -> Any:
    """What stands at a path of specs (netParams, simConfig); a path that names nothing, or a table, is a StudyError."""
    holder, last = _holder(specs, path)
    found = _down(holder, last, path)
    if isinstance(found, Mapping) or isinstance(holder, tuple):
        raise StudyError(f"{path!r} names no number that can be set; {nearest('', _names(found))}")
    return found


def exists(specs: Specs, path: str) -> bool:
    """Whether a path names something."""
    try:
        read(specs, path)
    except StudyError:
        return False
    return True


def write(specs: Specs, path: str, value: Any) -> None:
    """Puts a value at a path that exists."""
    read(specs, path)
    holder, last = _holder(specs, path)
    _set(holder, _find(holder, last, path), value)


def create(specs: Specs, path: str, value: Any) -> None:
    """Puts a value at a path whose last step may be new, as NetPyNE's batch mode does."""
    holder, last = _holder(specs, path)
    _set(holder, last if last not in map(str, _names(holder)) else _find(holder, last, path), value)


def _set(holder: Any, name: Any, value: Any) -> None:
    # What has items and takes none, as a tuple, says so itself.
    has_items = isinstance(holder, Mapping | Sequence)
    if has_items:
        holder[name] = value
    else:
        setattr(holder, name, value)


def matching(specs: Specs, path: str) -> list[str]:
    """The paths of specs that a path with * means, which stands for any name, label or index; without one itself."""
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
        raise StudyError(f"{path!r} names nothing")
    return [joined(way) for way, _ in found]


def put(specs: Specs, path: str, value: Any, *, relative: bool = False) -> None:
    """Puts a value wherever the path leads; a relative one multiplies what stands there."""
    for each in matching(specs, path):
        write(specs, each, value * _number(specs, each) if relative else value)


def _number(specs: Specs, path: str) -> float:
    value: float = read(specs, path)
    if isinstance(value, bool) or not isinstance(value, Number):
        raise StudyError(f"{path!r} is {value!r}, which cannot be multiplied")
    return value


def listed(specs: Specs) -> Iterator[tuple[str, Any]]:
    """Every number and text in specs (netParams, simConfig), by its path; numbers in lists of up to 20."""
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
    """The paths of specs that are written most like this one."""
    try:
        root, steps = parse(path)
    except StudyError:
        return []
    wanted = joined((root.replace("simConfig", "cfg"), *steps))
    return difflib.get_close_matches(wanted, [each for each, _ in listed(specs)], n=NEAREST, cutoff=0.5)
