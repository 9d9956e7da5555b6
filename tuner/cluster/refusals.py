"""What a job could only refuse after its time in the queue, refused when it is submitted; nothing is written."""

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
    """Holds a site's scheduler against what is here."""
    program = SUBMIT[site.scheduler].partition(" ")[0]
    if shutil.which(program) is None:
        raise TunerError(
            f"there is no {program} here, so nothing can be submitted to {site.scheduler}; do it on the cluster's login"
            " node, choose another scheduler, or only write the script (--dry-run)"
        )


def check_ranks(study: Study, site: Site, executor: str) -> None:
    """Holds nodes and tasks against what an executor makes of them."""
    tasks = Place("command line").at("tasks_per_node")
    ranks = study.simulation.ranks_per_evaluation
    check_executor(study.simulation, executor, study.place.at("simulation"))
    if ranks > site.tasks:
        place = study.place.at("simulation").at("ranks_per_evaluation")
        raise place.error(f"is {ranks}, more than the {site.tasks} tasks of the job")
    if executor == "mpi" and site.tasks < 2:
        raise tasks.error("makes one task in all, but executor mpi needs one that leads and others that work")
    if site.nodes > 1 and not EXECUTORS[executor].spans_nodes:
        raise StudyError(
            f"command line: --executor {executor} works on one node, {site.nodes} were asked for; use mpi, or one node"
        )


def check_script(text: str) -> None:
    """Holds a script against bash: setup and launcher may be none."""
    checked = subprocess.run(["/bin/bash", "-n"], input=text, capture_output=True, text=True)
    if checked.returncode:
        words = "; ".join(line.partition(": ")[2] for line in checked.stderr.splitlines())
        raise StudyError(f"setup or launcher of the site: the script would be no bash: {words}")


def check_run(study: Study, folder: Path, *, fresh: bool, accept_versions: bool) -> None:
    """Holds the run that lies in a folder against the study; with `fresh` it must only have no job and no master."""
    jobs = joblog.read(folder)
    # Of the last one the scheduler may know better: it begins jobs again that had to end.
    for job in [*(job for job in jobs if not job.ended), *jobs[-1:]]:
        if _is_queued(job):
            raise StoreError(
                f"{folder}: job {job.name} of this run is still queued or running and goes on by itself;"
                f" to submit another one, end it first: {job.cancel}"
            )
    master = owner.look(folder)
    if master and master.lives:
        raise StoreError(f"{folder}: is being written by {master.name}; wait for it or end it, then submit again")
    manifest = Manifest() if fresh else read_manifest(folder)
    if run_folder.has_evaluations(folder) and not fresh:
        _check_identity(study, manifest, folder, accept_versions=accept_versions)


def _is_queued(job: joblog.Job) -> bool:
    """Whether the scheduler still has a job."""
    command = job.look.split()
    if not command or shutil.which(command[0]) is None:
        return False
    asked = subprocess.run(command, capture_output=True, text=True)
    rows = [line.split() for line in asked.stdout.splitlines() if job.name in line]
    # Torque shows a job that has ended for some time, as C in the last column but one.
    return asked.returncode == 0 and any(row[-2:-1] != ["C"] for row in rows)


def _check_identity(study: Study, manifest: Manifest, folder: Path, *, accept_versions: bool) -> None:
    study = resolution.resume(study, manifest.identity, 1)
    evaluations, _ = read_evaluations(folder)
    check_identity(study, _Stored(folder, manifest, evaluations), accept_versions=accept_versions)


@dataclass(frozen=True)
class _Stored:
    """A run to read; which versions were accepted the job notes."""

    folder: Path
    manifest: Manifest
    evaluations: dict[int, Evaluation]

    def update_manifest(self, **entries: Any) -> None:
        """Do nothing."""
