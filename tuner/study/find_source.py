"""Find the model that a study names: a module of netparams/, or the path of any NetPyNE model."""

import os
from dataclasses import replace
from pathlib import Path

from tuner.errors import StudyError, nearest
from tuner.regular_files import LONGEST_NAME, check_named
from tuner.study.kinds.registry import FILE_RULES, FOLDER_RULES
from tuner.study.sources import NATIVE, PARTS, SHIPPED, Source, names
from tuner.study.study_file import is_file
from tuner.words import cut, shown

NATIVE_DURATION_MS = 1000.0
SHAPES = (
    "a folder with index.npjson, or with cfg.py and netParams.py; a Python script; a saved JSON or pickle;"
    " an index file; or a module with DEFAULTS, net_params and sim_config"
)
# Folder rules by which an inner folder is offered if the named folder itself holds no model.
MEANT = ("index files", "pairs of simConfig and netParams")


def default_duration_ms(model: str, folder: str | Path) -> float | None:
    """Return the default duration of a study [ms].

    The result is None for a model with its own duration. A model that does not exist is reported later.
    """
    try:
        return NATIVE_DURATION_MS if find_source(model, folder).is_native else None
    except StudyError:
        return NATIVE_DURATION_MS


def find_source(model: str, folder: str | Path) -> Source:
    """Return the model of that name in netparams/, or at that path.

    Parameters
    ----------
    model : str
        Name of a module of netparams/, or path of a folder, script, index file, or saved JSON or pickle.
    folder : str or Path
        Folder from which a relative path counts.

    Raises
    ------
    StudyError
        If there is no such model, or if a folder holds several.
    """
    return replace(_find(model, folder), given=model)


def _find(model: str, folder: str | Path) -> Source:
    if model in names():
        return Source(NATIVE, SHIPPED / f"{model}.py", SHIPPED)
    path = Path(folder, os.path.expanduser(model))
    if is_file(path):
        return _of_file(path.resolve(), model)
    if os.path.isdir(path):
        return _of_folder(path.resolve(), model)
    if os.path.lexists(path):
        check_named(path, StudyError)
    if path.suffix or len(Path(model).parts) > 1:
        what = "Python file" if path.suffix == ".py" else "file or folder"
        raise StudyError(f"is {shown(model)}, but there is no {what} {cut(str(path), LONGEST_NAME)}")
    raise StudyError(f"no model is called {shown(model)}; {nearest(model, names())}, or a path to a model")


def _of_file(file: Path, model: str) -> Source:
    check_named(file, StudyError)
    for rule in FILE_RULES.values():
        if source := rule(file):
            return source
    if file.suffix == ".py":
        raise StudyError(
            f"is '{file}', which is not a model: it has no {PARTS['DEFAULTS']} (DEFAULTS) and makes no netParams"
        )
    raise StudyError(f"is {shown(model)}, but {file.name} is not a model; a model is {SHAPES}")


def _of_folder(folder: Path, model: str) -> Source:
    """Return the only model that a folder holds; raise StudyError for no model or several."""
    for what, rule in FOLDER_RULES.items():
        found = rule(folder)
        if len(found) > 1:
            held = cut(", ".join(candidate.name for candidate in found), LONGEST_NAME)
            raise StudyError(f"is the folder {folder}, which holds several {what} ({held}); name one")
        if found:
            return found[0].source()
    within = [inner for inner in sorted(folder.iterdir()) if inner.is_dir() and _holds_model(inner)]
    meant = cut(" or ".join(str(Path(model) / inner.name) for inner in within), LONGEST_NAME)
    hint = f"did you mean {meant}?" if within else f"a model is {SHAPES}"
    raise StudyError(f"is {shown(model)}, but {folder} holds no model; {hint}")


def _holds_model(folder: Path) -> bool:
    """Return whether a folder holds an index file, or a pair of simConfig and netParams, by the names of the files."""
    return any(FOLDER_RULES[what](folder) for what in MEANT)
