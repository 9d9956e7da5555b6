"""Inspect the text of a model's Python files: names, calls and imports; nothing is executed."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tuner.regular_files import MOST_CODE_BYTES, read_regular


def runs_again(file: Path) -> bool:
    """Return whether a script calls `X.run()` more than once, or in a loop."""
    tree = ast.parse(read_regular(file, MOST_CODE_BYTES))
    runs = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "run"]
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
    return len(runs) > 1 or any(run in set(ast.walk(loop)) for loop in loops for run in runs)


@dataclass(frozen=True)
class Seen:
    """Describe the text of a Python file.

    Attributes
    ----------
    defined, called, imported : frozenset of str
        Names that the file defines at its top level, functions that it calls, and modules that it imports.
    starts : bool
        True if the file calls a function of `netpyne.sim` that creates a network.
    files : tuple of str
        Files that a call of `readCmdLineArgs` or `Batch` names, NetPyNE's default names included.
    scripts : tuple of str
        Python scripts that texts such as commands name.
    is_python : bool
        False if the file cannot be parsed.
    runs : bool
        True if the file calls `X.run()` without arguments, as a Batch is run; NEURON's `h.run()` does not count.
    """

    defined: frozenset[str] = frozenset()
    called: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    starts: bool = False
    files: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    is_python: bool = True
    runs: bool = False


# Functions of netpyne.sim that take a script's netParams and simConfig, or return them to the script.
STARTS = {
    "initialize", "create", "createSimulate", "createSimulateAnalyze", "createSimulateAnalyzeInterval",
    "createSimulateAnalyzeDistributed", "createExportNeuroML2", "load", "loadSimulate", "loadSimulateAnalyze",
    "runFromIndexFile", "readCmdLineArgs", "loadFromIndexFile", "loadModel", "importNeuroML2SimulateAnalyze",
}  # fmt: skip
# Functions that name files, with NetPyNE's default names.
NAMING = {
    "readCmdLineArgs": {"simConfigDefault": "cfg.py", "netParamsDefault": "netParams.py"},
    "Batch": {"cfgFile": "cfg.py", "netParamsFile": "netParams.py"},
}


def look(file: Path) -> Seen:
    """Return the description of a Python file, which is empty for a file that cannot be read or parsed."""
    try:
        return _look(file, file.stat().st_mtime_ns)
    except OSError:
        return Seen(is_python=False)


@cache
def _look(file: Path, changed_ns: int) -> Seen:
    try:
        return _seen(ast.parse(read_regular(file, MOST_CODE_BYTES)))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return Seen(is_python=False)


def _seen(tree: ast.Module) -> Seen:
    nodes = list(ast.walk(tree))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    sims = _names_of_sim(nodes)
    of_sim = [call for call in calls if _called(call) in STARTS and _is_of_sim(call, sims)]
    return Seen(
        frozenset(_defined(tree)),
        frozenset(map(_called, calls)),
        frozenset(_imported(nodes)),
        bool(of_sim),
        tuple(text for call in calls if _called(call) in NAMING for text in _files(call, _assigned(nodes))),
        tuple(word for node in nodes for word in _text(node).split() if word.endswith(".py")),
        runs=any(_called(call) == "run" and not call.args + call.keywords and _is_of_object(call) for call in calls),
    )


def _is_of_object(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) != "h"


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _names_of_sim(nodes: list[ast.AST]) -> set[str]:
    """Return the names under which a file uses netpyne.sim."""
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    aliases = [alias for node in imports for alias in node.names if alias.name in ("sim", "netpyne.sim")]
    return {"sim", "netpyne.sim", *(alias.asname for alias in aliases if alias.asname)}


def _is_of_sim(call: ast.Call, sims: set[str]) -> bool:
    """Return whether a call is one of netpyne.sim: sim.create(...), or createSimulate(...) after an import by name."""
    if isinstance(call.func, ast.Name):
        return call.func.id not in ("load", "create", "initialize")
    return isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) in sims


def _assigned(nodes: list[ast.AST]) -> dict[str, ast.expr]:
    """Return the values that a file assigns to attributes, such as `X.cfgFile = ...`, by attribute."""
    targets = [(node.targets[0], node.value) for node in nodes if isinstance(node, ast.Assign)]
    return {target.attr: value for target, value in targets if isinstance(target, ast.Attribute)}


def _files(call: ast.Call, assigned: dict[str, ast.expr]) -> list[str]:
    """Return the files that a call names, or NetPyNE's default names; empty if the call passes objects instead."""
    names = NAMING[_called(call)]
    given = {keyword.arg: keyword.value for keyword in call.keywords} | dict(zip(names, call.args, strict=False))
    given |= {name: value for name, value in assigned.items() if name in names}
    if "cfg" in given or "netParams" in given:
        return []
    found = [_text(given[name]) if name in given else default for name, default in names.items()]
    return [name for name in found if name]


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _defined(tree: ast.Module) -> set[str]:
    """Return the names that a module defines at the top level, also below `if` and `try`."""
    found: set[str] = set()
    todo: list[ast.stmt | ast.ExceptHandler] = [*tree.body]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = [name for target in targets if target is not None for name in ast.walk(target)]
        found |= {name.id for name in names if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}
        todo += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt | ast.ExceptHandler)]
    return found


def _imported(nodes: list[ast.AST]) -> set[str]:
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return found | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
