"""Run the script of a tuned model with plain NetPyNE, up to the end of the first simulation: python run.py

If there is a folder mod/, compile it here first: nrnivmodl mod

The folder model/ has a copy of the model's files, and script.json names the script. The script runs as always, with one
exception: the network is created from cfg.py and netParams.json of this folder, which have the tuned values.
"""

import json
import os
import random
import runpy
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CREATION = ("createPops", "createCells", "connectCells", "addStims", "addRxD")


class Finished(BaseException):
    """Signal the end of the first simulation; scripts catch exceptions of other kinds."""


class Script:
    """Run the script with replaced functions of NetPyNE."""

    def __init__(self) -> None:
        from netpyne import sim, specs

        self.sim: Any = sim
        self.specs: Any = specs
        self.settings: dict[str, Any] = json.loads((HERE / "script.json").read_text())
        self.values: list[tuple[list[Any], Any]] = self.settings["values"]
        self.file = HERE / self.settings["script"]
        self.busy = False
        self.created = False
        self.finished = False
        self.config: Any = runpy.run_path(str(HERE / "cfg.py"))["cfg"]
        self.net_params: Any = sim.loadNetParams(str(HERE / "netParams.json"), setLoaded=False)
        names = ("initialize", "runSim", "runSimWithIntervalFunc", "analyze", "gatherData")
        self.real: dict[str, Callable[..., Any]] = {name: getattr(sim, name) for name in names}

    def run(self) -> None:
        """Run the script, and simulate if the script does not."""
        import numpy

        random.seed(self.settings["seed"])
        numpy.random.seed(self.settings["seed"])
        os.chdir(HERE / self.settings["top"])
        sys.path[:0] = [str(self.file.parent), str(HERE / self.settings["top"])]
        sys.argv[:] = [str(self.file)]
        with self.replaced(), suppress(Finished):
            space = runpy.run_path(str(self.file), run_name="__main__")
            if not self.created:
                self.sim.create(space.get("netParams") or {}, space.get("simConfig", space.get("cfg")) or {})
            self.sim.runSim()
        os.chdir(HERE)
        self.sim.analyze()

    @contextmanager
    def replaced(self) -> Iterator[None]:
        """Replace the functions by which a script gets specs, creates and simulates."""
        import neuron

        sim, kind = self.sim, self.specs.SimConfig
        own: dict[str, Any] = {
            "initialize": self.initialize,
            "runSim": self.simulating("runSim"),
            "runSimWithIntervalFunc": self.simulating("runSimWithIntervalFunc"),
            "readCmdLineArgs": self.read,
            "loadModel": self.read_index,
            "loadFromIndexFile": self.read_index,
            "load": self.load,
            "loadSimulate": self.load_and_run,
            "loadSimulateAnalyze": self.load_and_run,
            "send": self.finish,
        }
        before = [(sim, name, getattr(sim, name)) for name in own if hasattr(sim, name)]
        before += [(kind, name, getattr(kind, name)) for name in ("__setattr__", "update") if hasattr(kind, name)]
        before += [(neuron, "load_mechanisms", neuron.load_mechanisms)]
        set_attribute = kind.__setattr__

        def watched(config: Any, name: str, value: Any) -> None:
            set_attribute(config, name, value)
            if not self.busy and any(name == steps[0] for steps, _ in self.values):
                self.write(config)

        for name, value in own.items():
            setattr(sim, name, value)
        kind.__setattr__, neuron.load_mechanisms = watched, lambda *_, **__: True
        if self.settings["batchtools"]:
            self.replace_batchtools(kind)
        try:
            yield
        finally:
            for owner, name, value in before:
                setattr(owner, name, value)

    def replace_batchtools(self, kind: Any) -> None:
        """Replace netpyne.batchtools, which need not be installed."""
        comm = types.SimpleNamespace(
            initialize=lambda *_, **__: None, is_host=lambda: True, send=self.finish, close=self.finish, rank=0
        )
        for name, content in {"": {"comm": comm, "specs": self.specs}, ".comm": {"comm": comm}}.items():
            module = types.ModuleType(f"netpyne.batchtools{name}")
            vars(module).update(content, __path__=[])
            sys.modules[module.__name__] = module

        def update(config: Any, simConfigDict: Any = None, force_match: Any = False) -> None:
            vars(config).update(simConfigDict or {})
            self.write(config)

        kind.update = update

    def write(self, config: Any) -> None:
        """Write the tuned values of simConfig, as far as the paths exist."""
        self.busy = True
        try:
            for steps, value in self.values:
                with suppress(AttributeError, LookupError, TypeError):
                    write(config, steps, value, create=self.settings["creates"])
        finally:
            self.busy = False

    def initialize(self, netParams: Any = None, simConfig: Any = None, net: Any = None) -> None:
        """Begin the network with the tuned specs, which are put into the objects of the script."""
        if self.finished:
            raise Finished
        main = vars(sys.modules["__main__"])
        config = simConfig or main.get("simConfig", main.get("cfg"))
        net_params = netParams or main.get("netParams")
        if isinstance(config, self.specs.SimConfig) and config is not self.config:
            # Settings that only the script reads stay the script's, apart from the tuned values.
            vars(config).update({name: vars(self.config)[name] for name in vars(self.specs.SimConfig())})
            self.write(config)
        else:
            config = self.config
        if isinstance(net_params, self.specs.NetParams) and net_params is not self.net_params:
            vars(net_params).update(vars(self.net_params))
        else:
            net_params = self.net_params
        self.real["initialize"](netParams=net_params, simConfig=config, net=net)
        self.created = True

    def simulating(self, name: str) -> Callable[..., None]:
        """Return a function that simulates once, and ends the script."""

        def simulate(*arguments: Any, **named: Any) -> None:
            if not self.finished:
                self.real[name](*arguments, **named)
                self.real["gatherData"]()
            self.finish()

        return simulate

    def finish(self, *_: Any, **__: Any) -> None:
        """End the script."""
        self.finished = True
        raise Finished

    def read(self, simConfigDefault: str = "cfg.py", netParamsDefault: str = "netParams.py") -> tuple[Any, Any]:
        """Return the simConfig of the model's file, with the tuned values, and the netParams."""
        given = dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)
        config_file, net_params_file = self.settings["files"] or (
            given.get("simConfig", simConfigDefault),
            given.get("netParams", netParamsDefault),
        )
        self.busy = True
        config = self.object_of(config_file, ("cfg", "simConfig")) if config_file else self.config
        self.busy = False
        self.write(config)
        vars(sys.modules["__main__"])["cfg"] = config
        return config, self.object_of(net_params_file, ("netParams",)) if net_params_file else self.net_params

    def object_of(self, file: str, names: tuple[str, ...]) -> Any:
        """Return simConfig or netParams of a file."""
        if not file.endswith(".py"):
            load = self.sim.loadNetParams if "netParams" in names else self.sim.loadSimCfg
            return load(file, setLoaded=False)
        module = self.sim.loadPythonModule(file)
        module.__file__ = str(Path(file).absolute())
        if "cfg" in names:
            # netParams may import the module.
            path = Path(file).absolute()
            sys.modules.update({path.stem: module, f"{path.parent.name}.{path.stem}": module})
        return next(getattr(module, name) for name in names if hasattr(module, name))

    def read_index(self, index: str, *_: Any, **__: Any) -> tuple[Any, Any]:
        """Return the simConfig and netParams that an index file names."""
        table = json.loads(Path(index).read_text())
        folder = Path(index).parent
        return self.read(str(folder / table["simConfig"]), str(folder / table["netParams"]))

    def load(self, filename: str, simConfig: Any = None, output: Any = False, **_: Any) -> Any:
        """Create the network of a saved file, with the tuned specs."""
        self.sim.initialize(netParams=self.net_params, simConfig=simConfig or self.config)
        made = [getattr(self.sim.net, name)() for name in CREATION]
        data = self.sim.setupRecording()
        return (*made, data) if output else None

    def load_and_run(self, filename: str, simConfig: Any = None, *_: Any, **__: Any) -> None:
        """Create the network of a saved file, and simulate."""
        self.load(filename, simConfig)
        self.sim.runSim()


def write(config: Any, steps: list[Any], value: Any, *, create: bool) -> None:
    """Write a value at a path of keys; without `create`, a missing path raises LookupError or AttributeError."""
    *way, last = steps
    for step in way:
        if create and isinstance(config, dict) and step not in config:
            config[step] = {}
        config = config[step] if isinstance(config, dict | list) else getattr(config, step)
    if isinstance(config, dict | list):
        if not create:
            config[last]
        config[last] = value
    else:
        if not create:
            getattr(config, last)
        setattr(config, last, value)


if __name__ == "__main__":
    os.chdir(HERE)
    Script().run()
