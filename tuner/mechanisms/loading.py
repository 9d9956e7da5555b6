"""Load compiled libraries into this process, each once."""

import os
from pathlib import Path

from tuner.errors import MechanismError
from tuner.interfaces.netpyne_types import NetParams
from tuner.interfaces.neuron_types import Hoc, interpreter
from tuner.mechanisms.names import mechanism_names

# Libraries that this process has loaded: by mechanism, in total, and for CoreNEURON.
_loaded: dict[str, Path] = {}
_libraries: set[Path] = set()
_coreneuron: dict[str, Path] = {}


def load(library: Path | str | None) -> None:
    """Load a compiled library into NEURON, once per process; `None` loads nothing.

    Raises MechanismError if NEURON refuses the library, or already has some but not all of its mechanisms.
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
    # hasattr(h, ...) of a density mechanism imports neuron.nmodl, after which NEURON's compiler is not found.
    present = {name for name in wanted if name in densities or hasattr(h, name)}
    if present != wanted and present:
        names = ", ".join(sorted(present))
        raise MechanismError(
            f"{library}: NEURON already has {names}, but not the library's other mechanisms;"
            " a process cannot load two libraries that define the same mechanism"
        )
    if others := {_loaded[name] for name in present if _loaded.get(name, library) != library}:
        raise MechanismError(
            f"{library}: NEURON already has these mechanisms from {others.pop()};"
            " a process cannot load two libraries that define the same mechanism"
        )
    return bool(present)


def _load(library: Path) -> None:
    try:
        loaded = interpreter().nrn_load_dll(str(library))
    except RuntimeError as error:
        raise MechanismError(f"{library}: NEURON could not load this library: {error}") from None
    if not loaded:
        raise MechanismError(f"{library}: NEURON could not load this library")


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
    """Return the density mechanisms that cell rules of netParams use and NEURON does not have, sorted."""
    sections = [each for rule in net_params.cellParams.values() for each in rule.get("secs", {}).values()]
    asked = {name for section in sections for name in section.get("mechs", {})}
    return sorted(asked - _density_mechanisms(interpreter())) if asked else []


def load_coreneuron(library: Path) -> None:
    """Set the library of `build_coreneuron` with which CoreNEURON runs in this process.

    CoreNEURON uses the first library until the process ends. Raises MechanismError for a second library.
    """
    taken = _coreneuron.setdefault("library", library)
    if taken != library:
        raise MechanismError(f"{library}: CoreNEURON already uses {taken}; a process can use only one library")
    os.environ["CORENEURONLIB"] = str(library)


def sources_of(library: Path) -> Path:
    """Return the folder of the NMODL files from which a library was compiled.

    The library is in a subfolder named after the machine's architecture. Raises MechanismError if there is no such
    folder.
    """
    folder = find_sources(library)
    if folder is None:
        raise MechanismError(f"{library}: there is no such library, or no NMODL files in the folders above it")
    return folder


def names_in(library: Path | None) -> set[str]:
    """Return the mechanisms of a compiled library, without NEURON's built-in mechanisms."""
    folder = find_sources(library) if library else None
    return mechanism_names(folder) if folder else set()


def find_sources(library: Path) -> Path | None:
    """Return the folder of the NMODL files from which a library was compiled; `None` if there is no such folder."""
    parents = library.parents if library.exists() else ()
    return next((parent for parent in parents if any(parent.glob("*.mod"))), None)
