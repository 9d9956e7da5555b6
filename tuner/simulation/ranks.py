"""What all ranks of a simulation know together; on one rank, which is the rule, what it knows itself."""

from collections.abc import Iterable
from typing import TypeVar

import numpy as np

from tuner.interfaces.neuron_types import interpreter

Key = TypeVar("Key")
Value = TypeVar("Value")


def count() -> int:
    """Ranks on which NEURON runs."""
    return int(interpreter().ParallelContext().nhost())


def is_first() -> bool:
    """Whether this is the rank that writes files."""
    return interpreter().ParallelContext().id() == 0


def gathered(value: Value) -> list[Value]:
    """The values of all ranks, on every rank: all of them must ask."""
    context = interpreter().ParallelContext()
    return context.py_allgather(value) if context.nhost() > 1 else [value]


def joined(array: np.ndarray) -> np.ndarray:
    """The arrays of all ranks, one after the other."""
    return np.concatenate(gathered(array)) if count() > 1 else array


def united(table: dict[Key, Value]) -> dict[Key, Value]:
    """The tables of all ranks, which have no key in common, as one."""
    return {key: value for each in gathered(table) for key, value in each.items()}


def in_order(times: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The spikes of all ranks by time; those of one rank as they are."""
    if count() == 1:
        return times, cells
    times, cells = joined(times), joined(cells)
    order = np.lexsort((cells, times))
    return times[order], cells[order]


def merged(tables: Iterable[dict[str, list[int]]]) -> dict[str, list[int]]:
    """Tables of lists as one, each list sorted."""
    found: dict[str, list[int]] = {}
    for table in tables:
        for name, numbers in table.items():
            found[name] = sorted([*found.get(name, ()), *numbers])
    return found
