"""Compiled libraries, loaded into this process once."""

import os
from pathlib import Path

from tuner.errors import MechanismError
from tuner.interfaces.netpyne_types import NetParams
from tuner.interfaces.neuron_types import Hoc, interpreter
from tuner.mechanisms.names import mechanism_names

# What NEURON has loaded in this process, by mechanism and as a whole, and CoreNEURON.
_loaded: dict[str, Path] = {}
_libraries: set[Path] = set()
_coreneuron: dict[str, Path] = {}


def load(library: Path | str | None) -> None:
    """Loads a compiled library into this process's NEURON, once; None loads nothing.

    Raises MechanismError if NEURON refuses, or if it has some but not all of its mechanisms already.
    """
    if library is None or Path(library) in _libraries:
        return
    library = Path(library)
    wanted = mechanism_names(sources_of(library))
    if not _is_present(library, wanted):
        _load(library)
        _loaded.update(dict.fromkeys(wanted, library))
    _libraries.add(library)


def _is_present(library: Path, wanted: set[str]) -> bool:
    h = interpreter()
    densities = _density_mechanisms(h)
    # Asked for a density mechanism as an attribute NEURON imports its NMODL, after which its compiler is not found.
    present = {name for name in wanted if name in densities or hasattr(h, name)}
    if present != wanted and present:
        names = ", ".join(sorted(present))
        raise MechanismError(f"{library}: NEURON has {names} already, but not the library's others")
    if others := {_loaded[name] for name in present if _loaded.get(name, library) != library}:
        raise MechanismError(f"{library}: NEURON has these mechanisms from {others.pop()} already")
    return bool(present)


def _load(library: Path) -> None:
    try:
        loaded = interpreter().nrn_load_dll(str(library))
    except RuntimeError as error:
        raise MechanismError(f"{library}: NEURON could not load it: {error}") from None
    if not loaded:
        raise MechanismError(f"{library}: NEURON could not load it")


def _density_mechanisms(h: Hoc) -> set[str]:
    types = h.MechanismType(0)
    names = set()
    name = h.ref("")
    for i in range(int(types.count())):
        types.select(i)
        types.selected(name)
        names.add(name[0])
    return names


def missing(net_params: NetParams) -> list[str]:
    """The membrane mechanisms that the cells of NetPyNE's netParams ask for and this process's NEURON has not."""
    sections = [each for rule in net_params.cellParams.values() for each in rule.get("secs", {}).values()]
    asked = {name for section in sections for name in section.get("mechs", {})}
    return sorted(asked - _density_mechanisms(interpreter())) if asked else []


def load_coreneuron(library: Path) -> None:
    """Has this process's CoreNEURON run with a library that `build_coreneuron` gave; it takes the first for good.

    Raises MechanismError if it was another.
    """
    taken = _coreneuron.setdefault("library", library)
    if taken != library:
        raise MechanismError(f"{library}: CoreNEURON has {taken} already")
    os.environ["CORENEURONLIB"] = str(library)


def sources_of(library: Path) -> Path:
    """The folder of a compiled library's NMODL files: it stands in a folder of theirs that bears the machine's name.

    Raises MechanismError where there is none.
    """
    folder = find_sources(library)
    if folder is None:
        raise MechanismError(f"{library}: there is no such library beside its NMODL files")
    return folder


def names_in(library: Path | None) -> set[str]:
    """The mechanisms of a compiled library that are not NEURON's own."""
    folder = find_sources(library) if library else None
    return mechanism_names(folder) if folder else set()


def find_sources(library: Path) -> Path | None:
    """The same as `sources_of`, None where there is none."""
    parents = library.parents if library.exists() else ()
    return next((parent for parent in parents if any(parent.glob("*.mod"))), None)
