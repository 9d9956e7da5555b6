"""Find models by name in netparams/ or by path, and load models."""

import ast
import traceback
from functools import cache
from pathlib import Path

from tuner.errors import ModelError, StudyError
from tuner.mechanisms import libraries
from tuner.model import native, sandbox
from tuner.model.base import Model
from tuner.model.foreign import ForeignModel
from tuner.simulation import process_state
from tuner.study import sources
from tuner.study.find_source import find_source
from tuner.study.sources import PARTS, SHIPPED, Source
from tuner.study.study import Study
from tuner.words import cut

# Longest message of an exception that is repeated [characters].
LONGEST_WORDS = 1000


def summary(name: str) -> str:
    """Return the first line of a shipped model's docstring, without running the model."""
    documented = ast.get_docstring(ast.parse((SHIPPED / f"{name}.py").read_text(encoding="utf-8")))
    return (documented or "").partition("\n")[0]


def source(study: Study) -> Source:
    """Return the source of the study's model; raise StudyError if there is no such model."""
    try:
        return find_source(study.model, study.folder)
    except StudyError as error:
        raise study.place.at("model").error(str(error)) from None


def locate(study: Study) -> Path:
    """Return the file of the study's model; raise StudyError if there is no such model."""
    return source(study).file


def mod_folder(study: Study) -> Path | None:
    """Return the folder of the model's NMODL files; `None` if the model needs no mechanisms.

    A model without NMODL files that names the project's cells gets the project's mod/. A shipped model may have a
    folder of the same name in mod/; that folder is then all that it needs.
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
    with process_state.lasting():
        return native.load(source) if source.is_native else ForeignModel(source, trust_pickle=trust_pickle)


def load(source: Source, *, trust_pickle: bool = False) -> Model:
    """Return the model of a source, loaded once per process.

    Raises ModelError with the line at which the model's code raises. Raises StudyError if a module lacks a table or a
    function that a model needs.
    """
    try:
        model = _load(source, trust_pickle=trust_pickle)
    except (Exception, SystemExit) as error:
        raise ModelError(f"{source.given}: {blame(error, source.root)}") from error
    for part, words in PARTS.items() if source.is_native else ():
        if not hasattr(model.module, part):
            needed = "a model has DEFAULTS, net_params(values) and sim_config(values, seed, duration_ms)"
            raise StudyError(f"{source.file} has no {words}, so it is not a model; {needed}")
    return model


def of(study: Study) -> Model:
    """Return the model of a study.

    Raises the same errors as `load`; a StudyError names the study's file and key.
    """
    found = source(study)
    try:
        return load(found, trust_pickle=study.trust_pickle)
    except StudyError as error:
        raise study.place.at("model").error(str(error)) from None


def blame(error: BaseException, *folders: Path) -> str:
    """Return an exception in one line: the last line of code in the folders, the type and the message.

    If no code in the folders took part, the last line of NetPyNE is named at the end.
    """
    said = sandbox.with_originals(f"{type(error).__name__}: {error}{_advice(error)}")
    words = [cut(line, LONGEST_WORDS) for line in said.strip().splitlines()] or [type(error).__name__]
    if isinstance(error, SyntaxError):
        return f"{_original(error.filename)}:{error.lineno}: {words[0]}"
    frames = [(_original(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if own_frames := [frame for frame in frames if any(map(frame[0].is_relative_to, folders))]:
        return f"{own_frames[-1][0]}:{own_frames[-1][1]}: {words[0]}"
    theirs = [f"{file.parent.name}/{file.name}:{line}" for file, line in frames if "netpyne" in file.parts]
    return f"{words[0]} (raised by NetPyNE, {theirs[-1]})" if theirs else words[0]


def _advice(error: BaseException) -> str:
    """Return where to import the project's own package from, if an import has not found the package; "" otherwise."""
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    hint = f"; to use the tuner's own {name}, write: from tuner.library import {name}"
    return hint if name in ("cells", "netparams") else ""


def _original(file: str | None) -> Path:
    """Return the model's own file that a file of the working copy stands for."""
    return sandbox.original(file or "")
