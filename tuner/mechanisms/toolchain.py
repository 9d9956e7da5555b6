"""Run the compilers of NEURON and CoreNEURON in a folder of NMODL files."""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

from tuner.errors import MechanismError
from tuner.executors.tethered import end, tethered

# Not -ffast-math: a library linked with it turns off subnormal numbers in the whole process, NEURON included. These are
# the options of -ffast-math without that effect. They allow NaN (else a table lookup of NaN would end the process) and
# keep the order of sums (else NMODL's Newton solver would not converge). The macro makes glibc offer vector functions.
FAST_MATH = "-fno-math-errno -fno-trapping-math -fno-signed-zeros -D__FAST_MATH__=1"
NATIVE = f"-O3 -march=native {FAST_MATH}"
NEURON = ["nrnivmodl"]
CORENEURON = ["nrnivmodl-core", "-i", NATIVE, "."]
# Messages of the tools when the machine is at fault, not a file. make, the shell and gcc say Killed and Terminated.
_MACHINE = ("No space left", "Disk quota exceeded", "Cannot allocate memory", "Killed", "Terminated")


def words_of(folder: Path, command: list[str], library: str) -> str:
    """Run a tool on a folder's NMODL files; return the output if there is no library afterwards, else ""."""
    done = _run(folder, command)
    # CoreNEURON's tool reports an error even after success, because it looks for NEURON's library.
    if find_library(folder, library) is None or (done.returncode != 0 and command != CORENEURON):
        return done.stdout + done.stderr or f"{command[0]} ended with status {done.returncode} and printed nothing"
    return ""


def words_alone(folder: Path, name: str) -> str:
    """Return the output of NEURON's tool for one NMODL file, compiled again without the others."""
    # An interrupted translation leaves a file that make would take for complete.
    for made in folder.glob("*/*.cpp"):
        if made.stem == Path(name).stem:
            made.unlink()
    done = _run(folder, [*NEURON, name])
    return done.stdout + done.stderr


def compiled(folder: Path) -> dict[str, Path]:
    """Return the object files that the tool has made in a folder, by the names of the NMODL files."""
    return {f"{file.stem}.mod": file for file in folder.glob("*/*.o")}


def is_the_machines_fault(words: str) -> bool:
    """Return whether a tool failed for lack of disk space or memory, or was killed."""
    return any(each in words for each in _MACHINE)


def find_library(folder: Path, name: str) -> Path | None:
    """Return the library with a given name that the tool has made in a folder; `None` without such a library."""
    found = sorted([*folder.glob(f"*/{name}.*"), *folder.glob(f"*/.libs/{name}.so")])
    return found[0] if found else None


def _run(folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    tool, *arguments = command
    # NEURON's tool goes on after a failed file (-k), so that all other object files are made. Messages are in English.
    environment = os.environ if command == CORENEURON else {**os.environ, "MAKEFLAGS": "-k", "LC_ALL": "C"}
    words = [_find(tool), *arguments]
    # The compilers end with this process, even if this process is killed.
    process = tethered(words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        output, errors = process.communicate()
    finally:
        end(process)
    text = output.decode(errors="replace"), errors.decode(errors="replace")
    return subprocess.CompletedProcess(words, process.returncode, *text)


def _find(name: str) -> str:
    beside = Path(sysconfig.get_path("scripts"), name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise MechanismError(f"the program {name} was not found; it is part of NEURON: pip install neuron")
    return found
