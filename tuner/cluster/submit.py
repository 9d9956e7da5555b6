"""Submit a run as a job of a cluster.

The job's script is written into the run folder and given to the scheduler. The job's identifier is noted in jobs/log.
"""

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

# Characters that a directive of a script cannot contain between quotation marks.
UNQUOTABLE = '"\\\n'
LONGEST_JOB_NAME = 15


@dataclass(frozen=True)
class Submission:
    """Represent a submitted job.

    `job` is the identifier, "" if the script was only written. `look` is the command that shows the job.
    """

    job: str
    script: Path
    log: Path
    folder: Path
    look: str

    def lines(self) -> Iterator[str]:
        """Yield the lines that tell the user about the job."""
        if not self.job:
            yield f"Written, not submitted: {self.script}"
            return
        yield f"Submitted job {self.job} with the script {self.script}"
        yield f"Output of the job: {self.log}"
        yield f"To see the progress: netpyne-tuner status {shlex.quote(str(self.folder))}, or {self.look}"


def submit(
    study: str | Path | Study,
    runs: str | Path,
    site: Site,
    run_options: Sequence[str] = (),
    *,
    fresh: bool = False,
    write_only: bool = False,
) -> Submission:
    """Submit the run of a study as a job.

    An existing run is continued.

    Parameters
    ----------
    study
        Study, or the name or path of a study.
    runs
        Folder of all runs; the run folder is created in it.
    site
        Resources of the job.
    run_options
        Options of the command `run`, as on the command line: the value of an option is the next item.
    fresh
        Rename an existing run folder first, so that the run starts again.
    write_only
        Write the script, but do not submit it.

    Raises
    ------
    TunerError
        If the study has an error, another job or master has the run, or the scheduler refuses the job. Nothing has
        been changed then.
    """
    checked = _read(study, run_options)
    folder = Path(runs).absolute() / checked.name
    if write_only and fresh:
        raise TunerError(
            "--fresh and --dry-run cannot be combined: --fresh renames the old run folder when the job is submitted,"
            " and --dry-run submits nothing; drop one of the two"
        )
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
    """Return the study, after all checks that need no code of the model.

    The overrides in `run_options` (--set) are applied only if `study` is read from a file here.
    """
    overrides = [value for word, value in pairwise(run_options) if word == "--set"]
    checked = study if isinstance(study, Study) else Study.load(study, overrides)
    resolution.settings_of(checked)
    models.locate(checked)
    return checked


def _next_script(jobs: Path) -> Path:
    return jobs / f"{1 + max((int(path.stem) for path in jobs.glob('*.sh') if path.stem.isdecimal()), default=0)}.sh"


def _write(path: Path, text: str, undo: ExitStack) -> None:
    """Write a script, and create the run folder if needed; `undo` removes new files and folders."""
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
    """Return the text of a job's script for the file `path`, which must lie in jobs/ of the run folder."""
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
    """Fill in the @names@ of a template.

    A line is repeated for each item of its entry, and left out if the entry is empty.
    """
    lines = []
    for line in template.splitlines(keepends=True):
        names = re.findall(r"@(\w+)@", line)
        for items in product(*(entries[name] for name in names)):
            lines.append(_filled(line, iter(items)))
    return "".join(lines)


def _filled(line: str, items: Iterator[str]) -> str:
    return re.sub(r"@\w+@", lambda _: next(items), line)


def _command(study: Study, folder: Path, site: Site, run_options: Sequence[str]) -> str:
    """Return the command of a job, with each option on a new line.

    With executor mpi, the site's launcher starts all ranks. Other executors start their workers or ranks themselves.
    """
    executor, options = _executor(study, run_options)
    launcher = site.launcher.replace("{tasks}", str(site.tasks))
    launch = f'{launcher} "$python" -m mpi4py.futures' if executor == "mpi" else '"$python"'
    file = shlex.quote(str(Path(study.file).absolute()))
    words = map(shlex.quote, ["--executor", executor, "--wait", "--runs", str(folder.parent), *options])
    lines = "".join(f" \\\n    {word}" if word.startswith("--") else f" {word}" for word in words)
    return f'{launch} "$root/tuner/run.py" run {file}{lines}'


def _executor(study: Study, run_options: Sequence[str]) -> tuple[str, list[str]]:
    """Return the executor, and the options without --executor.

    Without this option, the executor is the study's if it starts ranks for each task, else mpi.
    """
    options = list(run_options)
    if "--executor" in options:
        at = options.index("--executor")
        return options[at + 1], options[:at] + options[at + 2 :]
    own = study.simulation.executor
    return own if own in launchers() else "mpi", options


def _job_name(name: str) -> str:
    """Return a job name that every scheduler accepts: short, plain characters, a letter first."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    return (plain if plain[:1].isalpha() else f"run_{plain}")[:LONGEST_JOB_NAME]


def _quoted(path: Path, site: Site) -> str:
    """Return a path in quotation marks, for a directive of a job script."""
    if any(character in UNQUOTABLE for character in str(path)):
        raise TunerError(
            f"{path}: the path has a quotation mark, a backslash or a line break, which a directive of a job script"
            " cannot contain; give the run or its folder another name"
        )
    # Slurm replaces patterns such as %j, so a % of the path is doubled.
    text = str(path).replace("%", "%%") if site.scheduler == "slurm" else str(path)
    return f'"{text}"'


def _give(path: Path, site: Site) -> str:
    """Give a script to the scheduler, and return the identifier of the job."""
    command = shlex.split(refusals.SUBMIT[site.scheduler])
    given = subprocess.run([*command, str(path)], capture_output=True, text=True)
    if given.returncode:
        lines = (given.stderr or given.stdout).strip().splitlines() or [f"exit status {given.returncode}"]
        words = "; ".join(re.sub(rf"^{command[0]}: (error: |fatal: )?", "", line) for line in lines)
        raise TunerError(f"{command[0]} refused the job, and nothing was changed: {words}")
    # With several clusters, Slurm appends the name of the cluster to the number.
    return given.stdout.strip().partition(";")[0]
