"""Models as users have them, in tests/data/foreign, and what plain NetPyNE makes of them: the truth for a loader.

`plain_raster(case)` runs a copy of the model in a fresh interpreter that cannot import this project, started as its
user would start it. All are small (10 to 32 cells, 120 to 250 ms), spike in two populations, are driven by NetStims and
give the same raster in every process. The entries lie in tests/data/foreign; `CASES[case].tunable` has a change of cfg
and one of netParams that both show in the raster.

case          | entry                  | tunable (cfg unless said)      | what is odd about it
--------------|------------------------|--------------------------------|-----------------------------------------------
indexed       | indexed                | gkslow probability weightEI    | src/; data file relative to the top; an .inc;
              | (index.npjson)         | weightIE weightEE numE         | an unused mod file does not compile (NetPyNE
              |                        |                                | then prints errors, goes on without kslow)
indexed_small | indexed/small.npjson   | the same                       | simConfig_variable and netParams_variable name
              |                        |                                | others: fewer cells, another background
pair          | pair                   | weights[i] probability noise   | simConfig, not cfg; int labels; numpy weight;
              |                        | IClamp1['amp']                 | string weight; own seeds; utils.py; recordLFP
              |                        | tune['soma']['Ra']             | raises; weightEtoI scaleGABA prob_IE unread;
              |                        |                                | hParams['celsius'] overwritten by netParams
prefixed      | prefixed/tut_x_init.py | drive weightIE                 | netParams imports tut_x_cfg by name, never
              |                        | netParams E->I weight          | __main__.cfg; init.py changes E->I weight and
              |                        |                                | v_init; step by step calls
src_pair      | src_pair               | gain gshunt                    | src/ without index; mod at the top; hoc cell;
              | (src/init.py)          |                                | populations from a csv relative to the top
shadowing     | shadowing              | probability weightScale        | imports its own cells, batch, network,
              |                        | rates['A']                     | netparams, store, model by name
tutorial      | script/tutorial.py     | netParams S->M weight, noise   | runs when imported; tail writes, fails, quits;
              |                        | rate; duration                 | saves pictures
interactive   | script/interactive.py  | weight                         | createSimulateAnalyze() reads __main__; writes
              |                        | netParams feedback weight      | log.txt before creating; prints 10,000 lines
saved_json    | saved/network.json     | netParams A->B B->A A->A       | as NetPyNE saves it, without net
saved_pkl     | saved/network.pkl      | weight, probability;           | the same, a dict pickled
saved_specs   | saved/specs.pkl        | seeds['stim']                  | (NetParams, SimConfig) pickled
one_file      | one_file               | weight                         | executed twice: netParams reads the cfg of the
              | (index.npjson)         |                                | second time, the simulation that of the first
batch_evol    | batch_evol/batch.py    | probEI weightEI                | init.py is the plain run; batch_dotted.py has
              |                        | conn['IE']['weight'],['delay'] | a label NetPyNE 1.1.1 cannot set
              |                        | IClamp1['amp']                 |
batch_windows | batch_windows/batch.py | rate1 rate2 weightEE           | popRates by window; also batch_maximize,
              |                        | weightEI weightIE              | batch_evol_maximize, batch_asd, batch_grid
              |                        |                                | (paths count from src), batch_objects,
              |                        |                                | batch_blackbox (netParamsFile lacks its .py)
batchtools    | batchtools/search.py   | weight['EI'] weight['IE']      | needs batchtk and Ray: a stand-in for both in
              |                        | probabilities[i] rate          | the plain run of init.py
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

FOREIGN = Path(__file__).resolve().parent / "data" / "foreign"
LONGEST_S = 240


class Spot(NamedTuple):
    """Where a model's file may be edited: an object is complete at the file's end, or before a line that starts so."""

    file: str
    variable: str
    before: str = ""


@dataclass(frozen=True)
class Case:
    """One model and the way its user starts it."""

    entry: str  # what a user would name, below FOREIGN
    way: str  # index, script, pair, saved or pickled
    cfg: Spot | None = None
    net_params: Spot | None = None
    start: str = ""  # the script or index file, in the model's folder
    mods: str = ""  # the folder of the mod files, in the model's folder
    does_not_compile: tuple[str, ...] = ()
    ends_before: str = ""  # the script is run up to the line that starts so
    needs: str = ""  # what has to be changed in cfg for NetPyNE to run it at all
    tunable: dict[str, str] = field(default_factory=dict)  # a change of each kind that shows in the raster

    @property
    def folder(self) -> str:
        return self.entry.split("/")[0]


CFG, NET = Spot("cfg.py", "cfg"), Spot("netParams.py", "netParams")
SRC_CFG, SRC_NET = Spot("src/cfg.py", "cfg"), Spot("src/netParams.py", "netParams")
CREATE = "# Create network and run simulation"

CASES = {
    "indexed": Case(
        "indexed",
        "index",
        SRC_CFG,
        SRC_NET,
        start="index.npjson",
        mods="mod",
        does_not_compile=("oldstim.mod",),
        tunable={"cfg": "cfg.gkslow = 0.003", "netParams": "netParams.connParams['E->I']['weight'] = 0.008"},
    ),
    "indexed_small": Case(
        "indexed/small.npjson",
        "index",
        Spot("src/cfg.py", "cfg_small"),
        Spot("src/netParams.py", "netParams_small"),
        start="small.npjson",
        mods="mod",
        does_not_compile=("oldstim.mod",),
        tunable={"cfg": "cfg.numE = 9", "netParams": "netParams.connParams['E->I']['weight'] = 0.02"},
    ),
    "pair": Case(
        "pair",
        "pair",
        Spot("cfg.py", "simConfig"),
        NET,
        needs="cfg.recordLFP = []",
        tunable={"cfg": "cfg.IClamp1['amp'] = 0.3", "netParams": "netParams.connParams[0]['weight'] = 0.008"},
    ),
    "prefixed": Case(
        "prefixed",
        "script",
        Spot("tut_x_cfg.py", "cfg"),
        Spot("tut_x_netParams.py", "netParams"),
        start="tut_x_init.py",
        tunable={"cfg": "cfg.drive = 120.0", "netParams": "netParams.connParams['E->I']['weight'] = 0.004"},
    ),
    "src_pair": Case(
        "src_pair",
        "script",
        SRC_CFG,
        SRC_NET,
        start="src/init.py",
        mods=".",
        tunable={"cfg": "cfg.gshunt = 0.0005", "netParams": "netParams.connParams['ExcInh']['weight'] = 0.01"},
    ),
    "shadowing": Case(
        "shadowing",
        "pair",
        CFG,
        NET,
        tunable={"cfg": "cfg.probability = 0.7", "netParams": "netParams.connParams['AB']['weight'] = 0.01"},
    ),
    "tutorial": Case(
        "script/tutorial.py",
        "script",
        Spot("tutorial.py", "simConfig", CREATE),
        Spot("tutorial.py", "netParams", CREATE),
        start="tutorial.py",
        ends_before="# After the run",
        tunable={"cfg": "cfg.duration = 150", "netParams": "netParams.connParams['S->M']['weight'] = 0.02"},
    ),
    "interactive": Case(
        "script/interactive.py",
        "script",
        Spot("interactive.py", "simConfig", "netParams.connParams['recurrent']"),
        Spot("interactive.py", "netParams", "if __name__"),
        start="interactive.py",
        tunable={"cfg": "cfg.weight = 0.02", "netParams": "netParams.connParams['feedback']['weight'] = 0.03"},
    ),
    "saved_json": Case(
        "saved/network.json",
        "saved",
        start="network.json",
        tunable={"cfg": "cfg.seeds['stim'] = 60", "netParams": "netParams.connParams['A->B']['weight'] = 0.01"},
    ),
    "saved_pkl": Case(
        "saved/network.pkl",
        "saved",
        start="network.pkl",
        tunable={"cfg": "cfg.seeds['stim'] = 60", "netParams": "netParams.connParams['A->B']['weight'] = 0.01"},
    ),
    "saved_specs": Case(
        "saved/specs.pkl",
        "pickled",
        start="specs.pkl",
        tunable={"cfg": "cfg.seeds['stim'] = 60", "netParams": "netParams.connParams['A->B']['weight'] = 0.01"},
    ),
    "one_file": Case(
        "one_file",
        "index",
        Spot("model.py", "cfg", "# Network parameters"),
        Spot("model.py", "netParams"),
        start="index.npjson",
        tunable={"cfg": "cfg.weight = 0.01", "netParams": "netParams.connParams['in->out']['weight'] = 0.01"},
    ),
    "batch_evol": Case(
        "batch_evol",
        "script",
        CFG,
        NET,
        start="init.py",
        tunable={
            "cfg": "cfg.conn['IE']['weight'] = 0.02",
            "netParams": "netParams.connParams['E->I']['weight'] = 0.01",
        },
    ),
    "batch_windows": Case(
        "batch_windows",
        "script",
        SRC_CFG,
        SRC_NET,
        start="src/init.py",
        tunable={"cfg": "cfg.rate2 = 150.0", "netParams": "netParams.connParams['EI']['weight'] = 0.01"},
    ),
    "batchtools": Case(
        "batchtools",
        "script",
        CFG,
        NET,
        start="init.py",
        tunable={"cfg": "cfg.weight['EI'] = 0.01", "netParams": "netParams.connParams['I->E']['weight'] = 0.02"},
    ),
}


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
