"""What all ranks of a simulation know together; on one rank, which is the rule, what it knows itself."""

from collections.abc import Iterable

import numpy as np


def count() -> int:
    """Ranks on which NEURON runs."""
    from neuron import h

    return int(h.ParallelContext().nhost())


def is_first() -> bool:
    """Whether this is the rank that writes files."""
    from neuron import h

    return h.ParallelContext().id() == 0


def gathered(value: object) -> list:
    """The values of all ranks, on every rank: all of them must ask."""
    from neuron import h

    context = h.ParallelContext()
    return context.py_allgather(value) if context.nhost() > 1 else [value]


def joined(array: np.ndarray) -> np.ndarray:
    """The arrays of all ranks, one after the other."""
    return np.concatenate(gathered(array)) if count() > 1 else array


def united(table: dict) -> dict:
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
