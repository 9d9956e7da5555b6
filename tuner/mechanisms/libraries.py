"""Compile NMODL files once per content, and load libraries once per process.

A file that does not compile is left out with a warning; often the model does not use such a file.
"""

import hashlib
import importlib.metadata
import logging
import platform
import re
import sys
from functools import cache
from pathlib import Path

from tuner.errors import MechanismError
from tuner.layout import BUILDS, MECHANISMS
from tuner.mechanisms import retained_state, seal
from tuner.mechanisms.compilation import compile_into
from tuner.mechanisms.loading import find_sources, load, load_coreneuron, missing, names_in, sources_of
from tuner.mechanisms.names import mechanism_names, named, names_of, with_rates_in_range
from tuner.mechanisms.omissions import blame_left_out, check_used, left_out, left_out_files
from tuner.mechanisms.retained_state import Retained
from tuner.mechanisms.toolchain import CORENEURON, NEURON
from tuner.regular_files import check_named
from tuner.words import count

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
    "processor",
    "retained",
    "sources",
    "sources_of",
    "used",
    "with_rates_in_range",
]

OWN = MECHANISMS

# Files left out for which this process has already logged a warning.
_warned: set[Path] = set()

log = logging.getLogger(__name__)


def build(mod_folder: Path | str | None, *, ranged: bool = False, mended: bool = False) -> Path | None:
    """Return the compiled library of a folder's NMODL files; `None` if the folder has no mechanism.

    Files are compiled in a scratch folder, which is renamed at the end, so that a library is complete or absent. A file
    that does not compile is left out. The first time in a process, this is logged as a warning; `left_out` returns the
    same text.

    Parameters
    ----------
    ranged
        Change GLOBAL variables to RANGE, see `with_rates_in_range`.
    mended
        Complete INITIAL blocks for networks that run more than once, see `retained_state.mended`. A file that compiles
        only as it is stays as it is. Without such a file to complete, the library is the same as without `mended`.

    Raises
    ------
    MechanismError
        If no file compiles, if the fault is not in the files, or if a file compiles only without `ranged`. The message
        has the last lines of the compiler's output and the path of its log.
    """
    files = _files(sources(mod_folder), ranged=ranged)
    if mod_folder is None or not files:
        return None
    plain = _build(mod_folder, files, NEURON, "libnrnmech")
    _tell(Path(mod_folder), plain)
    library = _build_mended(mod_folder, files, plain) if mended else plain
    if ranged and (lost := left_out_files(library).keys() - left_out_files(build(mod_folder)).keys()):
        reason = left_out_files(library)[min(lost)]
        raise MechanismError(f"{mod_folder}: with computed GLOBAL variables changed to RANGE, {reason}")
    return library


def _build_mended(mod_folder: Path | str, files: dict[str, bytes], plain: Path) -> Path:
    """Return the library of the files with completed INITIAL blocks, with all mechanisms of the plain library."""
    changed = {name: text for name, text in _mended(files).items() if text != files[name]}
    kept = {name: retained_state.not_mended(files[name]) for name in changed}
    # Only the changed files are compiled.
    base = sources_of(plain)
    for _ in range(2):
        try:
            library = _build(mod_folder, {**files, **changed}, NEURON, "libnrnmech", base=base) if changed else plain
        except MechanismError:
            break
        lost = left_out_files(library).keys() - left_out_files(plain).keys()
        if not lost:
            return library
        changed |= {name: kept[name] for name in lost & kept.keys()}
    return _build(mod_folder, {**files, **kept}, NEURON, "libnrnmech", base=base)


def _mended(files: dict[str, bytes]) -> dict[str, bytes]:
    mended = retained_state.mended
    return {name: mended(text, files) if name.endswith(".mod") else text for name, text in files.items()}


@cache
def retained(library: Path | None) -> dict[str, Retained]:
    """Return the mechanisms of a compiled library that carry state to the next run, by name.

    With completed INITIAL blocks, these are the mechanisms that need another way to a fresh run.
    """
    folder = find_sources(library) if library else None
    return retained_state.retained(sources(folder))


def build_coreneuron(
    mod_folder: Path | str | None, text: str | None = None, *, ranged: bool = False, mended: bool = False
) -> Path:
    """Return CoreNEURON's library, for this processor, of a folder's NMODL files and of NEURON's own mechanisms.

    With `text`, only those files of the project's own mechanisms are compiled that are `used` by the text. Files that
    `build`, which runs first, leaves out are left out here too; all others must compile. Files that have failed once
    are not compiled again. With `mended`, the files are those of `build`. Otherwise like `build`.
    """
    wanted = sources(mod_folder) if text is None else used(mod_folder, text)
    lacking = left_out_files(build(mod_folder))
    files = _files([file for file in wanted if file.name not in lacking], ranged=ranged)
    if mended and files:
        library = build(mod_folder, ranged=ranged, mended=True)
        files = {name: (sources_of(library) / name).read_bytes() for name in files} if library else files
    return _build(mod_folder, files, CORENEURON, "libcorenrnmech")


def _build(
    mod_folder: Path | str | None,
    files: dict[str, bytes],
    command: list[str],
    library: str,
    *,
    base: Path | None = None,
) -> Path:
    folder = BUILDS / _key(files, command)
    if found := seal.find_intact(folder, library):
        return found
    if folder.exists():
        # The folder stays until its replacement is ready: processes of an older version may load the library.
        log.info("%s: the compiled library is damaged, or was made by an older version; compiling again", folder)
    names = [name for name in files if name.endswith(".mod")]
    if base:
        # All others are taken from the library before, or were left out there.
        names = [name for name in names if (base / name).is_file() and (base / name).read_bytes() != files[name]]
    engine = "CoreNEURON" if command == CORENEURON else "NEURON"
    note = ", with completed INITIAL blocks" if base else ""
    log.info("compiling %s of %s for %s%s", count(len(names), "NMODL file"), mod_folder, engine, note)
    return compile_into(folder, mod_folder, files, command, library, base=base)


def _tell(mod_folder: Path, library: Path) -> None:
    for name, sentence in left_out_files(library).items():
        file = mod_folder.resolve() / name
        log.log(logging.DEBUG if file in _warned else logging.WARNING, "%s", sentence)
        _warned.add(file)


def sources(mod_folder: Path | str | None) -> list[Path]:
    """Return a folder's NMODL files and the files that NMODL may include, sorted.

    Empty if the folder has no mechanism, or if `mod_folder` is None. Raises MechanismError if the folder does not
    exist, or if an entry is not a regular file of a bounded size.
    """
    if mod_folder is None:
        return []
    mod_folder = Path(mod_folder)
    if not mod_folder.is_dir():
        raise MechanismError(f"{mod_folder}: there is no such folder")
    if not any(mod_folder.glob("*.mod")):
        return []
    found = sorted(file for pattern in ("*.mod", "*.inc", "*.h") for file in mod_folder.glob(pattern))
    for file in found:
        check_named(file, MechanismError)
    return found


def used(mod_folder: Path | str | None, text: str) -> list[Path]:
    """Return the project's own NMODL files with a mechanism that the text names; for other folders, all sources."""
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
    for part in (*made_by, processor() if command == CORENEURON else ""):
        digest.update(repr(part).encode())
    for name, text in files.items():
        digest.update(name.encode() + b"\0" + text + b"\0")
    return digest.hexdigest()


def processor() -> str:
    """Return the capabilities of this processor on Linux; elsewhere the name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), platform.processor())
