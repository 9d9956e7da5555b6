"""Define the command line: commands and options; `tuner.commands` executes the commands."""

import argparse
import importlib.metadata
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tuner import commands, signals
from tuner.errors import TunerError
from tuner.executors.mpi import end_quietly
from tuner.executors.registry import EXECUTORS
from tuner.words import cut, printable

if TYPE_CHECKING:
    SubParsers = argparse._SubParsersAction[argparse.ArgumentParser]

Command = Callable[[argparse.Namespace], int]

LISTS: dict[str, tuple[str, Command]] = {
    "models": ("list the models of netparams/", commands.list_models),
    "features": ("list the features that a target may name", commands.list_features),
    "optimizers": ("list the optimisers and their settings", commands.list_optimizers),
    "cells": ("list the cell types of cells/", commands.list_cells),
}
OF_A_RUN: dict[str, tuple[str, Command]] = {
    "status": ("show the state and progress of a run, on any host; reads files only", commands.say_status),
    "stop": ("ask a run on any host to stop for now; the same command as before resumes the run", commands.stop_run),
    "report": ("write the report of a run, finished or still going on", commands.write_report),
    "export": ("export the best model of a run as files for plain NetPyNE", commands.export_run),
}
LONGEST_COMPLAINT = 400
SUB_COMMANDS = ("run", "sweep", "check", "submit", "paths", "new", "probe", *OF_A_RUN, *LISTS, "gallery")
# Site settings, which cluster.toml may hold too: type and help.
SITE_OPTIONS = {
    "scheduler": (str, "scheduler of the cluster: slurm, torque or sge (default: slurm)"),
    "nodes": (int, "number of nodes (default: 1)"),
    "tasks_per_node": (int, "MPI ranks on each node; one rank in total leads the search"),
    "time": (str, "time limit: HH:MM:SS, D-HH:MM:SS, or minutes"),
    "partition": (str, "partition (Slurm) or queue (Torque, Grid Engine)"),
    "account": (str, "account or project that is charged for the job"),
    "launcher": (str, "command that starts the ranks (default: mpiexec -n {tasks})"),
    "margin_s": (int, "time before the limit at which the run stops [s] (default: 120)"),
    "python": (str, "Python interpreter of the job (default: the one that runs this command)"),
    "parallel_environment": (str, "parallel environment of Grid Engine (default: mpi)"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command, and return the exit status.

    A first word that is not a command is a study: `netpyne-tuner STUDY` is short for `netpyne-tuner run STUDY`. `argv`
    are the words of the command line, by default the words of the process.
    """
    _open_streams()
    end_quietly()
    arguments = parser().parse_args(_with_command(list(sys.argv[1:] if argv is None else argv)))
    try:
        signals.heed()
        command: Command = arguments.function
        return command(arguments)
    except KeyboardInterrupt as interrupt:
        _complain(f"{signals.reason()}{interrupt}")
        return signals.exit_status()
    except TunerError as error:
        _complain(str(error))
        return error.exit_status
    except Exception:
        # Code that KeyboardInterrupt passes through may raise another error in its place.
        if not signals.received:
            raise
        _complain(signals.reason())
        return signals.exit_status()
    finally:
        _flush()


def _open_streams() -> None:
    """Open standard streams that the caller has closed, so that no later pipe gets a standard descriptor."""
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))


def _flush() -> None:
    """Flush standard output; a reader that has closed the pipe is no error."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _with_command(argv: list[str]) -> list[str]:
    """Return the words with `run` in front if the first word is the name of a study."""
    if not argv or argv[0] in (*SUB_COMMANDS, "-h", "--help", "--version"):
        return argv
    return ["run", *argv]


def _complain(words: str) -> None:
    sys.stderr.write(f"netpyne-tuner: {printable(words, sys.stderr.encoding)}\n")


class _Parser(argparse.ArgumentParser):
    """Parse the command line, and cut complaints that repeat long words."""

    def error(self, message: str) -> NoReturn:
        super().error(cut(printable(message, sys.stderr.encoding), LONGEST_COMPLAINT))


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands and options; a page of the documentation is generated from this parser."""
    top: argparse.ArgumentParser = _Parser(
        prog="netpyne-tuner",
        description="Tune a NetPyNE network until its simulated activity has the target features.",
        epilog="netpyne-tuner STUDY is short for netpyne-tuner run STUDY. In a checkout, python tuner/run.py STUDY does"
        " the same. netpyne-tuner COMMAND --help explains a command.",
    )
    version = f"netpyne-tuner {importlib.metadata.version('netpyne-tuner')}"
    top.add_argument("--version", action="version", version=version)
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(subparsers)
    _add_sweep(subparsers)
    _add_check(subparsers)
    _add_submit(subparsers)
    _add_paths(subparsers)
    _add_new(subparsers)
    _add_probe(subparsers)
    for name, (words, function) in OF_A_RUN.items():
        command = _command(subparsers, name, words)
        _add_which_run(command)
        command.set_defaults(function=function)
        if name == "export":
            words = "output folder (default: export/ in the run folder)"
            command.add_argument("--to", type=Path, metavar="DIR", help=words)
            _add_trust_folder(command)
    for name, (words, function) in LISTS.items():
        _command(subparsers, name, words).set_defaults(function=function)
    gallery = _command(subparsers, "gallery", "draw the cell types: voltage at three currents, and f-I curve")
    gallery.add_argument("cells", nargs="*", metavar="CELL", help="cell types to draw (default: all)")
    words = "output folder (default: the working directory)"
    gallery.add_argument("--to", type=Path, default=Path("."), metavar="DIR", help=words)
    gallery.set_defaults(function=commands.draw_gallery)
    return top


def _command(subparsers: "SubParsers", name: str, words: str, more: str = "") -> argparse.ArgumentParser:
    """Add the parser of a command: `words` for the list of commands, and `more` for the command's own help."""
    description = f"{words[0].upper()}{words[1:]}. {more}".rstrip()
    return subparsers.add_parser(name, help=words, description=description)


def _add_study(command: argparse.ArgumentParser) -> None:
    words = "name of a study in batch/, or path of a TOML file or of a NetPyNE batch script"
    command.add_argument("study", metavar="STUDY", help=words)
    _add_pool(command)
    command.add_argument(
        "--set", action="append", default=[], dest="overrides", metavar="KEY=VALUE",
        help="override an entry of the study, for example optimizer.population_size=20; may be repeated",
    )  # fmt: skip
    _add_trust_folder(command)


def _add_pool(command: argparse.ArgumentParser) -> None:
    words = "number of simulations at a time (default: one for each core)"
    command.add_argument("--workers", type=_positive, metavar="N", help=words)
    words = "; ".join(f"{name}: {kind.words}" for name, kind in EXECUTORS.items() if kind.words)
    words = f"executor, the place of the simulations (default: processes). {words}"
    command.add_argument("--executor", choices=tuple(EXECUTORS), help=words)


def _add_trust(command: argparse.ArgumentParser) -> None:
    words = "allow a model that is a pickle file; loading a pickle can execute any code"
    command.add_argument("--trust-pickle", action="store_true", help=words)


def _add_trust_folder(command: argparse.ArgumentParser) -> None:
    _add_trust(command)
    words = "execute the model and the features that a run folder names, although no run of yours has made the folder"
    command.add_argument("--trust", action="store_true", help=words)


def _add_runs(command: argparse.ArgumentParser) -> None:
    words = "folder of the run folders (default: runs)"
    command.add_argument("--runs", type=Path, default=Path("runs"), metavar="DIR", help=words)


def _add_start(command: argparse.ArgumentParser) -> None:
    """Add the options that a run on this machine and a cluster job share."""
    _add_study(command)
    _add_runs(command)
    command.add_argument("--fresh", action="store_true", help="start anew; the old run folder is renamed, not deleted")
    words = "search on although all targets have stood at their cap in the first evaluations"
    command.add_argument("--keep-going", action="store_true", help=words)
    _add_continuing(command)


def _add_continuing(command: argparse.ArgumentParser) -> None:
    words = "resume the run although the version of NumPy, NEURON or NetPyNE has changed"
    command.add_argument("--accept-versions", action="store_true", help=words)
    command.add_argument("--quiet", action="store_true", help="print errors and the final summary only")


def _add_run(subparsers: "SubParsers") -> None:
    more = "An interrupted run keeps all finished evaluations; the same command resumes it, also with a larger budget."
    run = _command(subparsers, "run", "run a study, or resume its run", more)
    _add_start(run)
    _add_wait(run)
    run.set_defaults(function=commands.run_study)


def _add_wait(command: argparse.ArgumentParser) -> None:
    words = "if another process leads the run, wait until it ends or shows no sign of life for over a minute"
    command.add_argument("--wait", action="store_true", help=words)


def _add_sweep(subparsers: "SubParsers") -> None:
    words = "run a grid of one or two parameters, and draw the features over the grid"
    sweep = _command(subparsers, "sweep", words)
    _add_start(sweep)
    _add_wait(sweep)
    sweep.set_defaults(function=commands.sweep_study)


def _add_which_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("run", metavar="RUN", help="name of a run in the runs folder, or path of a run folder")
    _add_runs(command)


def _add_probe(subparsers: "SubParsers") -> None:
    words = "simulate each parameter of a finished run at its bounds, the others at the best evaluation"
    more = "Only missing probes are made. Then the report is written again, and the findings are printed."
    command = _command(subparsers, "probe", words, more)
    _add_which_run(command)
    _add_pool(command)
    _add_continuing(command)
    _add_trust_folder(command)
    command.set_defaults(function=commands.probe_run)


def _add_submit(subparsers: "SubParsers") -> None:
    more = "Settings that are not given are read from cluster.toml: beside the study, else the user's own."
    submit = _command(subparsers, "submit", "submit a study, or the rest of its run, as a cluster job", more)
    _add_start(submit)
    for name, (kind, words) in SITE_OPTIONS.items():
        metavar = "N" if kind is int else "TEXT"
        submit.add_argument(f"--{name.replace('_', '-')}", type=kind, metavar=metavar, help=words)
    for name, words in (("setup", "shell line that the job runs before the study"), ("option", "scheduler directive")):
        submit.add_argument(f"--{name}", action="append", metavar="LINE", help=f"{words}; may be repeated")
    submit.add_argument("--dry-run", action="store_true", help="only write the job script; submit nothing")
    submit.set_defaults(function=commands.submit_study)


def _add_check(subparsers: "SubParsers") -> None:
    more = "The output also estimates the time and the memory of the run. No run folder is written."
    check = _command(subparsers, "check", "validate a study, build its network, and evaluate its start point", more)
    _add_study(check)
    check.set_defaults(function=commands.check_study)


def _add_model(command: argparse.ArgumentParser) -> None:
    words = "name of a model in netparams/, or path of any NetPyNE model: folder, script, index file, JSON file ..."
    command.add_argument("model", metavar="MODEL", help=words)
    _add_trust(command)


def _add_paths(subparsers: "SubParsers") -> None:
    more = "Each line has a path, its present value, its unit if known, and for a setting the values that it sets."
    paths = _command(subparsers, "paths", "list the numbers of a model that can be tuned, with present values", more)
    _add_model(paths)
    words = "list only paths that contain this text, in any case; with * or ? the whole path must match"
    paths.add_argument("pattern", nargs="?", default="", metavar="PATTERN", help=words)
    paths.set_defaults(function=commands.list_paths)


def _add_new(subparsers: "SubParsers") -> None:
    more = "The targets are the present rates of the populations; change them to what the network should do."
    new = _command(subparsers, "new", "write a commented study of a model, to be edited", more)
    _add_model(new)
    words = "output file (default: named after the model, in the working directory); - for standard output"
    new.add_argument("--to", default="", metavar="FILE", help=words)
    new.set_defaults(function=commands.draft_study)


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number of at least 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
