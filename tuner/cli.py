"""The command line: which commands there are, with which options; `tuner.commands` has what they do."""

import argparse
import importlib.metadata
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tuner import commands, signals
from tuner.errors import STOPPED, TunerError
from tuner.executors.mpi import end_quietly
from tuner.executors.registry import EXECUTORS

if TYPE_CHECKING:
    SubParsers = argparse._SubParsersAction[argparse.ArgumentParser]

Command = Callable[[argparse.Namespace], int]

LISTS: dict[str, tuple[str, Command]] = {
    "models": ("list the models of netparams/", commands.list_models),
    "features": ("list the features a target may name", commands.list_features),
    "optimizers": ("list the optimisers and their settings", commands.list_optimizers),
    "cells": ("list the cell types of cells/", commands.list_cells),
}
OF_A_RUN: dict[str, tuple[str, Command]] = {
    "status": ("say how far a run is: queued, running, done ...; reads files only", commands.say_status),
    "stop": ("ask a run that is going on, on whatever host, to stop for now", commands.stop_run),
    "report": ("write the report of a run, finished or still going", commands.write_report),
    "export": ("write the best model for plain NetPyNE", commands.export_run),
}
SUB_COMMANDS = ("run", "sweep", "check", "submit", "paths", "new", *OF_A_RUN, *LISTS, "gallery")
# Site settings, as cluster.toml has them: type and help.
SITE_OPTIONS = {
    "scheduler": (str, "slurm, torque or sge (default: slurm)"),
    "nodes": (int, "nodes (default: 1)"),
    "tasks_per_node": (int, "ranks on each; one of all leads"),
    "time": (str, "time limit: HH:MM:SS, D-HH:MM:SS, or minutes"),
    "partition": (str, "partition, or queue"),
    "account": (str, "account, or project"),
    "launcher": (str, "what starts the ranks (default: mpiexec -n {tasks})"),
    "margin_s": (int, "how long before the time limit it stops (default: 120)"),
    "python": (str, "the interpreter (default: this one)"),
    "parallel_environment": (str, "Grid Engine's (default: mpi)"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command; gives its exit status. A word that is no command is a study to run."""
    _open_streams()
    end_quietly()
    arguments = parser().parse_args(_with_command(list(sys.argv[1:] if argv is None else argv)))
    signals.heed()
    try:
        command: Command = arguments.function
        return command(arguments)
    except KeyboardInterrupt as interrupt:
        status = signals.exit_status()
        _complain(f"{'stopped' if status == STOPPED else 'interrupted'}{interrupt}")
        return status
    except TunerError as error:
        _complain(str(error))
        return error.exit_status
    finally:
        _flush()


def _open_streams() -> None:
    """Gives the process the standard streams that its caller has closed; a pipe of ours must not take their place."""
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))


def _flush() -> None:
    """Ends without a complaint where whoever read our output has gone."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _with_command(argv: list[str]) -> list[str]:
    """Puts `run` in front of a study's name."""
    if not argv or argv[0] in (*SUB_COMMANDS, "-h", "--help", "--version"):
        return argv
    return ["run", *argv]


def _complain(words: str) -> None:
    sys.stderr.write(f"netpyne-tuner: {words}\n")


def parser() -> argparse.ArgumentParser:
    """All commands and options."""
    top = argparse.ArgumentParser(
        prog="netpyne-tuner",
        description="Tunes a NetPyNE network until its raster has the wanted features.",
        epilog="python tuner/run.py STUDY is short for: netpyne-tuner run STUDY",
    )
    top.add_argument(
        "--version", action="version", version=f"netpyne-tuner {importlib.metadata.version('netpyne-tuner')}"
    )
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(subparsers)
    _add_sweep(subparsers)
    _add_check(subparsers)
    _add_submit(subparsers)
    _add_paths(subparsers)
    _add_new(subparsers)
    for name, (words, function) in OF_A_RUN.items():
        command = subparsers.add_parser(name, help=words)
        command.add_argument("run", metavar="RUN", help="a name in the runs folder, or the path of a run folder")
        _add_runs(command)
        command.set_defaults(function=function)
        if name == "export":
            command.add_argument("--to", type=Path, metavar="DIR", help="where to (default: export/ in the run folder)")
    for name, (words, function) in LISTS.items():
        subparsers.add_parser(name, help=words).set_defaults(function=function)
    gallery = subparsers.add_parser("gallery", help="draw the cell types: voltage at three currents, and f-I curve")
    gallery.add_argument("cells", nargs="*", metavar="CELL", help="some of them (default: all)")
    gallery.add_argument("--to", type=Path, default=Path("."), metavar="DIR", help="where to (default: here)")
    gallery.set_defaults(function=commands.draw_gallery)
    return top


def _add_study(command: argparse.ArgumentParser) -> None:
    command.add_argument("study", metavar="STUDY", help="a name in batch/, or the path of a TOML file")
    command.add_argument("--workers", type=_positive, metavar="N", help="simulations at a time (default: all cores)")
    words = "; ".join(f"{name}: {kind.words}" for name, kind in EXECUTORS.items() if kind.words)
    command.add_argument("--executor", choices=tuple(EXECUTORS), help=f"{words} (default: processes)")
    command.add_argument(
        "--set", action="append", default=[], dest="overrides", metavar="KEY=VALUE",
        help="override any entry of the study, e.g. optimizer.population_size=20",
    )  # fmt: skip
    _add_trust(command)


def _add_trust(command: argparse.ArgumentParser) -> None:
    words = "load a model that is a pickle, which runs code while it is loaded"
    command.add_argument("--trust-pickle", action="store_true", help=words)


def _add_runs(command: argparse.ArgumentParser) -> None:
    words = "where run folders are (default: runs)"
    command.add_argument("--runs", type=Path, default=Path("runs"), metavar="DIR", help=words)


def _add_start(command: argparse.ArgumentParser) -> None:
    """What a run may be told, in a job or not."""
    _add_study(command)
    _add_runs(command)
    command.add_argument("--fresh", action="store_true", help="start again; the old run folder is renamed, not deleted")
    command.add_argument("--accept-versions", action="store_true", help="go on though NumPy, NEURON or NetPyNE changed")
    command.add_argument("--quiet", action="store_true", help="only the last lines")


def _add_run(subparsers: "SubParsers") -> None:
    run = subparsers.add_parser("run", help="run a study, or go on with its run")
    _add_start(run)
    _add_wait(run)
    run.set_defaults(function=commands.run_study)


def _add_wait(command: argparse.ArgumentParser) -> None:
    words = "wait for another master of the run to end or to fall silent, over a minute"
    command.add_argument("--wait", action="store_true", help=words)


def _add_sweep(subparsers: "SubParsers") -> None:
    sweep = subparsers.add_parser("sweep", help="run a grid of one or two parameters, and draw what follows them")
    _add_start(sweep)
    _add_wait(sweep)
    sweep.set_defaults(function=commands.sweep_study)


def _add_submit(subparsers: "SubParsers") -> None:
    submit = subparsers.add_parser("submit", help="run a study as a job of a cluster, or go on with its run")
    _add_start(submit)
    for name, (kind, words) in SITE_OPTIONS.items():
        metavar = "N" if kind is int else "TEXT"
        submit.add_argument(f"--{name.replace('_', '-')}", type=kind, metavar=metavar, help=words)
    for name, words in (("setup", "a shell line before the run"), ("option", "a directive as it stands")):
        submit.add_argument(f"--{name}", action="append", metavar="LINE", help=f"{words}; may be repeated")
    submit.add_argument("--dry-run", action="store_true", help="only write the script")
    submit.set_defaults(function=commands.submit_study)


def _add_check(subparsers: "SubParsers") -> None:
    check = subparsers.add_parser("check", help="validate a study, build its network, evaluate its start point")
    _add_study(check)
    check.set_defaults(function=commands.check_study)


def _add_model(command: argparse.ArgumentParser) -> None:
    words = "a name in netparams/, or the path of any NetPyNE model: folder, script, index, JSON ..."
    command.add_argument("model", metavar="MODEL", help=words)
    _add_trust(command)


def _add_paths(subparsers: "SubParsers") -> None:
    paths = subparsers.add_parser("paths", help="list what can be tuned in a model, with present values")
    _add_model(paths)
    words = "only paths that have this as a part, or are as it says with * and ?"
    paths.add_argument("pattern", nargs="?", default="", metavar="PATTERN", help=words)
    paths.set_defaults(function=commands.list_paths)


def _add_new(subparsers: "SubParsers") -> None:
    new = subparsers.add_parser("new", help="write a commented study of a model, to be edited")
    _add_model(new)
    words = "where to (default: named after the model, here); - for standard output"
    new.add_argument("--to", default="", metavar="FILE", help=words)
    new.set_defaults(function=commands.draft_study)


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number of at least 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
