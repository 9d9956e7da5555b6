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
from tuner.studyfile import ROOT

OWN = ROOT / "mod"
BUILDS = ROOT / ".build" / "mechanisms"
LAST_LINES = 12
# Not -ffast-math: a library that is linked with it turns off subnormal numbers in the whole process, NEURON included.
# These are its parts that neither do that nor take NaN for impossible (a table asked for it would end the process); the
# macro has glibc offer the vector functions that go with them.
FAST_MATH = (
    "-fno-math-errno -fno-trapping-math -fno-signed-zeros -fassociative-math -freciprocal-math -D__FAST_MATH__=1"
)
NATIVE = f"-O3 -march=native {FAST_MATH}"
_NAME = re.compile(r"\b(?:SUFFIX|POINT_PROCESS|ARTIFICIAL_CELL)\s+(\w+)")
_GLOBAL = re.compile(r"\bGLOBAL\s+(\w+(?:\s*,\s*\w+)*)")
_ASSIGNED = re.compile(r"\bASSIGNED\s*\{([^{}]*)\}")
_COMMENT = re.compile(r"\bCOMMENT\b.*?\bENDCOMMENT\b|[:?][^\n]*", re.DOTALL)

# What NEURON has loaded in this process, by mechanism, and CoreNEURON.
_loaded: dict[str, Path] = {}
_coreneuron: dict[str, Path] = {}

log = logging.getLogger(__name__)


def build(mod_folder: Path | str, ranged: bool = False) -> Path | None:
    """The compiled library of a folder's NMODL files; None if it holds none. With `ranged` as `with_rates_in_range`.

    Compiles in a scratch folder and renames it, so that a library is there whole or not at all. Raises MechanismError
    with the compiler's last words and the path of its log.
    """
    files = _files(sources(mod_folder), ranged)
    return _build(mod_folder, files, ["nrnivmodl"], "libnrnmech") if files else None


def build_coreneuron(mod_folder: Path | str, ranged: bool = False, text: str | None = None) -> Path:
    """CoreNEURON's library, for this processor, of a folder's NMODL files and of NEURON's own; as `build` otherwise.

    With `text`, of the project's own those that are `used` by it: CoreNEURON does not miss what no cell has. What it
    could not compile once is not compiled again.
    """
    command = ["nrnivmodl-core", "-i", NATIVE, "."]
    wanted = sources(mod_folder) if text is None else used(mod_folder, text)
    return _build(mod_folder, _files(wanted, ranged), command, "libcorenrnmech")


def _build(mod_folder: Path | str, files: dict[str, bytes], command: list[str], library: str) -> Path:
    folder = BUILDS / _key(files, command)
    if not folder.exists():
        log.info("compiling %d mechanism files of %s for %s", len(files), mod_folder, library)
        _compile(mod_folder, files, command, folder, library)
    return _library(folder, library)


def sources(mod_folder: Path | str) -> list[Path]:
    """A folder's NMODL files and what they may include; empty if it has no mechanism."""
    mod_folder = Path(mod_folder)
    if not mod_folder.is_dir():
        raise MechanismError(f"{mod_folder}: there is no such folder")
    if not any(mod_folder.glob("*.mod")):
        return []
    return sorted(file for pattern in ("*.mod", "*.inc", "*.h") for file in mod_folder.glob(pattern))


def used(mod_folder: Path | str, text: str) -> list[Path]:
    """Of the project's own NMODL files those whose mechanisms the text names; of any other folder all its sources."""
    found = sources(mod_folder)
    if Path(mod_folder).resolve() != OWN:
        return found
    words = set(re.findall(r"\w+", text))
    return [file for file in found if _names(file.read_text(errors="replace")) & words]


def named(net_params: object) -> set[str]:
    """The mechanisms that NetPyNE's netParams ask for, in cells, synapses and populations."""
    sections = [section for rule in net_params.cellParams.values() for section in rule.get("secs", {}).values()]
    found = {name for section in sections for name in section.get("mechs", {})}
    points = [point for section in sections for point in section.get("pointps", {}).values()]
    found |= {str(each.get("mod")) for each in (*points, *net_params.synMechParams.values())}
    return found | {str(population.get("cellModel")) for population in net_params.popParams.values()}


def _files(wanted: list[Path], ranged: bool) -> dict[str, bytes]:
    files = {file.name: file.read_bytes() for file in wanted}
    return {name: with_rates_in_range(text) for name, text in files.items()} if ranged else files


def with_rates_in_range(text: bytes) -> bytes:
    """An NMODL file whose GLOBAL variables that it computes itself are RANGE: CoreNEURON takes no others.

    A value of its own in each instance, written before it is read, computes the same.
    """
    code = text.decode(errors="surrogateescape")
    plain = _COMMENT.sub(" ", code)
    computed = {name for block in _ASSIGNED.findall(plain) for name in re.findall(r"[A-Za-z_]\w*", block)}
    return _GLOBAL.sub(lambda found: _split(found[1], computed), code).encode(errors="surrogateescape")


def _split(names: str, computed: set[str]) -> str:
    every = [name.strip() for name in names.split(",")]
    parts = {"GLOBAL": [n for n in every if n not in computed], "RANGE": [n for n in every if n in computed]}
    return " ".join(f"{word} {', '.join(some)}" for word, some in parts.items() if some)


def _key(files: dict[str, bytes], command: list[str]) -> str:
    digest = hashlib.sha256()
    made_by = (importlib.metadata.version("neuron"), sys.version_info[:2], platform.platform(), command)
    for part in (*made_by, _processor() if NATIVE in command else ""):
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


def _compile(mod_folder: Path | str, files: dict[str, bytes], command: list[str], folder: Path, library: str) -> None:
    BUILDS.mkdir(parents=True, exist_ok=True)
    failure = BUILDS / f"failed-{folder.name[:12]}.log"
    if failure.exists() and NATIVE in command and "No space left" not in failure.read_text(errors="replace"):
        raise _failed(mod_folder, failure)
    scratch = Path(tempfile.mkdtemp(dir=BUILDS, prefix="scratch-"))
    try:
        for name, text in files.items():
            (scratch / name).write_bytes(text)
        tool, *arguments = command
        done = subprocess.run([_tool(tool), *arguments], cwd=scratch, capture_output=True, text=True, errors="replace")
        # CoreNEURON's tool ends with an error after its work is done: it looks for NEURON's library.
        if _library(scratch, library) is None or (done.returncode != 0 and NATIVE not in command):
            failure.write_text(done.stdout + done.stderr)
            raise _failed(mod_folder, failure)
        try:
            scratch.rename(folder)
        except OSError:
            if _library(folder, library) is None:
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _failed(mod_folder: Path | str, failure: Path) -> MechanismError:
    # The tools are themselves Python scripts, which add nothing but their own traceback.
    words = failure.read_text(errors="replace").partition("Traceback")[0].strip()
    tail = "\n".join(words.splitlines()[-LAST_LINES:])
    return MechanismError(f"{mod_folder}: did not compile (log: {failure}); the compiler's last words:\n{tail}")


def _tool(name: str) -> str:
    beside = Path(sysconfig.get_path("scripts"), name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise MechanismError(f"{name} is not there; it comes with the neuron package")
    return found


def _library(folder: Path, name: str) -> Path | None:
    found = sorted([*folder.glob(f"*/{name}.*"), *folder.glob(f"*/.libs/{name}.so")])
    return found[0] if found else None


def mechanism_names(mod_folder: Path) -> set[str]:
    """Names under which NEURON knows the mechanisms of a folder's NMODL files."""
    return {name for file in mod_folder.glob("*.mod") for name in _names(file.read_text(errors="replace"))}


def _names(text: str) -> set[str]:
    return set(_NAME.findall(_COMMENT.sub("", text)))


def load(library: Path | str | None) -> None:
    """Loads a compiled library into this process's NEURON, once; None loads nothing.

    Raises MechanismError if NEURON refuses, or if it has some but not all of its mechanisms already.
    """
    if library is None:
        return
    from neuron import h

    library = Path(library)
    wanted = mechanism_names(sources_of(library))
    densities = _density_mechanisms(h)
    # Asked for a density mechanism as an attribute NEURON imports its NMODL, after which its compiler is not found.
    present = {name for name in wanted if name in densities or hasattr(h, name)}
    if present == wanted and wanted:
        if others := {_loaded[name] for name in wanted if _loaded.get(name, library) != library}:
            raise MechanismError(f"{library}: NEURON has these mechanisms from {others.pop()} already")
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
    _loaded.update(dict.fromkeys(wanted, library))


def sources_of(library: Path) -> Path:
    """The folder of a compiled library's NMODL files: it stands in a folder of theirs that bears the machine's name.

    Raises MechanismError where there is none.
    """
    folder = _sources_of(library)
    if folder is None:
        raise MechanismError(f"{library}: there is no such library beside its NMODL files")
    return folder


def names_in(library: Path | None) -> set[str]:
    """The mechanisms of a compiled library that are not NEURON's own."""
    folder = _sources_of(library) if library else None
    return mechanism_names(folder) if folder else set()


def _sources_of(library: Path) -> Path | None:
    parents = library.parents if library.exists() else ()
    return next((parent for parent in parents if any(parent.glob("*.mod"))), None)


def load_coreneuron(library: Path) -> None:
    """Has this process's CoreNEURON run with a library that `build_coreneuron` gave; it takes the first for good.

    Raises MechanismError if it was another.
    """
    taken = _coreneuron.setdefault("library", library)
    if taken != library:
        raise MechanismError(f"{library}: CoreNEURON has {taken} already")
    os.environ["CORENEURONLIB"] = str(library)


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
