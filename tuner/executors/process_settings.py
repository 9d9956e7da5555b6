"""Read and put back the settings of this process that a task's code may change."""

import decimal
import gc
import locale
import os
import resource
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

SIGNALS = [
    getattr(signal, f"SIG{name}")
    for name in ("ALRM", "CHLD", "HUP", "INT", "PIPE", "PROF", "TERM", "USR1", "USR2", "VTALRM")
]
TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
LIMITS = sorted({getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")})
DECIMAL = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")
STREAMS = ("stdin", "stdout", "stderr", "excepthook", "displayhook", "dont_write_bytecode")

# Copies of the standard streams' descriptors, by what they lead to.
_copies: dict[tuple[int, ...], int] = {}


class Setting(NamedTuple):
    """Represent a setting by two functions: one reads the value, the other sets a value."""

    read: Callable[[], Any]
    write: Callable[[Any], object]


class Settings:
    """Hold the values of settings at one moment, by the name that a message uses."""

    def __init__(self, table: Mapping[str, Setting]) -> None:
        self._table = table
        self._before = {name: setting.read() for name, setting in table.items()}

    def are_of(self, table: Mapping[str, Setting]) -> bool:
        """Return whether these are settings of the same table."""
        return self._table is table

    def changed(self) -> dict[str, Any]:
        """Return the present values of the settings that have changed, by name."""
        found = {name: setting.read() for name, setting in self._table.items()}
        return {name: value for name, value in found.items() if not is_same(value, self._before[name])}

    def adopt(self, later: "Settings") -> None:
        """Take over changes since a later moment, except of settings that had changed before that moment."""
        for name, value in later.changed().items():
            if name not in self._before or is_same(self._before[name], later._before[name]):
                self._before[name] = value

    def put_back(self) -> list[str]:
        """Put back all changed settings, and return the names of settings that cannot be put back."""
        changed = self.changed()
        for name in changed:
            # A refused value is seen when the setting is read again.
            with suppress(Exception):
                self._table[name].write(self._before[name])
        return list(self.changed()) if changed else []


def is_same(one: Any, other: Any) -> bool:
    """Return whether two values are the same object or equal; False if a comparison fails."""
    try:
        return one is other or bool(one == other)
    except Exception:
        return False


def _working_directory() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _set_environment(wanted: Mapping[str, str]) -> None:
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _set_each(pairs: Iterable[tuple[Any, Any]], read: Callable[[Any], Any], write: Callable[..., object]) -> None:
    for key, value in pairs:
        if read(key) != value:
            write(key, value)


def _descriptors() -> tuple[tuple[int, ...] | None, ...]:
    """Return the targets of the standard descriptors, and keep a copy of each new descriptor."""
    return tuple(map(_target, range(3)))


def _target(descriptor: int) -> tuple[int, ...] | None:
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    target = status.st_dev, status.st_ino, status.st_rdev
    if target not in _copies:
        _copies[target] = os.dup(descriptor)
    return target


def _set_descriptors(targets: Iterable[tuple[int, ...] | None]) -> None:
    for descriptor, target in enumerate(targets):
        if target is not None and _target(descriptor) != target:
            os.dup2(_copies[target], descriptor)


def _set_filters(filters: Iterable[Any]) -> None:
    # Python forgets decisions of earlier filters when a filter is added. typeshed calls the list a sequence.
    warnings.simplefilter("default")
    known: Any = warnings.filters
    known[:] = filters


def _decimal() -> dict[str, Any]:
    context = decimal.getcontext()
    return {name: getattr(context, name) for name in DECIMAL} | {"traps": dict(context.traps)}


def _set_decimal(values: Mapping[str, Any]) -> None:
    for name in DECIMAL:
        setattr(decimal.getcontext(), name, values[name])
    decimal.getcontext().traps.update(values["traps"])


def _list(name: str) -> Setting:
    def write(entries: Iterable[Any]) -> None:
        getattr(sys, name)[:] = entries

    return Setting(lambda: list(getattr(sys, name)), write)


def _attribute(name: str) -> Setting:
    return Setting(lambda: getattr(sys, name, None), lambda value: setattr(sys, name, value))


def _of_system() -> dict[str, Setting]:
    found = {
        "the working directory": Setting(_working_directory, os.chdir),
        "the environment": Setting(os.environ.copy, _set_environment),
        "the umask": Setting(_umask, os.umask),
        "a resource limit": Setting(
            lambda: [resource.getrlimit(limit) for limit in LIMITS],
            lambda values: _set_each(zip(LIMITS, values, strict=True), resource.getrlimit, resource.setrlimit),
        ),
        "a signal handler": Setting(
            lambda: [signal.getsignal(number) for number in SIGNALS],
            lambda values: _set_each(zip(SIGNALS, values, strict=True), signal.getsignal, signal.signal),
        ),
        "the signal mask": Setting(
            lambda: signal.pthread_sigmask(signal.SIG_BLOCK, ()),
            lambda mask: signal.pthread_sigmask(signal.SIG_SETMASK, mask),
        ),
        # The time that is left changes, so a timer only runs or does not run.
        "a timer": Setting(
            lambda: [signal.getitimer(timer) != (0.0, 0.0) for timer in TIMERS],
            lambda runs: [signal.setitimer(t, 0.0) for t, is_on in zip(TIMERS, runs, strict=True) if not is_on],
        ),
        "the priority": Setting(
            lambda: os.getpriority(os.PRIO_PROCESS, 0), lambda value: os.setpriority(os.PRIO_PROCESS, 0, value)
        ),
        "a standard stream": Setting(_descriptors, _set_descriptors),
    }
    if hasattr(os, "sched_setaffinity"):
        found["the processor affinity"] = Setting(
            lambda: os.sched_getaffinity(0), lambda cores: os.sched_setaffinity(0, cores)
        )
    return found


def _of_python() -> dict[str, Setting]:
    return {
        **{f"sys.{name}": _list(name) for name in ("path", "argv", "meta_path", "path_hooks")},
        **{f"sys.{name}": _attribute(name) for name in STREAMS},
        "the recursion limit": Setting(sys.getrecursionlimit, sys.setrecursionlimit),
        "the switch interval": Setting(sys.getswitchinterval, sys.setswitchinterval),
        "the trace function": Setting(sys.gettrace, sys.settrace),
        "the profile function": Setting(sys.getprofile, sys.setprofile),
        "the folder of temporary files": Setting(
            lambda: tempfile.tempdir, lambda folder: setattr(tempfile, "tempdir", folder)
        ),
        "the filters of warnings": Setting(lambda: list(warnings.filters), _set_filters),
        "the garbage collector": Setting(gc.isenabled, lambda is_on: gc.enable() if is_on else gc.disable()),
        "the thresholds of the garbage collector": Setting(gc.get_threshold, lambda values: gc.set_threshold(*values)),
        "the locale": Setting(
            lambda: locale.setlocale(locale.LC_ALL), lambda name: locale.setlocale(locale.LC_ALL, name)
        ),
        "the decimal context": Setting(_decimal, _set_decimal),
    }


def _of_numpy() -> dict[str, Setting]:
    found = {
        "NumPy's error handling": Setting(np.geterr, lambda kinds: np.seterr(**kinds)),
        "NumPy's error function": Setting(np.geterrcall, np.seterrcall),
        "NumPy's print options": Setting(np.get_printoptions, lambda options: np.set_printoptions(**options)),
    }
    if hasattr(np.random, "set_bit_generator"):
        generators: Any = np.random
        found["NumPy's generator"] = Setting(generators.get_bit_generator, generators.set_bit_generator)
    return found


_ALL = {**_of_system(), **_of_python(), **_of_numpy()}
# Settings that can change how a network is built, and all others.
DECIDING = {name: _ALL[name] for name in ("the working directory", "the environment", "the locale", *_of_numpy())}
OTHERS = {name: setting for name, setting in _ALL.items() if name not in DECIDING}
