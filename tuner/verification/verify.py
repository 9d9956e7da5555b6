"""Verify that plain NetPyNE, in a fresh interpreter without the tuner, gives the same raster as the tuner."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tuner.errors import TunerError
from tuner.evaluate.evaluate import record, with_numbers
from tuner.evaluate.task import Task
from tuner.executors.base import Executor
from tuner.executors.launched import environment
from tuner.executors.tethered import end, tethered
from tuner.model import models
from tuner.objective.loss import combine, combine_features, measure
from tuner.recording import Recording, same_rasters
from tuner.simulation.traces import collect, keys, names_of, step_ms
from tuner.verification.export import export_trial

# Run by a fresh interpreter in which `import tuner` fails. Arguments: a compiled library or "", the traces as keys of
# recordTraces, "ranks" or "", "simData" (for all data) or "", and the folders of the exported models. NetPyNE is
# imported once. Several models run in forked processes, each as fresh as the first. `sim.analyze` is switched off,
# because plots and files of the model come after the raster and are not needed.
PLAIN_RUN = """
import json, os, runpy, sys, traceback
library, traces, ranks, sim_data, *folders = sys.argv[1:]
sys.argv[1:] = []
sys.modules["tuner"] = None
if ranks:
    from neuron import h
    h.nrnmpi_init()
from netpyne import sim
sim.analyze = lambda *_, **__: None
if library:
    sim.h.nrn_load_dll(library)

def run(folder):
    runpy.run_path(os.path.join(folder, "run.py"), run_name="__main__")
    if sim.rank > 0:
        return
    data, keys = sim.allSimData, json.loads(traces)
    with open(os.path.join(folder, "recording.json"), "w") as file:
        json.dump({
            "times": [float(t) for t in data["spkt"]],
            "cells": [int(cell) for cell in data["spkid"]],
            "populations": {str(name): [int(c) for c in pop["cellGids"]] for name, pop in sim.net.allPops.items()},
            "duration_ms": float(sim.cfg.duration),
            "record_step": sim.cfg.recordStep,
            "traces": {key: data[key] for key in keys},
        }, file)
    if sim_data:
        sim.saveJSON(os.path.join(folder, "simData.json"), {"simData": data})

def run_apart(folder):
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    try:
        run(folder)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)

if len(folders) == 1:
    run(*folders)
elif not all(map(run_apart, folders)):
    sys.exit(1)
"""


@dataclass(frozen=True)
class Verification:
    """Hold the result of plain NetPyNE for a task's values: loss, features, and the comparison of rasters.

    If plain NetPyNE did not run, `loss` is `None` and `reason` says why. `equal` is true if the rasters are equal.
    `recordings` are the tuner's recordings for the first seed, by protocol. `n_spikes` counts the spikes of all trials.
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

    @property
    def number(self) -> int:
        """Return the number of the verified evaluation."""
        return self.task.number

    @property
    def done(self) -> bool:
        """Return whether plain NetPyNE ran."""
        return self.loss is not None

    def to_table(self) -> dict[str, Any]:
        """Return the entry `verified` of best.json."""
        names = ("loss", "violation", "features", "n_spikes", "equal")
        return {name: getattr(self, name) for name in names} | ({"reason": self.reason} if self.reason else {})


def run_plain(
    folders: Sequence[Path],
    library: Path | None,
    timeout_s: float | None = None,
    traces: Collection[str] = (),
    launcher: Sequence[str] = (),
    *,
    sim_data: bool = False,
) -> list[Recording]:
    """Run exported models with plain NetPyNE in a fresh interpreter, and return the recordings.

    `traces` are the names of the traces to record. With `sim_data`, NetPyNE's data are written to simData.json in each
    folder. With a `launcher`, the command that starts the ranks, only one model is allowed. Raises TunerError with the
    last line of the interpreter's output if the interpreter fails.
    """
    recorded = json.loads((folders[0] / "simConfig.json").read_text())["simConfig"]["recordTraces"] if traces else ()
    command = [*launcher, sys.executable, "-c", PLAIN_RUN, str(library or ""), json.dumps(keys(traces, recorded))]
    # With ranks, the interpreter must initialise MPI before it imports NetPyNE.
    command += ["ranks" if launcher else "", "simData" if sim_data else ""]
    command += map(str, folders)
    process = tethered(command, cwd=folders[0], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment())
    try:
        output, errors = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise TunerError(f"plain NetPyNE took longer than {timeout_s:g} s") from None
    finally:
        end(process)
    if process.returncode != 0:
        said = (errors.strip() or output.strip() or b"no output").decode(errors="replace")
        raise TunerError(f"plain NetPyNE ended with exit status {process.returncode}: {said.splitlines()[-1]}")
    return [_read_recording(folder / "recording.json", traces) for folder in folders]


def _read_recording(file: Path, traces: Collection[str]) -> Recording:
    data = json.loads(file.read_text())
    populations = {name: np.array(cells, int) for name, cells in data["populations"].items()}
    step = step_ms(data["record_step"]) if data["traces"] else Recording.trace_step_ms
    voltages = collect(data["traces"], traces), step
    return Recording(np.array(data["times"]), np.array(data["cells"]), populations, data["duration_ms"], *voltages)


def verify_all(tasks: Iterable[Task], pool: Executor, home: Path, timeout_s: float) -> list[Verification]:
    """Verify all tasks on the executor; `home` is a folder that all ranks of the executor can read."""
    if pool.launcher:
        return [_verify_on_ranks(task, pool, home, timeout_s) for task in tasks]
    outcomes = pool.map(partial(verify, timeout_s=timeout_s), tasks)
    return [o.value if o.value is not None else Verification(o.task, reason=o.reason) for o in outcomes]


def verify(task: Task, timeout_s: float | None = None) -> Verification:
    """Run every trial of the task with the tuner and, exported, with plain NetPyNE, and compare the rasters."""
    ours = _record(task)
    with tempfile.TemporaryDirectory() as home:
        try:
            folders = _export_trials(task, Path(home))
            limit = None if timeout_s is None else timeout_s * len(folders)
            sim_data = models.of(task.study).gives_numbers
            plain = run_plain(folders, task.library, limit, names_of(task.study.targets), sim_data=sim_data)
            plain = _with_numbers(task, plain, folders)
        except TunerError as error:
            return Verification(task, reason=str(error), recordings=ours[0])
    return _compare(task, ours, plain)


def _with_numbers(task: Task, plain: Iterable[Recording], folders: Iterable[Path]) -> list[Recording]:
    """Return the recordings with the numbers that the model's own code computes from plain NetPyNE's simData."""
    trials = [trial for each in task.trials for trial in each]
    files = [folder / "simData.json" for folder in folders]
    return [
        with_numbers(task, recording, trial, partial(_read_sim_data, file))
        for recording, trial, file in zip(plain, trials, files, strict=True)
    ]


def _read_sim_data(file: Path) -> dict[str, Any]:
    sim_data: dict[str, Any] = json.loads(file.read_text())["simData"]
    return sim_data


def _verify_on_ranks(task: Task, pool: Executor, home: Path, timeout_s: float) -> Verification:
    """Verify a task on all ranks of a step, and run plain NetPyNE on as many ranks."""
    names = names_of(task.study.targets)
    with tempfile.TemporaryDirectory(dir=home, prefix=".plain-") as scratch:
        (outcome,) = pool.map(partial(_record_and_export, home=Path(scratch)), [task])
        if outcome.value is None:
            return Verification(task, reason=outcome.reason)
        ours, folders = outcome.value
        try:
            run = partial(run_plain, traces=names, launcher=pool.launcher, sim_data=models.of(task.study).gives_numbers)
            plain = [run([folder], task.library, timeout_s)[0] for folder in folders]
            plain = _with_numbers(task, plain, folders)
        except TunerError as error:
            return Verification(task, reason=str(error), recordings=ours[0])
    return _compare(task, ours, plain)


Rasters = dict[str, Recording]


def _record(task: Task) -> list[Rasters]:
    """Return the recordings of the tuner by protocol, one table per seed."""
    return [{trial.protocol.name: record(task, trial)[0] for trial in trials} for trials in task.trials]


def _export_trials(task: Task, home: Path) -> list[Path]:
    trials = [trial for each in task.trials for trial in each]
    folders = [home / str(place) for place in range(len(trials))]
    for trial, folder in zip(trials, folders, strict=True):
        export_trial(task, trial, folder)
    return folders


def _record_and_export(task: Task, home: Path) -> tuple[list[Rasters], list[Path]]:
    return _record(task), _export_trials(task, home)


def _compare(task: Task, ours: list[Rasters], plain: Iterable[Recording]) -> Verification:
    """Compare the tuner's recordings with plain NetPyNE's, which are in the order of the trials."""
    recordings = iter(plain)
    theirs = [{trial.protocol.name: next(recordings) for trial in trials} for trials in task.trials]
    study, how = task.study, task.study.simulation.combine
    features = [measure(study.targets, rasters) for rasters in theirs]
    loss = combine([task.objectives.judge(each) for each in features], how)
    return Verification(
        task,
        loss.total,
        loss.violation,
        combine_features(study.targets, features, how),
        loss.parts,
        sum(len(recording.spike_times) for rasters in theirs for recording in rasters.values()),
        all(map(same_rasters, ours, theirs)),
        recordings=ours[0],
    )
