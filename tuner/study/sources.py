"""What stands at a model's path: a module of ours, or which files NetPyNE makes the model of. Nothing is run."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from tuner.errors import StudyError, nearest
from tuner.layout import MODELS
from tuner.study.python_text import look
from tuner.study.study_file import is_file

SHIPPED = MODELS
INDEX = "index.npjson"
# What a module of ours must have, in words.
PARTS = {"DEFAULTS": "table of values", "net_params": "function net_params(values)",
         "sim_config": "function sim_config(values, seed, duration_ms)"}  # fmt: skip
MOD_FOLDERS = ("mod", "mods", "mechanisms", "mod_files")
OUR_DURATION_MS = 1000.0
PICKLES = (".pkl", ".pickle")
SHAPES = (
    "a folder with index.npjson, or with cfg.py and netParams.py; a Python script; a saved JSON or pickle;"
    " an index file; or a module with DEFAULTS, net_params and sim_config"
)
_CONFIG = re.compile(r"(.*?)(?:cfg|simConfig)(.*)\.py")


@dataclass(frozen=True)
class Source:
    """A model on disk.

    `kind` is "own" (a module of ours), "pair" (simConfig and netParams in files of their own), "script" (a Python
    script that makes both), "saved" (JSON or pickle), "batch" (a script of NetPyNE's batch mode) or "search" (one of
    its batchtools). `file` names the model; its own relative paths count from `top`. `config` and `net_params` are a
    pair's files, with the variables in them, "" where NetPyNE's usual names are tried; `mod_folder` is what an index
    names; `given` is how the study names the model.
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
    def is_own(self) -> bool:
        """Whether it is a module with DEFAULTS, net_params and sim_config, as those of netparams/ are."""
        return self.kind == "own"

    @property
    def is_shipped(self) -> bool:
        """Whether it is one of netparams/."""
        return self.file.parent == SHIPPED

    @property
    def files(self) -> list[Path]:
        """The files that are known to belong to it."""
        return [file for file in dict.fromkeys((self.file, self.config, self.net_params)) if file]

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
    if source.is_own:
        return [folder for place in beside for folder in (place / "mod", place)]
    places = [*beside, source.top.parent]
    within = {file.parent for pattern in ("*/*.mod", "*/*/*.mod") for file in source.top.glob(pattern)}
    return [
        *(folder for place in places for folder in (*(place / name for name in MOD_FOLDERS), place)),
        *(within if len(within) == 1 else ()),
    ]


def names_our_cells(source: Source) -> bool:
    """Whether the model may use cells of ours: it is one of ours, or imports them and has none of that name."""
    if source.is_own:
        return True
    folders = {source.top, *(file.parent for file in source.files)}
    if any((folder / "cells").exists() or is_file(folder / "cells.py") for folder in folders):
        return False
    return any(name.partition(".")[0] == "cells" for file in source.files for name in look(file).imported)


def default_duration_ms(model: str, folder: str | Path) -> float | None:
    """The duration of a study that gives none; None where the model has its own. What is no model is told later."""
    try:
        return OUR_DURATION_MS if find(model, folder).is_own else None
    except StudyError:
        return OUR_DURATION_MS


def find(model: str, folder: str | Path) -> Source:
    """The model of that name in netparams/, or at that path, counted from `folder`; StudyError if there is none."""
    return replace(_find(model, folder), given=model)


def _find(model: str, folder: str | Path) -> Source:
    if model in names():
        return Source("own", SHIPPED / f"{model}.py", SHIPPED)
    path = Path(folder, os.path.expanduser(model))
    if is_file(path):
        return _of_file(path.resolve(), model)
    if os.path.isdir(path):
        return _of_folder(path.resolve(), model)
    if path.suffix or len(Path(model).parts) > 1:
        what = "Python file" if path.suffix == ".py" else "file or folder"
        raise StudyError(f"is {model!r}, but there is no {what} {path}")
    raise StudyError(f"no model is called {model!r}; {nearest(model, names())}, or a path to a model")


def _of_file(file: Path, model: str) -> Source:
    if file.suffix == ".npjson":
        return _of_index(file)
    if file.suffix == ".json":
        table = _json(file)
        is_index = isinstance(table, dict) and isinstance(table.get("netParams"), str)
        return _of_index(file) if is_index else Source("saved", file, file.parent)
    if file.suffix in PICKLES:
        return Source("saved", file, file.parent)
    if file.suffix == ".py":
        return _of_python(file)
    raise StudyError(f"is {model!r}, but {file.name} is no model; one is {SHAPES}")


def _json(file: Path) -> object:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise StudyError(f"{file} is no JSON: {error}") from None


def _of_index(file: Path) -> Source:
    """What NetPyNE's `sim.loadModel` reads of an index file."""
    table = _json(file)
    if not isinstance(table, dict):
        raise StudyError(f"{file} is no index: it holds no table")
    files = []
    for key in ("simConfig", "netParams"):
        if not isinstance(table.get(key), str):
            raise StudyError(f"{file} is no index: it names no {key}")
        files.append(Path(os.path.normpath(file.parent / table[key])))
        if not is_file(files[-1]):
            raise StudyError(f"{file} names {table[key]} as {key}, which is not there")
    variables = [str(table.get(f"{key}_variable") or "") for key in ("simConfig", "netParams")]
    mod_folder = table.get("mod_folder") or None
    return Source("pair", file, file.parent, *files, *variables, mod_folder and file.parent / str(mod_folder))


def _of_folder(folder: Path, model: str) -> Source:
    """The one model that a folder holds."""
    if is_file(folder / INDEX):
        return _of_index(folder / INDEX)
    indices = sorted(folder.glob("*.npjson"))
    if indices:
        return _of_index(_only(indices, folder, "index files"))
    for place in (folder, folder / "src"):
        if pairs := _pairs(place):
            return _as_pair(_only(pairs, folder, "pairs of simConfig and netParams", lambda pair: pair[1].name))
    scripts = [file for place in (folder, folder / "src") for file in sorted(place.glob("*.py")) if _makes_both(file)]
    scripts = [file for file in scripts if look(file).starts] or scripts
    if scripts:
        return _of_python(_only(scripts, folder, "scripts that make a network"))
    saved = [file for file in sorted(folder.glob("*.json")) if _is_saved(file)]
    if saved:
        return _of_file(_only(saved, folder, "saved models"), model)
    below = [inner for inner in sorted(folder.iterdir()) if inner.is_dir() and _holds_model(inner)]
    meant = " or ".join(str(Path(model) / inner.name) for inner in below)
    hint = f"did you mean {meant}?" if below else f"one is {SHAPES}"
    raise StudyError(f"is {model!r}, but {folder} holds no model; {hint}")


def _holds_model(folder: Path) -> bool:
    """Whether a folder holds models, without those of the folders within."""
    indices = any(folder.glob("*.npjson"))
    return indices or any(_pairs(place) for place in (folder, folder / "src"))


def _only(found: list, folder: Path, what: str, name: Callable[[object], str] = lambda file: file.name) -> object:
    if len(found) > 1:
        names = ", ".join(map(name, found))
        raise StudyError(f"is the folder {folder}, which holds several {what} ({names}); name one")
    return found[0]


def _pairs(folder: Path) -> list[tuple[Path, Path]]:
    """The files of a folder that are simConfig and netParams by their names, what else is in these being the same."""
    found = [(file, _CONFIG.fullmatch(file.name)) for file in sorted(folder.glob("*.py"))]
    pairs = [(file, folder / f"{match[1]}netParams{match[2]}.py") for file, match in found if match]
    return [pair for pair in pairs if is_file(pair[1])]


def _as_pair(pair: tuple[Path, Path]) -> Source:
    config, net_params = pair
    return Source("pair", net_params, _top_of_pair(pair), config, net_params)


def _top_of_pair(pair: tuple[Path, Path]) -> Path:
    """Where a script beside a pair that names it is started; else as always."""
    for script in sorted(pair[0].parent.glob("*.py")):
        files = look(script).files
        start = _start_folder(script, files)
        if files and {start / name for name in files} == set(pair):
            return start
    return _top_of(pair[1])


def _top_of(file: Path) -> Path:
    """A model's paths count from the folder that its scripts are started in, which is seldom src/."""
    return file.parent.parent if file.parent.name == "src" else file.parent


def _is_saved(file: Path) -> bool:
    try:
        table = _json(file)
    except StudyError:
        return False
    return isinstance(table, dict) and isinstance(table.get("net"), dict) and "params" in table["net"]


def _of_python(file: Path) -> Source:
    seen = look(file)
    if PARTS.keys() & seen.defined:
        return Source("own", file, file.parent)
    if "search" in seen.called and any(name.startswith("netpyne.batchtools") for name in seen.imported):
        return Source("search", file, _start_folder(file, seen.scripts))
    # A class of the user's own may be a Batch; made elsewhere, it is known by its run alone.
    imports_batch = any(name == "netpyne.batch" or name.startswith("netpyne.batch.") for name in seen.imported)
    if "Batch" in seen.called or imports_batch and seen.runs:
        return Source("batch", file, _start_folder(file, seen.files))
    for pair in () if seen.starts else _pairs(file.parent):
        if file in pair:
            return _as_pair(pair)
    if seen.starts or "netParams" in seen.defined:
        return Source("script", file, _start_folder(file, seen.files))
    if seen.runs:
        return Source("batch", file, _top_of(file))
    if not seen.is_python:
        # Loading it names the line.
        return Source("own", file, file.parent)
    raise StudyError(f"is {str(file)!r}, which has no {PARTS['DEFAULTS']} and makes no netParams, so it is no model")


def _start_folder(file: Path, named: tuple[str, ...]) -> Path:
    """Where a script is started: where the files are that it names, with or without their .py."""
    folders = dict.fromkeys((_top_of(file), file.parent, file.parent.parent, file.parent / "src"))
    found = [folder for folder in folders if named and all(_is_script(folder / name) for name in named)]
    return next(iter(found), _top_of(file))


def _is_script(path: Path) -> bool:
    return is_file(path) or is_file(path.with_name(f"{path.name}.py"))


def _makes_both(file: Path) -> bool:
    seen = look(file)
    return bool(seen.starts) or {"netParams", "simConfig"} <= seen.defined or {"netParams", "cfg"} <= seen.defined
