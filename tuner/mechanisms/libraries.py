"""NMODL to a library that NEURON loads: compiled once per content, loaded once per process.

A file that does not compile, often one that the model does not use, is left out, and said.
"""

import hashlib
import importlib.metadata
import logging
import platform
import re
import sys
from pathlib import Path

from tuner.errors import MechanismError
from tuner.layout import BUILDS, MECHANISMS
from tuner.mechanisms.compilation import compile_into
from tuner.mechanisms.loading import load, load_coreneuron, missing, names_in, sources_of
from tuner.mechanisms.names import mechanism_names, named, names_of, with_rates_in_range
from tuner.mechanisms.omissions import blame_left_out, check_used, left_out, left_out_files
from tuner.mechanisms.toolchain import CORENEURON, NEURON, find_library

__all__ = [
    "blame_left_out",
    "build",
    "build_coreneuron",
    "check_used",
    "left_out",
    "left_out_files",
    "load",
    "load_coreneuron",
    "mechanism_names",
    "missing",
    "named",
    "names_in",
    "sources",
    "sources_of",
    "used",
    "with_rates_in_range",
]

OWN = MECHANISMS

# The files left out of which this process has warned.
_warned: set[Path] = set()

log = logging.getLogger(__name__)


def build(mod_folder: Path | str | None, *, ranged: bool = False) -> Path | None:
    """The compiled library of a folder's NMODL files; None if it holds none. With `ranged` as `with_rates_in_range`.

    Compiles in a scratch folder and renames it, so that a library is there whole or not at all. Files that do not
    compile are left out, each with a warning, the first time in a process; `left_out` has the same words. Raises
    MechanismError with the compiler's last words and the path of its log if none compiles, or if it is not the files'
    fault; and if a file compiles as it is, but not with `ranged`.
    """
    files = _files(sources(mod_folder), ranged=ranged)
    if mod_folder is None or not files:
        return None
    library = _build(mod_folder, files, NEURON, "libnrnmech")
    _tell(Path(mod_folder), library)
    if ranged and (lost := left_out_files(library).keys() - left_out_files(build(mod_folder)).keys()):
        raise MechanismError(f"{mod_folder}: with its rates in RANGE, {left_out_files(library)[min(lost)]}")
    return library


def build_coreneuron(mod_folder: Path | str | None, text: str | None = None, *, ranged: bool = False) -> Path:
    """CoreNEURON's library, for this processor, of a folder's NMODL files and of NEURON's own; as `build` otherwise.

    With `text`, of the project's own those that are `used` by it: CoreNEURON does not miss what no cell has. What
    `build` leaves out (it is asked first) this leaves out, nothing else. What it could not compile once is not compiled
    again.
    """
    wanted = sources(mod_folder) if text is None else used(mod_folder, text)
    lacking = left_out_files(build(mod_folder))
    files = _files([file for file in wanted if file.name not in lacking], ranged=ranged)
    return _build(mod_folder, files, CORENEURON, "libcorenrnmech")


def _build(mod_folder: Path | str | None, files: dict[str, bytes], command: list[str], library: str) -> Path:
    folder = BUILDS / _key(files, command)
    if found := find_library(folder, library):
        return found
    log.info("compiling %d mechanism files of %s for %s", len(files), mod_folder, library)
    return compile_into(folder, mod_folder, files, command, library)


def _tell(mod_folder: Path, library: Path) -> None:
    for name, sentence in left_out_files(library).items():
        file = mod_folder.resolve() / name
        log.log(logging.INFO if file in _warned else logging.WARNING, "%s", sentence)
        _warned.add(file)


def sources(mod_folder: Path | str | None) -> list[Path]:
    """A folder's NMODL files and what they may include; empty if it has no mechanism, or if there is no folder (None).

    Raises MechanismError for a folder that is not there.
    """
    if mod_folder is None:
        return []
    mod_folder = Path(mod_folder)
    if not mod_folder.is_dir():
        raise MechanismError(f"{mod_folder}: there is no such folder")
    if not any(mod_folder.glob("*.mod")):
        return []
    return sorted(file for pattern in ("*.mod", "*.inc", "*.h") for file in mod_folder.glob(pattern))


def used(mod_folder: Path | str | None, text: str) -> list[Path]:
    """Of the project's own NMODL files those whose mechanisms the text names; of any other folder all its sources."""
    found = sources(mod_folder)
    if mod_folder is None or Path(mod_folder).resolve() != OWN:
        return found
    words = set(re.findall(r"\w+", text))
    return [file for file in found if names_of(file.read_text(errors="replace")) & words]


def _files(wanted: list[Path], *, ranged: bool) -> dict[str, bytes]:
    files = {file.name: file.read_bytes() for file in wanted}
    return {name: with_rates_in_range(text) for name, text in files.items()} if ranged else files


def _key(files: dict[str, bytes], command: list[str]) -> str:
    digest = hashlib.sha256()
    made_by = (importlib.metadata.version("neuron"), sys.version_info[:2], platform.platform(), command)
    for part in (*made_by, _processor() if command == CORENEURON else ""):
        digest.update(repr(part).encode())
    for name, text in files.items():
        digest.update(name.encode() + b"\0" + text + b"\0")
    return digest.hexdigest()


def _processor() -> str:
    """What this processor can do, on Linux; its name elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), platform.processor())
