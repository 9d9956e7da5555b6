"""The structure: which place may import which, no cycles, and which library has which door."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.loops import loop_over

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("cells", "netparams", "batch", "tuner")
# From the bottom up. A place imports places of lower lines, and nothing of its own line but itself.
LEVELS = """
tuner cells tuner.errors tuner.interfaces tuner.layout tuner.library tuner.registry tuner.regular_files
netparams tuner.words tuner.recording tuner.evaluation tuner.protocols tuner.signals tuner.executors
tuner.features
tuner.objective
tuner.study
tuner.mechanisms tuner.simulation
tuner.model
tuner.optimizers tuner.runs
tuner.evaluate tuner.analysis
tuner.cluster
tuner.verification tuner.report
tuner.search
tuner.drafts tuner.bridge
tuner.progress
tuner.commands
tuner.cli
tuner.run batch
"""
# Where cells and netparams are imported from, through links; here they bear the names of their folders.
LIBRARY = "tuner.library."
MOST_FLAT_MODULES = 14
LONGEST_BODY, LONGEST_MODULE = 45, 300
# Libraries that only these modules import, inside functions or not.
DOORS = {
    "matplotlib": ("tuner.report",),
    "inspyred": ("tuner.optimizers.inspyred",),
    "cmaes": ("tuner.optimizers.cma_es",),
    "optuna": ("tuner.optimizers.samplers", "tuner.analysis.ped_anova"),
    "tqdm": ("tuner.progress", "tuner.simulation.simulate"),
    "mpi4py": ("tuner.executors",),
    "pebble": ("tuner.executors.processes",),
    "efel": ("tuner.features.voltage",),
    "neuron": ("tuner.interfaces", "tuner.model", "netparams", "cells"),
    "netpyne": ("tuner.interfaces", "tuner.model", "tuner.bridge", "netparams", "cells"),
}
# NEURON and NetPyNE take seconds to import: only inside functions, but for the specs that a model is written in.
LATE = ("neuron", "netpyne")
EARLY = {"netparams": ("netpyne.specs",)}


def _name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {_name(file): file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))}
TREES = {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in FILES.items()}
PLACES = {place: level for level, line in enumerate(LEVELS.split("\n")) for place in line.split()}


def _within(name: str, prefixes: tuple[str, ...]) -> str | None:
    """Return the longest prefix that the name is, or lies in."""
    found = [prefix for prefix in prefixes if name == prefix or name.startswith(f"{prefix}.")]
    return max(found, key=len, default=None)


def _place(name: str) -> str:
    """Return the module's package below tuner/, or the module itself where it lies flat."""
    parts = name.split(".")
    return ".".join(parts[: 2 if parts[0] == "tuner" else 1])


def _imports(node: ast.AST, module: str, late: bool = False) -> Iterator[tuple[str, bool, int]]:
    """Yield the imports of a module: full name, whether inside a function, and the line."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name.removeprefix(LIBRARY), late, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            package = module if FILES[module].name == "__init__.py" else module.rpartition(".")[0]
            above = package.split(".")[: len(package.split(".")) - child.level + 1] if child.level else []
            source = ".".join([*above, *([child.module] if child.module else [])])
            for alias in child.names:
                yield f"{source}.{alias.name}".removeprefix(LIBRARY), late, child.lineno
        else:
            is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, module, late or is_function)


IMPORTS = {name: list(_imports(tree, name)) for name, tree in TREES.items()}
OURS = [
    (name, target, line)
    for name, imports in IMPORTS.items()
    for imported, _, line in imports
    if (target := _within(imported, tuple(FILES))) and target != name
]


def _cycles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the strongly connected components of more than one node (Tarjan 1972, SIAM J. Comput. 1:146)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in arrows.get(node, ()):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            component = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(component) > 1:
                found.append(sorted(component))

    for node in arrows:
        if node not in index:
            visit(node)
    return found


def _arrows(pairs: list[tuple[str, str]]) -> dict[str, set[str]]:
    arrows: dict[str, set[str]] = {}
    for name, target in pairs:
        if name != target:
            arrows.setdefault(name, set()).add(target)
    return arrows


def test_cycles_are_found():
    assert _cycles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "f": {"f", "a"}}) == [["a", "b", "c"]]
    assert _cycles({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}}) == []


def test_all_modules_are_read():
    assert {"tuner.cli", "tuner.optimizers.pareto.nsga2", "netparams.sensory_motor", "cells.pyr"} <= set(FILES)
    read = {(name, target) for name, target, _ in OURS}
    assert ("netparams.sensory_motor", "cells.pyr") in read
    assert ("tuner.commands", "tuner.search.job") in read, "imports in functions count"
    assert ("tuner.search.job", "tuner.search.warm_start") in read, "imports of modules from a package count"


def test_every_place_has_a_level_and_every_level_its_places():
    assert {_place(name) for name in FILES} == set(PLACES)


def test_imports_go_down_or_sideways_within_a_place():
    # tuner/__init__.py gives out names when they are asked for.
    up = [
        f"{name}:{line} imports {to}"
        for name, to, line in OURS
        if _place(name) != _place(to) and PLACES[_place(to)] >= PLACES[_place(name)]
    ]
    assert up == []


def test_no_modules_and_no_places_import_each_other():
    assert _cycles(_arrows([(name, to) for name, to, _ in OURS])) == []
    assert _cycles(_arrows([(_place(name), _place(to)) for name, to, _ in OURS])) == []


def test_few_modules_lie_flat():
    flat = sorted((ROOT / "tuner").glob("*.py"))
    assert len(flat) <= MOST_FLAT_MODULES, [file.name for file in flat]


def test_a_package_has_no_code_of_its_own():
    faces = [name for name, file in FILES.items() if file.name == "__init__.py" and name.startswith("tuner.")]
    assert [name for name in faces if len(TREES[name].body) > 1] == []


def test_module_names_are_used_once():
    stems = [name.rpartition(".")[2] for name, file in FILES.items() if name.startswith("tuner.")]
    shared = {"base", "registry", "__main__"}
    packages = {name.rpartition(".")[2] for name, file in FILES.items() if file.name == "__init__.py"}
    assert {stem for stem in stems if stems.count(stem) > 1} - shared - packages == set()


def test_models_do_not_know_the_tuner():
    known = [f"{name}:{line} imports {to}" for name, to, line in OURS
             if _within(name, ("cells", "netparams")) and _within(to, ("tuner", "batch"))]  # fmt: skip
    assert known == []


def test_executors_know_nothing_of_studies():
    known = {to for name, to, _ in OURS if _within(name, ("tuner.executors",))}
    allowed = ("tuner.executors", "tuner.errors", "tuner.registry")
    assert {to for to in known if not _within(to, allowed)} == set()


@loop_over("library", DOORS)
def test_heavy_libraries_have_one_door(library):
    inside = [
        f"{name}:{line}"
        for name, imports in IMPORTS.items()
        for imported, _, line in imports
        if _within(imported, (library,)) and not _within(name, DOORS[library])
    ]
    assert inside == []


def test_neuron_and_netpyne_are_imported_late():
    early = [
        f"{name}:{line} imports {imported}"
        for name, imports in IMPORTS.items()
        for imported, late, line in imports
        if not late and _within(imported, LATE) and not _within(imported, EARLY.get(name.partition(".")[0], ()))
    ]
    assert early == []


def test_no_module_bears_a_standard_library_name():
    names = [name for name in FILES if name.partition(".")[0] in ("tuner", "cells")]
    assert [name for name in names if name.rpartition(".")[2] in sys.stdlib_module_names] == []


def test_nothing_runs_between_fork_and_exec():
    assert [name for name, file in FILES.items() if "preexec_fn" in file.read_text(encoding="utf-8")] == []


def test_nothing_below_the_command_line_prints():
    doors = ("tuner.cli", "tuner.commands", "tuner.bridge.batch_folder", "tuner.bridge.batch_files")
    prints = [
        f"{name}:{node.lineno}"
        for name, tree in TREES.items()
        if name.startswith("tuner.") and not _within(name, doors)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert prints == []


def test_modules_and_bodies_are_short():
    others = (file for folder in ("benchmarks", "docs", "tests") for file in sorted((ROOT / folder).rglob("*.py")))
    # Models and scripts of tests/data are as their users write them.
    others = (file for file in others if ROOT / "tests" / "data" not in file.parents)
    files = {**FILES, **{str(file.relative_to(ROOT)): file for file in others}}
    long = [f"{name}: {n} lines" for name, file in files.items() if (n := _lines(file)) > LONGEST_MODULE]
    for name, file in files.items():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        long += [
            f"{name}:{each.lineno} {each.name}: {n} lines" for each in functions if (n := _body(each)) > LONGEST_BODY
        ]
    assert long == []


def test_what_mypy_is_told_to_ignore_has_its_code_and_its_reason():
    lines = [line for file in FILES.values() for line in file.read_text(encoding="utf-8").split("\n")]
    told = [line for line in lines if "# type:" in line]
    assert [line for line in told if not re.search(r"# type: ignore\[[\w, -]+\]  # \w", line)] == []


def _lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def _body(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function's body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_booleans_are_taken_by_keyword_only():
    # NetPyNE's own signature, for which `update` stands in.
    allowed = {("tuner.model.batch_script", "update")}
    taken = [
        f"{name}:{each.lineno} {each.name}({argument.arg})"
        for name, tree in TREES.items()
        for each in ast.walk(tree)
        if isinstance(each, ast.FunctionDef) and (name, each.name) not in allowed
        for argument in (*each.args.posonlyargs, *each.args.args)
        if argument.annotation is not None and ast.unparse(argument.annotation) == "bool"
    ]
    # IPython's protocol.
    assert [words for words in taken if "_repr_pretty_" not in words] == []
