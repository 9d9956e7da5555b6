"""The command line: run, check, report, export, and lists of what there is. Nothing below this module prints."""

import argparse
import importlib.metadata
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tuner.errors import TunerError
from tuner.executors import NAMES

INTERRUPTED = 130
# Those that asked this process to end.
_signals: list[int] = []
SUB_COMMANDS = ("run", "check", "report", "export", "models", "features", "optimizers", "cells", "gallery")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command; gives its exit status. A word that is no command is a study to run."""
    _open_streams()
    arguments = parser().parse_args(_with_command(list(sys.argv[1:] if argv is None else argv)))
    _signals.clear()
    signal.signal(signal.SIGTERM, _on_signal)
    # In the background a shell has it ignored, and so it stays.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _on_signal)
    try:
        return arguments.function(arguments)
    except KeyboardInterrupt as interrupt:
        _complain(f"interrupted{interrupt}")
        return INTERRUPTED
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


def _say(words: str) -> None:
    try:
        sys.stdout.write(words + "\n")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


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
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands)
    _add_check(commands)
    report = commands.add_parser("report", help="write the report of a run, finished or still going")
    export = commands.add_parser("export", help="write the best model for plain NetPyNE")
    export.add_argument("--to", type=Path, metavar="DIR", help="where to (default: export/ in the run folder)")
    for command, function in ((report, _report), (export, _export)):
        command.add_argument("run", metavar="RUN", help="a name in the runs folder, or the path of a run folder")
        command.add_argument(
            "--runs", type=Path, default=Path("runs"), metavar="DIR", help="runs folder (default: runs)"
        )
        command.set_defaults(function=function)
    commands.add_parser("models", help="list the models of netparams/").set_defaults(function=_models)
    commands.add_parser("features", help="list the features a target may name").set_defaults(function=_features)
    commands.add_parser("optimizers", help="list the optimisers and their settings").set_defaults(function=_optimizers)
    commands.add_parser("cells", help="list the cell types of cells/").set_defaults(function=_cells)
    gallery = commands.add_parser("gallery", help="draw the cell types: voltage at three currents, and f-I curve")
    gallery.add_argument("cells", nargs="*", metavar="CELL", help="some of them (default: all)")
    gallery.add_argument("--to", type=Path, default=Path("."), metavar="DIR", help="where to (default: here)")
    gallery.set_defaults(function=_gallery)
    return top


def _add_study(command: argparse.ArgumentParser) -> None:
    command.add_argument("study", metavar="STUDY", help="a name in batch/, or the path of a TOML file")
    command.add_argument("--workers", type=_positive, metavar="N", help="simulations at a time (default: all cores)")
    command.add_argument(
        "--executor", choices=NAMES, help="serial: one worker; inline: in this process (default: processes)"
    )
    command.add_argument(
        "--set", action="append", default=[], dest="overrides", metavar="KEY=VALUE",
        help="override any entry of the study, e.g. optimizer.population_size=20",
    )  # fmt: skip


def _add_run(commands: argparse._SubParsersAction) -> None:
    run = commands.add_parser("run", help="run a study, or go on with its run")
    _add_study(run)
    run.add_argument(
        "--runs", type=Path, default=Path("runs"), metavar="DIR", help="where run folders are (default: runs)"
    )
    run.add_argument("--fresh", action="store_true", help="start again; the old run folder is renamed, never deleted")
    run.add_argument("--accept-versions", action="store_true", help="go on though NumPy, NEURON or NetPyNE changed")
    run.add_argument("--quiet", action="store_true", help="only the last lines")
    run.set_defaults(function=_run)


def _add_check(commands: argparse._SubParsersAction) -> None:
    check = commands.add_parser("check", help="validate a study, build its network, evaluate its start point")
    _add_study(check)
    check.set_defaults(function=_check)


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number of at least 1")
    return int(text)


def _on_signal(signum: int, frame: object) -> None:
    # Python swallows what is raised while an object is finalised: noted, it is raised again after the next evaluation.
    _signals.append(signum)
    if signum == signal.SIGTERM:
        # Once only: the second signal of an impatient sender must not break the ending.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def _run(arguments: argparse.Namespace) -> int:
    from tuner.study import Study

    # What the study says wrongly is found before anything heavy is imported.
    study = Study.load(arguments.study, arguments.overrides)
    from tuner import progress, summary
    from tuner.job import tune

    console = progress.Console(logging.ERROR if arguments.quiet else logging.INFO)
    logging.getLogger("tuner").addHandler(console)
    try:
        run = tune(
            study,
            arguments.runs,
            arguments.executor,
            arguments.workers,
            fresh=arguments.fresh,
            accept_versions=arguments.accept_versions,
            progress=progress.Heeding(progress.make(arguments.quiet), lambda: bool(_signals)),
        )
    except KeyboardInterrupt:
        folder = arguments.runs / study.name
        raise KeyboardInterrupt(f"; what was done is kept in {folder}, the same command goes on") from None
    for line in summary.of_run(run) if arguments.quiet else ():
        _say(line)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from tuner.study import Study

    study = Study.load(arguments.study, arguments.overrides)
    from tuner import summary
    from tuner.preparation import check

    for line in summary.of_check(check(study, arguments.executor, arguments.workers)):
        _say(line)
    return 0


def _report(arguments: argparse.Namespace) -> int:
    from tuner import report, runfolder

    _say(f"Report: {report.write(runfolder.find(arguments.run, arguments.runs))}")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from tuner import runfolder
    from tuner.best import export_best

    folder = runfolder.find(arguments.run, arguments.runs)
    target = arguments.to or folder / "export"
    number = export_best(folder, target)
    _say(f"Evaluation {number} as plain NetPyNE: {target} (python {target / 'run.py'})")
    return 0


def _models(_: argparse.Namespace) -> int:
    from tuner import model

    for name in model.names():
        _say(f"{name:24s} {model.summary(name)}")
    return 0


def _features(_: argparse.Namespace) -> int:
    from tuner.features import FEATURES

    for feature in FEATURES.values():
        own = "".join(f", {name}" for name in feature.arguments)
        arguments = f" (own arguments: {own[2:]})" if own else ""
        _say(f"{feature.name:20s} {feature.unit:4s} {feature.summary}{arguments}")
    return 0


def _optimizers(_: argparse.Namespace) -> int:
    from tuner.optimizers import OPTIMIZERS

    for name, kind in OPTIMIZERS.items():
        settings = [key if e.default is None else f"{key} {e.default}".lower() for key, e in kind.SETTINGS.items()]
        _say(f"{name:18s} {kind.summary()}\n{'':18s} {', '.join(settings)}")
    return 0


def _cells(_: argparse.Namespace) -> int:
    import cells

    for name in cells.names():
        _say(f"{name:20s} {cells.summary(name)}")
    return 0


def _gallery(arguments: argparse.Namespace) -> int:
    from tuner import gallery

    for path in gallery.write(arguments.cells, arguments.to):
        _say(str(path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
