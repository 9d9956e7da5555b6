"""From NMODL files to a library: whole or not at all, and by NEURON's tool without the files that are at fault."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tuner.errors import MechanismError
from tuner.mechanisms import toolchain
from tuner.mechanisms.omissions import set_aside
from tuner.mechanisms.toolchain import CORENEURON, find_library

LAST_LINES = 12
# In a process of its own: NEURON would have the library for good.
_OPEN = "import ctypes, os, sys; ctypes.CDLL(sys.argv[1], os.RTLD_NOW)"


def compile_into(
    folder: Path, mod_folder: Path | str | None, files: dict[str, bytes], command: list[str], library: str
) -> Path:
    """Compiles NMODL files (their texts by name) in a scratch folder, which becomes `folder` if all went well.

    Returns the library. Raises MechanismError with the compiler's last words and the path of its log.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    failure = folder.parent / f"failed-{folder.name[:12]}.log"
    if command == CORENEURON and failure.exists() and not _may_pass(failure):
        raise _failed(mod_folder, failure)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix="scratch-"))
    try:
        for name, text in files.items():
            (scratch / name).write_bytes(text)
        if words := _compile(scratch, command, library):
            failure.write_text(words)
            raise _failed(mod_folder, failure)
        return _rename(scratch, folder, library)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _may_pass(failure: Path) -> bool:
    return toolchain.is_the_machines_fault(failure.read_text(errors="replace"))


def _failed(mod_folder: Path | str | None, failure: Path) -> MechanismError:
    # The tools are themselves Python scripts, which add nothing but their own traceback.
    words = failure.read_text(errors="replace").partition("Traceback")[0].strip()
    tail = "\n".join(words.splitlines()[-LAST_LINES:])
    return MechanismError(f"{mod_folder}: did not compile (log: {failure}); the compiler's last words:\n{tail}")


def _rename(scratch: Path, folder: Path, library: str) -> Path:
    """Rename a folder in which a library was made, and return the library."""
    try:
        scratch.rename(folder)
    except OSError:
        # Another process was faster.
        if find_library(folder, library) is None:
            raise
    found = find_library(folder, library)
    assert found is not None, "a folder without a library is not renamed"
    return found


def _compile(scratch: Path, command: list[str], library: str) -> str:
    """Empty if there is a library in the end, made without the files at fault; else what the tool says."""
    words = toolchain.words_of(scratch, command, library)
    if command == CORENEURON:
        return words
    # Without a file others may be found at fault: an error of the linker shows when all that is left compiles.
    for _ in list(scratch.glob("*.mod")):
        faults = _faults(scratch, words) if words else _unresolved(scratch, library)
        if not words and not faults:
            return ""
        if faults is None:
            return words
        if len(faults) == len(list(scratch.glob("*.mod"))):
            return words or "\n".join(faults.values())
        for name, log in faults.items():
            set_aside(scratch, name, log)
        words = toolchain.words_of(scratch, command, library)
    return words


def _faults(scratch: Path, words: str) -> dict[str, str] | None:
    """The NMODL files at fault, by name, and what the tools say of each; None if the fault is not theirs.

    Empty if each compiles after all.
    """
    names = sorted(file.name for file in scratch.glob("*.mod"))
    missing = [name for name in names if name not in toolchain.compiled(scratch)]
    if missing == names:
        # There are names that make or the shell take for something else, and then nothing is compiled.
        return {name: words for name in names if not re.fullmatch(r"\w+\.mod", name)} or None
    if not missing:
        return _defined_twice(names, words) or None
    # Each alone: what four compilers print at once does not say whose it is.
    logs = {name: toolchain.words_alone(scratch, f"./{name}") for name in missing}
    failed = {name: log for name, log in logs.items() if name not in toolchain.compiled(scratch)}
    return None if any(map(toolchain.is_the_machines_fault, failed.values())) else failed


def _defined_twice(names: list[str], words: str) -> dict[str, str]:
    """The NMODL files of which the linker says that they define what another defines, too."""
    found = {name: re.search(_twice(name), words, re.MULTILINE) for name in names}
    return {name: f"{line[0]}\n\n{words}" for name, line in found.items() if line}


def _twice(name: str) -> str:
    return rf"^(?:[^\n;]*[/\s])?{re.escape(Path(name).stem)}\.(?:cpp|o):[^;\n]*multiple definition of.*$"


def _unresolved(scratch: Path, library: str) -> dict[str, str]:
    """The NMODL files that use a function that is nowhere: with one of them, NEURON cannot load the library."""
    command = [sys.executable, "-I", "-c", _OPEN, str(find_library(scratch, library))]
    done = subprocess.run(command, capture_output=True, text=True)
    symbol = re.search(r"undefined symbol: (\w+)", done.stderr)
    objects = {file.name: toolchain.compiled(scratch)[file.name].read_bytes() for file in scratch.glob("*.mod")}
    return {name: done.stderr for name, code in objects.items() if symbol and symbol[1].encode() + b"\0" in code}
