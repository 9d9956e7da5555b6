"""NEURON's and CoreNEURON's tools, run in a folder of NMODL files."""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

from tuner.errors import MechanismError

# Not -ffast-math: a library that is linked with it turns off subnormal numbers in the whole process, NEURON included.
# These are its parts that do not, that do not take NaN for impossible (a table asked for it would end the process), and
# that keep the order of sums (NMODL's Newton solver would not come to its end); the macro has glibc offer the vector
# functions that go with them.
FAST_MATH = "-fno-math-errno -fno-trapping-math -fno-signed-zeros -D__FAST_MATH__=1"
NATIVE = f"-O3 -march=native {FAST_MATH}"
NEURON = ["nrnivmodl"]
CORENEURON = ["nrnivmodl-core", "-i", NATIVE, "."]
# What the tools say when the machine is at fault, not a file.
_MACHINE = ("No space left", "Disk quota exceeded", "Cannot allocate memory", "Killed signal")


def words_of(folder: Path, command: list[str], library: str) -> str:
    """Runs a tool on a folder's NMODL files; what it says if it makes no library, empty if it makes one."""
    done = _run(folder, command)
    # CoreNEURON's tool ends with an error after its work is done: it looks for NEURON's library.
    if find_library(folder, library) is None or (done.returncode != 0 and command != CORENEURON):
        return done.stdout + done.stderr or f"{command[0]} ended with status {done.returncode} and said nothing"
    return ""


def words_alone(folder: Path, name: str) -> str:
    """What NEURON's tool says of one NMODL file, compiled anew and without the others."""
    # A translation that broke off left a file that make would take for made.
    for made in folder.glob("*/*.cpp"):
        if made.stem == Path(name).stem:
            made.unlink()
    done = _run(folder, [*NEURON, name])
    return done.stdout + done.stderr


def compiled(folder: Path) -> dict[str, Path]:
    """The object files that the tool has made in a folder, by the names of their NMODL files."""
    return {f"{file.stem}.mod": file for file in folder.glob("*/*.o")}


def is_the_machines_fault(words: str) -> bool:
    """Whether a tool failed for want of disk or memory."""
    return any(each in words for each in _MACHINE)


def find_library(folder: Path, name: str) -> Path | None:
    """The library of a name that the tool has made in a folder, None if it has not."""
    found = sorted([*folder.glob(f"*/{name}.*"), *folder.glob(f"*/.libs/{name}.so")])
    return found[0] if found else None


def _run(folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    tool, *arguments = command
    # NEURON's goes on after a file that fails, so that every object file that can be made is made, and speaks English.
    environment = os.environ if command == CORENEURON else {**os.environ, "MAKEFLAGS": "-k", "LC_ALL": "C"}
    return subprocess.run(
        [_find(tool), *arguments], cwd=folder, env=environment, capture_output=True, text=True, errors="replace"
    )


def _find(name: str) -> str:
    beside = Path(sysconfig.get_path("scripts"), name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise MechanismError(f"{name} is not there; it comes with the neuron package")
    return found
