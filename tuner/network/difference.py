"""Where two tables of specs differ, leaf by leaf."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MISSING = "(nothing)"


@dataclass(frozen=True)
class Change:
    """One leaf that differs: its path of keys, what stood there and what stands there now."""

    path: tuple
    old: object
    new: object

    def __str__(self) -> str:
        return ".".join(map(str, self.path))


def differences(old: object, new: object, path: tuple = ()) -> Iterator[Change]:
    """The leaves at which two tables of plain data differ; a different order of keys is a difference of the table."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        if list(old) == list(new):
            for key in old:
                yield from differences(old[key], new[key], (*path, key))
        elif old.keys() == new.keys():
            yield Change(path, "another order", "another order")
        else:
            for key in [*old, *(key for key in new if key not in old)]:
                yield from differences(old.get(key, MISSING), new.get(key, MISSING), (*path, key))
    elif not _same(old, new):
        yield Change(path, old, new)


def _same(old: object, new: object) -> bool:
    """Equality that tells true from 1, takes arrays for what they hold, and nan for equal to itself."""
    if old is new:
        return True
    if isinstance(old, bool) != isinstance(new, bool):
        return False
    if hasattr(old, "tolist") or hasattr(new, "tolist"):
        return getattr(old, "tolist", lambda: old)() == getattr(new, "tolist", lambda: new)()
    return bool(old == new)
