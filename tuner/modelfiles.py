"""The files that a model is made of, and their digests."""

import hashlib
import importlib.util
import os
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from tuner.studyfile import ROOT

SOURCES = ("*.hoc", "*.tem", "*.ses", "*.swc", "*.asc")


class _Reads:
    """Which files Python opens for reading, from now on."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        sys.addaudithook(self._on_event)

    def _on_event(self, event: str, arguments: tuple) -> None:
        if event == "open" and isinstance(arguments[0], str) and not set(str(arguments[1] or "r")) & set("wax+"):
            self.files.add(os.path.abspath(arguments[0]))


@cache
def reads() -> _Reads:
    """Watches from the first call on."""
    return _Reads()


def files_of(module: ModuleType, folder: Path, shipped: bool) -> tuple[str, ...]:
    """The model's files: modules that are loaded and files that were read below its folder, and hoc and morphologies.

    NEURON opens hoc and morphology files by itself, unseen; a shipped model has none, but reads its cells in cells/.
    """
    home = ROOT / "cells" if shipped else folder
    found = {getattr(each, "__file__", None) or "" for each in list(sys.modules.values())}
    found |= {_source(file) for file in reads().files}
    found |= {str(file) for pattern in SOURCES for file in home.rglob(pattern) if not shipped}
    resolved = {Path(file).resolve() for file in found if file}
    own = [file for file in resolved if file.is_file() and file.is_relative_to(home.resolve())]
    own += [Path(each.__file__).resolve() for each in (module, *_models_within(module))]
    skipped = {"site-packages", ".venv", "__pycache__", ".build"}
    return tuple(sorted({str(file) for file in own if not skipped & set(file.parts)}))


def _models_within(module: ModuleType) -> list[ModuleType]:
    """The other models of the same package that a model takes something from."""
    names = {getattr(each, "__module__", getattr(each, "__name__", None)) for each in vars(module).values()}
    package = f"{module.__name__.rpartition('.')[0]}."
    return [sys.modules[name] for name in names if str(name).startswith(package) and name in sys.modules]


def text_of(file: Path) -> str:
    """A shipped model's text, with that of all models and cells that its words name; nothing is run."""
    known = {each.stem: each for folder in ("netparams", "cells") for each in (ROOT / folder).glob("[!_]*.py")}
    texts, todo = {}, {file.stem}
    while todo:
        texts |= {name: known[name].read_text(encoding="utf-8") for name in todo}
        words = set(re.findall(r"\w+", " ".join(texts.values())))
        todo = known.keys() & words - texts.keys()
    return " ".join(texts.values())


def _source(file: str) -> str:
    """The source of a compiled module, any other file itself."""
    try:
        return importlib.util.source_from_cache(file) if file.endswith(".pyc") else file
    except ValueError:
        return file


def digest(files: tuple[str, ...]) -> dict[str, str]:
    """SHA-256 of each file's contents; "" if it is gone."""
    return {f: hashlib.sha256(Path(f).read_bytes()).hexdigest() if Path(f).is_file() else "" for f in files}
