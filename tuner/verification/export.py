"""Export a model for plain NetPyNE: specs, mechanisms, and a script that does not need the tuner."""

import json
import pprint
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tuner.errors import TunerError
from tuner.evaluate.simulations import specs_of
from tuner.evaluate.task import Task
from tuner.interfaces.netpyne_types import NetParams, SimConfig, spec_classes
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.protocols import Trial
from tuner.runs.contained import copy_tree
from tuner.runs.json_files import writing
from tuner.simulation import ranks
from tuner.study import paths
from tuner.study.paths import Specs

INDEX = "index.npjson"
SCRIPT = '''"""Run the tuned model with plain NetPyNE: python run.py

If there is a folder mod/, compile it here first: nrnivmodl mod
"""
import os

os.chdir(os.path.dirname(os.path.abspath(__file__)))
from netpyne import sim

cfg, netParams = sim.readCmdLineArgs(simConfigDefault="cfg.py", netParamsDefault="netParams.json")
sim.createSimulateAnalyze(netParams=netParams, simConfig=cfg)
'''
CONFIG = '''"""The simConfig of {name}; netParams is in netParams.json."""
from netpyne import specs

{numbers}cfg = specs.SimConfig()
{settings}

# The tuned values. In your own model, add these lines at the end of the file that defines cfg or netParams.
{tuned}
'''
# JSON numbers that Python does not read as literals.
NUMBERS = 'inf, nan = float("inf"), float("nan")\n'
WIDTH = 110
# Folders of an export that are written anew.
OF_EXPORT = ("mod", "model")


def export(task: Task, folder: Path) -> None:
    """Write the model at the task's values: NetPyNE's files, the mod files, and a script that does not need the tuner.

    A study with several protocols has one folder per protocol, with the protocol's name. Of several seeds the first is
    exported.
    """
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for trial in task.trials[0]:
            export_trial(task, trial, scratch if len(task.study.protocols) == 1 else scratch / trial.protocol.name)
        if ranks.is_first():
            take_over(scratch, folder)


def take_over(exported: Path | None, folder: Path) -> None:
    """Copy exported models into a folder, and remove the mechanisms and scripts of an older export there."""
    if exported is None:
        return
    with writing(folder):
        for home in [folder, *(folder / each.name for each in exported.iterdir() if each.is_dir())]:
            for name in OF_EXPORT:
                shutil.rmtree(home / name, ignore_errors=True)
        copy_tree(exported, folder)


def export_trial(task: Task, trial: Trial, folder: Path) -> None:
    """Write the model of one simulation into `folder`; on several ranks only the first rank writes."""
    net_params, sim_config = specs_of(task, task.values, trial)
    if not ranks.is_first():
        return
    folder.mkdir(parents=True, exist_ok=True)
    config = write_specs(net_params, sim_config, folder)
    tuned = "\n".join(_tuned(task, Specs(net_params, sim_config)))
    settings = "\n".join(f"cfg.{name} = {_literal(value)}" for name, value in _changed(config))
    numbers = NUMBERS if re.search(r"\b(inf|nan)\b", settings) else ""
    text = CONFIG.format(name=task.study.name, numbers=numbers, settings=settings, tuned=tuned)
    (folder / "cfg.py").write_text(text)
    if models.of(task.study).live_steps.reason:
        models.of(task.study).export_script(task.study, task.values, trial, Specs(net_params, sim_config), folder)
    else:
        (folder / "run.py").write_text(SCRIPT)
    shutil.rmtree(folder / "mod", ignore_errors=True)
    text = (folder / "netParams.json").read_text()
    files = libraries.used(models.mod_folder(task.study), text) if task.library else []
    lacking = libraries.left_out_files(task.library)
    for file in files:
        (folder / "mod").mkdir(exist_ok=True)
        if file.name not in lacking:
            shutil.copy(file, folder / "mod")
    index = {"name": task.study.name, "simConfig": "cfg.py", "netParams": "netParams.json", "python_run": "run.py"}
    index |= {"mod_folder": "mod"} if files else {}
    (folder / INDEX).write_text(json.dumps(index, indent=4) + "\n")


def write_specs(net_params: NetParams, sim_config: SimConfig, folder: Path) -> dict[str, Any]:
    """Write netParams.json and simConfig.json for NetPyNE, and return simConfig as read back from JSON.

    NetPyNE's own `save` sorts all keys. The order of populations decides the cells' ids, so sorted keys would give
    another network. Attributes that the model's author has added and that are not plain data are left out: NetPyNE does
    not read them.
    """
    tables = {
        "netParams.json": {"net": {"params": _table(net_params, spec_classes().NetParams())}},
        "simConfig.json": {"simConfig": _config(sim_config)},
    }
    for name, table in tables.items():
        (folder / name).write_text(json.dumps(_with_text_keys(table), indent=1, default=_plain) + "\n")
    written: dict[str, Any] = json.loads((folder / "simConfig.json").read_text())["simConfig"]
    return written


def _config(sim_config: SimConfig) -> dict[str, Any]:
    table = _table(sim_config, spec_classes().SimConfig())
    # The exported model saves its output beside itself, not in the folder of the original model.
    return table | ({"saveFolder": "."} if table.get("saveFolder") else {})


def _table(made: NetParams | SimConfig, usual: NetParams | SimConfig) -> dict[str, Any]:
    """Return netParams or simConfig as a table, without the author's attributes that are not plain data."""
    return {name: value for name, value in made.todict().items() if name in vars(usual) or _is_plain(value)}


def _with_text_keys(value: Any) -> Any:
    """Return nested data with keys that JSON accepts; NetPyNE does not use the type of such a key."""
    if isinstance(value, Mapping):
        plain = str, int, float, bool, type(None)
        return {key if isinstance(key, plain) else str(key): _with_text_keys(v) for key, v in value.items()}
    return [_with_text_keys(each) for each in value] if isinstance(value, list | tuple) else value


def _is_plain(value: object) -> bool:
    try:
        json.dumps(_with_text_keys(value), default=_plain)
    except (TypeError, ValueError, TunerError):
        return False
    return True


def _plain(value: object) -> Any:
    """Convert a NumPy number or array to plain Python data."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TunerError(f"the model cannot be exported: {value!r} is not plain data")


def _changed(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the settings of a simConfig that differ from NetPyNE's defaults."""
    defaults = json.loads(json.dumps(spec_classes().SimConfig().todict(), default=_plain))
    for name, value in config.items():
        if (name not in defaults or defaults[name] != value) and name.isidentifier():
            yield name, value


def _literal(value: object) -> str:
    return pprint.pformat(value, width=WIDTH, sort_dicts=False)


def _tuned(task: Task, specs: Specs) -> Iterator[str]:
    """Yield the tuned values as lines of Python; values outside simConfig are comments."""
    for parameter in task.study.space.parameters:
        value = task.values[parameter.name]
        settings = parameter.settings(value) if parameter.has_path else []
        if not settings and not models.of(task.study).defaults:
            settings = [(parameter.name, value)]
        if not settings:
            yield f"# {parameter.name} = {value!r}  # a value of the model {task.study.model}"
        for path, _ in settings:
            yield from _assigned(specs, path)


def _assigned(specs: Specs, path: str) -> Iterator[str]:
    for each in paths.matching(specs, path):
        root, steps = paths.found(specs, each)
        mark, name = ("", "cfg") if root == "simConfig" else ("# ", "netParams")
        keys = "".join(f"[{step!r}]" for step in steps[1:])
        yield f"{mark}{name}.{steps[0]}{keys} = {_literal(_as_json(paths.read(specs, each)))}"


def _as_json(value: object) -> Any:
    return json.loads(json.dumps(value, default=_plain))
