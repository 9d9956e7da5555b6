"""Remember the cells that a model imports from hoc and Python templates.

A cell is imported once per process, and later candidates get a copy. NetPyNE's import deletes some sections and leaves
others behind. An import beside a network in memory would damage that network. A repeated import would meet NEURON in
another state than a fresh process does.
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
from tuner.regular_files import read_searchable
from tuner.simulation import process_state

# NEURON's initial values. NetPyNE stores each value that differs at the import in the cell rule.
FRESH = {"celsius": 6.3, "v_init": -65.0, "clamp_resist": 0.001}

READS_CONFIG = re.compile(r"\b(cfg|simConfig|__main__)\b")
SETS_HOC = re.compile(r"\bh\.\w+\s*=[^=]|\bh\(|\bsetattr\(\s*h\b")

_remembered: dict[tuple[str, ...], Any] = {}


@contextmanager
def remembered(values: str) -> Iterator[None]:
    """Replace NetPyNE's functions that import cells by functions that return an earlier import if there is one.

    `values` are the candidate's values in simConfig, as text. A template may read them, and is then imported again.
    """
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
            with process_state.lasting():
                _let_go()
            with process_state.lasting():
                _remembered[key] = function(*arguments, **named)
        return copy.deepcopy(_remembered[key])

    return import_cell


def _may_read() -> bool:
    """Return whether a template may read the candidate's values.

    True if a file other than netParams, cfg, init and batch scripts reads simConfig, or if any file sets a hoc
    variable.
    """
    here = Path.cwd()
    files = [file for pattern in ("*.py", "*/*.py", "*/*/*.py") for file in here.glob(pattern)]
    return any(_reads(file.name, read_searchable(file)) for file in files)


def _reads(name: str, text: str) -> bool:
    usual = any(word in name.lower() for word in ("netparams", "cfg", "init", "batch", "search"))
    return bool(SETS_HOC.search(text)) or not usual and bool(READS_CONFIG.search(text))


def _net_once(function: Callable[..., Any], values: str) -> Callable[..., None]:
    @functools.wraps(function)
    def import_cells(net_params: NetParams, *arguments: Any, **named: Any) -> None:
        key = ("net", os.getcwd(), repr(arguments), repr(named), values if _may_read() else "")
        if key not in _remembered:
            before = set(net_params.cellParams), set(net_params.synMechParams)
            with process_state.lasting():
                _let_go()
            with process_state.lasting():
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
    """Release the network in memory, and reset the values that NEURON begins with.

    Otherwise the import would take the network's sections and settings for the cell's.
    """
    from tuner.simulation.network import warm

    sim = simulator()
    warm.release(sim)
    for name, value in FRESH.items():
        # v_init comes with NEURON's run system, which a fresh process has not loaded.
        if hasattr(sim.h, name):
            setattr(sim.h, name, value)
