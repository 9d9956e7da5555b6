"""The best model for plain NetPyNE, and the proof that it gives the same raster without us."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from tuner import mechanisms, model
from tuner.errors import TunerError
from tuner.evaluate import Task, record
from tuner.executors.worker import die_with
from tuner.objective import judge, measure
from tuner.recording import Recording

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
# Run by a fresh interpreter in which `import tuner` fails; arguments: a compiled library or "", the file to write.
PLAIN_RUN = """
import json, runpy, sys
library, output = sys.argv[1:]
sys.argv[1:] = []
sys.modules["tuner"] = None
if library:
    from neuron import h
    h.nrn_load_dll(library)
runpy.run_path("run.py", run_name="__main__")
from netpyne import sim
data = sim.allSimData
with open(output, "w") as file:
    json.dump({
        "times": [float(t) for t in data["spkt"]],
        "cells": [int(cell) for cell in data["spkid"]],
        "populations": {str(name): [int(c) for c in pop["cellGids"]] for name, pop in sim.net.allPops.items()},
        "duration_ms": float(sim.cfg.duration),
    }, file)
"""


@dataclass(frozen=True)
class Verification:
    """A task's values run by plain NetPyNE: loss, features and raster, and whether the tuner's raster is the same.

    If plain NetPyNE did not run, `loss` is None and `reason` says why. `recording` is the tuner's.
    """

    task: Task
    loss: float | None = None
    features: dict[str, float] | None = None
    parts: dict[str, float] | None = None
    n_spikes: int | None = None
    equal: bool = False
    reason: str = ""
    recording: Recording | None = None

    def to_table(self) -> dict:
        """The entry `verified` of best.json."""
        table = {"loss": self.loss, "features": self.features, "n_spikes": self.n_spikes, "equal": self.equal}
        return table | ({"reason": self.reason} if self.reason else {})


def export(task: Task, folder: Path) -> None:
    """Writes the model at the task's values as NetPyNE JSON, its mod files, and a script that needs nothing of ours."""
    mechanisms.load(task.library)
    net_params, sim_config = model.load(task.study).specs(task.study, task.values)
    folder.mkdir(parents=True, exist_ok=True)
    write_specs(net_params, sim_config, folder)
    (folder / "run.py").write_text(SCRIPT)
    if task.library:
        shutil.rmtree(folder / "mod", ignore_errors=True)
        (folder / "mod").mkdir()
        for file in mechanisms.sources(model.mod_folder(task.study)):
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


def run_plain(folder: Path, library: Path | None, timeout_s: float | None = None) -> Recording:
    """The recording of an exported model, run by plain NetPyNE in a fresh interpreter.

    Raises TunerError with the interpreter's last words if it does not get there.
    """
    with tempfile.NamedTemporaryFile(suffix=".json") as output:
        command = [sys.executable, "-c", PLAIN_RUN, str(library or ""), output.name]
        try:
            # The master may be killed: the interpreter must not outlive the process that waits for it.
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL,
                timeout=timeout_s, preexec_fn=partial(die_with, os.getpid()), check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise TunerError(f"plain NetPyNE took longer than {timeout_s:g} s") from None
        if done.returncode != 0:
            words = (done.stderr.strip() or done.stdout.strip() or "no word").splitlines()
            raise TunerError(f"plain NetPyNE ended with exit status {done.returncode}: {words[-1]}")
        data = json.load(output)
    populations = {name: np.array(cells, int) for name, cells in data["populations"].items()}
    return Recording(np.array(data["times"]), np.array(data["cells"]), populations, data["duration_ms"])


def verify(task: Task, timeout_s: float | None = None) -> Verification:
    """Runs the task's values with the tuner and, exported, with plain NetPyNE, and compares."""
    ours, _ = record(task)
    with tempfile.TemporaryDirectory() as folder:
        export(task, Path(folder))
        try:
            plain = run_plain(Path(folder), task.library, timeout_s)
        except TunerError as error:
            return Verification(task, reason=str(error), recording=ours)
    features = measure(task.study.targets, plain)
    loss = judge(task.study.targets, features, task.each_its_own)
    equal = ours.same_raster(plain)
    return Verification(task, loss.total, features, loss.parts, len(plain.spike_times), equal, recording=ours)
