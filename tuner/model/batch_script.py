"""Read scripts of NetPyNE's batch mode: the search, the files of the model, and the fitness function.

A script runs in the working copy of its folder, up to the call of `Batch.run()` or of batchtools' `search()`. The
search itself is never started.
"""

import copy
import json
import re
import shlex
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from tuner.errors import ModelError, StudyError
from tuner.interfaces.netpyne_types import BatchSearch, SimConfig
from tuner.model import interception, sandbox
from tuner.simulation import process_state
from tuner.simulation.simulate import quiet
from tuner.study.paths import joined
from tuner.study.sources import BATCH, Source
from tuner.words import shown

FITNESS = "fitness"
# A script starts its search by a Batch object, or by the arguments of batchtools' search().
Given = BatchSearch | Mapping[str, Any]


class Captured(BaseException):
    """Signal that a script has reached the call that would start the search."""


@dataclass(frozen=True)
class BatchScript:
    """Hold the search that a script hands to NetPyNE.

    `batch` is the script's `Batch` object. For batchtools it is None, and `search` has the arguments of `search()`.
    `script` is the file that NetPyNE would start for each candidate, relative to the script's working directory; "" if
    there is no such file. `main` is the module in which the script ran. `folders` are the folders from which the script
    imports.
    """

    batch: BatchSearch | None
    search: Mapping[str, Any]
    script: str
    main: ModuleType
    folders: tuple[Path, ...]

    @property
    def settings(self) -> Mapping[str, Any]:
        """Return the settings of the search method; empty without a `Batch`."""
        if self.batch is None:
            return {}
        return self.batch.optimCfg if self.batch.method in ("optuna", "asd", "sbi") else self.batch.evolCfg

    @property
    def has_fitness(self) -> bool:
        """Return whether the search minimises or maximises a number, which a grid need not do."""
        return self.search.get("metric") is not None if self.batch is None else "fitnessFunc" in self.settings

    @property
    def initial(self) -> dict[str, Any]:
        """Return the values that the script sets for all candidates, by path."""
        return {label_path(label): value for label, value in getattr(self.batch, "initCfg", {}).items()}


def label_path(label: str | int | Sequence[Any]) -> str:
    """Return the path in simConfig of a label in params: 'a', 'a.b', ('a', 'b', 0) or ['a', 'b', 0]."""
    return joined(label) if isinstance(label, tuple | list) else str(label)


def read(source: Source, there: Callable[[Path], Path]) -> BatchScript:
    """Run a script up to the start of the search, once per process, and return the search.

    `there` maps a path of the model to the same path in the working copy. Exceptions of the script are passed on.
    """
    return _read(source, there(source.file), there(source.top))


@cache
def _read(source: Source, file: Path, top: Path) -> BatchScript:
    main = ModuleType("__main__")
    main.__file__ = str(file)
    folders = (file.parent, top)
    captured: list[Given] = []
    try:
        with quiet(), sandbox.inside(top, folders, main), _capturing(captured), interception.without_creation():
            with process_state.lasting(), suppress(Captured):
                exec(compile(file.read_bytes(), str(file), "exec"), vars(main))
    except Captured:
        pass
    if not captured:
        what = "Batch.run()" if source.kind == BATCH else "search()"
        raise ModelError(
            f"{source.file}: the script ended without a call of {what}, so it has no search;"
            f" call {what} in the script, also when it runs as `python {source.file.name}`"
        )
    given = captured[0]
    if isinstance(given, Mapping):
        return BatchScript(None, given, _script_of_search(given, top), main, folders)
    return BatchScript(given, {}, _script_of_batch(given, top), main, folders)


def _script_of_batch(batch: BatchSearch, top: Path) -> str:
    script = str(batch.runCfg.get("script", "init.py"))
    return script if (top / script).is_file() else ""


def _script_of_search(given: Mapping[str, Any], top: Path) -> str:
    command = str((given.get("run_config") or {}).get("command", ""))
    scripts = [word for word in shlex.split(command) if word.endswith(".py")]
    if not scripts or not (top / scripts[-1]).is_file():
        raise StudyError(
            f"run_config's command is {command!r}, which names no existing Python file; name the script that simulates"
            " one candidate, for example 'python init.py'"
        )
    return scripts[-1]


@contextmanager
def _capturing(captured: list[Given]) -> Iterator[None]:
    """Replace `Batch.run` and `search` by functions that raise Captured.

    Their arguments are also added to `captured`, because a script may catch every exception. Stand-ins replace modules
    that the script imports and that are not installed.
    """
    from netpyne.batch import Batch

    def run(batch: BatchSearch) -> None:
        captured.append(batch)
        raise Captured

    def search(*_: object, **named: Any) -> None:
        captured.append(named)
        raise Captured

    before, Batch.run = Batch.run, run
    try:
        with batchtools(lambda _: None, search=search):
            yield
    finally:
        Batch.run = before


@contextmanager
def batchtools(
    send: Callable[[Any], None],
    on_update: Callable[[SimConfig], None] = lambda _: None,
    search: Callable[..., None] | None = None,
) -> Iterator[None]:
    """Replace netpyne.batchtools and ray, which need not be installed, by stand-ins.

    `send` is called with the data that a script sends, `on_update` with each simConfig that is updated.
    """
    from netpyne import sim, specs

    def update(config: SimConfig, simConfigDict: Mapping[str, Any] | None = None, force_match: bool = False) -> None:
        vars(config).update(simConfigDict or {})
        on_update(config)

    stands = _stands(specs, send, search)
    before = {name: sys.modules.get(name) for name in stands}
    functions = sim.send, specs.SimConfig.update
    sys.modules.update(stands)
    sim.send, specs.SimConfig.update = send, update
    try:
        yield
    finally:
        sim.send, specs.SimConfig.update = functions
        for name, module in before.items():
            sys.modules.pop(name) if module is None else sys.modules.update({name: module})


# Ray's search spaces as plain data.
SPACES = {
    "choice": lambda values: {"choice": list(values)},
    "grid": lambda values: {"choice": list(values)},
    "grid_search": lambda values: {"choice": list(values)},
    "uniform": lambda low, high: {"uniform": [low, high]},
    "loguniform": lambda low, high, *_: {"loguniform": [low, high]},
    "quniform": lambda low, high, step: {"uniform": [low, high], "step": step},
    "qloguniform": lambda low, high, step, *_: {"loguniform": [low, high], "step": step},
    "randint": lambda low, high: {"randint": [low, high - 1]},
}


def _stands(
    specs: ModuleType, send: Callable[[Any], None], search: Callable[..., None] | None
) -> dict[str, ModuleType]:
    comm = types.SimpleNamespace(
        initialize=lambda *_, **__: None, is_host=lambda: True, send=send, close=lambda *_, **__: None, rank=0
    )
    tune = _module("ray.tune", **SPACES)
    searching = {"search": search, "ray_search": search}
    found = [
        _module("netpyne.batchtools", comm=comm, specs=specs),
        _module("netpyne.batchtools.search", **searching, **SPACES),
        _module("netpyne.batchtools.comm", comm=comm, Comm=lambda: comm),
        _module("ray", tune=tune),
        tune,
    ]
    return {module.__name__: module for module in found}


def _module(name: str, **names: Any) -> ModuleType:
    module = ModuleType(name)
    module.__path__ = []
    vars(module).update(names)
    return module


def fitness(script: BatchScript, sim_data: Mapping[str, Any], top: Path) -> float:
    """Return the fitness that the script's fitnessFunc computes from a simulation.

    The function runs in the working copy, where the script's modules and files are found. Its arguments are copied, so
    that one candidate cannot change the arguments of the next. Exceptions of the function are passed on. Raises
    ModelError if the result is not a number.
    """
    arguments = copy.deepcopy(script.settings.get("fitnessFuncArgs", {}))
    with quiet(), sandbox.inside(top, script.folders, script.main):
        value = script.settings["fitnessFunc"](sim_data, **arguments)
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ModelError(f"fitnessFunc returned {shown(value)}; it must return a number") from None


def sent_number(data: Any, metric: str) -> float:
    """Return the metric in the data that a script passes to `comm.send`; raise ModelError if the metric is missing."""
    text = data.to_json() if hasattr(data, "to_json") else data
    table = json.loads(text) if isinstance(text, str) else text
    if metric not in table:
        raise ModelError(
            f"the script sends {', '.join(table) or 'nothing'}, but not {metric!r}, which is the search's metric;"
            " send it, or change metric in the search"
        )
    return float(table[metric])


def plain(value: Any) -> Any:
    """Return a setting as JSON data, without functions."""
    if isinstance(value, Mapping):
        return {label_path(key): plain(inner) for key, inner in value.items() if not callable(inner)}
    if isinstance(value, tuple | list | range) or type(value).__module__ == "numpy" and getattr(value, "ndim", 0) > 0:
        return [plain(inner) for inner in value]
    if hasattr(value, "item"):
        return value.item()
    return value if isinstance(value, str | int | float | bool | None) else re.sub(r" at 0x\w+", "", repr(value))
