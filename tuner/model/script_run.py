"""Run a model's own code for one candidate, in the same order as NetPyNE.

First simConfig is created, and the candidate's values in simConfig are written. Then netParams is created, which may
read these values. The values in netParams are written last.
"""

import ast
import builtins
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from tuner.errors import ModelError, StudyError
from tuner.interfaces.netpyne_types import NetParams, SimConfig, simulator, spec_classes
from tuner.model import batch_script, cell_imports, interception, sandbox, saved
from tuner.model.batch_script import BatchScript
from tuner.model.interception import ConfigFirst, Readers
from tuner.model.saved import as_specs, variable_of
from tuner.model.setting_hooks import watched
from tuner.regular_files import MOST_CODE_BYTES, read_named
from tuner.simulation.network.difference import plain_table
from tuner.simulation.simulate import quiet
from tuner.study import paths, python_text
from tuner.study.find_source import find_source
from tuner.study.kinds.registry import MAKERS
from tuner.study.paths import Specs
from tuner.study.sources import BATCHTOOLS, PICKLES, Source

CONFIG_NAMES = ("cfg", "simConfig")
NET_PARAMS_NAMES = ("netParams",)
HOOK = "_netpyne_tuner_on_setting"


@dataclass(frozen=True)
class Assignment:
    """Represent a value to write at a path; if `relative`, the value there is multiplied."""

    path: str
    value: Any
    relative: bool = False


@dataclass
class ScriptRun:
    """Run a model's own code once."""

    source: Source
    there: Callable[[Path], Path]
    wanted: list[Assignment]
    trust_pickle: bool
    script: BatchScript | None = None
    config: SimConfig | None = None
    settled: dict[str, Any] = field(default_factory=dict)
    reading: bool = False
    main: ModuleType = field(default_factory=lambda: ModuleType("__main__"))

    def make(self) -> Specs:
        """Return the netParams and simConfig of the model, with all assignments written."""
        takes = interception.taken_over(*self.readers)
        with self.running(), takes as created, self.seeing_settings():
            net_params, sim_config = MAKERS[self.source.kind](self)
            if created:
                net_params, sim_config = created[0].specs
        return self.completed(net_params, sim_config)

    def completed(self, net_params: Any, sim_config: Any) -> Specs:
        """Return the netParams and simConfig of the script, with all assignments written."""
        specs = as_specs(net_params, sim_config, self.source.file)
        # A simConfig that the script made by itself may appear here for the first time.
        seen_before = self.config is not None
        for each in self.wanted:
            if not paths.is_of_config(each.path) or not seen_before and each.path not in self.settled:
                self._write(specs, each)
        return specs

    @property
    def readers(self) -> Readers:
        """Return the functions that read files in place of readCmdLineArgs, loadModel and load."""
        return self._read_files, self._read_index, self.read_saved

    @contextmanager
    def running(self) -> Iterator[None]:
        """Set the working directory, the modules and the stand-ins for the model's code, and suppress output."""
        files = [self.there(file) for file in self.source.files]
        top = self.there(self.source.top)
        named = (getattr(self.script.batch, "cfgFile", "") or "", self.script.script) if self.script else ()
        folders = [*(file.parent for file in reversed(files)), *((top / name).parent for name in named), top]
        self.main.__file__ = str(files[0])
        there = [folder for folder in dict.fromkeys(folders) if folder.is_dir()]
        tools = batch_script.batchtools(_send, self._on_update)
        known = cell_imports.remembered(repr([each for each in self.wanted if paths.is_of_config(each.path)]))
        with quiet(), sandbox.inside(top, there, self.main), known, tools:
            yield

    def _write(self, specs: Specs, each: Assignment) -> None:
        if self.script is not None and not each.relative:
            # NetPyNE's batch mode also sets paths that do not exist.
            paths.create(specs, each.path, each.value)
        else:
            paths.put(specs, each.path, each.value, relative=each.relative)

    @property
    def candidate_script(self) -> str:
        """Return the script that NetPyNE's batch mode would start for a candidate; "" without such a script."""
        return self.script.script if self.script else ""

    def execute_candidate(self) -> Specs:
        """Run the script that NetPyNE's batch mode would start for a candidate.

        Without such a script, read the files that the batch names.
        """
        if self.candidate_script:
            return self.execute(self.there(self.source.top) / self.candidate_script)
        config, net_params = self._read_files("", "")
        return Specs(net_params, config)

    def read_pair(self, config: Path, net_params: Path, variable: str = "", net_params_variable: str = "") -> Specs:
        """Return simConfig with the candidate's values, and netParams, which is created afterwards."""
        made_config, made_net_params = self._read_pair(config, net_params, variable, net_params_variable)
        return Specs(made_net_params, made_config)

    def execute(self, file: Path) -> Specs:
        """Run a script up to the call that would create the network, and return the specs."""
        try:
            exec(compile(self.watched_code(file), str(file), "exec"), vars(self.main))
        except interception.Created as created:
            return created.specs
        space = vars(self.main)
        return interception.unchecked(space.get("netParams"), space.get("simConfig", space.get("cfg")))

    @contextmanager
    def seeing_settings(self) -> Iterator[None]:
        """Watch the attributes of a simConfig that a script, or a module imported by the script, sets."""
        from netpyne import specs

        firsts = {paths.parse(each.path)[1][0] for each in self.wanted if paths.is_of_config(each.path)}
        kind = specs.SimConfig
        before = kind.__setattr__

        def set_attribute(config: SimConfig, name: str, value: Any) -> None:
            before(config, name, value)
            if name in firsts and not self.reading:
                self._on_setting(config)

        kind.__setattr__ = set_attribute
        try:
            yield
        finally:
            kind.__setattr__ = before

    def _on_setting(self, config: Any) -> None:
        """Write the candidate's values into a simConfig as soon as the script sets the same names.

        The script's netParams may read simConfig soon afterwards.
        """
        if config is self.config or self.reading or not hasattr(config, "todict"):
            return
        self.reading = True
        try:
            self._settle(config)
        finally:
            self.reading = False

    def _settle(self, config: SimConfig) -> None:
        for each in self.wanted:
            if paths.is_of_config(each.path) and paths.exists(paths.config_alone(config), each.path):
                now = paths.read(paths.config_alone(config), each.path)
                if each.path not in self.settled or self.settled[each.path] != now:
                    self._write(paths.config_alone(config), each)
                    self.settled[each.path] = paths.read(paths.config_alone(config), each.path)

    def _on_update(self, config: SimConfig) -> None:
        if self.source.kind == BATCHTOOLS:
            self._write_config(config)

    def _read_files(self, config: str, net_params: str) -> ConfigFirst:
        """Return the result of readCmdLineArgs, for the default files or for the files that the batch names."""
        batch = self.script.batch if self.script else None
        if batch is None and self.source.config is not None:
            return self._read_source()
        if batch is None:
            config, net_params = sandbox.argument("simConfig", config), sandbox.argument("netParams", net_params)
            return self._read_pair(Path(config).absolute(), Path(net_params).absolute())
        specs = spec_classes()
        if batch.cfg is None:
            made = self._read_config(Path(batch.cfgFile).absolute(), "")
        else:
            made = specs.SimConfig(plain_table(batch.cfg))
        self._take_config(made)
        if batch.netParams is not None:
            return made, specs.NetParams(plain_table(batch.netParams))
        file = Path(batch.netParamsFile).absolute()
        return made, self._read_net_params(file if file.exists() else file.with_name(f"{file.name}.py"), "")

    def _read_source(self) -> ConfigFirst:
        source = self.source
        first, second = map(self.there, source.pair)
        return self._read_pair(first, second, source.config_variable, source.net_params_variable)

    def _read_index(self, index: str) -> ConfigFirst:
        found = find_source(str(index), Path.cwd())
        if found.config is None or found.net_params is None:
            raise ModelError(f"{index}: is not an index file with a simConfig and a netParams; NetPyNE needs both")
        return self._read_pair(found.config, found.net_params, found.config_variable, found.net_params_variable)

    def _read_pair(
        self, config: Path, net_params: Path, variable: str = "", net_params_variable: str = ""
    ) -> ConfigFirst:
        """Return simConfig with the candidate's values, and netParams."""
        made = self._read_config(config, variable)
        self._take_config(made)
        return made, self._read_net_params(net_params, net_params_variable)

    def _take_config(self, config: SimConfig) -> None:
        self._write_config(config)
        vars(self.main)["cfg"] = config

    def _write_config(self, config: SimConfig) -> None:
        """Write the candidate's values in simConfig, before netParams is created."""
        self.config = config
        for each in self.wanted:
            if paths.is_of_config(each.path):
                self._write(paths.config_alone(config), each)

    def _read_config(self, file: Path, variable: str) -> SimConfig:
        sim = simulator()
        if file.suffix != ".py":
            self._check_trust(file)
            return sim.loadSimCfg(str(file), variable=variable or "simConfig", setLoaded=False)
        # Values that the file computes from other values stay the model's, as in NetPyNE's batch mode.
        self.reading = True
        try:
            module = sim.loadPythonModule(str(file))
        finally:
            self.reading = False
        name = variable_of(module, (variable,) if variable else CONFIG_NAMES, file)
        # netParams may import the module by the file's name, and must get this candidate's. NetPyNE sets no __file__.
        module.__file__ = str(file)
        for known in (file.stem, f"{file.parent.name}.{file.stem}"):
            sys.modules[known] = module
        made: SimConfig = getattr(module, name)
        return made

    def _read_net_params(self, file: Path, variable: str) -> NetParams:
        sim = simulator()
        if file.suffix != ".py":
            self._check_trust(file)
            return sim.loadNetParams(str(file), variable=variable or None, setLoaded=False)
        makes_config = python_text.look(file).defined & set(CONFIG_NAMES)
        module = self._run_again(file) if makes_config else sim.loadPythonModule(str(file))
        made: NetParams = getattr(module, variable_of(module, (variable,) if variable else NET_PARAMS_NAMES, file))
        return made

    def _run_again(self, file: Path) -> ModuleType:
        """Run a netParams file that creates a simConfig other than the simulated one.

        The candidate's values are written into this simConfig too.
        """
        module = ModuleType(file.stem)
        module.__file__ = str(file)
        exec(compile(self.watched_code(file), str(file), "exec"), vars(module))
        return module

    def watched_code(self, file: Path) -> ast.Module:
        setattr(builtins, HOOK, self._on_setting)
        return watched(ast.parse(read_named(file, ModelError, MOST_CODE_BYTES), str(file)), CONFIG_NAMES, HOOK)

    def read_saved(self, file: str | Path) -> Specs:
        """Return the netParams and simConfig of a file that NetPyNE or pickle has saved."""
        self._check_trust(Path(file))
        return saved.of_data(saved.load(Path(file)), self.source.file)

    def _check_trust(self, file: Path) -> None:
        if file.suffix in PICKLES and not self.trust_pickle:
            raise StudyError(
                f"{file.name} is a pickle, which runs code while it is loaded; add --trust-pickle if you trust the file"
            )


class Sent(BaseException):
    """Signal that a script has sent the data that the search reads."""

    def __init__(self, data: Any) -> None:
        super().__init__("the search would read this")
        self.data = data


def _send(data: Any) -> None:
    raise Sent(data)
