"""Where a model's own code runs: in a likeness of its folder, seeing its own modules and none of ours or of another's.

The likeness has a folder for each of the model's and a link for each file, so that whatever the model writes stays
there; a file that it opens for writing becomes a copy first.
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

from tuner.studyfile import ROOT

LIKENESS = "netpyne-tuner-"
# Folders that are no part of a model: NEURON would load what stands compiled in the working directory.
SKIPPED = {".git", "__pycache__", "x86_64", "arm64", "aarch64", ".venv", ".ipynb_checkpoints", ".build"}
# A folder with more than this is no model's alone: what lies deeper is linked, not made anew.
MOST_ENTRIES = 20000
# Of our own modules these stand beside a model's; all others give way where it has some of the same name.
KEPT = {"tuner"}


@cache
def likeness(root: Path) -> Path:
    """The folder, made once a process, that stands for a model's."""
    _sweep()
    home = Path(tempfile.mkdtemp(prefix=f"{LIKENESS}{os.getpid()}-")).resolve()
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    copy = home / root.name
    entries = 0
    folders = deque([(root, copy)])
    while folders:
        source, target = folders.popleft()
        target.mkdir()
        for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
            entries += 1
            if entry.name in SKIPPED:
                continue
            if entry.is_dir(follow_symlinks=False) and entries < MOST_ENTRIES:
                folders.append((Path(entry.path), target / entry.name))
            else:
                (target / entry.name).symlink_to(entry.path)
    _watch_writes(str(home) + os.sep)
    return copy


def _sweep() -> None:
    """Removes what processes that were killed have left."""
    for folder in Path(tempfile.gettempdir()).glob(f"{LIKENESS}*-*"):
        owner = folder.name.removeprefix(LIKENESS).partition("-")[0]
        if owner.isdigit() and not _lives(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _watch_writes(home: str) -> None:
    def on_event(event: str, arguments: tuple) -> None:
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
            if _lies_in(sys.modules[name], paths):
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
    return file is not None and Path(file).is_relative_to(ROOT) and "site-packages" not in Path(file).parts


def _lies_in(module: object, paths: Sequence[Path]) -> bool:
    """Whether a module, or a package without a file, comes from one of the folders."""
    places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
    return any(Path(place).is_relative_to(path) for place in places if place for path in paths)
