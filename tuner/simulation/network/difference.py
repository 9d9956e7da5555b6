"""Find the differences between two tables of specs, leaf by leaf."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tuner.interfaces.netpyne_types import NetParams, SimConfig, Table, spec_classes

MISSING = "(nothing)"
# Entries of simConfig that NetPyNE reads, although NetPyNE defines no default for them.
READ_IF_THERE = {"use_local_dt", "validateNetParams", "saveWeights", "nsteps_block", "hnn_params", "dL", "node_sets"}


def plain_table(spec: NetParams | SimConfig) -> Table:
    """Copy netParams or simConfig into plain tables and lists.

    copy.deepcopy would add keys to NetPyNE's tables.
    """
    return {name: _plain(value) for name, value in spec.todict().items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_plain, value))
    return value if isinstance(value, str | int | float | type(None)) else copy.deepcopy(value)


def without_own(config: Table, net_params: NetParams) -> Table:
    """Return a simConfig's table without the entries that NetPyNE does not read; mapped entries are kept."""
    read = vars(spec_classes().SimConfig()).keys() | READ_IF_THERE | set(getattr(net_params, "mapping", ()))
    return {name: value for name, value in config.items() if name in read}


@dataclass(frozen=True)
class Change:
    """Represent a leaf that differs, by the path of keys and the old and new values."""

    path: tuple[Any, ...]
    old: Any
    new: Any

    def __str__(self) -> str:
        return ".".join(map(str, self.path))


def differences(old: Any, new: Any, path: tuple[Any, ...] = ()) -> Iterator[Change]:
    """Yield the leaves at which two tables of plain data differ.

    A different order of keys is a difference of the whole table.
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        if list(old) == list(new):
            for key in old:
                yield from differences(old[key], new[key], (*path, key))
        elif old.keys() == new.keys():
            yield Change(path, "a different order", "a different order")
        else:
            for key in [*old, *(key for key in new if key not in old)]:
                yield from differences(old.get(key, MISSING), new.get(key, MISSING), (*path, key))
    elif not _same(old, new):
        yield Change(path, old, new)


def _same(old: Any, new: Any) -> bool:
    """Return whether two values are equal.

    1 differs from True, arrays are compared as lists, and an identical object is equal even if it is nan.
    """
    if old is new:
        return True
    if isinstance(old, bool) != isinstance(new, bool):
        return False
    if hasattr(old, "tolist") or hasattr(new, "tolist"):
        return bool(getattr(old, "tolist", lambda: old)() == getattr(new, "tolist", lambda: new)())
    return bool(old == new)
