"""Check a job before the submission.

The same mistakes would otherwise end the job after its time in the queue. Nothing is written here.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuner.cluster import joblog
from tuner.cluster.site_settings import Site
from tuner.errors import StoreError, StudyError, TunerError
from tuner.evaluation import Evaluation
from tuner.executors.registry import EXECUTORS
from tuner.optimizers import resolution
from tuner.runs import owner, run_folder
from tuner.runs.identity import check_identity
from tuner.runs.manifest import Manifest, read_manifest
from tuner.runs.store import read_evaluations
from tuner.study.schema import Place
from tuner.study.settings import check_executor
from tuner.study.study import Study

SUBMIT = {"slurm": "sbatch --parsable", "torque": "qsub", "sge": "qsub -terse"}


def check_scheduler(site: Site) -> None:
    """Raise TunerError if the site's scheduler has no submit command on this machine."""
    program = SUBMIT[site.scheduler].partition(" ")[0]
    if shutil.which(program) is None:
        raise TunerError(
            f"{program} was not found on this machine, so no job can be submitted to {site.scheduler}; submit on the"
            " cluster's login node, choose another scheduler (--scheduler), or only write the script (--dry-run)"
        )


def check_ranks(study: Study, site: Site, executor: str) -> None:
    """Raise StudyError if the executor cannot use the nodes and tasks of the job."""
    tasks = Place("command line").at("tasks_per_node")
    ranks = study.simulation.ranks_per_evaluation
    check_executor(study.simulation, executor, study.place.at("simulation"))
    if ranks > site.tasks:
        place = study.place.at("simulation").at("ranks_per_evaluation")
        raise place.error(
            f"is {ranks}, but the job has only {site.tasks} tasks (nodes x tasks_per_node); ask for more tasks"
        )
    if executor == "mpi" and site.tasks < 2:
        raise tasks.error(
            "the job has one task, but executor mpi needs at least two (one leads, the others simulate);"
            " raise --tasks-per-node, or give --executor processes"
        )
    if site.nodes > 1 and not EXECUTORS[executor].spans_nodes:
        raise StudyError(
            f"command line: --executor {executor} runs on one node, but the job has {site.nodes} nodes;"
            " use --executor mpi, or --nodes 1"
        )


def check_script(text: str) -> None:
    """Raise StudyError if the script is not valid bash; setup and launcher are text of the user."""
    checked = subprocess.run(["/bin/bash", "-n"], input=text, capture_output=True, text=True)
    if checked.returncode:
        words = "; ".join(line.partition(": ")[2] for line in checked.stderr.splitlines())
        raise StudyError(f"site settings: setup or launcher is not valid bash: {words}")


def check_run(study: Study, folder: Path, *, fresh: bool, accept_versions: bool) -> None:
    """Raise StoreError if a job of this study cannot continue the run in a folder.

    The run must have no queued or running job, and no live master. Unless `fresh`, it must also belong to the study.
    """
    jobs = joblog.read(folder)
    # The last job is checked even if it has ended: the scheduler may have queued it again.
    for job in [*(job for job in jobs if not job.ended), *jobs[-1:]]:
        if _is_queued(job):
            raise StoreError(
                f"{folder}: job {job.name} of this run is still queued or running and continues by itself;"
                f" to submit another job, cancel this one first: {job.cancel}"
            )
    master = owner.look(folder)
    if master and master.lives:
        raise StoreError(
            f"{folder}: is being written by {master.name}; wait until that process ends,"
            f" or stop it (netpyne-tuner stop {folder}), then submit again"
        )
    manifest = Manifest() if fresh else read_manifest(folder)
    if run_folder.has_evaluations(folder) and not fresh:
        _check_identity(study, manifest, folder, accept_versions=accept_versions)


def _is_queued(job: joblog.Job) -> bool:
    """Return whether a job is still queued or running; False if the scheduler cannot be asked."""
    command = job.look.split()
    if not command or shutil.which(command[0]) is None:
        return False
    asked = subprocess.run(command, capture_output=True, text=True)
    rows = [line.split() for line in asked.stdout.splitlines() if job.name in line]
    # Torque lists an ended job for some time, with the state C in the second last column.
    return asked.returncode == 0 and any(row[-2:-1] != ["C"] for row in rows)


def _check_identity(study: Study, manifest: Manifest, folder: Path, *, accept_versions: bool) -> None:
    study = resolution.resume(study, manifest.identity, 1)
    evaluations, _ = read_evaluations(folder)
    check_identity(study, _Stored(folder, manifest, evaluations), accept_versions=accept_versions)


@dataclass(frozen=True)
class _Stored:
    """Represent a run that is only read. Accepted versions are recorded later, by the job."""

    folder: Path
    manifest: Manifest
    evaluations: dict[int, Evaluation]

    def update_manifest(self, **entries: Any) -> None:
        """Ignore the entries: nothing is written before the job runs."""
