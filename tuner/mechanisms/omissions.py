"""What a library lacks because it did not compile: the files, their mechanisms, and who asks for them.

Beside a library's NMODL files a folder holds those that were left out, and what the compiler said of each.
"""

import re
from pathlib import Path

from tuner.errors import MechanismError
from tuner.interfaces.netpyne_types import NetParams
from tuner.mechanisms.loading import find_sources, names_in
from tuner.mechanisms.names import named, names_of, routines_of

FOLDER = "left_out"
# From the most telling to the least; a line with a | is the compiler's copy of the source.
_TELLING = (
    re.compile(r"\b(multiple definition of [^;\n]*)"),
    re.compile(r"\b(undefined symbol: .*)"),
    re.compile(r"^[^|\n]*?\berror:[ \t]*(\S.*)", re.IGNORECASE | re.MULTILINE),
    re.compile(r"^make: \*\*\* (.*)", re.MULTILINE),
)
# What NEURON and NetPyNE say of something that is not there, without its name.
_NAMELESS = re.compile(r"not a density mechanism name|hoc_Load_file")


def set_aside(folder: Path, name: str, words: str) -> None:
    """Moves one of a folder's NMODL files where those are that were left out, with the compiler's words."""
    aside = folder / FOLDER
    aside.mkdir(exist_ok=True)
    (folder / name).rename(aside / name)
    (aside / f"{name}.log").write_text(words)


def left_out_files(library: Path | None) -> dict[str, str]:
    """The NMODL files that were left out of a library, by name: in one line which, why, and the path of the log."""
    return {file.name: _sentence(file) for file in _files(library)}


def left_out(library: Path | None) -> dict[str, str]:
    """The mechanisms that a library lacks because their files did not compile, by NEURON's name; see `left_out_files`.

    Of a file with functions but no mechanism, its functions. What another file of the library defines is not lacking.
    """
    files = _files(library)
    present = names_in(library) if files else set()
    return {name: _sentence(file) for file in files for name in sorted(_defined_by(file) - present)}


def check_used(library: Path | None, net_params: NetParams) -> None:
    """Raises MechanismError if NetPyNE's netParams ask for a mechanism that was left out of the library."""
    missing = left_out(library)
    for name in sorted(missing.keys() & named(net_params)):
        raise MechanismError(_asked_for(name, missing[name]))


def blame_left_out(library: Path | None, words: str) -> str | None:
    """Why an exception was raised, in one sentence, if it was for a mechanism that was left out of the library.

    `words` are the exception's, or a traceback's, or what NEURON printed. Some name no mechanism; then the sentence
    has all that were left out. None where nothing was, or where the words are about something else.
    """
    missing = left_out(library)
    for name, reason in missing.items():
        if _is_asked_for(name, words):
            return _asked_for(name, reason)
    if missing and _NAMELESS.search(words):
        return f"NEURON does not say what it lacks, perhaps this: {'; '.join(dict.fromkeys(missing.values()))}"
    return None


def _files(library: Path | None) -> list[Path]:
    folder = find_sources(library) if library else None
    return sorted((folder / FOLDER).glob("*.mod")) if folder else []


def _defined_by(file: Path) -> set[str]:
    text = file.read_text(errors="replace")
    return names_of(text) or routines_of(text) or {file.stem}


def _sentence(file: Path) -> str:
    log = file.with_name(f"{file.name}.log")
    return f"{file.name} does not compile and is left out: {telling(log.read_text(errors='replace'))}; log: {log}"


def telling(words: str) -> str:
    """The most telling line of what a compiler said."""
    found = (pattern.search(words) for pattern in _TELLING)
    return next((each[1].strip() for each in found if each), "the compiler does not say why")


def _asked_for(name: str, reason: str) -> str:
    return f"{name} is asked for, but {reason}"


def _is_asked_for(name: str, words: str) -> bool:
    """As NEURON and code speak of mechanisms: a name may be a common word, too, or a file's."""
    exact = re.escape(name)
    before = rf"""(?:\bh\.|\b(?:insert|new)\s+|['"](?:\w+_)?){exact}\b(?!\.\w|/)"""
    return bool(re.search(rf"{before}|\b{exact} (?:is not a|undefined)", words))
