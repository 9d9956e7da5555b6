"""A run as a job of a cluster: writes its script into the run folder, gives it to the scheduler, notes what it said."""

import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path

from tuner.cluster import joblog, refusals
from tuner.cluster.site_settings import Site
from tuner.errors import TunerError
from tuner.executors.registry import launchers
from tuner.layout import JOB_SCRIPTS, ROOT
from tuner.model import models
from tuner.optimizers import resolution
from tuner.runs import run_folder
from tuner.runs.json_files import writing
from tuner.study.study import Study

# What no directive of a script can hold between quotation marks.
UNQUOTABLE = '"\\\n'
LONGEST_JOB_NAME = 15


@dataclass(frozen=True)
class Submission:
    """A job: its identifier, "" if it was only written, and the command that asks the scheduler for it."""

    job: str
    script: Path
    log: Path
    folder: Path
    look: str

    def lines(self) -> Iterator[str]:
        """What a user wants to know of it."""
        if not self.job:
            yield f"Written, not submitted: {self.script}"
            return
        yield f"Submitted: job {self.job}, the script {self.script}"
        yield f"Its output will be in {self.log}"
        yield f"How far it is: netpyne-tuner status {shlex.quote(str(self.folder))}, or {self.look}"


def submit(
    study: str | Path | Study,
    runs: str | Path,
    site: Site,
    run_options: Sequence[str] = (),
    *,
    fresh: bool = False,
    write_only: bool = False,
) -> Submission:
    """Submits the run of a study, which goes on where it was; with `fresh` an old run folder is set aside first.

    `run_options` are those of the command run: each a word, and where it has one its value as the next. Raises a
    TunerError, and changes nothing, where the study says something wrong, another job or master has the run, or the
    scheduler does not take it.
    """
    checked = _read(study, run_options)
    folder = Path(runs).absolute() / checked.name
    if write_only and fresh:
        raise TunerError("--fresh sets a run aside when it is submitted, --dry-run submits nothing; drop one")
    refusals.check_ranks(checked, site, _executor(checked, run_options)[0])
    if not write_only:
        refusals.check_scheduler(site)
        refusals.check_run(checked, folder, fresh=fresh, accept_versions="--accept-versions" in run_options)
    jobs = folder / joblog.JOBS
    path = jobs / "1.sh" if fresh else _next_script(jobs)
    text = script(checked, path, site, run_options)
    refusals.check_script(text)
    with ExitStack() as undo:
        if fresh and folder.exists():
            with writing(folder):
                undo.callback(run_folder.set_aside(folder).rename, folder)
        _write(path, text, undo)
        job = "" if write_only else _give(path, site)
        undo.pop_all()
    if job:
        joblog.append(folder, job, f"{joblog.SUBMITTED} {path.name} to {site.scheduler}")
    return Submission(job, path, path.with_suffix(".log"), folder, f"{joblog.LOOK[site.scheduler]} {job}")


def _read(study: str | Path | Study, run_options: Sequence[str]) -> Study:
    """The study, held against everything that can be known without its model's code; one that is read has overrides."""
    overrides = [value for word, value in pairwise(run_options) if word == "--set"]
    checked = study if isinstance(study, Study) else Study.load(study, overrides)
    resolution.settings_of(checked)
    models.locate(checked)
    return checked


def _next_script(jobs: Path) -> Path:
    return jobs / f"{1 + max((int(path.stem) for path in jobs.glob('*.sh') if path.stem.isdigit()), default=0)}.sh"


def _write(path: Path, text: str, undo: ExitStack) -> None:
    """Makes the run folder if need be, and writes a script into it; `undo` removes what was not there before."""
    jobs, folder = path.parent, path.parent.parent
    for made in (folder, jobs):
        if not made.exists():
            undo.callback(_remove_empty, made)
    run_folder.claim(folder, fresh=False)
    with writing(folder):
        jobs.mkdir(exist_ok=True)
        with open(path, "x", encoding="utf-8") as file:
            undo.callback(path.unlink)
            file.write(text)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def script(study: Study, path: Path, site: Site, run_options: Sequence[str] = ()) -> str:
    """The text of a job's script that is to lie at `path`, in jobs/ of the run folder."""
    folder = path.parent.parent
    entries = {
        "name": [folder.name],
        "job_name": [_job_name(folder.name)],
        "log": [_quoted(path.with_suffix(".log"), site)],
        "spool": [_quoted(path.with_suffix(".spool"), site)],
        "quoted_log": [shlex.quote(str(path.with_suffix(".log")))],
        "script": [shlex.quote(str(path))],
        "script_name": [path.name],
        "scheduler": [site.scheduler],
        "nodes": [str(site.nodes)],
        "tasks_per_node": [str(site.tasks_per_node)],
        "tasks": [str(site.tasks)],
        "time": [site.clock],
        "margin_s": [str(site.margin_s)],
        "warning_after_s": [str(site.seconds - site.margin_s)],
        "partition": [site.partition] if site.partition else [],
        "account": [site.account] if site.account else [],
        "parallel_environment": [site.parallel_environment],
        "options": site.options,
        "setup": site.setup,
        "root": [shlex.quote(str(ROOT))],
        "python": [shlex.quote(site.python)],
        "folder": [shlex.quote(str(folder))],
        "command": [_command(study, folder, site, run_options)],
    }
    return "".join(filled((JOB_SCRIPTS / name).read_text(), entries) for name in (f"{site.scheduler}.sh", "body.sh"))


def filled(template: str, entries: Mapping[str, Sequence[str]]) -> str:
    """A template with its @names@ filled in: a line is written once for each item of its entry, so perhaps never."""
    lines = []
    for line in template.splitlines(keepends=True):
        names = re.findall(r"@(\w+)@", line)
        for items in product(*(entries[name] for name in names)):
            lines.append(_filled(line, iter(items)))
    return "".join(lines)


def _filled(line: str, items: Iterator[str]) -> str:
    return re.sub(r"@\w+@", lambda _: next(items), line)


def _command(study: Study, folder: Path, site: Site, run_options: Sequence[str]) -> str:
    """The one command of a job, an option a line: ranks of MPI, or the leader alone where it starts what it needs."""
    executor, options = _executor(study, run_options)
    launcher = site.launcher.replace("{tasks}", str(site.tasks))
    launch = f'{launcher} "$python" -m mpi4py.futures' if executor == "mpi" else '"$python"'
    file = shlex.quote(str(Path(study.file).absolute()))
    words = map(shlex.quote, ["--executor", executor, "--wait", "--runs", str(folder.parent), *options])
    lines = "".join(f" \\\n    {word}" if word.startswith("--") else f" {word}" for word in words)
    return f'{launch} "$root/tuner/run.py" run {file}{lines}'


def _executor(study: Study, run_options: Sequence[str]) -> tuple[str, list[str]]:
    """The executor that is asked for, else the study's if it starts ranks itself, else mpi; the options without it."""
    options = list(run_options)
    if "--executor" in options:
        at = options.index("--executor")
        return options[at + 1], options[:at] + options[at + 2 :]
    own = study.simulation.executor
    return own if own in launchers() else "mpi", options


def _job_name(name: str) -> str:
    """A run's name for the scheduler: short, without what one of them refuses, and beginning with a letter."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    return (plain if plain[:1].isalpha() else f"run_{plain}")[:LONGEST_JOB_NAME]


def _quoted(path: Path, site: Site) -> str:
    """A path for a directive, quoted."""
    if any(character in UNQUOTABLE for character in str(path)):
        raise TunerError(f"{path}: has a quotation mark or a backslash, which no directive of a job can hold")
    # Slurm puts numbers in the place of %j and its like.
    text = str(path).replace("%", "%%") if site.scheduler == "slurm" else str(path)
    return f'"{text}"'


def _give(path: Path, site: Site) -> str:
    """Gives a script to the scheduler; the job's identifier."""
    command = shlex.split(refusals.SUBMIT[site.scheduler])
    given = subprocess.run([*command, str(path)], capture_output=True, text=True)
    if given.returncode:
        lines = (given.stderr or given.stdout).strip().splitlines() or [f"exit status {given.returncode}"]
        words = "; ".join(re.sub(rf"^{command[0]}: (error: |fatal: )?", "", line) for line in lines)
        raise TunerError(f"{command[0]} did not take the job: {words}")
    # Where there are several clusters, Slurm names its own behind the number.
    return given.stdout.strip().partition(";")[0]
