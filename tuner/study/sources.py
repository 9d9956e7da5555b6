"""Describe a model on disk: the kind of model, and the files that belong to the model; nothing is executed."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from tuner.errors import StudyError
from tuner.layout import MODELS
from tuner.regular_files import parse_json, read_named
from tuner.study.python_text import look
from tuner.study.study_file import is_file

SHIPPED = MODELS
# Names that a native module must define, with descriptions for error messages.
PARTS = {"DEFAULTS": "table of values", "net_params": "function net_params(values)",
         "sim_config": "function sim_config(values, seed, duration_ms)"}  # fmt: skip
MOD_FOLDERS = ("mod", "mods", "mechanisms", "mod_files")
PICKLES = (".pkl", ".pickle")
NATIVE, BATCH, BATCHTOOLS = "native", "batch", "batchtools"


@dataclass(frozen=True)
class Source:
    """Represent a model on disk.

    Attributes
    ----------
    kind : str
        "native" (a module like those of netparams/), or a kind of `tuner.study.kinds`: "pair" (simConfig and netParams
        in separate files), "script" (a Python script that makes both), "saved" (JSON or pickle), "batch" (a script of
        NetPyNE's batch mode) or "batchtools" (a script of NetPyNE's batchtools).
    file : Path
        File that names the model.
    top : Path
        Folder in which the model's code runs; the model's own relative paths count from there.
    config, net_params : Path or None
        Files of a pair.
    config_variable, net_params_variable : str
        Variables in the files of a pair; for "" NetPyNE's usual names are tried.
    mod_folder : Path or None
        Folder of NMODL files that an index file names.
    given : str
        Name of the model in the study.
    """

    kind: str
    file: Path
    top: Path
    config: Path | None = None
    net_params: Path | None = None
    config_variable: str = ""
    net_params_variable: str = ""
    mod_folder: Path | None = None
    given: str = field(default="", compare=False)

    @property
    def is_native(self) -> bool:
        """Return whether the model is a module with DEFAULTS, net_params and sim_config, as in netparams/."""
        return self.kind == NATIVE

    @property
    def is_shipped(self) -> bool:
        """Return whether the model is a module of netparams/."""
        return self.file.parent == SHIPPED

    @property
    def files(self) -> list[Path]:
        """Return the files that are known to belong to the model."""
        return [file for file in dict.fromkeys((self.file, self.config, self.net_params)) if file]

    @property
    def pair(self) -> tuple[Path, Path]:
        """Return the files of simConfig and netParams of a pair."""
        assert self.config is not None and self.net_params is not None
        return self.config, self.net_params

    @property
    def root(self) -> Path:
        """Return the innermost folder that contains all files of the model."""
        return Path(os.path.commonpath([self.top, *(file.parent for file in self.files)]))


def names() -> list[str]:
    """Return the names of the models of netparams/."""
    return sorted(path.stem for path in SHIPPED.glob("*.py") if not path.stem.startswith("_"))


def mod_folders(source: Source) -> list[Path]:
    """Return the folders that may hold the NMODL files of a model, in the order of the search.

    The folder that an index file names is the only one. Otherwise folders beside the model's files and above them are
    searched, and last an inner folder if only one contains NMODL files.
    """
    if source.mod_folder:
        return [source.mod_folder]
    beside = list(dict.fromkeys([*(file.parent for file in source.files), source.top]))
    if source.is_native:
        return [folder for place in beside for folder in (place / "mod", place)]
    places = [*beside, source.top.parent]
    within = {file.parent for pattern in ("*/*.mod", "*/*/*.mod") for file in source.top.glob(pattern)}
    return [
        *(folder for place in places for folder in (*(place / name for name in MOD_FOLDERS), place)),
        *(within if len(within) == 1 else ()),
    ]


def names_our_cells(source: Source) -> bool:
    """Return whether a model may use the project's `cells`.

    A native module may. Another model may if it imports tuner.library, or if it imports `cells` and has no module or
    folder of that name.
    """
    imported = {name for file in source.files for name in look(file).imported}
    if source.is_native or any(f"{name}.".startswith("tuner.library.") for name in imported):
        return True
    folders = {source.top, *(file.parent for file in source.files)}
    if any((folder / "cells").exists() or is_file(folder / "cells.py") for folder in folders):
        return False
    return any(name.partition(".")[0] == "cells" for name in imported)


def read_table(file: Path) -> object:
    """Return the content of a JSON file; raise StudyError if the file is not valid JSON."""
    content = read_named(file, StudyError)
    try:
        return parse_json(content)
    except ValueError as error:
        raise StudyError(f"{file} {error}") from None


def top_of(file: Path) -> Path:
    """Return the folder in which a model's scripts are started: the parent of src/, else the folder of the file."""
    return file.parent.parent if file.parent.name == "src" else file.parent


def start_folder(file: Path, named: tuple[str, ...]) -> Path:
    """Return the folder in which a script is started.

    That is the first nearby folder with all files that the script names (`.py` may be missing), else `top_of(file)`.
    """
    folders = dict.fromkeys((top_of(file), file.parent, file.parent.parent, file.parent / "src"))
    found = [folder for folder in folders if named and all(_is_script(folder / name) for name in named)]
    return next(iter(found), top_of(file))


def _is_script(path: Path) -> bool:
    return is_file(path) or is_file(path.with_name(f"{path.name}.py"))
