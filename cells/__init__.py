"""Load cell types: one per file, each a NetPyNE cell rule that does not depend on the tuner."""

import ast
import difflib
import importlib
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def names() -> list[str]:
    """Return the names of the cell types: the files of this folder that define a cell rule."""
    files = sorted(HERE.glob("[!_]*.py"))
    return [file.stem for file in files if "\ndef cell_rule(" in file.read_text(encoding="utf-8")]


def load(name: str, **options: object) -> dict[str, Any]:
    """Return the NetPyNE cell rule of a cell type.

    The rule contains everything that NetPyNE needs to detect the spikes of the cell and to reach its synapses. Loading
    needs neither NEURON nor compiled mechanisms; a network of the cell needs both.

    Parameters
    ----------
    name
        Name of the cell type, as listed by `names`.
    **options
        Options of the cell's `cell_rule`.

    Raises
    ------
    ValueError
        If the cell, an option or a preset does not exist. The message names the nearest existing name.
    """
    # Import the module of this cell alone: the digest of a run covers all files that are loaded.
    module: Any = importlib.import_module(f"{__name__}.{name}") if (HERE / f"{name}.py").is_file() else None
    if not hasattr(module, "cell_rule"):
        raise ValueError(f"no cell is called {name!r}; {nearest(name, names())}")
    rule: Callable[..., dict[str, Any]] = module.cell_rule
    parameters = inspect.signature(rule).parameters
    for option in options if not any(each.kind == each.VAR_KEYWORD for each in parameters.values()) else ():
        if option not in parameters:
            raise ValueError(f"{name} has no option {option!r}; {nearest(option, parameters)}")
    return rule(**options)


def summary(name: str) -> str:
    """Return the first line of a cell's docstring without running the module."""
    documented = ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8")))
    return (documented or "").partition("\n")[0]


def nearest(name: object, allowed: Iterable[str]) -> str:
    """Return a hint for an unknown name: the closest allowed name, or all allowed names if no name is close."""
    close = difflib.get_close_matches(str(name), allowed := list(allowed), n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(allowed)}"
