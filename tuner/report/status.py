"""Report the status of a run from the files of the run folder: queued, running on any host, finished, or dead.

Ages are computed from the modification times of files.
"""

import math
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tuner.cluster import joblog
from tuner.cluster.joblog import Job
from tuner.errors import INTERRUPTED, STOPPED, StoreError, TunerError
from tuner.evaluation import Evaluation, best_of
from tuner.regular_files import read_regular
from tuner.report import mismatch
from tuner.runs import owner, run_folder
from tuner.runs.best_file import read_best
from tuner.runs.manifest import MANIFEST, Manifest, read_manifest
from tuner.runs.probe_file import read_probes
from tuner.runs.store import EVALUATIONS, read_evaluations
from tuner.study.study_file import is_file
from tuner.words import count, quantity, span

# States that need no action of the user.
ALIVE = ("queued", "starting", "running", "done")
# States of a run that the user can resume, with an explanation.
RESUMABLE = {"stopped": "", "interrupted": "", "failed": "see {log} for the reason; ", "lost": "that process died; "}
# States by the exit status of the run in a job; every other status is a failure.
ENDINGS = {STOPPED: "stopped", INTERRUPTED: "interrupted", 143: "interrupted"}
TAIL_BYTES = 20_000
PACES = (("second", 1.0), ("minute", 60.0), ("hour", 3600.0))


@dataclass(frozen=True)
class Status:
    """Hold the status of a run.

    `state` is one of ALIVE or RESUMABLE. `master` names the process that leads the run, or that died while it did; ""
    if there is no such process. `job` is the last job, unless a process outside this job has started the run since
    then. `most` is the number of evaluations in the budget, `inf` without a limit. `rate` is the number of evaluations
    per second over all starts, `None` as long as it is unknown. `mismatch` are the lines about evaluations that plain
    NetPyNE did not confirm. `silent_s` is the age of the last evaluation [s], `None` without an evaluation. `probes` is
    the number of stored probes.
    """

    folder: Path
    state: str
    master: str
    job: Job | None
    evaluations: tuple[Evaluation, ...]
    most: float
    units: dict[str, str]
    rate: float | None
    silent_s: float | None
    mismatch: tuple[str, ...] = ()
    probes: int = 0

    @property
    def best(self) -> Evaluation | None:
        """Return the evaluation that ranks first, or `None` if no evaluation has a loss."""
        return best_of(self.evaluations)

    @property
    def left_s(self) -> float | None:
        """Return the expected time for the rest of the budget [s]; `None` if the run is not running."""
        left = self.most - len(self.evaluations)
        return left / self.rate if self.state == "running" and self.rate and 0 < left < math.inf else None


def find(run: str, runs: Path) -> Path:
    """Return the folder of a run, named in the runs folder or given by path; the folder may hold only a job so far."""
    for folder in (runs / run, Path(run)):
        if is_file(folder / MANIFEST) or is_file(folder / joblog.JOBS / joblog.LOG):
            return folder
    return run_folder.find(run, runs)


def read(folder: Path) -> Status:
    """Read the status of a run; raise StoreError if a file is damaged or cannot be read."""
    try:
        return _read(folder)
    except OSError as error:
        raise StoreError(f"{error.filename or folder}: cannot be read: {error.strerror}") from None


def _read(folder: Path) -> Status:
    manifest = read_manifest(folder)
    evaluations, _ = read_evaluations(folder)
    sign = owner.look(folder)
    job = _job(folder, manifest, sign)
    most, units = _study(folder, manifest.units)
    return Status(
        folder=folder,
        state=_state(folder, sign, job, evaluations),
        master=sign.name if sign else "",
        job=job,
        evaluations=tuple(evaluations[number] for number in sorted(evaluations)),
        most=most,
        units=units,
        rate=_rate(folder, manifest, len(evaluations)),
        silent_s=max(0.0, time.time() - _changed(folder / EVALUATIONS)) if evaluations else None,
        mismatch=_mismatch(folder, evaluations),
        probes=len(read_probes(folder)),
    )


def _mismatch(folder: Path, evaluations: Mapping[int, Evaluation]) -> tuple[str, ...]:
    best = read_best(folder)
    return tuple(mismatch.lines(best)) if best and best.is_of(evaluations) else ()


def _job(folder: Path, manifest: Manifest, sign: owner.Sign | None) -> Job | None:
    """Return the last job, unless another process has started the run since the last event of that job."""
    jobs, starts = joblog.read(folder), manifest.starts
    if not jobs or not starts:
        return jobs[-1] if jobs else None
    is_past = _seconds(starts[-1].time) > _seconds(jobs[-1].last.time)
    # A master process that starts after the script of a job belongs to this job.
    return None if is_past and not (sign and jobs[-1].last.kind == joblog.STARTED) else jobs[-1]


def _seconds(written: str) -> float:
    """Return a time from a job log or the manifest as a time stamp [s]; nan if the text is not a time."""
    try:
        return datetime.strptime(written, joblog.TIME).timestamp()
    except ValueError:
        return math.nan


def _study(folder: Path, units: dict[str, str]) -> tuple[float, dict[str, str]]:
    """Return the evaluations of the budget and the parameters' units; `inf` and no units for an unreadable study."""
    if not is_file(folder / run_folder.STUDY):
        return math.inf, {}
    try:
        study, _ = run_folder.load_study(folder)
    except TunerError:
        return math.inf, {}
    return study.most_evaluations, {each.name: each.unit_among(units) for each in study.space.parameters}


def _state(folder: Path, sign: owner.Sign | None, job: Job | None, evaluations: Mapping[int, Evaluation]) -> str:
    if sign and sign.lives:
        return "running" if evaluations else "starting"
    kind = job.last.kind if job else ""
    if kind in (joblog.SUBMITTED, joblog.REQUEUED):
        return "queued"
    best = read_best(folder)
    if best and best.evaluations == len(evaluations) and (best.is_of(evaluations) or not best.verified.numbers):
        return "done"
    if sign:
        # A job that started after the last sign of life of the dead process waits before it takes over.
        return "starting" if job and kind == joblog.STARTED and _is_younger(job, sign.age_s) else "lost"
    if job and job.exit_status:
        return ENDINGS.get(job.exit_status, "failed")
    if kind in ("", joblog.ENDED):
        return _ending(folder)
    return "starting" if kind == joblog.STARTED else "interrupted"


def _is_younger(job: Job, age_s: float) -> bool:
    """Return whether the last event of a job is younger than `age_s` [s]; true for an unreadable time."""
    return not time.time() - _seconds(job.last.time) >= age_s


def _ending(folder: Path) -> str:
    """Return the state of an ended run without a job, from the last lines of run.log."""
    try:
        text = read_regular(folder / run_folder.LOG)[-TAIL_BYTES:].decode(errors="replace")
    except (FileNotFoundError, ValueError):
        return "interrupted"
    *_, before, after = ["", "", *text.split(" ended by ")]
    if not after.startswith("KeyboardInterrupt"):
        return "failed" if before else "interrupted"
    return "stopped" if "asked to stop" in before else "interrupted"


def _changed(path: Path) -> float:
    return path.stat().st_mtime


def _rate(folder: Path, manifest: Manifest, n_evaluations: int) -> float | None:
    """Return the evaluations per second; the manifest's wall time is a few seconds older than the last evaluation."""
    wall_time_s = manifest.wall_time_s
    if n_evaluations < 2 or wall_time_s <= 0:
        return None
    return n_evaluations / (wall_time_s + max(0.0, _changed(folder / EVALUATIONS) - _changed(folder / MANIFEST)))


def lines(status: Status) -> Iterator[str]:
    """Yield the status as lines: the state and advice, the job, the progress, the best evaluation, the failures."""
    yield from status.mismatch
    who = f", {status.master}" if status.master and status.state != "done" else ""
    yield f"{status.folder.name}: {status.state}{who}{_advice(status)}"
    if status.job:
        yield from _of_job(status, status.job)
    yield _progress(status)
    if status.best:
        label = "Best" if status.state == "done" else "Best so far"
        yield f"{label}: evaluation {status.best.number}, loss {status.best.shown_loss()}"
        for name, value in status.best.values.items():
            yield f"  {name} = {quantity(value, status.units.get(name, ''))}"
    if status.probes:
        yield f"{count(status.probes, 'probe')} of parameters at their bounds"
    yield from _failures(status.evaluations)


def _advice(status: Status) -> str:
    if status.state not in RESUMABLE:
        return ""
    job = status.job
    log = f"{joblog.JOBS}/{job.log}" if job and job.log else run_folder.LOG
    words = RESUMABLE[status.state].format(log=log)
    if job is None:
        return f"; {words}run the same command again to continue"
    if job.ended and not job.told:
        return f"; {words}submit it again to continue"
    # Slurm may start the job again by itself.
    scheduler = job.look if job.look else "the scheduler"
    return f"; {words}if {scheduler} does not show the job any more, submit it again to continue"


def _of_job(status: Status, job: Job) -> Iterator[str]:
    yield f"Job {job.name}: {job.last.words} ({job.last.time})"
    if job.log:
        yield f"  output: {status.folder / joblog.JOBS / job.log}"
    if job.look and status.state in ("queued", "starting"):
        yield f"  ask the scheduler: {job.look}; if it does not show the job any more, submit it again"


def _progress(status: Status) -> str:
    n = len(status.evaluations)
    if status.silent_s is None:
        return "No evaluation yet"
    total = f"{n} of {int(status.most)} evaluations" if status.most < math.inf else count(n, "evaluation")
    in_order = any(evaluation.order is not None for evaluation in status.evaluations)
    generations = 1 + max(evaluation.generation for evaluation in status.evaluations)
    grouped = "" if in_order else f" in {count(generations, 'generation')}"
    rate = f", {_pace(status.rate)}" if status.rate else ""
    left = f", about {span(status.left_s)} left" if status.left_s else ""
    return f"{total}{grouped}, the last one {span(status.silent_s)} ago{rate}{left}"


def _pace(rate: float) -> str:
    unit, seconds = next((u, s) for u, s in PACES if rate * s >= 1 or u == "hour")
    return f"{rate * seconds:.3g} per {unit}"


def _failures(evaluations: tuple[Evaluation, ...]) -> Iterator[str]:
    failed = [evaluation for evaluation in evaluations if not evaluation.done]
    for status, number in Counter(evaluation.status for evaluation in failed).items():
        first = next(evaluation for evaluation in failed if evaluation.status == status)
        yield f"{number} {status}; the first is evaluation {first.number}: {first.reason}"
