"""The best model for plain NetPyNE, and the proof that it gives the same raster without us."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from tuner import mechanisms, model
from tuner.errors import TunerError
from tuner.evaluate import Task, record, specs_of
from tuner.executors.worker import die_with
from tuner.objective import combine, combine_features, judge, measure
from tuner.recording import Recording, same_rasters
from tuner.traces import collect, keys, names_of
from tuner.trials import Trial

SCRIPT = '''"""Runs the tuned model in plain NetPyNE: python run.py

If there is a folder mod/, compile it here first: nrnivmodl mod
"""
import os

os.chdir(os.path.dirname(os.path.abspath(__file__)))
from netpyne import sim

netParams = sim.loadNetParams("netParams.json", setLoaded=False)
simConfig = sim.loadSimCfg("simConfig.json", setLoaded=False)
sim.createSimulateAnalyze(netParams=netParams, simConfig=simConfig)
'''
# Run by a fresh interpreter in which `import tuner` fails; arguments: a compiled library or "", the traces wanted by
# keys of recordTraces, and the folders of exported models. NetPyNE is imported once; where there are several models,
# each runs in a process forked from there, as fresh as the first.
PLAIN_RUN = """
import json, os, runpy, sys, traceback
library, traces, *folders = sys.argv[1:]
sys.argv[1:] = []
sys.modules["tuner"] = None
from netpyne import sim
if library:
    sim.h.nrn_load_dll(library)

def run(folder):
    runpy.run_path(os.path.join(folder, "run.py"), run_name="__main__")
    data, keys = sim.allSimData, json.loads(traces)
    with open(os.path.join(folder, "recording.json"), "w") as file:
        json.dump({
            "times": [float(t) for t in data["spkt"]],
            "cells": [int(cell) for cell in data["spkid"]],
            "populations": {str(name): [int(c) for c in pop["cellGids"]] for name, pop in sim.net.allPops.items()},
            "duration_ms": float(sim.cfg.duration),
            "trace_step_ms": float(sim.cfg.recordStep) if keys else None,
            "traces": {key: data[key] for key in keys},
        }, file)

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
    """A task's values run by plain NetPyNE: loss, features and rasters, and whether the tuner's rasters are the same.

    If plain NetPyNE did not run, `loss` is None and `reason` says why. `recordings` are the tuner's under the first
    seed, by protocol; `n_spikes` are those of all trials.
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

    def to_table(self) -> dict:
        """The entry `verified` of best.json."""
        names = ("loss", "violation", "features", "n_spikes", "equal")
        return {name: getattr(self, name) for name in names} | ({"reason": self.reason} if self.reason else {})


def export(task: Task, folder: Path) -> None:
    """Writes the model at the task's values as NetPyNE JSON, its mod files, and a script that needs nothing of ours.

    Where a study has protocols, each has a folder of its name. Of several seeds it is the first.
    """
    for trial in task.trials[0]:
        export_trial(task, trial, folder if len(task.study.protocols) == 1 else folder / trial.protocol.name)


def export_trial(task: Task, trial: Trial, folder: Path) -> None:
    """The same for one simulation, into `folder` itself."""
    net_params, sim_config = specs_of(task, task.values, trial)
    folder.mkdir(parents=True, exist_ok=True)
    write_specs(net_params, sim_config, folder)
    (folder / "run.py").write_text(SCRIPT)
    shutil.rmtree(folder / "mod", ignore_errors=True)
    text = (folder / "netParams.json").read_text()
    for file in mechanisms.used(model.mod_folder(task.study), text) if task.library else ():
        (folder / "mod").mkdir(exist_ok=True)
        shutil.copy(file, folder / "mod")


def write_specs(net_params: object, sim_config: object, folder: Path) -> None:
    """Writes netParams.json and simConfig.json as NetPyNE reads them.

    NetPyNE's own `save` sorts all keys, and the order of populations decides the cells' ids: another network.
    """
    tables = {
        "netParams.json": {"net": {"params": net_params.todict()}},
        "simConfig.json": {"simConfig": sim_config.todict()},
    }
    for name, table in tables.items():
        (folder / name).write_text(json.dumps(table, indent=1, default=_plain) + "\n")


def _plain(value: object) -> object:
    """NumPy's numbers and arrays as Python's own."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TunerError(f"the model cannot be exported: {value!r} is no plain data")


def run_plain(
    folders: Sequence[Path], library: Path | None, timeout_s: float | None = None, traces: Collection[str] = ()
) -> list[Recording]:
    """The recordings, with the traces of these names, of exported models run by plain NetPyNE in a fresh interpreter.

    Raises TunerError with the interpreter's last words if it does not get there.
    """
    recorded = json.loads((folders[0] / "simConfig.json").read_text())["simConfig"]["recordTraces"] if traces else ()
    command = [sys.executable, "-c", PLAIN_RUN, str(library or ""), json.dumps(keys(traces, recorded))]
    try:
        # The master may be killed: the interpreter must not outlive the process that waits for it.
        done = subprocess.run(
            [*command, *map(str, folders)], cwd=folders[0], capture_output=True, text=True, errors="replace",
            stdin=subprocess.DEVNULL, timeout=timeout_s, preexec_fn=partial(die_with, os.getpid()), check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise TunerError(f"plain NetPyNE took longer than {timeout_s:g} s") from None
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip() or "no word").splitlines()
        raise TunerError(f"plain NetPyNE ended with exit status {done.returncode}: {words[-1]}")
    return [_read_recording(folder / "recording.json", traces) for folder in folders]


def _read_recording(file: Path, traces: Collection[str]) -> Recording:
    data = json.loads(file.read_text())
    populations = {name: np.array(cells, int) for name, cells in data["populations"].items()}
    voltages = collect(data["traces"], traces), data["trace_step_ms"] or Recording.trace_step_ms
    return Recording(np.array(data["times"]), np.array(data["cells"]), populations, data["duration_ms"], *voltages)


def verify(task: Task, timeout_s: float | None = None) -> Verification:
    """Runs the task's values with the tuner and, exported, with plain NetPyNE, and compares; in every trial."""
    ours = [{trial.protocol.name: record(task, trial)[0] for trial in trials} for trials in task.trials]
    try:
        plain = _record_plain(task, timeout_s)
    except TunerError as error:
        return Verification(task, reason=str(error), recordings=ours[0])
    study, how = task.study, task.study.simulation["combine"]
    features = [measure(study.targets, recordings) for recordings in plain]
    loss = combine([judge(study.targets, each, task.each_its_own) for each in features], how)
    return Verification(
        task,
        loss.total,
        loss.violation,
        combine_features(study.targets, features, how),
        loss.parts,
        sum(len(recording.spike_times) for recordings in plain for recording in recordings.values()),
        all(map(same_rasters, ours, plain)),
        recordings=ours[0],
    )


def _record_plain(task: Task, timeout_s: float | None) -> list[dict[str, Recording]]:
    """Plain NetPyNE's recordings by protocol, one table a seed."""
    with tempfile.TemporaryDirectory() as home:
        trials = [trial for each in task.trials for trial in each]
        folders = [Path(home, str(place)) for place in range(len(trials))]
        for trial, folder in zip(trials, folders, strict=True):
            export_trial(task, trial, folder)
        limit = None if timeout_s is None else timeout_s * len(trials)
        recordings = iter(run_plain(folders, task.library, limit, names_of(task.study.targets)))
        return [{trial.protocol.name: next(recordings) for trial in each} for each in task.trials]
