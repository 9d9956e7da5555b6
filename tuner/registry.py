"""Registries: what the modules of a package enter into a table, under a name. A new entry is a new module."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


class Registry(Mapping[str, Entry], Generic[Entry]):
    """Return entries by name; the modules of `package` are imported when the first entry is asked for.

    Entries are in the order of their `place`; those of equal place by module, and within it as they are entered.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._entries: dict[str, Entry] = {}
        self._order: dict[str, tuple[int, str, int]] = {}
        self._is_complete = False

    def enter(self, name: str, entry: Entry, module: str, place: int = 0) -> None:
        """Enter an entry of a module; ValueError where another one has the name."""
        if name in self._entries:
            raise ValueError(f"{module}: {self._package} has an entry {name!r} already")
        self._entries[name] = entry
        self._order[name] = place, module, len(self._order)

    def entering(self, name: str, place: int = 0) -> Callable[[Entry], Entry]:
        """Return a decorator that enters what it decorates."""

        def enter(entry: Entry) -> Entry:
            self.enter(name, entry, entry.__module__, place)
            return entry

        return enter

    def __getitem__(self, name: str) -> Entry:
        self._load()
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(sorted(self._entries, key=self._order.__getitem__))

    def __len__(self) -> int:
        self._load()
        return len(self._entries)

    def _load(self) -> None:
        if self._is_complete:
            return
        package = importlib.import_module(self._package)
        for module in pkgutil.walk_packages(package.__path__, f"{self._package}."):
            importlib.import_module(module.name)
        self._is_complete = True
