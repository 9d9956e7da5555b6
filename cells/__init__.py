"""What a cell is: one cell type a file, each a NetPyNE cell rule that needs nothing of the tuner."""

import ast
import difflib
import importlib
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def names() -> list[str]:
    """The cell types: the files of this folder that make a cell rule."""
    files = sorted(HERE.glob("[!_]*.py"))
    return [file.stem for file in files if "\ndef cell_rule(" in file.read_text(encoding="utf-8")]


def load(name: str, **options: object) -> dict[str, Any]:
    """The NetPyNE cell rule of a cell type, with all that detecting its spikes and reaching its synapses takes.

    `options` are those of its `cell_rule`. Needs neither NEURON nor compiled mechanisms; a network of it does. Raises
    ValueError for a cell, an option or a preset that is not there, with the nearest that is.
    """
    # Only of what is loaded is the text read: that is what a run of it is made of.
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
    """The first line of a cell's docstring, read without running it."""
    documented = ast.get_docstring(ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8")))
    return (documented or "").partition("\n")[0]


def nearest(name: object, allowed: Iterable[str]) -> str:
    """What was perhaps meant, else all that is allowed."""
    close = difflib.get_close_matches(str(name), allowed := list(allowed), n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(allowed)}"
