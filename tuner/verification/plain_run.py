"""Run models with plain NetPyNE in a fresh interpreter, and answer calls there in processes that have run no model."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tuner.errors import TunerError
from tuner.executors.launched import environment
from tuner.executors.tethered import end, tethered
from tuner.recording import Recording
from tuner.simulation.traces import collect, step_ms

ANSWER, RUN = "answer", "run"
# Names of the traces to copy, as a list of keys of recordTraces.
TRACES, RECORDING, SIM_DATA = "traces.json", "recording.json", "simData.json"
SCRATCH = ".plain-"

# Run by a fresh interpreter. Arguments: a compiled library or "", "ranks" or "", "simData" (for all data) or "", the
# steps, the tuner's module path, and folders. NetPyNE is imported once. Each step runs in a forked process, as fresh as
# the first. The step "answer" answers the call in a folder (`fresh_process`), which may export a model into the folder.
# The step "run" runs the folder's model, in a process in which `import tuner` fails. `sim.analyze` is switched off,
# because plots and files of the model come after the raster and are not needed.
PLAIN_RUN = """
import json, os, runpy, sys, traceback
library, ranks, sim_data, steps, modules, *folders = sys.argv[1:]
sys.argv[1:] = []
sys.modules["tuner"] = None
if ranks:
    from neuron import h
    h.nrnmpi_init()
from netpyne import sim

def answer(folder):
    del sys.modules["tuner"]
    sys.path[:0] = json.loads(modules)
    from tuner.verification import fresh_process
    fresh_process.answer(folder)

def run(folder):
    sim.analyze = lambda *_, **__: None
    if library:
        sim.h.nrn_load_dll(library)
    runpy.run_path(os.path.join(folder, "run.py"), run_name="__main__")
    if sim.rank > 0:
        return
    data = sim.allSimData
    with open(os.path.join(folder, "traces.json")) as file:
        keys = json.load(file)
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

def apart(step, folder):
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    try:
        step(folder)
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)

for folder in folders:
    if "answer" in steps:
        apart(answer, folder)
    if "run" in steps and os.path.exists(os.path.join(folder, "run.py")):
        if ranks:
            run(folder)
        elif not apart(run, folder):
            sys.exit(1)
"""


def run_plain(
    folders: Sequence[Path],
    library: Path | None = None,
    timeout_s: float | None = None,
    launcher: Sequence[str] = (),
    steps: Sequence[str] = (ANSWER, RUN),
    *,
    sim_data: bool = False,
) -> None:
    """Run the calls in folders, then the models in the folders, in a fresh interpreter without the tuner.

    Recordings are written into the folders; with `sim_data`, also all data of NetPyNE. With a `launcher`, the command
    that starts the ranks, only the step "run" of one folder is allowed. Raises TunerError with the last line of the
    interpreter's output if the interpreter fails.
    """
    command = [*launcher, sys.executable, "-c", PLAIN_RUN, str(library or "")]
    # With ranks, the interpreter must initialise MPI before it imports NetPyNE.
    command += ["ranks" if launcher else "", "simData" if sim_data else "", " ".join(steps)]
    command += [json.dumps([path for path in sys.path if path]), *map(str, folders)]
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


def read_recording(folder: Path, traces: Collection[str]) -> Recording:
    """Return the recording that plain NetPyNE has written into a folder."""
    data = json.loads((folder / RECORDING).read_text())
    populations = {name: np.array(cells, int) for name, cells in data["populations"].items()}
    step = step_ms(data["record_step"]) if data["traces"] else Recording.trace_step_ms
    voltages = collect(data["traces"], traces), step
    return Recording(np.array(data["times"]), np.array(data["cells"]), populations, data["duration_ms"], *voltages)


@contextmanager
def scratch_folder(home: Path) -> Iterator[Path]:
    """Provide a scratch folder in a run folder, and remove the scratch folders that killed processes have left."""
    for folder in home.glob(f"{SCRATCH}*"):
        shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=SCRATCH, ignore_cleanup_errors=True) as name:
        yield Path(name)
