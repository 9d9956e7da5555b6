"""The best model for plain NetPyNE: its specs as JSON, its mechanisms, and a script that needs nothing of ours."""

import json
import shutil
from pathlib import Path

import numpy as np

from tuner import mechanisms, model, ranks
from tuner.errors import TunerError
from tuner.evaluate import Task, specs_of
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


def export(task: Task, folder: Path) -> None:
    """Writes the model at the task's values as NetPyNE JSON, its mod files, and a script that needs nothing of ours.

    Where a study has protocols, each has a folder of its name. Of several seeds it is the first.
    """
    for trial in task.trials[0]:
        export_trial(task, trial, folder if len(task.study.protocols) == 1 else folder / trial.protocol.name)


def export_trial(task: Task, trial: Trial, folder: Path) -> None:
    """The same for one simulation, into `folder` itself; of several ranks the first writes."""
    net_params, sim_config = specs_of(task, task.values, trial)
    if not ranks.is_first():
        return
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
