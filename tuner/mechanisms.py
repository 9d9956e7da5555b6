"""NMODL to a library that NEURON loads: compiled once per content, loaded once per process."""

import hashlib
import importlib.metadata
import logging
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from tuner.errors import MechanismError, TunerError
from tuner.study import ROOT

BUILDS = ROOT / ".build" / "mechanisms"
LAST_LINES = 12
_NAME = re.compile(r"\b(?:SUFFIX|POINT_PROCESS|ARTIFICIAL_CELL)\s+(\w+)")
_COMMENT = re.compile(r"\bCOMMENT\b.*?\bENDCOMMENT\b|[:?][^\n]*", re.DOTALL)

log = logging.getLogger(__name__)


def build(mod_folder: Path) -> Path | None:
    """The compiled library of a folder's NMODL files; None if it holds none.

    Compiles in a scratch folder and renames it, so that a library is there whole or not at all. Raises MechanismError
    with the compiler's last words and the path of its log.
    """
    files = sources(mod_folder)
    if not files:
        return None
    folder = BUILDS / _key(files)
    if not folder.exists():
        log.info("compiling %d mechanism files of %s", len(files), mod_folder)
        _compile(mod_folder, folder)
    return _library(folder)


def sources(mod_folder: Path) -> list[Path]:
    """A folder's NMODL files and what they may include; empty if it has no mechanism."""
    if not any(mod_folder.glob("*.mod")):
        return []
    return sorted(file for pattern in ("*.mod", "*.inc", "*.h") for file in mod_folder.glob(pattern))


def _key(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for part in (importlib.metadata.version("neuron"), sys.version_info[:2], platform.platform()):
        digest.update(repr(part).encode())
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _compile(mod_folder: Path, folder: Path) -> None:
    BUILDS.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=BUILDS, prefix="scratch-"))
    try:
        for file in sources(mod_folder):
            shutil.copy(file, scratch)
        done = subprocess.run([_compiler()], cwd=scratch, capture_output=True, text=True, errors="replace")
        words = done.stdout + done.stderr
        if done.returncode != 0 or _library(scratch) is None:
            failure = BUILDS / f"failed-{folder.name[:12]}.log"
            failure.write_text(words)
            # nrnivmodl is itself a Python script, which adds nothing but its own traceback.
            tail = "\n".join(words.partition("Traceback")[0].strip().splitlines()[-LAST_LINES:])
            raise MechanismError(f"{mod_folder}: did not compile (log: {failure}); the compiler's last words:\n{tail}")
        try:
            scratch.rename(folder)
        except OSError:
            if _library(folder) is None:
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _compiler() -> str:
    beside = Path(sysconfig.get_path("scripts"), "nrnivmodl")
    found = str(beside) if beside.exists() else shutil.which("nrnivmodl")
    if found is None:
        raise MechanismError("nrnivmodl is not there; it comes with the neuron package")
    return found


def _library(folder: Path) -> Path | None:
    found = sorted([*folder.glob("*/libnrnmech.*"), *folder.glob("*/.libs/libnrnmech.so")])
    return found[0] if found else None


def mechanism_names(mod_folder: Path) -> set[str]:
    """Names under which NEURON knows the mechanisms of a folder's NMODL files."""
    texts = (_COMMENT.sub("", file.read_text(errors="replace")) for file in mod_folder.glob("*.mod"))
    return {name for text in texts for name in _NAME.findall(text)}


def load(library: Path | None) -> None:
    """Loads a compiled library into this process's NEURON, once; None loads nothing.

    Raises MechanismError if NEURON refuses, or if it has some but not all of its mechanisms already.
    """
    if library is None:
        return
    from neuron import h

    wanted = mechanism_names(_sources(library))
    present = {name for name in wanted if hasattr(h, name) or name in _density_mechanisms(h)}
    if present == wanted and wanted:
        return
    if present:
        names = ", ".join(sorted(present))
        raise MechanismError(f"{library}: NEURON has {names} already, but not the library's others")
    try:
        loaded = h.nrn_load_dll(str(library))
    except RuntimeError as error:
        raise MechanismError(f"{library}: NEURON could not load it: {error}") from None
    if not loaded:
        raise MechanismError(f"{library}: NEURON could not load it")


def _sources(library: Path) -> Path:
    """The folder of a library's NMODL files: it stands in a folder of theirs that bears the machine's name."""
    return next(parent for parent in library.parents if any(parent.glob("*.mod")))


def _density_mechanisms(h: object) -> set[str]:
    types = h.MechanismType(0)
    names = set()
    name = h.ref("")
    for i in range(int(types.count())):
        types.select(i)
        types.selected(name)
        names.add(name[0])
    return names


def main() -> int:
    """`python -m tuner.mechanisms FOLDER`: compiles and says where."""
    try:
        library = build(Path(sys.argv[1]))
    except TunerError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    sys.stdout.write(f"mechanisms: {os.path.relpath(library) if library else 'none to compile'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
