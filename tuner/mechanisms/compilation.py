"""Compile NMODL files to a library.

A library is complete or absent: files are compiled in a scratch folder, which is renamed at the end. With NEURON's
tool, files at fault are left out. With CoreNEURON's tool, all files must compile.
"""

import errno
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tuner.errors import MechanismError
from tuner.interfaces.held_folders import held_folder, release, sweep
from tuner.mechanisms import seal, toolchain
from tuner.mechanisms.omissions import is_set_aside, set_aside
from tuner.mechanisms.toolchain import CORENEURON, find_library

LAST_LINES = 12
SCRATCH = "scratch-"
# Run in a separate process: a library that has been loaded cannot be unloaded.
_OPEN = "import ctypes, os, sys; ctypes.CDLL(sys.argv[1], os.RTLD_NOW)"


def compile_into(
    folder: Path,
    mod_folder: Path | str | None,
    files: dict[str, bytes],
    command: list[str],
    library: str,
    *,
    base: Path | None = None,
) -> Path:
    """Compile NMODL files in a scratch folder, rename that folder to `folder`, and return the library.

    `files` holds the content of each file by name; `mod_folder` is the folder that messages name. Raises MechanismError
    with the last lines of the compiler's output and the path of the log. Files that are equal in `base`, the folder of
    another library, are not compiled again, and files that were left out there are left out here.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    failure = folder.parent / f"failed-{folder.name[:12]}.log"
    if command == CORENEURON and failure.exists() and not _may_pass(failure):
        raise _failed(mod_folder, failure)
    sweep(folder.parent, SCRATCH)
    scratch = held_folder(folder.parent, SCRATCH)
    try:
        if base:
            shutil.copytree(base, scratch, dirs_exist_ok=True, ignore=shutil.ignore_patterns(seal.SEAL))
        for name, text in files.items():
            _write(scratch, name, text)
        if words := _compile(scratch, command, library):
            failure.write_text(words)
            raise _failed(mod_folder, failure)
        return _rename(scratch, folder, library)
    finally:
        release(scratch)


def _write(scratch: Path, name: str, text: bytes) -> None:
    """Write a file that is not there yet, and remove the compiled code of another content."""
    file = scratch / name
    if is_set_aside(scratch, name) or (file.exists() and file.read_bytes() == text):
        return
    file.write_bytes(text)
    for made in [*scratch.glob(f"*/{file.stem}.o"), *scratch.glob(f"*/{file.stem}.cpp")]:
        made.unlink()


def _may_pass(failure: Path) -> bool:
    # A power cut or a full disk can leave an empty log.
    words = failure.read_text(errors="replace")
    return not words.strip("\0") or toolchain.is_the_machines_fault(words)


def _failed(mod_folder: Path | str | None, failure: Path) -> MechanismError:
    # The tools are Python scripts. Their own traceback at the end does not explain the error.
    words = failure.read_text(errors="replace").partition("Traceback")[0].strip()
    tail = "\n".join(words.splitlines()[-LAST_LINES:])
    return MechanismError(
        f"{mod_folder}: the NMODL files did not compile (log: {failure}); last lines of the compiler:\n{tail}"
    )


def _rename(scratch: Path, folder: Path, library: str) -> Path:
    """Rename a folder in which a library was made, with the digests of all files, and return the library."""
    made = find_library(scratch, library)
    assert made is not None, "a folder without a library is not renamed"
    seal.seal(scratch)
    placed = _took_place(scratch, folder)
    while not placed:
        # Another process may have compiled the same files in the meantime.
        if found := seal.find_intact(folder, library):
            return found
        placed = _replaced(scratch, folder)
    return folder / made.relative_to(scratch)


def _took_place(scratch: Path, folder: Path) -> bool:
    """Rename a folder; return False if a folder with files is in that place."""
    try:
        scratch.rename(folder)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
        return False
    return True


def _replaced(scratch: Path, folder: Path) -> bool:
    """Rename a folder to the place of a damaged one, like `_took_place`; loaded libraries keep the removed file."""
    aside = held_folder(folder.parent, SCRATCH)
    try:
        # Another process may have moved the folder.
        with suppress(FileNotFoundError):
            folder.rename(aside / folder.name)
        return _took_place(scratch, folder)
    finally:
        release(aside)


def _compile(scratch: Path, command: list[str], library: str) -> str:
    """Compile until there is a library without the files at fault; return "", or the tool's output on failure."""
    words = toolchain.words_of(scratch, command, library)
    if command == CORENEURON:
        return words
    # Several rounds: errors of the linker show only when all remaining files compile.
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
    """Return the NMODL files at fault by name, with the tools' output for each.

    Empty if every file compiles after all; None if the fault is not in the files.
    """
    names = sorted(file.name for file in scratch.glob("*.mod"))
    missing = [name for name in names if name not in toolchain.compiled(scratch)]
    if missing == names:
        # make and the shell misread some file names, and then nothing is compiled.
        return {name: words for name in names if not re.fullmatch(r"\w+\.mod", name)} or None
    if not missing:
        return _defined_twice(names, words) or None
    # Each file is compiled alone, because the output of parallel compilers is mixed.
    logs = {name: toolchain.words_alone(scratch, f"./{name}") for name in missing}
    failed = {name: log for name, log in logs.items() if name not in toolchain.compiled(scratch)}
    return None if any(map(toolchain.is_the_machines_fault, failed.values())) else failed


def _defined_twice(names: list[str], words: str) -> dict[str, str]:
    """Return the NMODL files that define a name of another file, according to the linker."""
    found = {name: re.search(_twice(name), words, re.MULTILINE) for name in names}
    return {name: f"{line[0]}\n\n{words}" for name, line in found.items() if line}


def _twice(name: str) -> str:
    return rf"^(?:[^\n;]*[/\s])?{re.escape(Path(name).stem)}\.(?:cpp|o):[^;\n]*multiple definition of.*$"


def _unresolved(scratch: Path, library: str) -> dict[str, str]:
    """Return the NMODL files that call a missing function; NEURON cannot load a library with such a file."""
    command = [sys.executable, "-I", "-c", _OPEN, str(find_library(scratch, library))]
    done = subprocess.run(command, capture_output=True, text=True)
    symbol = re.search(r"undefined symbol: (\w+)", done.stderr)
    objects = {file.name: toolchain.compiled(scratch)[file.name].read_bytes() for file in scratch.glob("*.mod")}
    return {name: done.stderr for name, code in objects.items() if symbol and symbol[1].encode() + b"\0" in code}
