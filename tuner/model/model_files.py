"""Find the files of a model, and compute digests of the contents."""

import hashlib
import importlib.util
import os
import re
import sys
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from tuner.errors import ModelError
from tuner.layout import CELLS, MODELS, is_ours
from tuner.model import sandbox
from tuner.model.source_code import code_of
from tuner.regular_files import read_named, read_searchable

# A model may read data files that are larger than a file that the tuner itself parses.
MOST_BYTES = 4 * 1024**3
SOURCES = ("*.hoc", "*.tem", "*.ses", "*.swc", "*.asc")
_WORD = re.compile(r"\w+")
_IMPORTS_CELLS = re.compile(
    r"^\s*(?:(?:import|from)\s+(?:tuner\.library\.)?cells\b"
    r"|from\s+tuner\.library\s+import\s+(?:\([^)]*|[^\n(]*)\bcells\b)",
    re.MULTILINE,
)


class _Reads:
    """Record the files that Python opens for reading from now on."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        sys.addaudithook(self._on_event)

    def _on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str) and not set(str(arguments[1] or "r")) & set("wax+"):
            self.files.add(os.path.abspath(arguments[0]))


@cache
def reads() -> _Reads:
    """Return the record of opened files, which starts with the first call."""
    return _Reads()


def files_of(main: Collection[Path], folder: Path, *, shipped: bool) -> tuple[str, ...]:
    """Return the paths of all files that a model consists of.

    These are the `main` files, the Python modules and data files that were loaded or read below the model's folder, and
    all hoc and morphology files there. NEURON opens hoc and morphology files itself, so Python does not see these
    reads; shipped cells need no such files. Files of cells/, and the models of netparams/ that the model uses, are
    included. If the code runs in a working copy, `folder` is the working copy, and the returned paths are the
    originals.
    """
    found = {getattr(each, "__file__", None) or "" for each in list(sys.modules.values())}
    found |= {_source(file) for file in reads().files}
    found |= {str(file) for pattern in SOURCES for file in folder.rglob(pattern) if not shipped}
    resolved = {Path(file).resolve() for file in found if file}
    below = [file for file in found if file and not shipped and Path(os.path.abspath(file)).is_relative_to(folder)]
    own = {file.resolve() for file in map(sandbox.original, below) if file.is_file()}
    own |= models_within({*own, *(file.resolve() for file in main)})
    if any(_IMPORTS_CELLS.search(read_searchable(file)) for file in own if file.suffix == ".py"):
        own |= {file for file in resolved if file.is_file() and file.is_relative_to(CELLS)}
    skipped = {"site-packages", ".venv", "__pycache__", ".build"}
    return tuple(sorted({str(file) for file in own if is_ours(file) or not skipped & set(file.parts)}))


def models_within(files: set[Path]) -> set[Path]:
    """Return the files, and all models of netparams/ that any of the files imports.

    A model counts as imported if a line with the word netparams names it.
    """
    models = set(MODELS.glob("[!_]*.py"))
    found: set[Path] = set()
    while todo := files - found:
        found |= todo
        texts = [read_searchable(file) for file in todo if file.suffix == ".py"]
        lines = [line for text in texts for line in text.splitlines() if "netparams" in line]
        words = set(_WORD.findall(" ".join(lines)))
        files = {file for file in models if file.stem in words}
    return found


def text_of(files: Iterable[Path], words: str = "") -> str:
    """Return the text of files, and of all shipped models and cells that the text or `words` names; run nothing."""
    known = {each for folder in (MODELS, CELLS) for each in folder.glob("[!_]*.py")}
    texts: dict[Path, str] = {}
    todo = set(files)
    while todo:
        texts |= {file: read_searchable(file) for file in todo}
        named = set(_WORD.findall(" ".join((words, *texts.values()))))
        todo = {file for file in known if file.stem in named} - texts.keys()
    return " ".join((words, *texts.values()))


def _source(file: str) -> str:
    """Return the source file of a compiled module; any other file unchanged."""
    try:
        return importlib.util.source_from_cache(file) if file.endswith(".pyc") else file
    except ValueError:
        return file


def contents(file: Path) -> bytes:
    """Return the part of a file that decides results.

    For Python files of the project's models and cells this is the code; for all other files it is the whole content.
    """
    content = read_named(file, ModelError, MOST_BYTES)
    is_own = file.suffix == ".py" and any(file.is_relative_to(folder) for folder in (MODELS, CELLS))
    return code_of(content) if is_own else content


def digest(files: tuple[str, ...]) -> dict[str, str]:
    """Return the SHA-256 of the part of each file that decides results, by file; "" for a missing file."""
    return {f: hashlib.sha256(contents(Path(f))).hexdigest() if Path(f).is_file() else "" for f in files}
