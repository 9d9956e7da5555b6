"""Find and put back the functions and classes that a task's code has replaced in loaded modules.

Copies of the modules' tables are compared. Deeper changes, such as an entry of a module's list, are not noticed.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import ModuleType
from typing import Any

from tuner.executors.process_settings import is_same

# Modules in which everything is constant: plain values are put back, and new names are removed.
CONSTANT = {"builtins", "copy", "json", "math", "numpy", "numpy.linalg", "numpy.random", "random", "time"}
# Modules with variables of their own: only functions and classes are put back. Each comparison takes time, so there are
# only modules that models replace functions of.
OTHERS = {"io", "os", "tempfile", "warnings"}
# All modules of these packages are compared: those that take part in an evaluation.
PACKAGES = ("netpyne.cell", "netpyne.network", "netpyne.sim", "netpyne.specs", "tuner.simulation.simulate")
# Classes of these modules are compared too.
WITH_CLASSES = ("netpyne", "random", "json")
PLAIN = (bool, int, float, complex, str, bytes, type(None))
DESCRIPTORS = (property, classmethod, staticmethod)
MISSING = object()
# Names that begin so are set by the tuner itself.
OURS = "_netpyne_tuner"

Owner = ModuleType | type[Any]
Name = tuple[str, str]


class Patches:
    """Hold the tables of modules and classes at one moment."""

    def __init__(self) -> None:
        self._owners = _owners()
        self._before = [(owner, vars(owner).copy()) for owner in self._owners]

    @property
    def is_whole(self) -> bool:
        """Return whether no module has been imported since."""
        return self._owners is _owners()

    def changed(self) -> dict[Name, Any]:
        """Return the present functions and values that have replaced others, by owner and name."""
        return {(_name(owner), name): value for owner, name, value, _ in self._changes()}

    def adopt(self, later: "Patches") -> None:
        """Take over changes since a later moment, except of names that had changed before that moment."""
        tables = dict(self._before)
        for owner, name, value, before in later._changes():
            table = tables.get(owner, {})
            if table.get(name, MISSING) is before:
                table[name] = value

    def put_back(self) -> list[str]:
        """Put back all replaced functions, and return the names of functions that cannot be put back."""
        changes = list(self._changes())
        for owner, name, _, before in changes:
            # A refused value is found again below.
            with suppress(Exception):
                _write(owner, name, before)
        return [".".join(name) for name in self.changed()] if changes else []

    def _changes(self) -> Iterator[tuple[Owner, str, Any, Any]]:
        for owner, before in self._before:
            if not is_same(vars(owner), before):
                yield from _differences(owner, before)


def _write(owner: Owner, name: str, value: Any) -> None:
    if value is MISSING:
        delattr(owner, name)
    else:
        setattr(owner, name, value)


def _differences(owner: Owner, before: Mapping[str, Any]) -> Iterator[tuple[Owner, str, Any, Any]]:
    now = {name: value for name, value in vars(owner).items() if not name.startswith(OURS)}
    is_constant = isinstance(owner, ModuleType) and owner.__name__ in CONSTANT
    for name, value in before.items():
        found = now.get(name, MISSING)
        if (
            found is not value
            and not name.startswith(OURS)
            and (_is_code(value) or is_constant and isinstance(value, PLAIN))
        ):
            yield owner, name, found, value
    for name in now.keys() - before.keys():
        if _is_new(now[name], name) if is_constant else isinstance(owner, type) and _overrides(owner, name):
            yield owner, name, now[name], MISSING


def _overrides(owner: type[Any], name: str) -> bool:
    """Return whether a new name of a class is other code than the code that the class inherits."""
    value = vars(owner)[name]
    return _is_code(value) and all(vars(base).get(name) is not value for base in owner.__mro__[1:])


def _is_new(value: Any, name: str) -> bool:
    """Return whether a new name of a module was added by other code than an import."""
    return not name.startswith("_") and not isinstance(value, ModuleType)


def _is_code(value: Any) -> bool:
    """Return whether a value is a function, a class or a module, other than a function that a function has made."""
    if isinstance(value, (ModuleType, *DESCRIPTORS)):
        return True
    # NEURON's objects can be called too, and must not be asked for other attributes.
    if type(value).__module__ == "hoc" or not callable(value):
        return False
    return "<locals>" not in getattr(value, "__qualname__", "")


_known: tuple[int, list[Owner]] = 0, []


def _owners() -> list[Owner]:
    """Return the modules and classes to compare, found anew when modules have been imported."""
    global _known
    if _known[0] != len(sys.modules):
        modules = [module for name, module in list(sys.modules.items()) if _is_watched(name, module)]
        classes = {each: None for module in modules for each in _classes(module)}
        _known = len(sys.modules), [*modules, *classes]
    return _known[1]


def _is_watched(name: str, module: object) -> bool:
    is_one = name in CONSTANT or name in OTHERS or name.startswith(PACKAGES) and name != "netpyne.sim.validator"
    return is_one and isinstance(module, ModuleType)


def _classes(module: ModuleType) -> list[type[Any]]:
    if module.__name__.partition(".")[0] not in WITH_CLASSES:
        return []
    return [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]


def _name(owner: Owner) -> str:
    return owner.__name__ if isinstance(owner, ModuleType) else f"{owner.__module__}.{owner.__qualname__}"
