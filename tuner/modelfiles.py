"""The files that a model is made of, and their digests."""

import hashlib
import importlib.util
import os
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

    Of a shipped model those in netparams/ and cells/. NEURON opens hoc and morphology files by itself, unseen.
    """
    homes = [ROOT / "cells"] if shipped else [folder]
    found = {getattr(each, "__file__", None) or "" for each in list(sys.modules.values())}
    found |= {_source(file) for file in reads().files}
    found |= {str(file) for home in homes for pattern in SOURCES for file in home.rglob(pattern)}
    resolved = {Path(file).resolve() for file in found if file} | {Path(module.__file__).resolve()}
    own = [file for file in resolved if file.is_file() and any(file.is_relative_to(home.resolve()) for home in homes)]
    own.append(Path(module.__file__).resolve())
    skipped = {"site-packages", ".venv", "__pycache__", ".build"}
    return tuple(sorted({str(file) for file in own if not skipped & set(file.parts)}))


def _source(file: str) -> str:
    """The source of a compiled module, any other file itself."""
    try:
        return importlib.util.source_from_cache(file) if file.endswith(".pyc") else file
    except ValueError:
        return file


def digest(files: tuple[str, ...]) -> dict[str, str]:
    """SHA-256 of each file's contents; "" if it is gone."""
    return {f: hashlib.sha256(Path(f).read_bytes()).hexdigest() if Path(f).is_file() else "" for f in files}
