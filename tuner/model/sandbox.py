"""Where a model's own code runs: in a likeness of its folder, seeing its own modules and none of ours or of another's.

The likeness is a copy, so that whatever the model writes stays there. Only of a folder that is too large to be a
model's alone are files linked; one that is opened for writing becomes a copy first.
"""

import atexit
import os
import shutil
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from tuner.layout import CHECKOUT, ROOT
from tuner.signals import is_alive

LIKENESS = "netpyne-tuner-"
# Folders that are no part of a model: NEURON would load what stands compiled in the working directory.
SKIPPED = {".git", "__pycache__", "x86_64", "arm64", "aarch64", ".venv", ".ipynb_checkpoints", ".build"}
# A folder with more than this is no model's alone: what lies deeper is linked, not copied.
MOST_ENTRIES, MOST_BYTES, MOST_BESIDE = 20_000, 500_000_000, 1000
# Of our own modules these stand beside a model's; all others give way where it has some of the same name.
KEPT = {"tuner"}


# The likenesses of this process, and what they are of.
_originals: dict[Path, Path] = {}


@cache
def likeness(root: Path) -> Path:
    """The folder, made once a process, that stands for a model's; what lies beside that is linked beside this."""
    _sweep()
    home = Path(tempfile.mkdtemp(prefix=f"{LIKENESS}{os.getpid()}-")).resolve()
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    copy = home / root.name
    _originals[copy] = root
    _fill(root, copy)
    beside = [entry for entry in os.scandir(root.parent) if entry.name not in SKIPPED | {root.name}]
    for entry in beside if len(beside) <= MOST_BESIDE else ():
        (home / entry.name).symlink_to(entry.path)
    _watch_writes(str(copy) + os.sep)
    return copy


def _fill(root: Path, copy: Path) -> None:
    """Makes all folders and copies all files; those that are too many or too large are linked."""
    entries = size = 0
    seen = {os.path.realpath(root)}
    folders = deque([(root, copy)])
    while folders:
        source, target = folders.popleft()
        target.mkdir()
        for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
            entries += 1
            if entry.name in SKIPPED:
                continue
            place, real = target / entry.name, os.path.realpath(entry.path)
            if entry.is_dir() and entries < MOST_ENTRIES and real not in seen:
                seen.add(real)
                folders.append((Path(entry.path), place))
                continue
            size += entry.stat().st_size if entry.is_file() else 0
            if entry.is_file() and entries < MOST_ENTRIES and size < MOST_BYTES and os.access(entry.path, os.R_OK):
                shutil.copyfile(entry.path, place)
            else:
                place.symlink_to(entry.path)


def original(path: str | Path) -> Path:
    """The model's own file or folder that one of a likeness stands for; any other itself."""
    path = Path(path)
    for copy, root in _originals.items():
        if path.is_relative_to(copy):
            return root / path.relative_to(copy)
    return path


def _sweep() -> None:
    """Removes what processes that were killed have left."""
    for folder in Path(tempfile.gettempdir()).glob(f"{LIKENESS}*-*"):
        owner = folder.name.removeprefix(LIKENESS).partition("-")[0]
        if owner.isdigit() and not is_alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _watch_writes(home: str) -> None:
    def on_event(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | os.PathLike) and _writes(*arguments[1:]):
            path = os.path.abspath(arguments[0])
            if path.startswith(home) and os.path.islink(path):
                _own(path)

    sys.addaudithook(on_event)


def _writes(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return bool(set(mode) & set("wa+"))
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))


def _own(path: str) -> None:
    """Puts a copy in the place of a link."""
    copy = f"{path}.{os.getpid()}"
    shutil.copyfile(path, copy)
    os.replace(copy, path)


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """The working directory is the folder."""
    here = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)


@contextmanager
def inside(top: Path, paths: Sequence[Path], main: ModuleType) -> Iterator[None]:
    """The working directory is `top`, modules are looked for in `paths` first, and `__main__` is `main`.

    What was imported from there is forgotten at the end: the next candidate's modules are its own.
    """
    path, arguments = list(sys.path), list(sys.argv)
    hidden = _hide(paths) | {"__main__": sys.modules["__main__"]}
    before = set(sys.modules)
    sys.path[:0] = [str(each) for each in paths]
    sys.modules["__main__"] = main
    sys.argv[:] = [getattr(main, "__file__", "")]
    try:
        with working_in(top):
            yield
    finally:
        for name in set(sys.modules) - before:
            if not _is_installed(sys.modules[name]):
                del sys.modules[name]
        sys.path[:], sys.argv[:] = path, arguments
        sys.modules.update(hidden)


def _hide(paths: Sequence[Path]) -> dict[str, ModuleType]:
    """Takes those modules of ours away that have the names of the model's own; gives them."""
    own = {entry.name.partition(".")[0] for path in paths for entry in os.scandir(path)} - KEPT
    ours = [name for name, module in sys.modules.items() if name.partition(".")[0] in own and _is_ours(module)]
    return {name: sys.modules.pop(name) for name in ours}


def _is_ours(module: object) -> bool:
    file = getattr(module, "__file__", None)
    if file is None or CHECKOUT is None:
        return False
    return Path(file).is_relative_to(CHECKOUT) and "site-packages" not in Path(file).parts


def _is_installed(module: object) -> bool:
    """Whether a module is no model's: of Python, of an installed package, of ours, or of no file at all."""
    places = [place for place in (getattr(module, "__file__", None), *getattr(module, "__path__", ())) if place]
    return all(_is_library(Path(place)) for place in places)


def _is_library(place: Path) -> bool:
    known: tuple[str | Path, ...] = sys.base_prefix, sys.prefix, ROOT / "tuner"
    return "site-packages" in place.parts or any(map(place.is_relative_to, known))
