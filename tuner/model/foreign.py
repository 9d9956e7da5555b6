"""A model that was made for NetPyNE alone: its own files make the specs, values are written into them by their paths.

Its code runs anew for every candidate, in a likeness of its folder (`home`), as NetPyNE would run it: simConfig first,
then the candidate's values that lie in it, then netParams, which may read them, then the values that lie there.
"""

import ast
import builtins
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from tuner import paths, sources
from tuner.errors import ModelError, StudyError
from tuner.model import batchscripts, calls, home, imports
from tuner.model.base import Model, Specs
from tuner.model.batchscripts import BatchScript
from tuner.model.watching import watched
from tuner.network.difference import plain_table
from tuner.simulate import quiet
from tuner.sources import PICKLES, Source
from tuner.study import Study
from tuner.trials import Trial

CONFIG_NAMES = ("cfg", "simConfig")
HOOK = "_netpyne_tuner_on_setting"
NET_PARAMS_NAMES = ("netParams",)


@dataclass(frozen=True)
class Assignment:
    """A path and what is to stand there, or by how much what stands there is multiplied."""

    path: str
    value: object
    relative: bool = False


class ForeignModel(Model):
    """A model whose values are known by their paths."""

    def __init__(self, source: Source, trust_pickle: bool = False) -> None:
        super().__init__(source.file.stem, source.root)
        self._source, self._trust_pickle = source, trust_pickle

    @property
    def likeness(self) -> Path:
        """The likeness of its folder, made once a process."""
        return home.likeness(self._source.root)

    @contextmanager
    def at_home(self) -> Iterator[None]:
        """The working directory is the likeness of the model's."""
        with home.working_in(self._there(self._source.top)):
            yield

    @property
    def script(self) -> BatchScript | None:
        """What it hands over, of a script of NetPyNE's batch mode."""
        return batchscripts.read(self._source, self._there) if self._source.kind in ("batch", "search") else None

    @property
    def creates(self) -> bool:
        """True for a script of NetPyNE's batch mode."""
        return self.script is not None

    @property
    def gives_numbers(self) -> bool:
        """Whether its own code makes a number of a simulation."""
        return self.script is not None and self.script.has_fitness

    def make(self, study: Study, values: Mapping[str, object], trial: Trial) -> Specs:
        """What its own files make, with the values of study, protocol and candidate at their paths."""
        made = self._making(study, values, trial).make()
        if trial.protocol.duration_ms is not None:
            made[1].duration = trial.protocol.duration_ms
        return made

    def numbers(
        self, study: Study, values: Mapping[str, object], trial: Trial, sim_data: Mapping
    ) -> dict[str, float]:
        """The fitness that the script's own code gives a simulation, of which it sees NetPyNE's simData."""
        with self.at_home():
            if self.script.batch is not None:
                return {batchscripts.FITNESS: batchscripts.fitness(self.script, sim_data)}
        return {batchscripts.FITNESS: self._making(study, values, trial).sent(sim_data)}

    def _making(self, study: Study, values: Mapping[str, object], trial: Trial) -> "_Making":
        wanted = assignments(study, values, trial)
        script = self.script
        if script is not None:
            wanted = [*(Assignment(path, value) for path, value in script.initial.items()), *wanted]
        return _Making(self._source, self._there, wanted, self._trust_pickle, script)

    def _there(self, path: Path) -> Path:
        """Where in the likeness a path of the model lies."""
        return self.likeness / path.relative_to(self._source.root)


def assignments(study: Study, values: Mapping[str, object], trial: Trial) -> list[Assignment]:
    """What is to be written, in order. A parameter without a path is one by its name."""
    found = [Assignment(path, value) for path, value in {**study.values, **trial.protocol.values}.items()]
    for parameter in study.space.parameters:
        if parameter.name in values:
            value = values[parameter.name]
            settings = parameter.settings(value) or [(parameter.name, value)]
            found += [Assignment(path, setting, parameter.relative) for path, setting in settings]
    return found


@dataclass
class _Making:
    """One run of a model's own code."""

    source: Source
    there: Callable[[Path], Path]
    wanted: list[Assignment]
    trust_pickle: bool
    script: BatchScript | None = None
    config: object = None
    settled: dict[str, object] = field(default_factory=dict)
    main: ModuleType = field(default_factory=lambda: ModuleType("__main__"))

    def make(self) -> Specs:
        """netParams and simConfig with all that is wanted."""
        with self._running(), calls.taken_over(self._read_files, self._read_index, self._read_saved):
            net_params, sim_config = getattr(self, f"_of_{self.source.kind}")()
        specs = _as_specs(net_params, sim_config, self.source)
        # A script's own simConfig is seen here first.
        seen_before = self.config is not None
        for each in self.wanted:
            if not paths.is_of_config(each.path) or not seen_before and each.path not in self.settled:
                self._write(specs, each)
        return specs

    def sent(self, sim_data: Mapping) -> float:
        """What a batchtools script makes of a simulation: it runs to its end, the network being there already."""
        from netpyne import sim
        from netpyne.specs import Dict

        sim.allSimData = Dict(dict(sim_data))
        metric = str(self.script.search.get("metric"))
        with self._running(), calls.without_creation():
            try:
                self._run_with_batchtools(self.there(self.source.top) / self.script.script)
            except _Sent as sent:
                return batchscripts.sent_number(sent.data, metric)
        raise ModelError(f"{self.script.script} ends without sending anything")

    @contextmanager
    def _running(self) -> Iterator[None]:
        """The model's folder is the working directory, its modules are found, nothing is printed."""
        files = [self.there(file) for file in self.source.files]
        top = self.there(self.source.top)
        named = (getattr(self.script.batch, "cfgFile", "") or "", self.script.script) if self.script else ()
        folders = [*(file.parent for file in reversed(files)), *((top / name).parent for name in named), top]
        self.main.__file__ = str(files[0])
        there = [folder for folder in dict.fromkeys(folders) if folder.is_dir()]
        with quiet(), home.inside(top, there, self.main), imports.remembered():
            yield

    def _write(self, specs: Specs, each: Assignment) -> None:
        if self.script is not None and not each.relative:
            # NetPyNE's batch mode sets what is not there as well.
            paths.create(specs, each.path, each.value)
        else:
            paths.put(specs, each.path, each.value, each.relative)

    def _of_pair(self) -> Specs:
        source = self.source
        config, net_params = self.there(source.config), self.there(source.net_params)
        read = self._read_pair(config, net_params, source.config_variable, source.net_params_variable)
        return read[1], read[0]

    def _of_script(self) -> Specs:
        return self._run(self.there(self.source.file))

    def _run(self, file: Path) -> Specs:
        """Runs a script until it would create its network."""
        try:
            exec(compile(self._watched(file), str(file), "exec"), vars(self.main))
        except calls.Created as created:
            return created.specs
        space = vars(self.main)
        return space.get("netParams"), space.get("simConfig", space.get("cfg"))

    def _on_setting(self, config: object) -> None:
        """What is wanted of a simConfig that a script makes is written as soon as it is set: netParams may read it."""
        if config is self.config or not hasattr(config, "todict"):
            return
        for each in self.wanted:
            if paths.is_of_config(each.path) and paths.exists((None, config), each.path):
                now = paths.read((None, config), each.path)
                if each.path not in self.settled or self.settled[each.path] != now:
                    self._write((None, config), each)
                    self.settled[each.path] = paths.read((None, config), each.path)

    def _of_batch(self) -> Specs:
        """What the script that NetPyNE would start makes of the batch's files; without one these alone."""
        if self.script.script:
            return self._run(self.there(self.source.top) / self.script.script)
        config, net_params = self._read_files("", "")
        return net_params, config

    def _of_search(self) -> Specs:
        return self._run_with_batchtools(self.there(self.source.top) / self.script.script)

    def _run_with_batchtools(self, file: Path) -> Specs:
        from netpyne import specs

        def update(config: object, simConfigDict: Mapping | None = None, force_match: bool = False) -> None:
            vars(config).update(simConfigDict or {})
            self._write_config(config)

        before, specs.SimConfig.update = specs.SimConfig.update, update
        try:
            with batchscripts.batchtools(_send):
                made = self._run(file)
        finally:
            specs.SimConfig.update = before
        if self.config is None:
            raise ModelError(f"{file.name}: no simConfig is updated; the values of a search come with cfg.update()")
        return made

    def _of_saved(self) -> Specs:
        return self._read_saved(self.there(self.source.file))

    def _read_files(self, config: str, net_params: str) -> tuple:
        """What readCmdLineArgs gives: for its defaults, or where NetPyNE's batch mode names others."""
        batch = self.script.batch if self.script else None
        if batch is None:
            return self._read_pair(Path(config).absolute(), Path(net_params).absolute())
        from netpyne import specs

        if batch.cfg is None:
            self._take_config(self._read_config(Path(batch.cfgFile).absolute(), ""))
        else:
            self._take_config(specs.SimConfig(plain_table(batch.cfg)))
        if batch.netParams is not None:
            return self.config, specs.NetParams(plain_table(batch.netParams))
        file = Path(batch.netParamsFile).absolute()
        return self.config, self._read_net_params(file if file.exists() else file.with_name(f"{file.name}.py"), "")

    def _read_index(self, index: str) -> tuple:
        found = sources.find(str(index), Path.cwd())
        return self._read_pair(found.config, found.net_params, found.config_variable, found.net_params_variable)

    def _read_pair(self, config: Path, net_params: Path, variable: str = "", net_params_variable: str = "") -> tuple:
        """simConfig with its values written, and netParams."""
        self._take_config(self._read_config(config, variable))
        return self.config, self._read_net_params(net_params, net_params_variable)

    def _take_config(self, config: object) -> None:
        self._write_config(config)
        self.main.cfg = config

    def _write_config(self, config: object) -> None:
        """Writes what is wanted of simConfig, before netParams is made."""
        self.config = config
        for each in self.wanted:
            if paths.is_of_config(each.path):
                self._write((None, config), each)

    def _read_config(self, file: Path, variable: str) -> object:
        from netpyne import sim

        if file.suffix != ".py":
            self._check_trust(file)
            return sim.loadSimCfg(str(file), variable=variable or "simConfig", setLoaded=False)
        module = sim.loadPythonModule(str(file))
        name = _variable(module, (variable,) if variable else CONFIG_NAMES, file)
        # netParams may import it by its file's name, and must find this candidate's; NetPyNE gives it no file.
        module.__file__ = str(file)
        for known in (file.stem, f"{file.parent.name}.{file.stem}"):
            sys.modules[known] = module
        return getattr(module, name)

    def _read_net_params(self, file: Path, variable: str) -> object:
        from netpyne import sim

        if file.suffix != ".py":
            self._check_trust(file)
            return sim.loadNetParams(str(file), variable=variable or None, setLoaded=False)
        module = self._run_again(file) if sources.look(file).defined & set(CONFIG_NAMES) else sim.loadPythonModule(str(file))
        return getattr(module, _variable(module, (variable,) if variable else NET_PARAMS_NAMES, file))

    def _run_again(self, file: Path) -> ModuleType:
        """A file that makes a simConfig of its own, which is not the one that is simulated: the values belong there too."""
        module = ModuleType(file.stem)
        module.__file__ = str(file)
        exec(compile(self._watched(file), str(file), "exec"), vars(module))
        return module

    def _watched(self, file: Path) -> ast.Module:
        setattr(builtins, HOOK, self._on_setting)
        return watched(ast.parse(file.read_bytes(), str(file)), CONFIG_NAMES, HOOK)

    def _read_saved(self, file: str | Path) -> Specs:
        """netParams and simConfig that NetPyNE, or pickle, has saved."""
        from netpyne.sim.load import _loadFile

        file = Path(file)
        self._check_trust(file)
        if file.suffix not in PICKLES:
            return _of_data(_loadFile(str(file)), self.source.file)
        import pickle

        with open(file, "rb") as stream:
            return _of_data(pickle.load(stream, encoding="latin1"), self.source.file)

    def _check_trust(self, file: Path) -> None:
        if file.suffix in PICKLES and not self.trust_pickle:
            raise StudyError(f"{file.name} is a pickle, which runs code while it is loaded; --trust-pickle allows it")


class _Sent(BaseException):
    """A script has sent what its search reads."""

    def __init__(self, data: object) -> None:
        super().__init__("the search would read this")
        self.data = data


def _send(data: object) -> None:
    raise _Sent(data)


def _variable(module: ModuleType, names: tuple[str, ...], file: Path) -> str:
    found = [name for name in names if hasattr(module, name)]
    if not found:
        raise ModelError(f"{file.resolve()}: defines no {' or '.join(names)}")
    return found[0]


def _of_data(data: object, file: Path) -> Specs:
    """netParams and simConfig of what was loaded: NetPyNE's own form, the two by their names, or the two objects."""
    if isinstance(data, tuple | list) and len(data) == 2:
        first, second = data
        return (second, first) if _is_config(first) else (first, second)
    table = data if isinstance(data, Mapping) else vars(data)
    net = table.get("net")
    net_params = net["params"] if isinstance(net, Mapping) and "params" in net else table.get("netParams")
    sim_config = table.get("simConfig", table.get("cfg"))
    if net_params is None or sim_config is None:
        lacks = "netParams (net.params)" if net_params is None else "simConfig"
        raise ModelError(f"{file}: holds no {lacks}")
    return net_params, sim_config


def _is_config(specs: object) -> bool:
    return "duration" in specs if isinstance(specs, Mapping) else hasattr(specs, "duration")


def _as_specs(net_params: object, sim_config: object, source: Source) -> Specs:
    """NetPyNE's objects, of what may be their tables."""
    from netpyne import specs

    for made, what in ((net_params, "netParams"), (sim_config, "simConfig")):
        if not made:
            raise ModelError(f"{source.file}: makes no {what}")
    if not isinstance(net_params, specs.NetParams):
        net_params = specs.NetParams(dict(net_params))
    if not isinstance(sim_config, specs.SimConfig):
        sim_config = specs.SimConfig(dict(sim_config))
    return net_params, sim_config
