"""What stands at a model's path: a module of ours, or which files NetPyNE makes the model of. Nothing is run."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from tuner.errors import StudyError
from tuner.layout import MODELS
from tuner.study.python_text import look
from tuner.study.study_file import is_file

SHIPPED = MODELS
# What a module of ours must have, in words.
PARTS = {"DEFAULTS": "table of values", "net_params": "function net_params(values)",
         "sim_config": "function sim_config(values, seed, duration_ms)"}  # fmt: skip
MOD_FOLDERS = ("mod", "mods", "mechanisms", "mod_files")
PICKLES = (".pkl", ".pickle")
NATIVE, BATCH, BATCHTOOLS = "native", "batch", "batchtools"


@dataclass(frozen=True)
class Source:
    """A model on disk.

    `kind` is "native" (a module of netparams/, or like it) or one of `tuner.study.kinds`: "pair" (simConfig and
    netParams in files of their own), "script" (a Python script that makes both), "saved" (JSON or pickle), "batch" (a
    script of NetPyNE's batch mode) or "batchtools" (one of its batchtools). `file` names the model; its own relative
    paths count from `top`. `config` and `net_params` are a pair's files, with the variables in them, "" where NetPyNE's
    usual names are tried; `mod_folder` is what an index names; `given` is how the study names the model.
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
        """Whether it is a module with DEFAULTS, net_params and sim_config, as those of netparams/ are."""
        return self.kind == NATIVE

    @property
    def is_shipped(self) -> bool:
        """Whether it is one of netparams/."""
        return self.file.parent == SHIPPED

    @property
    def files(self) -> list[Path]:
        """The files that are known to belong to it."""
        return [file for file in dict.fromkeys((self.file, self.config, self.net_params)) if file]

    @property
    def pair(self) -> tuple[Path, Path]:
        """A pair's simConfig and netParams."""
        assert self.config is not None and self.net_params is not None
        return self.config, self.net_params

    @property
    def root(self) -> Path:
        """The folder below which all of it lies."""
        return Path(os.path.commonpath([self.top, *(file.parent for file in self.files)]))


def names() -> list[str]:
    """The models of netparams/."""
    return sorted(path.stem for path in SHIPPED.glob("*.py") if not path.stem.startswith("_"))


def mod_folders(source: Source) -> list[Path]:
    """Folders that may hold the model's NMODL files: named in its index, beside its files, above, in one of its own."""
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
    """Whether the model may use cells of ours: it is one of ours, or imports them and has none of that name."""
    imported = {name for file in source.files for name in look(file).imported}
    if source.is_native or any(f"{name}.".startswith("tuner.library.") for name in imported):
        return True
    folders = {source.top, *(file.parent for file in source.files)}
    if any((folder / "cells").exists() or is_file(folder / "cells.py") for folder in folders):
        return False
    return any(name.partition(".")[0] == "cells" for name in imported)


def read_table(file: Path) -> object:
    """Return what a JSON file holds; StudyError where it is no JSON."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise StudyError(f"{file} is no JSON: {error}") from None


def top_of(file: Path) -> Path:
    """Return the folder that a model's scripts are started in, which is seldom src/; its paths count from there."""
    return file.parent.parent if file.parent.name == "src" else file.parent


def start_folder(file: Path, named: tuple[str, ...]) -> Path:
    """Return the folder where a script is started: the one of the files that it names, with or without their .py."""
    folders = dict.fromkeys((top_of(file), file.parent, file.parent.parent, file.parent / "src"))
    found = [folder for folder in folders if named and all(_is_script(folder / name) for name in named)]
    return next(iter(found), top_of(file))


def _is_script(path: Path) -> bool:
    return is_file(path) or is_file(path.with_name(f"{path.name}.py"))
