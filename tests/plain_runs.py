"""What plain NetPyNE makes of the models in tests/data/foreign: the truth for a loader.

`plain_raster(case)` runs a copy of the model in a fresh interpreter that cannot import this project, started as its
user would start it.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from tests.foreign_models import CASES, FOREIGN, Case, Spot

LONGEST_S = 240


class Run(NamedTuple):
    """What plain NetPyNE recorded, sorted by cell, then time."""

    times: list[float]
    cells: list[int]
    populations: dict[str, list[int]]
    seconds: float  # of creating and simulating


def plain_raster(case: str, changes: dict[str, str] | None = None) -> tuple[list[float], list[int]]:
    """Spike times [ms] and cells of a case, run in a fresh interpreter by NetPyNE alone.

    `changes` are statements as a user would write them: under "cfg" on `cfg` when its file has made it and before
    netParams is executed, under "netParams" on `netParams` at the end of its file, under "create" on both just before
    the network is created (so after what an init.py does to them).
    """
    run = plain_run(case, changes)
    return run.times, run.cells


def plain_run(case: str, changes: dict[str, str] | None = None) -> Run:
    """As `plain_raster`, with the cells of each population."""
    return _run(case, json.dumps(changes or {}, sort_keys=True))


@cache
def _run(case: str, changes: str) -> Run:
    with tempfile.TemporaryDirectory(prefix="foreign_") as scratch:
        folder = prepared(case, Path(scratch), json.loads(changes))
        result = Path(scratch) / "result.json"
        _start(CASES[case], json.loads(changes), folder, result)
        return Run(**json.loads(result.read_text()))


def prepared(case: str, scratch: Path, changes: dict[str, str]) -> Path:
    """A copy of the model with its mechanisms compiled and the changes written into its files."""
    model = CASES[case]
    folder = scratch / model.folder
    shutil.copytree(FOREIGN / model.folder, folder, ignore=shutil.ignore_patterns("__pycache__", platform.machine()))
    if model.mods:
        _compile(folder / model.mods, model.does_not_compile)
    if model.ends_before:
        script = folder / model.start
        script.write_text(_before(script.read_text(), model.ends_before))
    for spot, statement in _edits(model, changes):
        _insert(folder / spot.file, spot, statement)
    return folder


def _edits(case: Case, changes: dict[str, str]) -> list[tuple[Spot, str]]:
    edits = [
        (case.net_params, "netParams", changes.get("netParams")),
        (case.cfg, "cfg", changes.get("cfg")),
        (case.cfg, "cfg", case.needs),
    ]
    return [
        (spot, f"exec({statement!r}, {{{name!r}: {spot.variable}}})")
        for spot, name, statement in edits
        if spot is not None and statement
    ]


def _insert(file: Path, spot: Spot, line: str) -> None:
    text = file.read_text()
    head = _before(text, spot.before) if spot.before else text
    file.write_text(f"{head}\n{line}\n{text[len(head) :]}")


def _before(text: str, start: str) -> str:
    return text[: text.index("\n" + start) + 1]


def _compile(folder: Path, does_not_compile: tuple[str, ...]) -> None:
    """Links the compiled mechanisms of the folder into it; they are compiled once per content and user."""
    for name in does_not_compile:
        (folder / name).unlink()
    files = sorted(file for pattern in ("*.mod", "*.inc") for file in folder.glob(pattern))
    content = repr([version("neuron"), *((file.name, file.read_text()) for file in files)])
    store = Path(tempfile.gettempdir()) / f"foreign_mechanisms_{os.getuid()}"
    built = store / hashlib.sha256(content.encode()).hexdigest()[:16]
    if not built.exists():
        store.mkdir(exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=store))
        for file in files:
            shutil.copy(file, work)
        subprocess.run([Path(sys.executable).parent / "nrnivmodl"], cwd=work, check=True, capture_output=True)
        try:
            work.rename(built)
        except OSError:  # another process was first
            shutil.rmtree(work)
    (folder / platform.machine()).symlink_to(built / platform.machine())


def _start(case: Case, changes: dict[str, str], folder: Path, result: Path) -> None:
    order = {
        "way": case.way,
        "start": case.start,
        "cfg": case.cfg,
        "net_params": case.net_params,
        "changes": changes,
        "result": str(result),
        "batchtools": case.folder == "batchtools",
    }
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "NRN_NMODL_PATH")}
    done = subprocess.run(
        [sys.executable, "-c", CHILD, json.dumps(order)],
        cwd=folder,
        env=environment | {"MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    if done.returncode or not result.exists():
        raise RuntimeError(f"plain NetPyNE could not run {case.entry}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


# What the fresh interpreter does, as a user would in the model's folder. Its own module is the __main__ of a model that
# is started by a few lines (way index, pair, saved, pickled); a script is a __main__ of its own.
CHILD = r"""
import __main__, importlib.util, json, os, pickle, runpy, sys, time, types

order = json.loads(sys.argv.pop())
sys.meta_path[:] = [each for each in sys.meta_path if "editable" not in getattr(each, "__module__", "")]
sys.path[:] = [each for each in sys.path if "editable" not in each]
assert importlib.util.find_spec("tuner") is None

from netpyne import sim, specs

changes, way, start = order["changes"], order["way"], order["start"]
initialize, began = sim.initialize, []

def changed_initialize(netParams=None, simConfig=None, net=None):
    exec(changes.get("create", ""), {"netParams": netParams, "cfg": simConfig})
    began.append(time.perf_counter())
    initialize(netParams, simConfig, net)

sim.initialize = changed_initialize

if order["batchtools"]:  # stands in for the real one, which needs batchtk: a run by hand, without a search
    class SimConfig(specs.SimConfig):
        def update(self, simConfigDict=None, force_match=False):
            pass

    class Comm:
        def initialize(self):
            pass
        def is_host(self):
            return True
        def send(self, data):
            print(data)
        def close(self):
            pass

    stand_in = types.ModuleType("netpyne.batchtools")
    stand_in.specs = types.SimpleNamespace(SimConfig=SimConfig, NetParams=specs.NetParams)
    stand_in.comm = Comm()
    sys.modules["netpyne.batchtools"] = stand_in

cfg = netParams = None
if way == "index":
    cfg, netParams = sim.loadModel(start)
elif way == "pair":
    file, variable, _ = order["cfg"]
    cfg = getattr(sim.loadPythonModule(file), variable)
    __main__.cfg = cfg
    file, variable, _ = order["net_params"]
    netParams = getattr(sim.loadPythonModule(file), variable)
elif way == "script":
    sys.argv[:] = [start]
    sys.path[0] = os.path.dirname(os.path.abspath(start))
    runpy.run_path(start, run_name="__main__")
elif way == "saved":
    cfg, netParams = sim.loadSimCfg(start, setLoaded=False), sim.loadNetParams(start, setLoaded=False)
elif way == "pickled":
    with open(start, "rb") as file:
        netParams, cfg = pickle.load(file)

if way in ("saved", "pickled"):
    exec(changes.get("cfg", ""), {"cfg": cfg})
    exec(changes.get("netParams", ""), {"netParams": netParams})
if way != "script":
    sim.createSimulate(netParams, cfg)

spikes = sorted(zip(map(int, sim.allSimData["spkid"]), map(float, sim.allSimData["spkt"])))
populations = {label: [int(gid) for gid in pop["cellGids"]] for label, pop in sim.net.allPops.items()}
answer = {"times": [t for _, t in spikes], "cells": [cell for cell, _ in spikes], "populations": populations}
with open(order["result"], "w") as file:
    json.dump(answer | {"seconds": time.perf_counter() - began[0]}, file)
"""
