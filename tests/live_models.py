"""Scripts that change the network after they have created it, and their rasters by plain NetPyNE alone."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

CFG = """
from netpyne import specs

cfg = specs.SimConfig()
cfg.duration = 60
cfg.drive = 0.1
cfg.sodium = 0.12
cfg.inner = {"weight": 0.05}
"""
NET_PARAMS = """
from netpyne import specs

try:
    from __main__ import cfg
except ImportError:
    from cfg import cfg

netParams = specs.NetParams()
soma = {"geom": {"diam": 20.0, "L": 20.0}, "mechs": {"hh": {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.0003, "el": -54.3}}}
netParams.cellParams["cell"] = {"conds": {"cellType": "cell"}, "secs": {"soma": soma}}
netParams.popParams["P"] = {"cellType": "cell", "numCells": 3}
netParams.synMechParams["exc"] = {"mod": "ExpSyn", "tau": 3, "e": 0}
netParams.stimSourceParams["input"] = {"type": "NetStim", "rate": 80, "noise": 0.7}
netParams.stimTargetParams["input->P"] = {
    "source": "input", "conds": {"pop": "P"}, "weight": cfg.drive, "delay": 1, "synMech": "exc"}
netParams.connParams["P->P"] = {
    "preConds": {"pop": "P"}, "postConds": {"pop": "P"}, "weight": cfg.inner["weight"], "delay": 3, "synMech": "exc"}
"""
HELPERS = """
from neuron import h

SHARE = 0.5

def weaken(net, sodium):
    for cell in net.cells:
        cell.secs["soma"]["hObj"].gnabar_hh = sodium * SHARE

def clamp(net, amp):
    found = []
    for cell in net.cells:
        one = h.IClamp(cell.secs["soma"]["hObj"](0.5))
        one.delay, one.dur, one.amp = 10, 30, amp
        found.append(one)
    return found
"""
READ = """
from netpyne import sim
cfg, netParams = sim.readCmdLineArgs(simConfigDefault="cfg.py", netParamsDefault="netParams.py")
"""
SCRIPTS = {
    "assigned": READ
    + """
sim.create(netParams, cfg)
for cell in sim.net.cells[:2]:
    cell.secs["soma"]["hObj"].gnabar_hh = cfg.sodium / 2
sim.simulate()
sim.analyze()
""",
    "globals": READ
    + """
sim.create(netParams, cfg)
if sim.rank == 0:
    sim.net.cells[0].stims[0]["hObj"].number = 0
sim.cfg.hParams["celsius"] = 12 + 10 * cfg.drive
sim.cfg.duration = 40
sim.simulate()
""",
    "steps": READ
    + """
sim.initialize(netParams, cfg)
sim.net.createPops()
sim.net.createCells()
sim.net.connectCells()
sim.net.addStims()
sim.setupRecording()
sim.net.modifyConns({"conds": {"label": "P->P"}, "weight": 2 * cfg.inner["weight"]})
sim.net.modifyCells({"conds": {"pop": "P"}, "secs": {"soma": {"geom": {"L": 30}}}})
sim.runSim()
sim.gatherData()
""",
    "function": READ
    + """
from helpers import clamp
def main():
    build()
    kept = clamp(sim.net, 3 * cfg.drive)
    go()
def build():
    sim.create(netParams=netParams, simConfig=cfg)
def go():
    try:
        sim.simulate()
    finally:
        sim.saveData()
if __name__ == "__main__":
    main()
""",
    "interval": READ
    + """
sim.create(netParams, cfg)
def strengthen(time_ms, by):
    for cell in sim.net.cells:
        for conn in cell.conns:
            conn["hObj"].weight[0] += by * time_ms * cfg.drive
sim.runSimWithIntervalFunc(5, strengthen, timeRange=[10, 50], funcArgs={"by": 0.05})
sim.gatherData()
""",
    "partly": READ
    + """
sim.initialize(netParams, cfg)
sim.net.createPops()
sim.net.createCells()
sim.net.connectCells()
sim.setupRecording()
sim.net.cells[0].secs["soma"]["hObj"].el_hh = -30 - 100 * cfg.drive
sim.runSim()
""",
    "handler": """
from netpyne import sim
from cfg import cfg
from netParams import netParams
from helpers import weaken
from neuron import h
sodium = cfg.sodium + cfg.drive
sim.create(netParams, cfg)
handler = h.FInitializeHandler(1, lambda: sim.cvode.event(30, lambda: weaken(sim.net, sodium)))
sim.simulate()
sim.net.modifyConns({"conds": {"label": "P->P"}, "weight": 1.0})
sim.simulate()
""",
}
# Run by an interpreter without the tuner: each folder's init.py in a forked process, up to the first simulation.
PLAIN = """
import json, os, runpy, sys
from netpyne import sim

def keeping(simulate):
    def run(*given, **named):
        simulate(*given, **named)
        spikes = sorted(zip(map(float, sim.simData["spkt"]), map(int, sim.simData["spkid"])))
        with open("plain.json", "w") as file:
            json.dump(spikes, file)
        sys.stdout.flush()
        os._exit(0)
    return run

sim.runSim, sim.runSimWithIntervalFunc = keeping(sim.runSim), keeping(sim.runSimWithIntervalFunc)
for folder in sys.argv[1:]:
    if child := os.fork():
        if os.waitpid(child, 0)[1]:
            sys.exit(f"{folder} failed")
        continue
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.argv[:] = ["init.py"]
    try:
        runpy.run_path("init.py", run_name="__main__")
    finally:
        os._exit(1)
"""
STUDY = """
name = "live"
model = "{model}"

[parameters.drive]
low = 0.05
high = 0.5
[parameters."inner.weight"]
low = 0.01
high = 0.1

[targets.rate]
feature = "rate"
population = "P"
value = 60
tolerance = 5

[optimizer]
name = "random"
population_size = 2

[budget]
evaluations = 2

[simulation]
verify = 1
fresh_seeds = 0
"""


def written(folder: Path, script: str, values: Mapping[str, float] | None = None) -> Path:
    """Write a model and a study into a folder, with values in cfg.py as a user would type them."""
    folder.mkdir(parents=True)
    cfg = CFG
    if values:
        cfg = cfg.replace("cfg.drive = 0.1", f"cfg.drive = {values['drive']!r}")
        cfg = cfg.replace('{"weight": 0.05}', f'{{"weight": {values["inner.weight"]!r}}}')
    files = {"cfg.py": cfg, "netParams.py": NET_PARAMS, "helpers.py": HELPERS, "init.py": script}
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "study.toml").write_text(STUDY.format(model="init.py"))
    return folder


def plain_rasters(folders: list[Path]) -> list[list[tuple[float, int]]]:
    """Return the sorted spikes of the first simulation of each folder's init.py."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"MPLBACKEND": "Agg"}
    command = [sys.executable, "-c", PLAIN, *map(str, folders)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [[tuple(each) for each in json.loads((folder / "plain.json").read_text())] for folder in folders]
