"""Cells that a model imports from hoc and Python templates: imported once a process, given again to later candidates.

NetPyNE's import deletes sections, and leaves some: done beside a network that lives it would damage it, done again it
would find another NEURON than a fresh process has.
"""

import copy
import functools
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tuner.interfaces.netpyne_types import NetParams, simulator

# What NEURON begins with; a cell rule has what is another when it is imported.
FRESH = {"celsius": 6.3, "v_init": -65.0, "clamp_resist": 0.001}

READS_CONFIG = re.compile(r"\b(cfg|simConfig|__main__)\b")
SETS_HOC = re.compile(r"\bh\.\w+\s*=[^=]|\bh\(|\bsetattr\(\s*h\b")

_remembered: dict[tuple[str, ...], Any] = {}


@contextmanager
def remembered(values: str) -> Iterator[None]:
    """NetPyNE's functions that import cells ask here first; a template may read the candidate's `values` by itself."""
    from netpyne import conversion

    before = conversion.importCell, conversion.importCellsFromNet
    conversion.importCell = _once(before[0], values)
    conversion.importCellsFromNet = _net_once(before[1], values)
    try:
        yield
    finally:
        conversion.importCell, conversion.importCellsFromNet = before


def _once(function: Callable[..., Any], values: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def import_cell(*arguments: Any, **named: Any) -> Any:
        key = ("cell", os.getcwd(), repr(arguments), repr(named), values if _may_read() else "")
        if key not in _remembered:
            _let_go()
            _remembered[key] = function(*arguments, **named)
        return copy.deepcopy(_remembered[key])

    return import_cell


def _may_read() -> bool:
    """Whether a file of the model but the usual ones reads simConfig, or anything sets a variable of hoc."""
    here = Path.cwd()
    files = [file for pattern in ("*.py", "*/*.py", "*/*/*.py") for file in here.glob(pattern)]
    return any(_reads(file.name, file.read_text(errors="replace")) for file in files)


def _reads(name: str, text: str) -> bool:
    usual = any(word in name.lower() for word in ("netparams", "cfg", "init", "batch", "search"))
    return bool(SETS_HOC.search(text)) or not usual and bool(READS_CONFIG.search(text))


def _net_once(function: Callable[..., Any], values: str) -> Callable[..., None]:
    @functools.wraps(function)
    def import_cells(net_params: NetParams, *arguments: Any, **named: Any) -> None:
        key = ("net", os.getcwd(), repr(arguments), repr(named), values if _may_read() else "")
        if key not in _remembered:
            before = set(net_params.cellParams), set(net_params.synMechParams)
            _let_go()
            function(net_params, *arguments, **named)
            tables = net_params.cellParams, net_params.synMechParams
            new = [{k: v for k, v in table.items() if k not in old} for table, old in zip(tables, before, strict=True)]
            _remembered[key] = copy.deepcopy(new)
            return
        cells, synapses = copy.deepcopy(_remembered[key])
        net_params.cellParams.update(cells)
        net_params.synMechParams.update(synapses)

    return import_cells


def _let_go() -> None:
    """Lets go of the network that lives: an import would take its sections for the cell's, and its settings too."""
    from tuner.simulation.network import warm

    sim = simulator()
    warm.release(sim)
    for name, value in FRESH.items():
        # v_init comes with NEURON's run system, which a fresh process has not.
        if hasattr(sim.h, name):
            setattr(sim.h, name, value)
