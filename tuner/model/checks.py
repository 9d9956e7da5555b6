"""Check a study against the model: names, units, paths, populations and synapses; describe the model."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tuner.errors import MechanismError, ModelError, StudyError, TunerError, nearest
from tuner.interfaces.netpyne_types import NetParams
from tuner.mechanisms import libraries
from tuner.model import live_script, model_files, models
from tuner.model.base import Description, Inputs, Model
from tuner.model.parameter_checks import check_element
from tuner.protocols import Trial
from tuner.recording import ALL
from tuner.study import paths, units
from tuner.study.paths import Specs
from tuner.study.schema import Key, Place
from tuner.study.space import Parameter
from tuner.study.study import Study


def describe(study: Study, library: Path | None = None, *, build: bool = True) -> Description:
    """Load a study's model, check the study against the model, and build the specs at the start point.

    Parameters
    ----------
    library
        The model's compiled mechanisms.
    build
        If False, no specs are built, populations stay unknown, and paths are not checked. This is for models whose code
        ends the process.

    Raises
    ------
    StudyError
        For a name, unit, path or population that the model does not have.
    ModelError
        If the model's code raises for the model's default values. If it raises at the start point only, this is not an
        error here: the evaluations record it.
    MechanismError
        If the model needs a mechanism that could not be compiled for `library`.
    """
    model_files.reads()
    model = models.of(study)
    if models.source(study).is_native:
        _check_names(study, model)
    if not build:
        start = {p.name: p.start_value(model.defaults.get(p.name)) for p in study.space.parameters}
        return Description(model.units, (), start, _files(study, model), study.duration_ms)
    return _describe(_Plain(study, model, library))


def _describe(plain: "_Plain") -> Description:
    study, model = plain.study, plain.model
    start = {p.name: p.start_value(_model_value(plain, p)) for p in study.space.parameters}
    specs = _checked(plain, start)
    populations = dict.fromkeys(str(name) for net_params, _ in specs for name in net_params.popParams)
    duration_ms = study.duration_ms or live_script.duration_ms(model, study, start, specs[0])
    notes = tuple(_notes(model, specs[0].net_params))
    return Description(model.units, tuple(populations), start, _files(study, model), duration_ms, notes)


def _notes(model: Model, net_params: NetParams) -> Iterator[str]:
    for name in sorted(model.left_out):
        yield f"{name} is turned off: NetPyNE cannot record it with the installed version of NEURON"
    yield from model.left_undone
    if missing := libraries.missing(net_params):
        yield (
            f"cell rules use mechanisms that NEURON does not have ({', '.join(missing)}):"
            " NetPyNE builds the cells without them"
        )


class _Plain:
    """Build the model's specs without the candidate's values, at the first access."""

    def __init__(self, study: Study, model: Model, library: Path | None) -> None:
        self.study, self.model, self.library = study, model, library
        self._specs: Specs | None = None

    @property
    def specs(self) -> Specs:
        if self._specs is None:
            self._specs = self._make()
        return self._specs

    def _make(self) -> Specs:
        if any(values for _, values in _given(self.study)) and not self.model.defaults:
            _check_value_paths(self.study, self.model, self._made_for(_without_values(self.study)))
        return self._made_for(self.study)

    def _made_for(self, study: Study) -> Specs:
        try:
            return self.model.plain_specs(Inputs.of(study), study.protocols[0])
        except StudyError as error:
            raise self.study.place.at("model").error(str(error)) from None
        except TunerError:
            raise
        except (Exception, SystemExit) as error:
            if reason := libraries.blame_left_out(self.library, str(error)):
                raise MechanismError(reason) from error
            raise ModelError(f"{self.study.model}: {models.blame(error, self.model.folder)}") from error


def _without_values(study: Study) -> Study:
    protocols = tuple(replace(protocol, values={}) for protocol in study.protocols)
    return replace(study, values={}, protocols=protocols)


def _files(study: Study, model: Model) -> tuple[str, ...]:
    found = models.source(study)
    return model_files.files_of(found.files, model.working_copy, shipped=found.is_shipped)


def _checked(plain: _Plain, start: dict[str, Any]) -> list[Specs]:
    """Return the specs at the start point in each protocol, after a check of paths, synapses and populations."""
    found = []
    study = plain.study
    for trial in study.trials(study.seeds[0]):
        specs = _specs(plain, start, trial)
        libraries.check_used(plain.library, specs.net_params)
        _check_parameter_paths(plain, specs)
        _check_synapses(study, specs)
        _check_populations(study, trial, tuple(map(str, specs.net_params.popParams)))
        found.append(specs)
    return found


def _specs(plain: _Plain, start: dict[str, Any], trial: Trial) -> Specs:
    try:
        return plain.model.specs(plain.study, start, trial)
    except TunerError:
        raise
    except (Exception, SystemExit):
        return plain.specs


def _check_populations(study: Study, trial: Trial, populations: tuple[str, ...]) -> None:
    for target in study.targets:
        for key, population in target.populations.items() if target.protocol == trial.protocol.name else ():
            if population not in (ALL, *populations):
                place = study.place.at("targets").at(target.name).at(key)
                allowed = nearest(population, (ALL, *populations))
                raise place.error(f"the model has no population {population!r}{_in(study, trial)}; {allowed}")


def _in(study: Study, trial: Trial) -> str:
    return f" in the protocol {trial.protocol.name}" if len(study.protocols) > 1 else ""


def _model_value(plain: _Plain, parameter: Parameter) -> Any:
    for path in _paths_of(plain.model, parameter):
        _check_path(plain.model, plain.specs, path, _place_of(plain.study, parameter))
        check_element(plain.model, plain.specs, parameter, path, _place_of(plain.study, parameter))
    if not _paths_of(plain.model, parameter):
        return plain.model.defaults[parameter.name]
    if parameter.zipped:
        return _choice(plain, parameter)
    path, factor = (parameter.paths or ((parameter.name, 1.0),))[0]
    if parameter.relative:
        return 1.0 / factor
    try:
        value = paths.read(plain.specs, paths.matching(plain.specs, path)[0])
    except StudyError:
        # NetPyNE's batch mode creates the path.
        return None
    return value / factor if isinstance(value, int | float) and factor else value


def _choice(plain: _Plain, parameter: Parameter) -> Any:
    """Return the choice that the model has at all of the parameter's paths; `None` if there is no such choice."""
    for choice in parameter.choices:
        if all(paths.read(plain.specs, path) == value for path, value in parameter.settings(choice)):
            return choice
    return None


def _place_of(study: Study, parameter: Parameter) -> Place:
    place = study.place.at("parameters").at(parameter.name)
    return place.at("path") if parameter.has_path else place


def _given(study: Study) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    yield study.place.at("values"), study.values
    for protocol in study.protocols:
        yield study.place.at("protocols").at(protocol.name).at("values"), protocol.values


def _check_names(study: Study, model: Model) -> None:
    for here, values in _given(study):
        for name, value in values.items():
            place = here.at(name)
            if name not in model.defaults:
                raise place.error(f"the model has no value of this name; {nearest(name, model.defaults)}")
            _check_type(value, model.defaults[name], place, has_unit=name in model.units)
    for parameter in study.space.parameters:
        place = study.place.at("parameters").at(parameter.name)
        if not parameter.has_path and parameter.name not in model.defaults:
            raise place.error(f"the model has no value of this name; {nearest(parameter.name, model.defaults)}")
        if not parameter.has_path:
            _check_values(parameter, model, place)
        unit = model.units.get(parameter.name)
        if unit and not parameter.has_path and _differ(parameter.unit, unit):
            raise place.at("unit").error(f"is {parameter.unit!r}, but the model's unit is {unit!r}")


def _check_values(parameter: Parameter, model: Model, place: Place) -> None:
    default = model.defaults[parameter.name]
    if isinstance(default, list | tuple):
        words = f"is a {type(default).__name__} of {len(default)} elements in the model"
        raise place.error(f"{words}, but a parameter gives one number, text or flag")
    for key, values in (("choices", parameter.choices), ("low", () if parameter.choices else (parameter.low,))):
        for value in values:
            _check_type(value, default, place.at(key), has_unit=parameter.name in model.units)


def _differ(unit: str, of_model: str) -> bool:
    """Return whether a unit is not the model's; a free word for the model's unit must be the same word."""
    if units.read(of_model) is None or units.read(unit) is None:
        return bool(unit) and unit != of_model
    return units.contradict(unit, of_model)


def _check_type(value: Any, default: Any, place: Place, *, has_unit: bool) -> None:
    """Check that a value has the type of the model's default: number, text, or true or false.

    A default with a unit is a number.
    """
    if isinstance(default, bool) or isinstance(default, str):
        kind = "flag" if isinstance(default, bool) else "text"
    elif isinstance(default, int | float) or has_unit:
        kind = "number"
    else:
        return
    try:
        Key(kind).check(value, place)
    except StudyError as error:
        raise StudyError(f"{error}, like the model's default {default!r}") from None


def _check_parameter_paths(plain: _Plain, specs: Specs) -> None:
    for parameter in plain.study.space.parameters:
        for path in _paths_of(plain.model, parameter):
            _check_path(plain.model, specs, path, _place_of(plain.study, parameter))


def _paths_of(model: Model, parameter: Parameter) -> list[str]:
    """Return the paths of a parameter.

    In a model without named values, a parameter without a path is at the path that its name says.
    """
    named = [path for path, _ in (*parameter.paths, *parameter.zipped)]
    return named or ([] if model.defaults else [parameter.name])


def _check_value_paths(study: Study, model: Model, specs: Specs) -> None:
    for here, values in _given(study):
        for path in values:
            _check_path(model, specs, path, here.at(path))


def _check_path(model: Model, specs: Specs, path: str, place: Place) -> None:
    if model.creates:
        return
    try:
        for each in paths.matching(specs, path):
            paths.read(specs, each)
    except StudyError as error:
        near = paths.neighbours(specs, path)
        raise place.error(f"{error}; the nearest: {', '.join(near)}" if near else str(error)) from None
    if paths.parse(path) == ("simConfig", ("duration",)) and not model.defaults:
        raise place.error("is the duration of the simulation; set it by the study's own key, duration_ms")


def _check_synapses(study: Study, specs: Specs) -> None:
    labels = [str(label) for label in specs.net_params.synMechParams]
    for label in study.simulation.share_synapses:
        if label not in labels:
            place = study.place.at("simulation").at("share_synapses").at(label)
            raise place.error(f"the model has no synMech of this name; {nearest(label, labels)}")
