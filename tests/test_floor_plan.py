"""The floor plan: which module stands on which floor, who may import whom, and which library has which door."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("cells", "netparams", "batch", "tuner")
FLOORS = {
    "tuner": 6,  # its __init__ hands out names lazily
    "tuner.run": 6,
    "tuner.cli": 6,
    "tuner.commands": 6,
    "tuner.signals": 0,
    "tuner.progress": 6,
    "batch": 5,
    "tuner.loop": 4,
    "tuner.steady": 4,
    "tuner.ending": 4,
    "tuner.job": 4,
    "tuner.best": 4,
    "tuner.preparation": 4,
    "tuner.drafts": 4,
    "tuner.evaluate": 3,
    "tuner.shortcuts": 3,
    "tuner.export": 3,
    "tuner.verification": 3,
    "tuner.retest": 3,
    "tuner.warmstart": 3,
    "tuner.report": 3,
    "tuner.summary": 3,
    "tuner.status": 3,
    "tuner.sweep": 3,
    "tuner.gallery": 3,
    "tuner.optimizers": 2,
    "tuner.store": 2,
    "tuner.joblog": 2,
    "tuner.owner": 2,
    "tuner.runfolder": 2,
    "tuner.mechanisms": 2,
    "tuner.model": 2,
    "tuner.modelfiles": 2,
    "tuner.network": 2,
    "tuner.simulate": 2,
    "tuner.simdata": 2,
    "tuner.stimuli": 2,
    "tuner.ranks": 2,
    "tuner.abort": 2,
    "netparams": 1,
    "tuner.space": 1,
    "tuner.recording": 1,
    "tuner.features": 1,
    "tuner.targets": 1,
    "tuner.objective": 1,
    "tuner.nmodl": 1,
    "tuner.schema": 1,
    "tuner.paths": 1,
    "tuner.entries": 1,
    "tuner.study": 1,
    "tuner.studyfile": 1,
    "tuner.sources": 1,
    "tuner.settings": 1,
    "tuner.trials": 1,
    "tuner.account": 1,
    "tuner.sensitivity": 1,
    "tuner.conflicts": 1,
    "tuner.traces": 2,
    "tuner.references": 1,
    "tuner.evaluation": 1,
    "cells": 0,
    "tuner.errors": 0,
    "tuner.executors": 0,
}
# Libraries that only these modules import, inside functions or not.
DOORS = {
    "matplotlib": ("tuner.report",),
    "inspyred": ("tuner.optimizers",),
    "cmaes": ("tuner.optimizers.cma_es",),
    "optuna": ("tuner.optimizers.samplers",),
    "tqdm": ("tuner.progress", "tuner.simulate"),
    "mpi4py": ("tuner.executors",),
    "neuron": (
        "tuner.mechanisms",
        "tuner.model",
        "tuner.network",
        "tuner.simulate",
        "tuner.stimuli",
        "tuner.ranks",
        "netparams",
        "cells",
    ),
    "netpyne": (
        "tuner.model",
        "tuner.network",
        "tuner.simulate",
        "tuner.simdata",
        "tuner.stimuli",
        "tuner.export",
        "tuner.gallery",
        "batch",
        "netparams",
        "cells",
    ),
}
# NEURON and NetPyNE take seconds to import: only inside functions, but for the specs that a model is written in.
LATE = ("neuron", "netpyne")
EARLY = {"netparams": ("netpyne.specs",)}


def _name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {_name(file): file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))}
TREES = {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in FILES.items()}


def _within(name: str, prefixes: tuple[str, ...]) -> str | None:
    """The longest prefix that the name is, or lies in."""
    found = [prefix for prefix in prefixes if name == prefix or name.startswith(f"{prefix}.")]
    return max(found, key=len, default=None)


def _floor(name: str) -> int | None:
    prefix = _within(name, tuple(FLOORS))
    return None if prefix is None or (prefix == "tuner" and name != "tuner") else FLOORS[prefix]


def _imports(node: ast.AST, module: str, late: bool = False) -> Iterator[tuple[str, bool, int]]:
    """What a module imports: full name, whether inside a function, and the line."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name, late, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            package = module if FILES[module].name == "__init__.py" else module.rpartition(".")[0]
            above = package.split(".")[: len(package.split(".")) - child.level + 1] if child.level else []
            source = ".".join([*above, *([child.module] if child.module else [])])
            for alias in child.names:
                yield f"{source}.{alias.name}", late, child.lineno
        else:
            is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, module, late or is_function)


IMPORTS = {name: list(_imports(tree, name)) for name, tree in TREES.items()}
OURS = [
    (name, target, line)
    for name, imports in IMPORTS.items()
    for imported, _, line in imports
    if (target := _within(imported, tuple(FILES)))
]


def test_the_plan_is_read_at_all():
    assert {"tuner.cli", "tuner.optimizers.nsga2", "netparams.sensory_motor", "cells.pyr"} <= set(FILES)
    assert ("netparams.sensory_motor", "cells.pyr") in {(name, target) for name, target, _ in OURS}
    assert ("tuner.commands", "tuner.job") in {(name, target) for name, target, _ in OURS}, "imports in functions count"
    assert ("tuner.job", "tuner.loop") in {(name, target) for name, target, _ in OURS}, "from a package too"


@pytest.mark.parametrize("name", FILES)
def test_every_module_has_a_floor(name):
    assert _floor(name) is not None, f"{name} stands on no floor; enter it into FLOORS"


def test_every_entry_of_the_plan_is_there():
    assert [name for name in FLOORS if name not in FILES] == []


def test_imports_go_down_or_sideways():
    up = [f"{name}:{line} imports {to}" for name, to, line in OURS if _floor(to) > _floor(name)]
    assert up == []


def test_models_do_not_know_the_tuner():
    known = [f"{name}:{line} imports {to}" for name, to, line in OURS
             if _within(name, ("cells", "netparams")) and _within(to, ("tuner", "batch"))]  # fmt: skip
    assert known == []


def test_executors_know_nothing_of_studies():
    known = {to for name, to, _ in OURS if _within(name, ("tuner.executors",))}
    assert {to for to in known if not _within(to, ("tuner.executors", "tuner.errors"))} == set()


@pytest.mark.parametrize("library", DOORS)
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


@pytest.mark.parametrize("name", [name for name in FILES if name.partition(".")[0] in ("tuner", "cells")])
def test_no_module_bears_a_standard_library_name(name):
    assert name.rpartition(".")[2] not in sys.stdlib_module_names


def test_nothing_below_the_command_line_prints():
    prints = [
        f"{name}:{node.lineno}"
        for name, tree in TREES.items()
        if name.startswith("tuner.") and name not in ("tuner.cli", "tuner.commands")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert prints == []
