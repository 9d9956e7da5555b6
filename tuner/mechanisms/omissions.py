"""Report the NMODL files that were left out of a library, and the mechanisms that are missing as a result.

The folder `left_out`, beside the NMODL files of a library, holds the files that did not compile, and the compiler's
output for each.
"""

import re
from pathlib import Path

from tuner.errors import MechanismError
from tuner.interfaces.netpyne_types import NetParams
from tuner.mechanisms.loading import find_sources, names_in
from tuner.mechanisms.names import named, names_of, routines_of

FOLDER = "left_out"
# From the most to the least informative. A line with a | is the compiler's copy of the source.
_TELLING = (
    re.compile(r"\b(multiple definition of [^;\n]*)"),
    re.compile(r"\b(undefined symbol: .*)"),
    re.compile(r"^[^|\n]*?\berror:[ \t]*(\S.*)", re.IGNORECASE | re.MULTILINE),
    re.compile(r"^make: \*\*\* (.*)", re.MULTILINE),
)
# Messages of NEURON and NetPyNE about a missing mechanism that do not name the mechanism.
_NAMELESS = re.compile(r"not a density mechanism name|hoc_Load_file")


def set_aside(folder: Path, name: str, words: str) -> None:
    """Move an NMODL file to the folder of the files left out, with the compiler's output."""
    aside = folder / FOLDER
    aside.mkdir(exist_ok=True)
    (folder / name).rename(aside / name)
    (aside / f"{name}.log").write_text(words)


def is_set_aside(folder: Path, name: str) -> bool:
    """Return whether a file is in the folder of the files left out."""
    return (folder / FOLDER / name).exists()


def left_out_files(library: Path | None) -> dict[str, str]:
    """Return the NMODL files left out of a library, by name, each with file, reason and path of the log in one line."""
    return {file.name: _sentence(file) for file in _files(library)}


def left_out(library: Path | None) -> dict[str, str]:
    """Return the mechanisms that a library lacks because of compile errors, by name; values as in `left_out_files`.

    A file with functions but no mechanism counts with its functions. A name that another file of the library defines is
    not missing.
    """
    files = _files(library)
    present = names_in(library) if files else set()
    return {name: _sentence(file) for file in files for name in sorted(_defined_by(file) - present)}


def check_used(library: Path | None, net_params: NetParams) -> None:
    """Raise MechanismError if netParams use a mechanism that was left out of the library."""
    missing = left_out(library)
    for name in sorted(missing.keys() & named(net_params)):
        raise MechanismError(_asked_for(name, missing[name]))


def blame_left_out(library: Path | None, words: str) -> str | None:
    """Return a sentence on the mechanism left out of the library that caused an exception; `None` for other causes.

    `words` is the message of the exception, a traceback, or NEURON's output. If the message names no mechanism, the
    sentence lists all mechanisms that were left out.
    """
    missing = left_out(library)
    for name, reason in missing.items():
        if _is_asked_for(name, words):
            return _asked_for(name, reason)
    if missing and _NAMELESS.search(words):
        reasons = "; ".join(dict.fromkeys(missing.values()))
        return f"a mechanism is missing that NEURON does not name; perhaps because {reasons}"
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
    """Return the most informative line of a compiler's output."""
    found = (pattern.search(words) for pattern in _TELLING)
    return next((each[1].strip() for each in found if each), "the compiler gives no reason")


def _asked_for(name: str, reason: str) -> str:
    return f"the model uses {name}, but {reason}"


def _is_asked_for(name: str, words: str) -> bool:
    """Return whether a message is about a mechanism, and not about a word or a file of the same name."""
    exact = re.escape(name)
    before = rf"""(?:\bh\.|\b(?:insert|new)\s+|['"](?:\w+_)?){exact}\b(?!\.\w|/)"""
    return bool(re.search(rf"{before}|\b{exact} (?:is not a|undefined)", words))
