"""Run a model's code in a working copy of the model's folder, in which all written files stay.

The code sees its own modules, and no module of the project or of another model with the same name. A folder that is too
large to hold a model alone is copied in part, and the rest is linked. A linked file becomes a copy when it is opened
for writing.
"""

import atexit
import os
import re
import shutil
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from tuner.interfaces.held_folders import held_folder, release, sweep
from tuner.layout import CHECKOUT, ROOT

LIKENESS = "netpyne-tuner-copy-"
# Of earlier versions, whose folders were named after a process.
EARLIER = re.compile(r"netpyne-tuner-\d+-")
# Folders that are not copied. NEURON would load compiled mechanisms of the working directory.
SKIPPED = {".git", "__pycache__", "x86_64", "arm64", "aarch64", ".venv", ".ipynb_checkpoints", ".build"}
# A folder beyond these limits holds more than a model: further entries are linked, not copied.
MOST_ENTRIES, MOST_BYTES, MOST_BESIDE = 20_000, 500_000_000, 1000
# Packages of the project that are never hidden. All others are hidden if the model has modules of the same name.
KEPT = {"tuner"}


# The original folder of each working copy of this process.
_originals: dict[Path, Path] = {}


@cache
def working_copy(root: Path) -> Path:
    """Return the working copy of a model's folder, made once per process.

    Entries beside the model's folder are linked beside the working copy.
    """
    temporary = Path(tempfile.gettempdir())
    _sweep(temporary)
    home = held_folder(temporary, LIKENESS)
    atexit.register(release, home)
    copy = home / root.name
    _originals[copy] = root
    fill(root, copy)
    link_beside(root, home)
    _watch_writes(str(copy) + os.sep)
    return copy


def link_beside(root: Path, home: Path) -> None:
    """Link the entries beside a model's folder into `home`, unless there are too many."""
    beside = [entry for entry in os.scandir(root.parent) if entry.name not in SKIPPED | {root.name}]
    for entry in beside if len(beside) <= MOST_BESIDE else ():
        (home / entry.name).symlink_to(entry.path)


def fill(root: Path, copy: Path, is_skipped: Callable[[Path], bool] = lambda folder: False) -> None:
    """Create all folders and copy all files; link the entries beyond the limits, and leave out skipped folders."""
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
            if entry.is_dir() and is_skipped(Path(entry.path)):
                continue
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
    """Return the original of a file or folder in a working copy; any other path unchanged."""
    path = Path(path)
    for copy, root in _originals.items():
        if path.is_relative_to(copy):
            return root / path.relative_to(copy)
    return path


def with_originals(text: str) -> str:
    """Return a text in which the paths of working copies are replaced by the original paths."""
    for copy, root in _originals.items():
        text = text.replace(str(copy), str(root))
    return text


def _sweep(temporary: Path) -> None:
    """Remove the working copies of processes that were killed."""
    earlier = {found[0] for each in temporary.glob("netpyne-tuner-*") if (found := EARLIER.match(each.name))}
    for prefix in {LIKENESS, *earlier}:
        sweep(temporary, prefix)


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
    """Replace a link by a copy of the file."""
    copy = f"{path}.{os.getpid()}"
    shutil.copyfile(path, copy)
    os.replace(copy, path)


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Set the working directory to a folder, and restore the previous one at the end."""
    here = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)


@contextmanager
def inside(top: Path, paths: Sequence[Path], main: ModuleType) -> Iterator[None]:
    """Set the working directory to `top`, search modules in `paths` first, and replace `__main__` by `main`.

    Modules that were imported from there are removed at the end, so that the next candidate imports them anew.
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


def argument(name: str, default: str) -> str:
    """Return the value of an argument NAME=VALUE of the model's code; without one, the default."""
    found = [word.partition("=")[2] for word in sys.argv[1:] if word.startswith(f"{name}=")]
    return found[-1] if found else default


def _hide(paths: Sequence[Path]) -> dict[str, ModuleType]:
    """Remove and return the project's loaded modules with the same names as modules of the model."""
    own = {entry.name.partition(".")[0] for path in paths for entry in os.scandir(path)} - KEPT
    ours = [name for name, module in sys.modules.items() if name.partition(".")[0] in own and _is_ours(module)]
    return {name: sys.modules.pop(name) for name in ours}


def _is_ours(module: object) -> bool:
    file = getattr(module, "__file__", None)
    if file is None or CHECKOUT is None:
        return False
    return Path(file).is_relative_to(CHECKOUT) and "site-packages" not in Path(file).parts


def _is_installed(module: object) -> bool:
    """Return whether a module belongs to Python, to an installed package or to the tuner, or has no file."""
    places = [place for place in (getattr(module, "__file__", None), *getattr(module, "__path__", ())) if place]
    return all(_is_library(Path(place)) for place in places)


def _is_library(place: Path) -> bool:
    known: tuple[str | Path, ...] = sys.base_prefix, sys.prefix, ROOT / "tuner"
    return "site-packages" in place.parts or any(map(place.is_relative_to, known))


def discard() -> None:
    """Remove the working copies of this process, for a process that ends without exit handlers."""
    for copy in _originals:
        release(copy.parent)
