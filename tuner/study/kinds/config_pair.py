"""Detect pairs of a simConfig file and a netParams file, by an index file or by the names of the files."""

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tuner.errors import StudyError
from tuner.regular_files import LONGEST_NAME, check_named
from tuner.study import live_steps
from tuner.study.kinds.registry import FILE_RULES, FOLDER_RULES, MAKERS, Candidate, Run
from tuner.study.paths import Specs
from tuner.study.python_text import look
from tuner.study.sources import Source, read_table, start_folder, top_of
from tuner.study.study_file import is_file
from tuner.words import shown

KIND = "pair"
# The kind of a pair with a script that acts on the created network; see kinds/python_script.
SCRIPT = "script"
INDEX = "index.npjson"
_CONFIG = re.compile(r"(.*?)(?:cfg|simConfig)(.*)\.py")


@MAKERS.entering(KIND)
def make(run: Run) -> Specs:
    """Return the specs that the two files build."""
    source = run.source
    config, net_params = map(run.there, source.pair)
    return run.read_pair(config, net_params, source.config_variable, source.net_params_variable)


@FILE_RULES.entering("index file", place=10)
def index_file(file: Path) -> Source | None:
    """Return the source of an index file, as NetPyNE's `sim.loadModel` reads such a file."""
    if file.suffix == ".npjson" or file.suffix == ".json" and _names_files(read_table(file)):
        return of_index(file)
    return None


def _names_files(table: object) -> bool:
    return isinstance(table, dict) and isinstance(table.get("netParams"), str)


def of_index(file: Path) -> Source:
    """Return the source of an index file; raise StudyError unless simConfig and netParams name existing files."""
    table = read_table(file)
    if not isinstance(table, dict):
        raise StudyError(f"{file} is not an index file: its content is not a JSON object")
    config, net_params = (_named_file(file, table, key) for key in ("simConfig", "netParams"))
    config_variable, variable = (str(table.get(f"{key}_variable") or "") for key in ("simConfig", "netParams"))
    mod_folder = _mod_folder(file, table["mod_folder"]) if table.get("mod_folder") else None
    source = Source(KIND, file, file.parent, config, net_params, config_variable, variable, mod_folder)
    script = file.parent / str(table.get("python_run") or "")
    if script.name == "run.py" and is_file(script.with_name("script.json")):
        words = "is the export of a model with a script that acts on the network"
        raise StudyError(f"{file} {words}; as the model of a study, name that script instead")
    return replace(source, kind=SCRIPT, file=script) if is_file(script) and _acts(script, file.parent) else source


def _acts(script: Path, top: Path) -> bool:
    """Return whether a script acts on the created network."""
    return bool(live_steps.read(script, [top]).reason)


def live_scripts(pair: tuple[Path, Path]) -> list[Path]:
    """Return the scripts beside a pair that read both files and act on the created network."""
    scripts = [file for file in sorted(pair[0].parent.glob("*.py")) if look(file).starts]
    named = [(file, look(file).files) for file in scripts]
    read = [(file, start_folder(file, files), files) for file, files in named if files]
    found = [(file, top) for file, top, files in read if {top / name for name in files} == set(pair)]
    return [file for file, top in found if _acts(file, top)]


def _named_file(index: Path, table: Mapping[str, Any], key: str) -> Path:
    """Return the file that an index file names under a key."""
    if not isinstance(table.get(key), str):
        raise StudyError(f"{index} is not an index file: it has no file name under '{key}'")
    file = Path(os.path.normpath(index.parent / table[key]))
    if not is_file(file):
        raise StudyError(f"{index} names {shown(table[key])} as {key}, but there is no such file")
    check_named(file, StudyError)
    return file


def _mod_folder(index: Path, name: object) -> Path:
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        raise StudyError(f"{index}: mod_folder is {shown(name)}, must be the name of a folder")
    return index.parent / name


@FILE_RULES.entering("file of a pair", place=60)
def file_of_a_pair(file: Path) -> Source | None:
    """Return the pair to which a Python file belongs by name; a script that starts a network belongs to no pair."""
    pairs = [] if file.suffix != ".py" or look(file).starts else _pairs(file.parent)
    return next((_as_source(pair) for pair in pairs if file in pair), None)


@FOLDER_RULES.entering("index files", place=10)
def indices(folder: Path) -> list[Candidate]:
    """Return the index files of a folder; if index.npjson exists, only this file."""
    files = [folder / INDEX] if is_file(folder / INDEX) else sorted(folder.glob("*.npjson"))
    return [Candidate(file.name, partial(of_index, file)) for file in files]


@FOLDER_RULES.entering("pairs of simConfig and netParams", place=20)
def pairs_of(folder: Path) -> list[Candidate]:
    """Return the pairs of a folder, or else of the inner folder src/."""
    found = _pairs(folder) or _pairs(folder / "src")
    return [Candidate(pair[1].name, partial(_with_script, pair)) for pair in found]


def _with_script(pair: tuple[Path, Path]) -> Source:
    """Return the source of a pair in a folder; the only script that acts on the network is part of the model."""
    source, scripts = _as_source(pair), live_scripts(pair)
    return replace(source, kind=SCRIPT, file=scripts[0]) if len(scripts) == 1 else source


def _pairs(folder: Path) -> list[tuple[Path, Path]]:
    """Return the pairs of a folder: two names that differ only in cfg or simConfig against netParams."""
    found = [(file, _CONFIG.fullmatch(file.name)) for file in sorted(folder.glob("*.py"))]
    pairs = [(file, folder / f"{match[1]}netParams{match[2]}.py") for file, match in found if match]
    return [pair for pair in pairs if is_file(pair[1])]


def _as_source(pair: tuple[Path, Path]) -> Source:
    config, net_params = pair
    return Source(KIND, net_params, _top_of_pair(pair), config, net_params)


def _top_of_pair(pair: tuple[Path, Path]) -> Path:
    """Return the start folder of a script beside the pair that names both files, else `top_of` the pair."""
    for script in sorted(pair[0].parent.glob("*.py")):
        files = look(script).files
        start = start_folder(script, files)
        if files and {start / name for name in files} == set(pair):
            return start
    return top_of(pair[1])
