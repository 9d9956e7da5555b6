"""A model: the code that turns values into NetPyNE's specs, found by name in netparams/ or by path on disk."""

import ast
import importlib
import importlib.util
import os
import random
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np

from tuner import mechanisms, modelfiles, paths, traces
from tuner.errors import ModelError, StudyError, TunerError, nearest
from tuner.recording import ALL
from tuner.schema import Key, Place, shown
from tuner.study import Study
from tuner.studyfile import ROOT, is_file
from tuner.trials import VARIED, Trial

SHIPPED = ROOT / "netparams"
PARTS = {"DEFAULTS": "table of values", "net_params": "function net_params(values)",
         "sim_config": "function sim_config(values, seed, duration_ms)"}  # fmt: skip


@dataclass(frozen=True)
class Description:
    """What a study must know of its model: units, populations, the start point, and the files it is made of."""

    units: dict[str, str]
    populations: tuple[str, ...]
    start: dict[str, object]
    files: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """A loaded model. `folder` holds its files."""

    name: str
    module: ModuleType
    folder: Path

    @property
    def defaults(self) -> dict[str, object]:
        """The model's values, by name."""
        return dict(self.module.DEFAULTS)

    @property
    def units(self) -> dict[str, str]:
        """Units of the values; a value may have none."""
        return dict(getattr(self.module, "UNITS", {}))

    def specs(self, study: Study, values: Mapping[str, object], trial: Trial | None = None) -> tuple:
        """netParams and simConfig for free parameters at `values`, all other settings as the study has them.

        Without a trial they are those of the first.
        """
        trial = trial or study.trials(study.seeds[0])[0]
        settings = {**self.defaults, **study.values, **trial.protocol.values}
        settings.update({p.name: values[p.name] for p in study.space.parameters if not p.paths})
        # A model may draw from Python's or NumPy's global generator while it builds; the seed decides that too.
        random.seed(study.seed)
        np.random.seed(study.seed)
        specs = (
            self.module.net_params(dict(settings)),
            self.module.sim_config(dict(settings), study.seed, trial.protocol.duration_ms),
        )
        for name, made in zip(("net_params", "sim_config"), specs, strict=True):
            if not hasattr(made, "todict"):
                raise ModelError(f"{study.model}: {name} returned {shown(made)}, must return NetPyNE's specs")
        for parameter in study.space.parameters:
            for path, factor in parameter.paths:
                value = values[parameter.name]
                paths.write(specs, path, value if factor == 1.0 else value * factor)
        for target in study.targets:
            try:
                traces.add(specs, traces.wanted([target]))
            except StudyError as error:
                raise study.place.at("targets").at(target.name).at("trace").error(str(error)) from None
        if trial.seed is not None:
            specs[1].seeds.update(dict.fromkeys(VARIED[study.simulation["vary"]], trial.seed))
        return specs


def names() -> list[str]:
    """The models of netparams/."""
    return sorted(path.stem for path in SHIPPED.glob("*.py") if not path.stem.startswith("_"))


def summary(name: str) -> str:
    """The first line of a shipped model's docstring, read without running it."""
    documented = ast.get_docstring(ast.parse((SHIPPED / f"{name}.py").read_text(encoding="utf-8")))
    return (documented or "").partition("\n")[0]


def locate(study: Study) -> Path:
    """The file of the study's model; one that is not there is a StudyError."""
    if study.model in names():
        return SHIPPED / f"{study.model}.py"
    path = Path(study.folder, os.path.expanduser(study.model))
    if is_file(path) and path.suffix == ".py":
        return path.resolve()
    place = study.place.at("model")
    if path.suffix == ".py" or len(Path(study.model).parts) > 1:
        raise place.error(f"is {shown(study.model)}, but there is no Python file {path}")
    raise place.error(f"no model is called {shown(study.model)}; {nearest(study.model, names())}, or a path to a model")


def mod_folder(study: Study) -> Path:
    """Where the model's NMODL files lie: mod/ beside a model's own file, else beside it, else the project's mod/."""
    beside = locate(study).parent
    if beside == SHIPPED:
        return mechanisms.OWN
    for folder in (beside / "mod", beside):
        if any(folder.glob("*.mod")):
            return folder
    return mechanisms.OWN


@cache
def _load(file: Path) -> Model:
    if file.parent == SHIPPED:
        return Model(file.stem, importlib.import_module(f"netparams.{file.stem}"), SHIPPED)
    # The model's own helpers are found before any module of ours that has the same name.
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(f"model_{file.stem}", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return Model(file.stem, module, file.parent)


def load(study: Study) -> Model:
    """The study's model, loaded once a process; raises ModelError with the line where its code raises."""
    file = locate(study)
    try:
        model = _load(file)
    except (Exception, SystemExit) as error:
        raise ModelError(f"{study.model}: {blame(error, file.parent)}") from error
    for part, words in PARTS.items():
        if not hasattr(model.module, part):
            raise study.place.at("model").error(f"{file} has no {words}, so it is no model")
    return model


def blame(error: BaseException, *folders: Path) -> str:
    """An exception in one line: the last line of code in the folders that it passed, its type and its words."""
    words = f"{type(error).__name__}: {error}".strip().splitlines() or [type(error).__name__]
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}: {words[0]}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if any(map(Path(frame.filename).is_relative_to, folders))]
    where = f"{own[-1].filename}:{own[-1].lineno}: " if own else ""
    return where + words[0]


def describe(study: Study, build: bool = True) -> Description:
    """Loads the model, holds the study against it, and builds its specs at the start point.

    Raises StudyError for a name, unit, path or population that the model does not have, ModelError if its code raises
    for its own default values. A start point at which it raises is left to the evaluations. Without `build` no specs
    are made, populations stay unknown and paths unchecked: for models that end the process.
    """
    modelfiles.reads()
    model = load(study)
    _check_names(study, model)
    if not build:
        start = {p.name: p.start_value(model.defaults.get(p.name)) for p in study.space.parameters}
        return Description(model.units, (), start, _files(model))
    start = {p.name: p.start_value(_model_value(study, model, p)) for p in study.space.parameters}
    populations = _populations(study, model, start)
    return Description(model.units, populations, start, _files(model))


def _files(model: Model) -> tuple[str, ...]:
    return modelfiles.files_of(model.module, model.folder, shipped=model.folder == SHIPPED)


def _populations(study: Study, model: Model, start: dict[str, object]) -> tuple[str, ...]:
    """The model's populations, after the study's paths, synapses and populations were held against its specs."""
    found: dict[str, None] = {}
    for trial in study.trials(study.seeds[0]):
        specs = _specs(study, model, start, trial)
        _check_paths(study, specs)
        _check_synapses(study, specs)
        populations = tuple(map(str, specs[0].popParams))
        _check_populations(study, trial, populations)
        found |= dict.fromkeys(populations)
    return tuple(found)


def _specs(study: Study, model: Model, start: dict[str, object], trial: Trial) -> tuple:
    try:
        return model.specs(study, start, trial)
    except TunerError:
        raise
    except (Exception, SystemExit):
        return _default_specs(study, model)


def _check_populations(study: Study, trial: Trial, populations: tuple[str, ...]) -> None:
    for target in study.targets:
        for key, population in target.populations.items() if target.protocol == trial.protocol.name else ():
            if population not in (ALL, *populations):
                place = study.place.at("targets").at(target.name).at(key)
                allowed = nearest(population, (ALL, *populations))
                raise place.error(f"the model has no population {population!r}{_in(study, trial)}; {allowed}")


def _in(study: Study, trial: Trial) -> str:
    return f" in the protocol {trial.protocol.name}" if len(study.protocols) > 1 else ""


def _default_specs(study: Study, model: Model) -> tuple:
    values = {**model.defaults, **study.values}
    try:
        return model.module.net_params(dict(values)), model.module.sim_config(values, study.seed, study.duration_ms)
    except (Exception, SystemExit) as error:
        raise ModelError(f"{study.model}: {blame(error, model.folder)}") from error


def _model_value(study: Study, model: Model, parameter: object) -> object:
    if not parameter.paths:
        return model.defaults[parameter.name]
    path, factor = parameter.paths[0]
    try:
        value = paths.read(_default_specs(study, model), path)
    except StudyError as error:
        raise study.place.at("parameters").at(parameter.name).at("path").error(str(error)) from None
    return value / factor if isinstance(value, int | float) and factor else value


def _check_names(study: Study, model: Model) -> None:
    given = [(study.place.at("values"), study.values)]
    given += [(study.place.at("protocols").at(p.name).at("values"), p.values) for p in study.protocols]
    for place, name, value in (
        (here.at(name), name, value) for here, values in given for name, value in values.items()
    ):
        if name not in model.defaults:
            raise place.error(f"the model has no value of this name; {nearest(name, model.defaults)}")
        _check_type(value, model.defaults[name], name in model.units, place)
    for parameter in study.space.parameters:
        place = study.place.at("parameters").at(parameter.name)
        if not parameter.paths and parameter.name not in model.defaults:
            raise place.error(f"the model has no value of this name; {nearest(parameter.name, model.defaults)}")
        for value in () if parameter.paths else parameter.choices:
            _check_type(value, model.defaults[parameter.name], parameter.name in model.units, place.at("choices"))
        unit = model.units.get(parameter.name)
        if parameter.unit and unit and not parameter.paths and parameter.unit != unit:
            raise place.at("unit").error(f"is {parameter.unit!r}, but the model's unit is {unit!r}")


def _check_type(value: object, default: object, has_unit: bool, place: Place) -> None:
    """A value must be what the model's own is: a number (also where there is a unit), text, or true or false."""
    if isinstance(default, bool) or isinstance(default, str):
        kind = "flag" if isinstance(default, bool) else "text"
    elif isinstance(default, int | float) or has_unit:
        kind = "number"
    else:
        return
    try:
        Key(kind).check(value, place)
    except StudyError as error:
        raise StudyError(f"{error}, as the model's {default!r}") from None


def _check_paths(study: Study, specs: tuple) -> None:
    for parameter in study.space.parameters:
        for path, _ in parameter.paths:
            try:
                paths.read(specs, path)
            except StudyError as error:
                raise study.place.at("parameters").at(parameter.name).at("path").error(str(error)) from None


def _check_synapses(study: Study, specs: tuple) -> None:
    labels = [str(label) for label in specs[0].synMechParams]
    for label in study.simulation["share_synapses"]:
        if label not in labels:
            place = study.place.at("simulation").at("share_synapses").at(label)
            raise place.error(f"the model has no synMech of this name; {nearest(label, labels)}")
