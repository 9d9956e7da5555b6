"""A model: the code that turns values into NetPyNE's specs, found by name in netparams/ or by path on disk."""

import ast
import traceback
from functools import cache
from pathlib import Path

from tuner.errors import ModelError, StudyError
from tuner.mechanisms import libraries
from tuner.model import native, sandbox
from tuner.model.base import Model
from tuner.model.foreign import ForeignModel
from tuner.study import sources
from tuner.study.find_source import find_source
from tuner.study.sources import PARTS, SHIPPED, Source
from tuner.study.study import Study


def summary(name: str) -> str:
    """The first line of a shipped model's docstring, read without running it."""
    documented = ast.get_docstring(ast.parse((SHIPPED / f"{name}.py").read_text(encoding="utf-8")))
    return (documented or "").partition("\n")[0]


def source(study: Study) -> Source:
    """What stands at the study's model; one that is not there is a StudyError."""
    try:
        return find_source(study.model, study.folder)
    except StudyError as error:
        raise study.place.at("model").error(str(error)) from None


def locate(study: Study) -> Path:
    """The file of the study's model; one that is not there is a StudyError."""
    return source(study).file


def mod_folder(study: Study) -> Path | None:
    """Where the model's NMODL files lie; the project's mod/ for a model that has none; None if it needs none.

    One of ours may have a folder of its name there, and needs nothing else then.
    """
    found = source(study)
    if found.is_shipped:
        own = libraries.OWN / found.file.stem
        return own if own.is_dir() else libraries.OWN
    for folder in sources.mod_folders(found):
        if any(folder.glob("*.mod")):
            return folder
    return libraries.OWN if sources.names_our_cells(found) else None


@cache
def _load(source: Source, *, trust_pickle: bool) -> Model:
    return native.load(source) if source.is_native else ForeignModel(source, trust_pickle=trust_pickle)


def load(source: Source, *, trust_pickle: bool = False) -> Model:
    """Return the model of a source, loaded once a process.

    Raises ModelError with the line where its code raises, StudyError where a module lacks a part.
    """
    try:
        model = _load(source, trust_pickle=trust_pickle)
    except (Exception, SystemExit) as error:
        raise ModelError(f"{source.given}: {blame(error, source.root)}") from error
    for part, words in PARTS.items() if source.is_native else ():
        if not hasattr(model.module, part):
            raise StudyError(f"{source.file} has no {words}, so it is no model")
    return model


def of(study: Study) -> Model:
    """Return the model of a study; raises what `load` does, a StudyError with the study's file and key."""
    found = source(study)
    try:
        return load(found, trust_pickle=study.trust_pickle)
    except StudyError as error:
        raise study.place.at("model").error(str(error)) from None


def blame(error: BaseException, *folders: Path) -> str:
    """An exception in one line: the last line of code in the folders that it passed, its type and its words.

    Where it passed none, the last line of NetPyNE's stands behind.
    """
    words = f"{type(error).__name__}: {error}{_advice(error)}".strip().splitlines() or [type(error).__name__]
    if isinstance(error, SyntaxError):
        return f"{_original(error.filename)}:{error.lineno}: {words[0]}"
    frames = [(_original(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if own_frames := [frame for frame in frames if any(map(frame[0].is_relative_to, folders))]:
        return f"{own_frames[-1][0]}:{own_frames[-1][1]}: {words[0]}"
    theirs = [f"{file.parent.name}/{file.name}:{line}" for file, line in frames if "netpyne" in file.parts]
    return f"{words[0]} (raised by NetPyNE, {theirs[-1]})" if theirs else words[0]


def _advice(error: BaseException) -> str:
    """Return where the project's own package is that an import has not found; "" for other errors."""
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    return f"; those of the tuner: from tuner.library import {name}" if name in ("cells", "netparams") else ""


def _original(file: str | None) -> Path:
    """The file that a model's author knows, of one in the likeness of its folder."""
    return sandbox.original(file or "")
