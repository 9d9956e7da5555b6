"""How far a run is, from its folder's files alone: before it begins, while it goes on on any host, after it died.

Ages are taken from the times of files.
"""

import math
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tuner.cluster import joblog
from tuner.cluster.joblog import Job
from tuner.errors import INTERRUPTED, STOPPED, StoreError, TunerError
from tuner.evaluation import Evaluation, best_of
from tuner.runs import owner, run_folder
from tuner.runs.best_file import read_best
from tuner.runs.manifest import MANIFEST, Manifest, read_manifest
from tuner.runs.store import EVALUATIONS, read_evaluations
from tuner.study.study_file import is_file
from tuner.words import count, quantity, span

# What a run may be; it goes on by itself, or has ended,
ALIVE = ("queued", "starting", "running", "done")
# or goes on if it is asked to, and then there is more to say.
RESUMABLE = {"stopped": "", "interrupted": "", "failed": "{log} says why, and ", "lost": "its master died, and "}
# What the exit status of a job's run makes of it; every other is a failure.
ENDINGS = {STOPPED: "stopped", INTERRUPTED: "interrupted", 143: "interrupted"}
TAIL_BYTES = 20_000
PACES = (("second", 1.0), ("minute", 60.0), ("hour", 3600.0))


@dataclass(frozen=True)
class Status:
    """What is known of a run. `master` is who writes it, or has died over it; "" if nobody.

    `state` is one of ALIVE or RESUMABLE. `job` is the last, unless a master has started since that is none of its own.
    `most` is the budget's number of evaluations, inf where it has none; `rate` is evaluations a second of all starts
    together, None until that is known; `silent_s` is the age of the last evaluation, None where there is none.
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

    @property
    def best(self) -> Evaluation | None:
        """The one that ranks first; None if none has a loss."""
        return best_of(self.evaluations)

    @property
    def left_s(self) -> float | None:
        """How long the rest of the budget takes, while the run goes on [s]."""
        left = self.most - len(self.evaluations)
        return left / self.rate if self.state == "running" and self.rate and 0 < left < math.inf else None


def find(run: str, runs: Path) -> Path:
    """The folder of a run, which may have no more yet than a job: a name in the runs folder, or a path."""
    for folder in (runs / run, Path(run)):
        if is_file(folder / MANIFEST) or is_file(folder / joblog.JOBS / joblog.LOG):
            return folder
    return run_folder.find(run, runs)


def read(folder: Path) -> Status:
    """The status of a run; StoreError if its files are damaged or cannot be read."""
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
        state=_state(folder, sign, job, len(evaluations)),
        master=sign.name if sign else "",
        job=job,
        evaluations=tuple(evaluations[number] for number in sorted(evaluations)),
        most=most,
        units=units,
        rate=_rate(folder, manifest, len(evaluations)),
        silent_s=max(0.0, time.time() - _changed(folder / EVALUATIONS)) if evaluations else None,
    )


def _job(folder: Path, manifest: Manifest, sign: owner.Sign | None) -> Job | None:
    """The last job, unless a master has started since its last event that is none of its own."""
    jobs, starts = joblog.read(folder), manifest.starts
    if not jobs or not starts:
        return jobs[-1] if jobs else None
    is_past = _seconds(starts[-1].time) > _seconds(jobs[-1].last.time)
    # After its script a job's own master starts.
    return None if is_past and not (sign and jobs[-1].last.kind == joblog.STARTED) else jobs[-1]


def _seconds(written: str) -> float:
    """A time that was written by a job or into the manifest [s]; nan if it cannot be read."""
    try:
        return datetime.strptime(written, joblog.TIME).timestamp()
    except ValueError:
        return math.nan


def _study(folder: Path, units: dict[str, str]) -> tuple[float, dict[str, str]]:
    """The budget's evaluations, and the parameters' units; nothing where the study cannot be read any more."""
    if not is_file(folder / run_folder.STUDY):
        return math.inf, {}
    try:
        study, _ = run_folder.load_study(folder)
    except TunerError:
        return math.inf, {}
    return study.most_evaluations, {each.name: each.unit_among(units) for each in study.space.parameters}


def _state(folder: Path, sign: owner.Sign | None, job: Job | None, n_evaluations: int) -> str:
    if sign and sign.lives:
        return "running" if n_evaluations else "starting"
    kind = job.last.kind if job else ""
    if kind in (joblog.SUBMITTED, joblog.REQUEUED):
        return "queued"
    best = read_best(folder)
    if best and best.evaluations == n_evaluations:
        return "done"
    if sign:
        # A job that began after the last sign of the dead waits for its silence to last.
        return "starting" if job and kind == joblog.STARTED and _is_younger(job, sign.age_s) else "lost"
    if job and job.exit_status:
        return ENDINGS.get(job.exit_status, "failed")
    if kind in ("", joblog.ENDED):
        return _ending(folder)
    return "starting" if kind == joblog.STARTED else "interrupted"


def _is_younger(job: Job, age_s: float) -> bool:
    """Whether the last event of a job is; also where its time cannot be read."""
    return not time.time() - _seconds(job.last.time) >= age_s


def _ending(folder: Path) -> str:
    """How a run that was no job ended, by what its log has last."""
    try:
        text = (folder / run_folder.LOG).read_bytes()[-TAIL_BYTES:].decode(errors="replace")
    except FileNotFoundError:
        return "interrupted"
    *_, before, after = ["", "", *text.split(" ended by ")]
    if not after.startswith("KeyboardInterrupt"):
        return "failed" if before else "interrupted"
    return "stopped" if "asked to stop" in before else "interrupted"


def _changed(path: Path) -> float:
    return path.stat().st_mtime


def _rate(folder: Path, manifest: Manifest, n_evaluations: int) -> float | None:
    """Evaluations a second; the manifest's wall time is a few seconds older than the last evaluation."""
    wall_time_s = manifest.wall_time_s
    if n_evaluations < 2 or wall_time_s <= 0:
        return None
    return n_evaluations / (wall_time_s + max(0.0, _changed(folder / EVALUATIONS) - _changed(folder / MANIFEST)))


def lines(status: Status) -> Iterator[str]:
    """What a person reads: the state and what to do, the job, how many evaluations, the best, the failures."""
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
    yield from _failures(status.evaluations)


def _advice(status: Status) -> str:
    if status.state not in RESUMABLE:
        return ""
    job = status.job
    log = f"{joblog.JOBS}/{job.log}" if job and job.log else run_folder.LOG
    words = RESUMABLE[status.state].format(log=log)
    if job is None:
        return f"; {words}the same command goes on"
    if job.ended and not job.told:
        return f"; {words}submitted again, it goes on"
    # Slurm may begin it again.
    scheduler = f"{job.look} does not show it" if job.look else "the scheduler does not have it"
    return f"; {words}if {scheduler} any more, submit it again, and it goes on"


def _of_job(status: Status, job: Job) -> Iterator[str]:
    yield f"Job {job.name}: {job.last.words} ({job.last.time})"
    if job.log:
        yield f"  its output: {status.folder / joblog.JOBS / job.log}"
    if job.look and status.state in ("queued", "starting"):
        yield f"  what the scheduler knows of it: {job.look}; if nothing any more, submit it again"


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
    return f"{rate * seconds:.3g} a {unit}"


def _failures(evaluations: tuple[Evaluation, ...]) -> Iterator[str]:
    failed = [evaluation for evaluation in evaluations if not evaluation.done]
    for status, number in Counter(evaluation.status for evaluation in failed).items():
        first = next(evaluation for evaluation in failed if evaluation.status == status)
        yield f"{number} {status}; the first, evaluation {first.number}: {first.reason}"
