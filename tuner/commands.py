"""Execute the commands of the command line.

Each function takes the parsed arguments, writes lines to standard output, and returns an exit status. Heavy modules are
imported inside the functions, so that help and errors in a study appear at once.
"""

import argparse
import dataclasses
import logging
import os
import shlex
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tuner.words import colored

if TYPE_CHECKING:
    from tuner.bridge.searches import Facts
    from tuner.report.results import Run
    from tuner.search.observers import Observer
    from tuner.study.study import Study


def say(words: str) -> None:
    """Write a line to standard output, an alarm in red on a terminal; a closed pipe is no error."""
    try:
        sys.stdout.write(colored(words, sys.stdout) + "\n")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def say_all(lines: Iterable[str]) -> None:
    """Write lines to standard output."""
    for line in lines:
        say(line)


def _load(arguments: argparse.Namespace) -> tuple["Study", "Facts | None"]:
    """Return the study, and the facts that only a script of NetPyNE's batch mode has; no other study has facts."""
    from tuner.runs import trust
    from tuner.study.study import Study

    trust.check_study(arguments.study, trust=arguments.trust)
    if arguments.study.endswith(".py"):
        from tuner.bridge import script

        if script.is_script(arguments.study):
            study, facts = script.load(arguments.study, arguments.overrides)
            return _with_options(study, arguments), facts
    return _with_options(Study.load(arguments.study, arguments.overrides), arguments), None


def _with_options(study: "Study", arguments: argparse.Namespace) -> "Study":
    """Return the study with the settings that options of the command line set."""
    keep_going = study.simulation.keep_going or getattr(arguments, "keep_going", False)
    simulation = dataclasses.replace(study.simulation, keep_going=keep_going)
    return dataclasses.replace(study, trust_pickle=arguments.trust_pickle, simulation=simulation)


def _show_log(level: int = logging.INFO, *, on_stdout: bool = False) -> None:
    """Show the log on the terminal from this level on, above any bar; the lines are on standard error by default."""
    from tuner import progress

    log = logging.getLogger("tuner")
    log.addHandler(progress.Console(level, on_stdout=on_stdout))
    log.setLevel(min(level, logging.INFO))


def run_study(arguments: argparse.Namespace) -> int:
    """Run a study, or resume the run of a study."""
    # Errors in the study are found here, before anything heavy is imported.
    study, facts = _load(arguments)
    _tune(study, facts, arguments)
    return 0


def sweep_study(arguments: argparse.Namespace) -> int:
    """Run a grid of one or two parameters, and print the paths of the pictures."""
    study, facts = _load(arguments)
    from tuner.report import sweeps

    run = _tune(sweeps.checked(study), facts, arguments)
    say_all(sweeps.lines(run))
    return 0


def _tune(study: "Study", facts: "Facts | None", arguments: argparse.Namespace) -> "Run":
    from tuner import progress
    from tuner.report import summary
    from tuner.runs.owner import PATIENCE_S
    from tuner.search.job import tune

    _show_log(logging.ERROR if arguments.quiet else logging.INFO, on_stdout=True)
    of_script = _observers_of_script(study, facts, arguments) if facts else ()
    try:
        run = tune(
            study,
            arguments.runs,
            arguments.executor,
            arguments.workers,
            fresh=arguments.fresh,
            accept_versions=arguments.accept_versions,
            progress=(*of_script, progress.make(quiet=arguments.quiet), progress.SignalCheck()),
            patience_s=PATIENCE_S if arguments.wait else 0.0,
        )
    except KeyboardInterrupt:
        folder = arguments.runs / study.name
        words = f"; finished evaluations are kept in {folder}, and the same command resumes the run"
        raise KeyboardInterrupt(words) from None
    say_all(summary.of_run(run) if arguments.quiet else ())
    say_all(_of_script(run, facts) if facts else ())
    return run


def _observers_of_script(study: "Study", facts: "Facts", arguments: argparse.Namespace) -> "tuple[Observer, ...]":
    """Return the observers of a script's run: NetPyNE's own files, and the check that rates decide the fitness."""
    from tuner.bridge.netpyne_output import NetPyNEFiles
    from tuner.bridge.rate_fitness import FitnessCheck

    return NetPyNEFiles(facts, arguments.runs), FitnessCheck(study)


def _of_script(run: "Run", facts: "Facts") -> list[str]:
    """Return the lines about the run of a script: the folder of NetPyNE's files, and the fitness function."""
    from tuner.bridge import netpyne_output, rate_fitness

    words = rate_fitness.RateFitness.of(run.study).words(run.evaluations)
    return [f"NetPyNE's files: {run.folder / netpyne_output.FOLDER}", *([words] if words else [])]


def check_study(arguments: argparse.Namespace) -> int:
    """Check a study: build the network, simulate the start point, and print the summary."""
    study, _ = _load(arguments)
    from tuner.report import summary
    from tuner.search.preparation import check

    _show_log()
    say_all(summary.of_check(check(study, arguments.executor, arguments.workers)))
    return 0


def list_paths(arguments: argparse.Namespace) -> int:
    """List the paths and values of a model that can be tuned."""
    from tuner.drafts import draft

    _show_log()
    say_all(draft.list_paths(arguments.model, arguments.pattern, trust_pickle=arguments.trust_pickle))
    return 0


def draft_study(arguments: argparse.Namespace) -> int:
    """Write a study of a model, and print the next steps."""
    from tuner.drafts import draft

    _show_log()
    written, file = draft.new(arguments.model, arguments.to, trust_pickle=arguments.trust_pickle)
    if file is None:
        say_all(written.removesuffix("\n").split("\n"))
        return 0
    name = shlex.quote(str(file)) + " --trust-pickle" * arguments.trust_pickle
    say(f"Written: {file}; set its targets to what the network should do, and check its parameters and their bounds")
    say(f"Then: netpyne-tuner check {name}, and netpyne-tuner run {name}")
    return 0


def write_report(arguments: argparse.Namespace) -> int:
    """Write the report of a run, and print the path of the page."""
    from tuner.report import page
    from tuner.runs import run_folder
    from tuner.search.stages import stage

    folder = run_folder.find(arguments.run, arguments.runs)
    _show_log()
    with stage("writing the report"):
        path = page.write(folder)
    say(f"Report: {path}")
    return 0


def probe_run(arguments: argparse.Namespace) -> int:
    """Make the missing probes of a finished run, and print the findings and the path of the report."""
    from tuner import progress
    from tuner.report import summary
    from tuner.runs import run_folder, trust
    from tuner.search.probe_job import probe

    trust.check(run_folder.find(arguments.run, arguments.runs), trust=arguments.trust)
    logging.getLogger("tuner").addHandler(progress.Console(logging.ERROR if arguments.quiet else logging.INFO))
    observers = (progress.make(quiet=arguments.quiet), progress.SignalCheck())
    settings = (arguments.run, arguments.runs, arguments.executor, arguments.workers)
    try:
        how = {"accept_versions": arguments.accept_versions, "trust_pickle": arguments.trust_pickle}
        run = probe(*settings, **how, progress=observers)
    except KeyboardInterrupt:
        words = "; finished probes are kept, and the same command makes the missing ones"
        raise KeyboardInterrupt(words) from None
    say_all((*summary.of_account(run), f"Report: {run.report}"))
    return 0


def export_run(arguments: argparse.Namespace) -> int:
    """Export the best model of a run as files for plain NetPyNE."""
    from tuner.runs import run_folder, trust
    from tuner.verification.best_result import EXPORT, export_best

    _show_log()
    folder = run_folder.find(arguments.run, arguments.runs)
    trust.check(folder, trust=arguments.trust)
    target = arguments.to or folder / EXPORT
    number = export_best(folder, arguments.to, trust_pickle=arguments.trust_pickle)
    say(f"Evaluation {number} is exported for plain NetPyNE: {target} (run it with python {target / 'run.py'})")
    return 0


def submit_study(arguments: argparse.Namespace) -> int:
    """Submit a run to the scheduler of a cluster, and print the job."""
    from tuner.bridge import run_cfg
    from tuner.cluster import site_settings, submit

    given = {field.name: getattr(arguments, field.name, None) for field in dataclasses.fields(site_settings.Site)}
    study, facts = _load(arguments)
    script = run_cfg.site(facts.run) if facts else {}
    site = site_settings.read(study.folder, {**given, "options": arguments.option}, script)
    options = [word for override in arguments.overrides for word in ("--set", override)]
    given_of = ((name, getattr(arguments, name)) for name in ("executor", "workers"))
    options += [word for name, value in given_of if value for word in (f"--{name}", str(value))]
    flags = ("accept_versions", "quiet", "keep_going", "trust_pickle", "trust")
    options += [f"--{name.replace('_', '-')}" for name in flags if getattr(arguments, name)]
    how = {"fresh": arguments.fresh, "write_only": arguments.dry_run}
    submission = submit.submit(study, arguments.runs, site, options, **how)
    say_all(submission.lines())
    return 0


def say_status(arguments: argparse.Namespace) -> int:
    """Print the state and progress of a run."""
    from tuner.report import status

    say_all(status.lines(status.read(status.find(arguments.run, arguments.runs))))
    return 0


def stop_run(arguments: argparse.Namespace) -> int:
    """Ask the process that leads a run to stop for now."""
    from tuner.runs import owner, run_folder

    name = owner.ask_to_stop(run_folder.find(arguments.run, arguments.runs))
    say(f"Asked {name} to stop; it checks for this request every {owner.TOUCH_S:g} s")
    return 0


def list_models(_: argparse.Namespace) -> int:
    """List the models of netparams/."""
    from tuner.model import models
    from tuner.study import sources

    for name in sources.names():
        say(f"{name:24s} {models.summary(name)}")
    return 0


def list_features(_: argparse.Namespace) -> int:
    """List the features that a target may name."""
    from tuner.features.registry import FEATURES

    for feature in FEATURES.values():
        own = "".join(f", {name}" for name in feature.arguments)
        arguments = f" (own arguments: {own[2:]})" if own else ""
        say(f"{feature.name:20s} {feature.unit:4s} {feature.summary}{arguments}")
    return 0


def list_optimizers(_: argparse.Namespace) -> int:
    """List the optimisers and all settings of each."""
    from tuner.optimizers.registry import OPTIMIZERS

    for name, kind in OPTIMIZERS.items():
        settings = [key if e.default is None else f"{key} {e.default}".lower() for key, e in kind.SETTINGS.items()]
        say_all((f"{name:18s} {kind.summary()}", f"{'':18s} {', '.join(settings)}"))
    return 0


def list_cells(_: argparse.Namespace) -> int:
    """List the cell types of cells/."""
    from tuner.library import cells

    for name in cells.names():
        say(f"{name:20s} {cells.summary(name)}")
    return 0


def draw_gallery(arguments: argparse.Namespace) -> int:
    """Draw cell types, and print the paths of the pictures."""
    from tuner.report import gallery

    _show_log()
    for path in gallery.write(arguments.cells, arguments.to):
        say(str(path))
    return 0
