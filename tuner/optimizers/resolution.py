"""Resolve the optimiser of a study: fill in and check the settings, and create the optimiser."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tuner.errors import nearest
from tuner.evaluation import Evaluation
from tuner.objective.loss import Objectives
from tuner.optimizers.base import Optimizer, Problem
from tuner.optimizers.pinned import Pinned
from tuner.optimizers.registry import OPTIMIZERS, REFUSED, multi_objective
from tuner.study import resolved
from tuner.study.resolved import ResolvedStudy
from tuner.study.schema import Key, Place, fill
from tuner.study.settings import OPTIMIZER_KEYS, OptimizerSettings
from tuner.study.space import Parameter
from tuner.study.study import Study
from tuner.words import cut, shown


def resolve(study: Study, duration_ms: float | None = None, in_flight: int | None = None) -> ResolvedStudy:
    """Return the study with the settings of the optimiser and the duration of the model filled in.

    Parameters
    ----------
    duration_ms
        Duration of the model [ms], used if the study gives none.
    in_flight
        Number of points under way in an asynchronous search, used if the study gives none.

    Raises
    ------
    StudyError
        If a setting is wrong, if the duration is unknown, or if a target does not fit the duration.
    """
    optimizer = settings_of(study)
    if optimizer.asynchronous and optimizer.in_flight is None and in_flight is not None:
        optimizer = replace(optimizer, own={**optimizer.own, "in_flight": in_flight})
    duration_ms = study.duration_ms or duration_ms
    if duration_ms is None:
        raise study.place.at("duration_ms").error(
            "is missing: the model could not be built, or manifest.json of the run is damaged; give the duration [ms]"
        )
    return resolved.resolved(study, optimizer, duration_ms)


def resume(study: Study, recorded: Mapping[str, Any], workers: int) -> ResolvedStudy:
    """Return the study of a resumed run, with the recorded duration and number of points under way."""
    in_flight = recorded.get("optimizer", {}).get("in_flight", workers)
    return resolve(study, recorded.get("duration_ms"), in_flight)


def settings_of(study: Study) -> OptimizerSettings:
    """Return the settings of a study's optimiser; raise StudyError if a setting is wrong."""
    place = study.place.at("optimizer")
    name = _name(study, place.at("name"))
    kind = OPTIMIZERS[name]
    _check_owner(study.optimizer_table, name, place)
    table = fill(study.optimizer_table, OPTIMIZER_KEYS | kind.SETTINGS, place)
    _check_conditions(study, kind, table, place)
    settings = OptimizerSettings.of({**table, "name": name})
    _check_racing(study, settings)
    _check_first(study, settings, place.at("first"))
    return settings


def _check_conditions(study: Study, kind: type[Optimizer], table: Mapping[str, Any], place: Place) -> None:
    size, most = table.get("population_size", 0), study.most_evaluations
    # A default above the budget is no error. The study in a run folder has the defaults filled in.
    if size > most and size != kind.SETTINGS["population_size"].default:
        words = f"is {size}, must be at most {most}, the number of evaluations in the budget"
        raise place.at("population_size").error(words)
    for key, (holds, words) in kind.conditions(table, len(study.objectives)).items():
        if not holds:
            raise place.at(key).error(f"is {table[key]}, {words}" if key in table else words)


def _check_owner(settings: Mapping[str, Any], name: str, place: Place) -> None:
    """Explain a key that only another optimiser has, which is not a spelling mistake."""
    own = OPTIMIZER_KEYS | OPTIMIZERS[name].SETTINGS
    for key in settings:
        if key not in own and any(key in kind.SETTINGS for kind in OPTIMIZERS.values()):
            hint = 'remove it, or put --set "optimizer={}" before --set optimizer.name=... to clear the table'
            raise place.at(key).error(f"is a setting of another optimiser, {name} does not have it; {hint}")


def _check_first(study: Study, settings: OptimizerSettings, place: Place) -> None:
    """Check that the given candidates lie in the search space and fit into the first generation."""
    most = (settings.population_size or 1) - settings.start_point
    if len(settings.first) > most:
        less = " less the start point" if settings.start_point else ""
        raise place.error(f"has {len(settings.first)} candidates, must have at most {most} (population_size{less})")
    if settings.first and settings.start_from is not None:
        raise place.error("cannot be combined with start_from; keep one of the two")
    if settings.first and math.isfinite(_n_points(study, settings)):
        raise place.error(f"cannot be combined with {settings.name}, which lays out all points in advance; remove it")
    parameters = {parameter.name: parameter for parameter in study.space.parameters}
    for number, values in enumerate(settings.first):
        here = place.at(number)
        for name, value in Key("table").check(values, here).items():
            if name not in parameters:
                raise here.at(name).error(f"is not a parameter of the study; {nearest(name, parameters)}")
            if not parameters[name].holds(value):
                raise here.at(name).error(f"is {shown(value)}, must be {_allowed(parameters[name])}")


def _allowed(parameter: Parameter) -> str:
    if parameter.kind == "choice":
        return f"one of the choices ({cut(', '.join(map(repr, parameter.choices)))})"
    low, high = parameter.bounds
    return f"{'a whole number ' if parameter.kind == 'int' else ''}between {low:g} and {high:g}"


def _check_racing(study: Study, settings: OptimizerSettings) -> None:
    """Check that racing can compare the loss of a candidate with the best loss of earlier generations."""
    if not study.simulation.racing:
        return
    place = study.place.at("simulation").at("racing")
    if settings.asynchronous:
        raise place.error("is true, but racing needs generations; set it or optimizer.asynchronous to false")
    if len(_objectives(study, settings).names) > 1:
        raise place.error("is true, but racing needs one objective and the study has several; set it to false")
    for target in study.targets:
        if target.is_endless and target.counts:
            words = f"is true, but the loss of targets.{target.name} ({target.form}) has no lower limit"
            raise place.error(f"{words}, so racing cannot rule out any candidate; set it to false")


def _name(study: Study, place: Place) -> str:
    several = len(study.objectives) > 1
    written = study.optimizer_table.get("name", "nsga2" if several else "least_squares")
    name: str = OPTIMIZER_KEYS["name"].check(written, place)
    if name in REFUSED:
        raise place.error(f"is {shown(name)}, which {REFUSED[name]}; choose genetic or least_squares")
    if name not in OPTIMIZERS:
        raise place.error(f"no optimiser is called {shown(name)}; {nearest(name, OPTIMIZERS)}")
    if several and not OPTIMIZERS[name].MULTI_OBJECTIVE:
        raise place.error(
            f"{name} handles one objective, but the targets name {len(study.objectives)}"
            f" ({', '.join(study.objectives)}); choose {' or '.join(multi_objective())},"
            " or remove objective from the targets"
        )
    return name


def objectives(study: ResolvedStudy) -> Objectives:
    """Return the objectives of a study; some optimisers make each target an objective."""
    return _objectives(study, study.optimizer)


def _objectives(study: Study, settings: OptimizerSettings) -> Objectives:
    return Objectives(study.targets, OPTIMIZERS[settings.name].splits(settings.own))


def keeps_fixed(study: ResolvedStudy) -> bool:
    """Return whether fixed parameters may take the values of known points, not only of the start point."""
    return OPTIMIZERS[study.optimizer.name].KEEPS_FIXED


def design_of(study: ResolvedStudy, evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Return the evaluations that fill the search space evenly; empty unless the optimiser is a design.

    The start point and the candidates of `optimizer.first` are not points of the design.
    """
    settings = study.optimizer
    kind = OPTIMIZERS.get(settings.name)
    if kind is None or not kind.fills_space(settings.own):
        return []
    others = len(settings.first) + (settings.start_point or settings.start_from is not None)
    return [evaluation for evaluation in evaluations if evaluation.number >= others]


def n_first(study: ResolvedStudy) -> int:
    """Return the number of given points that the optimiser can use as a first generation."""
    return study.optimizer.population_size if OPTIMIZERS[study.optimizer.name].TAKES_POPULATION else 1


def most_evaluations(study: ResolvedStudy) -> float:
    """Return the largest number of evaluations of a run: the budget, or fewer if a design ends before."""
    has_start = OPTIMIZERS[study.optimizer.name].has_start(study.space, study.optimizer.own)
    further = study.optimizer.start_point and not has_start
    return min(study.most_evaluations, _n_points(study, study.optimizer) + further)


def _n_points(study: Study, settings: OptimizerSettings) -> float:
    return OPTIMIZERS[settings.name].n_points(study.space, settings.own)


def make(
    study: ResolvedStudy, first: dict[str, Any] | None, start: dict[str, Any], *, repeats_start: bool = False
) -> Optimizer:
    """Return the optimiser of a study, with the values `first` as the start point.

    Without a start point `first` is None. With `repeats_start`, a grid has the start point twice if the start point is
    one of the combinations. Fixed parameters keep the values of `start`, the model's start point, unless
    the optimiser handles fixed parameters (`Optimizer.KEEPS_FIXED`).
    """
    problem = Problem(
        study.space,
        targets=tuple(target for target in study.targets if target.weight),
        objectives=tuple(objectives(study).names),
        start=None if first is None else study.space.encode(first),
        base=study.space.encode(start),
        given=len(study.optimizer.first),
        repeats_start=repeats_start,
    )
    return of_kind(OPTIMIZERS[study.optimizer.name], problem, study.seed, study.optimizer.own)


def of_kind(kind: type[Optimizer], problem: Problem, seed: int, settings: Mapping[str, Any]) -> Optimizer:
    """Return an optimiser of class `kind`, with fixed parameters held constant."""
    if kind.KEEPS_FIXED or not problem.space.fixed.any():
        return kind(problem, seed, **settings)
    return Pinned(kind, problem, seed, **settings)
