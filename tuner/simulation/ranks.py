"""Exchange data between all MPI ranks of a simulation; on a single rank, return the rank's data."""

from collections.abc import Iterable
from functools import cache
from typing import TypeVar

import numpy as np

from tuner.interfaces.neuron_types import ParallelContext, interpreter

Key = TypeVar("Key")
Value = TypeVar("Value")


@cache
def _context() -> ParallelContext:
    return interpreter().ParallelContext()


def count() -> int:
    """Return the number of ranks on which NEURON runs."""
    return int(_context().nhost())


def is_first() -> bool:
    """Return whether this rank is the first, which writes files."""
    return _context().id() == 0


def gathered(value: Value) -> list[Value]:
    """Return the values of all ranks, on every rank; all ranks must call this function."""
    context = _context()
    return context.py_allgather(value) if context.nhost() > 1 else [value]


def joined(array: np.ndarray) -> np.ndarray:
    """Return the arrays of all ranks, joined in the order of ranks."""
    return np.concatenate(gathered(array)) if count() > 1 else array


def united(table: dict[Key, Value]) -> dict[Key, Value]:
    """Return the tables of all ranks as one table; no key may be on two ranks."""
    return {key: value for each in gathered(table) for key, value in each.items()}


def in_order(times: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the spikes of all ranks, sorted by time; on a single rank, the order is kept."""
    if count() == 1:
        return times, cells
    times, cells = joined(times), joined(cells)
    order = np.lexsort((cells, times))
    return times[order], cells[order]


def merged(tables: Iterable[dict[str, list[int]]]) -> dict[str, list[int]]:
    """Merge tables of lists into one table with sorted lists."""
    found: dict[str, list[int]] = {}
    for table in tables:
        for name, numbers in table.items():
            found[name] = sorted([*found.get(name, ()), *numbers])
    return found
