"""What a cell is: one cell type a file, each a NetPyNE cell rule that needs nothing of the tuner."""

import ast
import difflib
import importlib
from collections.abc import Iterable
from pathlib import Path

NAMES = (
    "adex",
    "friesen",
    "granule",
    "hh",
    "hh3d",
    "hh3d_swc",
    "izhikevich2003a",
    "izhikevich2003b",
    "izhikevich2007a",
    "izhikevich2007b",
    "mainen",
    "pyr",
    "reduced_traub_miles",
    "traub",
    "wang_buzsaki",
)


def load(name: str, **options: object) -> dict:
    """The NetPyNE cell rule of a cell type, with all that detecting its spikes and reaching its synapses takes.

    `options` are those of its `cell_rule`. Needs neither NEURON nor compiled mechanisms; a network of it does. Raises
    ValueError for a cell or a preset that is not there, TypeError for an option that is not.
    """
    if name not in NAMES:
        raise ValueError(f"no cell is called {name!r}; {nearest(name, NAMES)}")
    return importlib.import_module(f"cells.{name}").cell_rule(**options)


def summary(name: str) -> str:
    """The first line of a cell's docstring, read without running it."""
    documented = ast.get_docstring(ast.parse(Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")))
    return (documented or "").partition("\n")[0]


def nearest(name: str, allowed: Iterable[str]) -> str:
    """What was perhaps meant, else all that is allowed."""
    close = difflib.get_close_matches(name, allowed := list(allowed), n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(allowed)}"
