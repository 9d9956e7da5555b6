"""Commands on ranks of the MPI that stands beside the interpreter, or else of the machine's own."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.commands import ROOT


def mpiexec() -> str:
    """The program; skips the test where there is none."""
    beside = Path(sys.executable).with_name("mpiexec")
    found = str(beside) if beside.exists() else shutil.which("mpiexec")
    if found is None:
        pytest.skip("there is no mpiexec: pip install mpich")
    return found


def mpi_command(ranks: int, *arguments: object) -> list[str]:
    """`mpiexec -n RANKS python -m mpi4py.futures tuner/run.py ARGUMENTS`."""
    program = [sys.executable, "-m", "mpi4py.futures", str(ROOT / "tuner" / "run.py")]
    return [mpiexec(), "-n", str(ranks), *program, *map(str, arguments)]


def alive_ranks(pid: int) -> list[int]:
    """Processes of mpi4py.futures below a process, by number; each rank is one."""
    found, parents = [], {pid}
    processes = {int(path.parent.name): _status(path) for path in Path("/proc").glob("[0-9]*/stat")}
    for number in sorted(processes):
        parent, line = processes[number]
        if parent in parents:
            parents.add(number)
            if b"spawn_main" not in line and line.startswith(sys.executable.encode()) and b"mpi4py.futures" in line:
                found.append(number)
    return found


def _status(path: Path) -> tuple[int, bytes]:
    try:
        return int(path.read_text().rpartition(")")[2].split()[1]), path.with_name("cmdline").read_bytes()
    except OSError:
        return 0, b""
