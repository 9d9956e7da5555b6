"""Search a study with NetPyNE's own Batch: the same network, parameters and loss.

`python batch/netpyne_batch.py STUDY` writes a folder of the files that NetPyNE's users know, and runs it. NetPyNE
searches each parameter on the parameter's own scale: in decades if the study's scale is log.
"""

import argparse
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import tomli_w

from tuner import layout
from tuner.bridge.batch_results import SEARCH, account, data_files, read_search
from tuner.bridge.batch_settings import METHODS, RUNS, search_table
from tuner.errors import StoreError, StudyError, TunerError
from tuner.executors import launched
from tuner.executors.launched import find_program
from tuner.interfaces.netpyne_types import BatchSearch
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.objective.loss import Objectives
from tuner.search.preparation import describe, make_executor
from tuner.study.study import Study

FILES = Path(__file__).resolve().parent / "batch_files"
RANKS = 3
# Packages that NetPyNE imports without declaring the dependency.
PACKAGES = {"optuna": "optuna", "mpi_direct": "psutil"}
PROGRAMS = {"mpi_bulletin": ("mpiexec", "nrniv"), "hpc_slurm": ("sbatch",)}


def make_batch(
    study: Study,
    folder: str | Path,
    method: str = "evol",
    run: str = "mpi_direct",
    generations: int | None = None,
    population: int | None = None,
    overrides: Iterable[str] = (),
) -> BatchSearch:
    """Write the folder, and return the `netpyne.batch.Batch` that the folder's batch.py makes.

    The Batch must be run with the folder as working directory. For the arguments see `search_table`; for errors see
    also `write`. In mpi_direct, psutil's process_iter is replaced in this process, because NetPyNE would kill every
    process that it finds by that function.
    """
    folder = write(study, folder, search_table(study, method, run, generations, population, overrides))
    # The module of another folder may be loaded.
    sys.modules.pop("tuned_network", None)
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location("netpyne_batch_script", folder / "batch.py")
        assert spec is not None and spec.loader is not None, "a file whose name ends in .py has a loader"
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
    finally:
        sys.path.remove(str(folder))
    batch: BatchSearch = script.make_batch()
    return batch


def write(study: Study, folder: str | Path, search: dict[str, Any]) -> Path:
    """Write the study, the search settings and the scripts; return the absolute path of the folder.

    Raises StudyError if Batch cannot search the study, or if the study does not fit its model. Raises StoreError if the
    folder holds an earlier search.
    """
    folder = Path(folder).absolute()
    check(study)
    refuse_earlier(folder)
    search = {**search, "study_folder": study.folder, "tune": start_of(study)}
    folder.mkdir(parents=True, exist_ok=True)
    for file in FILES.glob("*.py"):
        shutil.copy(file, folder)
    (folder / "study.toml").write_text(study.dump(), encoding="utf-8")
    (folder / SEARCH).write_text(tomli_w.dumps(search), encoding="utf-8")
    return folder


def check(study: Study) -> None:
    """Raise StudyError if NetPyNE's Batch cannot search the study."""
    several = {
        "protocols": len(study.protocols),
        "seeds": len(study.seeds),
        "objectives": len(Objectives(study.targets).names),
    }
    for what, number in several.items():
        if number > 1:
            words = f"has {number} {what}, but NetPyNE's Batch can use only one; use `netpyne-tuner run`"
            raise StudyError(f"{study.file}: {words}")
    for target in study.targets:
        if target.must:
            place = study.place.at("targets").at(target.name).at("must")
            words = "is true, but NetPyNE's Batch has no constraints; remove the key, or use `netpyne-tuner run`"
            raise place.error(words)


def refuse_earlier(folder: Path) -> None:
    """Raise StoreError if the folder holds files that NetPyNE would take for results of a new search."""
    if any(data_files(folder)):
        words = "NetPyNE would take its results for those of the new search; move or remove it, or choose another --to"
        raise StoreError(f"{folder}/data holds an earlier search; {words}")


def start_of(study: Study) -> dict[str, float]:
    """Return the study's start point as in cfg.tune: one number per parameter, on the parameter's scale.

    The study is checked against its model in a separate process.
    """
    _, pool = make_executor(study, "serial", 1)
    with pool:
        start = describe(study, libraries.build(models.mod_folder(study)), pool).start
    return {p.name: float(p.to_scaled(start[p.name])) for p in study.space.parameters}


def run_folder(folder: str | Path, ranks: int = RANKS) -> None:
    """Run a written folder, with NetPyNE's output in the terminal; raise TunerError if the search fails."""
    folder = Path(folder).absolute()
    refuse_earlier(folder)
    search = read_search(folder)
    for needed in (search["method"], search["runCfg"]["type"]):
        _require(needed)
    done = subprocess.run(command(search, ranks), cwd=folder, env=environment(), stdin=subprocess.DEVNULL)
    if done.returncode:
        raise TunerError(f"{folder}: NetPyNE's batch ended with exit status {done.returncode}; see its output above")


def command(search: dict[str, Any], ranks: int = RANKS) -> list[str]:
    """Return the command that runs a written folder, to be started in that folder.

    `ranks` counts for mpi_bulletin only; one of the ranks leads the search.
    """
    if search["runCfg"]["type"] != "mpi_bulletin":
        return [sys.executable, "batch.py"]
    mpiexec, nrniv = (find_program(name) or name for name in PROGRAMS["mpi_bulletin"])
    return [mpiexec, "-n", str(ranks), nrniv, "-mpi", "-python", "batch.py"]


def shell_line(folder: Path, search: dict[str, Any], ranks: int = RANKS) -> str:
    """Return the command as a line for a shell, with the environment variables that may be missing there.

    A relative folder stays relative.
    """
    given = environment()
    lacking = [f"{name}={shlex.quote(given[name])}" for name in ("PYTHONPATH", "MPI_LIB_NRN_PATH") if name in given]
    return f"cd {shlex.quote(str(folder))} && {' '.join([*lacking, shlex.join(command(search, ranks))])}"


def environment() -> dict[str, str]:
    """Return an environment in which candidates find the tuner, and NEURON finds the MPI of the package mpich."""
    # An installed tuner needs no PYTHONPATH, and site-packages must not come before the standard library.
    paths = [str(path) for path in (layout.CHECKOUT, os.environ.get("PYTHONPATH")) if path]
    return {**launched.environment(), **({"PYTHONPATH": os.pathsep.join(paths)} if paths else {})}


def _require(needed: str) -> None:
    package = PACKAGES.get(needed)
    if package and importlib.util.find_spec(package) is None:
        words = f"which NetPyNE imports but does not install; run: pip install {package}"
        raise TunerError(f"{needed} needs the package {package}, {words}")
    for program in PROGRAMS.get(needed, ()):
        if find_program(program) is None:
            words = "which was not found; choose another --run, or use --write-only"
            raise TunerError(f"{needed} needs the program {program}, {words}")


def _at_least(least: int, text: str) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number of at least {least}")
    return int(text)


POSITIVE, SEVERAL = (partial(_at_least, least) for least in (1, 2))


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's options."""
    top = argparse.ArgumentParser(prog="python -m tuner.bridge", description=__doc__.partition("\n")[0])
    top.add_argument("study", metavar="STUDY", help="a name in batch/, or the path of a TOML file")
    top.add_argument("--method", choices=METHODS, default="evol", help="NetPyNE's search method (default: evol)")
    top.add_argument("--run", choices=RUNS, default=RUNS[0], help=f"how candidates are started (default: {RUNS[0]})")
    top.add_argument("--to", type=Path, metavar="FOLDER", help="the folder to write (default: runs/NAME_netpyne)")
    top.add_argument("--generations", type=POSITIVE, metavar="N", help="number of generations (default: by the budget)")
    top.add_argument(
        "--population", type=POSITIVE, metavar="N", help="candidates per generation (default: the study's, or 10)"
    )
    top.add_argument(
        "--ranks", type=SEVERAL, default=RANKS, metavar="N", help=f"MPI ranks of mpi_bulletin (default: {RANKS})"
    )
    top.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override an entry of the study")
    top.add_argument(
        "--cfg", action="append", default=[], metavar="KEY=VALUE",
        help="override an entry of search.toml, e.g. evolCfg.num_elites=1 or runCfg.walltime=02:00:00",
    )  # fmt: skip
    what = top.add_mutually_exclusive_group()
    what.add_argument("--write-only", action="store_true", help="write the folder, and print the command that runs it")
    what.add_argument("--best", action="store_true", help="only print the result of a search in the folder")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Write a folder, run the search and print the result; return the exit status."""
    arguments = parser().parse_args(argv)
    try:
        _follow(arguments)
    except TunerError as error:
        sys.stderr.write(f"netpyne_batch: {error}\n")
        return error.exit_status
    return 0


def _follow(arguments: argparse.Namespace) -> None:
    study = Study.load(arguments.study, arguments.set)
    folder = arguments.to or Path("runs", f"{study.name}_netpyne")
    if not arguments.best:
        goals = (arguments.method, arguments.run, arguments.generations, arguments.population, arguments.cfg)
        search = search_table(study, *goals)
        write(study, folder, search)
        if arguments.write_only:
            print(shell_line(folder, search, arguments.ranks))
            return
        run_folder(folder, arguments.ranks)
    print("\n".join(account(folder)))
