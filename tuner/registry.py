"""Define registries: tables of named entries that the modules of a package fill.

A new entry is a new module of the package; no other file changes.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


class Registry(Mapping[str, Entry], Generic[Entry]):
    """Map names to entries; the modules of `package` are imported when an entry is first looked up.

    Entries are sorted by `place`, then by the name of the module, then by the order of entering.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._entries: dict[str, Entry] = {}
        self._order: dict[str, tuple[int, str, int]] = {}
        self._is_complete = False

    def enter(self, name: str, entry: Entry, module: str, place: int = 0) -> None:
        """Enter an entry of a module; raise ValueError if the name is taken."""
        if name in self._entries:
            raise ValueError(f"{module}: {self._package} has an entry {name!r} already")
        self._entries[name] = entry
        self._order[name] = place, module, len(self._order)

    def entering(self, name: str, place: int = 0) -> Callable[[Entry], Entry]:
        """Return a decorator that enters the decorated object under a name."""

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
