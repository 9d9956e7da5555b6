"""Compare stored evaluations with plain NetPyNE, which simulates the same values in a fresh interpreter."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from tuner.errors import TunerError
from tuner.evaluate.simulations import with_numbers
from tuner.evaluate.task import Task
from tuner.evaluation import Evaluation
from tuner.executors.base import Executor
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.objective.loss import combine, combine_features, measure
from tuner.protocols import Trial
from tuner.recording import Recording
from tuner.runs import raster_digest
from tuner.simulation import ranks
from tuner.simulation.traces import keys, names_of
from tuner.verification import comparison, fresh_process
from tuner.verification.comparison import Measured
from tuner.verification.export import export_trial
from tuner.verification.plain_run import ANSWER, RUN, SIM_DATA, TRACES, read_recording, run_plain

EXPORT = "export"


@dataclass(frozen=True)
class Verification:
    """Hold the result of plain NetPyNE for a task's values, and the comparison with the stored evaluation.

    If plain NetPyNE did not run, `loss` is `None`. If `equal` is false, `reason` tells why. `n_spikes` and `raster` are
    those of all simulations, and `runs` holds the features under each seed. `recordings` are plain NetPyNE's under the
    first seed, by protocol. `export` is the folder of the exported models under the first seed.
    """

    task: Task
    loss: float | None = None
    violation: float = 0.0
    features: dict[str, float] | None = None
    parts: dict[str, float] | None = None
    n_spikes: int | None = None
    equal: bool = False
    reason: str = ""
    recordings: dict[str, Recording] | None = None
    raster: str = ""
    runs: Sequence[Mapping[str, float]] = ()
    export: Path | None = None

    @property
    def number(self) -> int:
        """Return the number of the verified evaluation."""
        return self.task.number

    @property
    def done(self) -> bool:
        """Return whether plain NetPyNE ran."""
        return self.loss is not None

    @property
    def measured(self) -> Measured:
        """Return the results of plain NetPyNE for a comparison; plain NetPyNE must have run."""
        assert self.loss is not None and self.features is not None, "plain NetPyNE ran"
        return Measured(self.loss, self.violation, self.features, self.runs, self.n_spikes, self.raster)

    def to_table(self) -> dict[str, Any]:
        """Return the entry `verified` of best.json."""
        names = ("loss", "violation", "features", "n_spikes", "raster", "equal")
        return {name: getattr(self, name) for name in names} | ({"reason": self.reason} if self.reason else {})


# A task, its stored evaluation, and a folder for the exported models.
Job = tuple[Task, Evaluation, Path]


def verify_all(
    tasks: Iterable[Task], stored: Mapping[int, Evaluation], pool: Executor, home: Path, timeout_s: float
) -> list[Verification]:
    """Compare the stored evaluations of all tasks with plain NetPyNE.

    `home` is a folder that all ranks of the executor can read. The exported models stay in this folder.
    """
    jobs = [(task, stored[task.number], home / str(task.number)) for task in tasks]
    if pool.launcher:
        return [verify(job, timeout_s, pool.launcher) for job in jobs]
    outcomes = pool.map(partial(verify, timeout_s=timeout_s), jobs)
    return [o.value if o.value is not None else Verification(o.task[0], reason=o.reason) for o in outcomes]


def verify(job: Job, timeout_s: float | None = None, launcher: Sequence[str] = ()) -> Verification:
    """Export the task's model, run each trial of the stored evaluation with plain NetPyNE, and compare the results.

    Only fresh processes run the model's code, so that nothing counts which earlier candidates have left behind. With a
    `launcher`, plain NetPyNE runs on ranks.
    """
    task, stored, home = job
    task = _of_plain(task)
    trials = task.trials[: stored.repeats]
    try:
        recordings = iter(_run(task, [trial for each in trials for trial in each], home, timeout_s, launcher))
    except TunerError as error:
        return Verification(task, reason=str(error))
    rasters = [{trial.protocol.name: next(recordings) for trial in each} for each in trials]
    found = replace(_measured(task, rasters), export=home / EXPORT)
    reason = _reason(task, stored, found)
    return replace(found, equal=not reason, reason=reason)


def _of_plain(task: Task) -> Task:
    """Return the task with the user's own mechanisms and without speed-ups."""
    return replace(task, library=libraries.build(models.mod_folder(task.study)), shared=False, coreneuron=None)


def _run(
    task: Task, trials: Sequence[Trial], home: Path, timeout_s: float | None, launcher: Sequence[str]
) -> list[Recording]:
    """Return plain NetPyNE's recordings of trials, with the numbers that the model's own code computes."""
    names, sim_data = names_of(task.study.targets), models.of(task.study).gives_numbers
    folders = [home / str(place) for place in range(len(trials))]
    for trial, folder in zip(trials, folders, strict=True):
        copy = _copy(task, trial, home) if trial in task.trials[0] else None
        fresh_process.prepare(folder, task.study, _export, task, trial, folder, copy)
    limit = None if timeout_s is None else timeout_s * len(folders)
    if launcher:
        run_plain(folders, timeout_s=limit, steps=[ANSWER])
    else:
        run_plain(folders, task.library, limit, sim_data=sim_data)
    for folder in folders:
        fresh_process.value_of(folder)
        if launcher:
            run_plain([folder], task.library, timeout_s, launcher, [RUN], sim_data=sim_data)
    plain = [read_recording(folder, names) for folder in folders]
    return list(_with_numbers(task, plain, trials, folders))


def _copy(task: Task, trial: Trial, home: Path) -> Path:
    return home / EXPORT if len(task.study.protocols) == 1 else home / EXPORT / trial.protocol.name


def _export(task: Task, trial: Trial, folder: Path, copy: Path | None) -> None:
    """Write the model of one simulation, and a copy that the simulation leaves untouched."""
    export_trial(task, trial, folder)
    if not ranks.is_first():
        return
    if copy is not None:
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(fresh_process.CALL))
    recorded = json.loads((folder / "simConfig.json").read_text())["simConfig"]["recordTraces"]
    (folder / TRACES).write_text(json.dumps(keys(names_of(task.study.targets), recorded)))


def _with_numbers(
    task: Task, plain: Iterable[Recording], trials: Iterable[Trial], folders: Iterable[Path]
) -> Iterator[Recording]:
    for recording, trial, folder in zip(plain, trials, folders, strict=True):
        yield with_numbers(task, recording, trial, partial(_read_sim_data, folder / SIM_DATA))


def _read_sim_data(file: Path) -> dict[str, Any]:
    sim_data: dict[str, Any] = json.loads(file.read_text())["simData"]
    return sim_data


def _measured(task: Task, rasters: Sequence[dict[str, Recording]]) -> Verification:
    """Return loss, features and spikes of plain NetPyNE's recordings, which are given by protocol for each seed."""
    study, how = task.study, task.study.simulation.combine
    features = [measure(study.targets, each) for each in rasters]
    loss = combine([task.objectives.judge(each) for each in features], how)
    every = [recording for each in rasters for recording in each.values()]
    return Verification(
        task,
        loss.total,
        loss.violation,
        combine_features(study.targets, features, how),
        loss.parts,
        raster_digest.n_spikes(every),
        recordings=rasters[0],
        raster=raster_digest.digest(every),
        runs=features if len(study.seeds) > 1 else [],
    )


def _reason(task: Task, stored: Evaluation, found: Verification) -> str:
    if not stored.done:
        return f"evaluation {stored.number} was stopped early, so there are no stored features to compare"
    return comparison.reason(stored.number, Measured.of(stored), found.measured, task.study.targets)
