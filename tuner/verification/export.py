"""The best model for plain NetPyNE: its specs, its mechanisms, and a script that needs nothing of ours."""

import json
import pprint
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tuner.errors import TunerError
from tuner.evaluate.evaluate import specs_of
from tuner.evaluate.task import Task
from tuner.interfaces.netpyne_types import NetParams, SimConfig, spec_classes
from tuner.mechanisms import libraries
from tuner.model import models
from tuner.protocols import Trial
from tuner.simulation import ranks
from tuner.study import paths
from tuner.study.paths import Specs

INDEX = "index.npjson"
SCRIPT = '''"""Runs the tuned model in plain NetPyNE: python run.py

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

# What was tuned. In your own model these lines belong at the end of the file of their object.
{tuned}
'''
# What settings may have that is a number in JSON and a name in Python.
NUMBERS = 'inf, nan = float("inf"), float("nan")\n'
WIDTH = 110


def export(task: Task, folder: Path) -> None:
    """Writes the model at the task's values as NetPyNE's files, its mod files, and a script that needs nothing of ours.

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
    config = write_specs(net_params, sim_config, folder)
    tuned = "\n".join(_tuned(task, Specs(net_params, sim_config)))
    settings = "\n".join(f"cfg.{name} = {_literal(value)}" for name, value in _changed(config))
    numbers = NUMBERS if re.search(r"\b(inf|nan)\b", settings) else ""
    text = CONFIG.format(name=task.study.name, numbers=numbers, settings=settings, tuned=tuned)
    (folder / "cfg.py").write_text(text)
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
    """Writes netParams.json and simConfig.json as NetPyNE reads them; gives simConfig as JSON has it.

    NetPyNE's own `save` sorts all keys, and the order of populations decides the cells' ids: another network. What the
    model's author has put into simConfig and is no plain data is left out: NetPyNE reads none of it.
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
    # What it saves belongs beside it, and not where it was made.
    return table | ({"saveFolder": "."} if table.get("saveFolder") else {})


def _table(made: NetParams | SimConfig, usual: NetParams | SimConfig) -> dict[str, Any]:
    """netParams or simConfig without what its author has put there and is no plain data."""
    return {name: value for name, value in made.todict().items() if name in vars(usual) or _is_plain(value)}


def _with_text_keys(value: Any) -> Any:
    """The same with labels that JSON takes; NetPyNE has no use for what they are."""
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
    """NumPy's numbers and arrays as Python's own."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TunerError(f"the model cannot be exported: {value!r} is no plain data")


def _changed(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What of a simConfig is not NetPyNE's default."""
    defaults = json.loads(json.dumps(spec_classes().SimConfig().todict(), default=_plain))
    for name, value in config.items():
        if (name not in defaults or defaults[name] != value) and name.isidentifier():
            yield name, value


def _literal(value: object) -> str:
    return pprint.pformat(value, width=WIDTH, sort_dicts=False)


def _tuned(task: Task, specs: Specs) -> Iterator[str]:
    """The tuned values as lines of Python; those that are not simConfig's as comments."""
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
