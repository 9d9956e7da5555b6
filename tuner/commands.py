"""What each command of the command line does: arguments in, lines on standard output, an exit status."""

import argparse
import dataclasses
import logging
import os
import sys


def say(words: str) -> None:
    """Writes a line, if anybody is reading."""
    try:
        sys.stdout.write(words + "\n")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def run_study(arguments: argparse.Namespace) -> int:
    """Runs a study, or goes on with its run."""
    from tuner.study import Study

    # What the study says wrongly is found before anything heavy is imported.
    study = Study.load(arguments.study, arguments.overrides)
    from tuner import progress, signals, summary
    from tuner.job import tune
    from tuner.owner import PATIENCE_S

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
            progress=progress.Heeding(progress.make(arguments.quiet), lambda: bool(signals.received)),
            patience_s=PATIENCE_S if arguments.wait else 0.0,
        )
    except KeyboardInterrupt:
        folder = arguments.runs / study.name
        raise KeyboardInterrupt(f"; what was done is kept in {folder}, the same command goes on") from None
    for line in summary.of_run(run) if arguments.quiet else ():
        say(line)
    return 0


def check_study(arguments: argparse.Namespace) -> int:
    """Says what a study comes to."""
    from tuner.study import Study

    study = Study.load(arguments.study, arguments.overrides)
    from tuner import summary
    from tuner.preparation import check

    for line in summary.of_check(check(study, arguments.executor, arguments.workers)):
        say(line)
    return 0


def write_report(arguments: argparse.Namespace) -> int:
    """Writes the report of a run."""
    from tuner import report, runfolder

    say(f"Report: {report.write(runfolder.find(arguments.run, arguments.runs))}")
    return 0


def export_run(arguments: argparse.Namespace) -> int:
    """Writes the best model of a run for plain NetPyNE."""
    from tuner import runfolder
    from tuner.best import export_best

    folder = runfolder.find(arguments.run, arguments.runs)
    target = arguments.to or folder / "export"
    number = export_best(folder, target)
    say(f"Evaluation {number} as plain NetPyNE: {target} (python {target / 'run.py'})")
    return 0


def submit_study(arguments: argparse.Namespace) -> int:
    """Gives a run to a cluster's scheduler."""
    from batch import cluster, submit
    from tuner.study import Study

    given = {field.name: getattr(arguments, field.name, None) for field in dataclasses.fields(cluster.Site)}
    study = Study.load(arguments.study, arguments.overrides)
    site = cluster.read(study.folder, {**given, "options": arguments.option})
    options = [word for override in arguments.overrides for word in ("--set", override)]
    for name in ("executor", "workers"):
        if value := getattr(arguments, name):
            options += [f"--{name}", str(value)]
    options += ["--accept-versions"] * arguments.accept_versions + ["--quiet"] * arguments.quiet
    submission = submit.submit(arguments.study, arguments.runs, site, options, arguments.fresh, arguments.dry_run)
    for line in submission.lines():
        say(line)
    return 0


def say_status(arguments: argparse.Namespace) -> int:
    """How far a run is."""
    from tuner import status

    for line in status.lines(status.read(status.find(arguments.run, arguments.runs))):
        say(line)
    return 0


def stop_run(arguments: argparse.Namespace) -> int:
    """Asks the master of a run to stop for now."""
    from tuner import owner, runfolder

    name = owner.ask_to_stop(runfolder.find(arguments.run, arguments.runs))
    say(f"Asked {name} to stop; it looks every {owner.TOUCH_S:g} s")
    return 0


def list_models(_: argparse.Namespace) -> int:
    """The models of netparams/."""
    from tuner import model

    for name in model.names():
        say(f"{name:24s} {model.summary(name)}")
    return 0


def list_features(_: argparse.Namespace) -> int:
    """The features that a target may name."""
    from tuner.features import FEATURES

    for feature in FEATURES.values():
        own = "".join(f", {name}" for name in feature.arguments)
        arguments = f" (own arguments: {own[2:]})" if own else ""
        say(f"{feature.name:20s} {feature.unit:4s} {feature.summary}{arguments}")
    return 0


def list_optimizers(_: argparse.Namespace) -> int:
    """The optimisers and their settings."""
    from tuner.optimizers import OPTIMIZERS

    for name, kind in OPTIMIZERS.items():
        settings = [key if e.default is None else f"{key} {e.default}".lower() for key, e in kind.SETTINGS.items()]
        say(f"{name:18s} {kind.summary()}\n{'':18s} {', '.join(settings)}")
    return 0


def list_cells(_: argparse.Namespace) -> int:
    """The cell types of cells/."""
    import cells

    for name in cells.names():
        say(f"{name:20s} {cells.summary(name)}")
    return 0


def draw_gallery(arguments: argparse.Namespace) -> int:
    """Draws cell types."""
    from tuner import gallery

    for path in gallery.write(arguments.cells, arguments.to):
        say(str(path))
    return 0
