"""The optimiser of a study: its settings filled in, held against the study, and the optimiser made of them."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tuner.errors import nearest
from tuner.objective.loss import Objectives
from tuner.optimizers.base import Optimizer, Problem
from tuner.optimizers.pinned import Pinned
from tuner.optimizers.registry import OPTIMIZERS, REFUSED, multi_objective
from tuner.study import resolved
from tuner.study.resolved import ResolvedStudy
from tuner.study.schema import Key, Place, fill
from tuner.study.settings import OPTIMIZER_KEYS, OptimizerSettings
from tuner.study.study import Study


def resolve(study: Study, duration_ms: float | None = None, in_flight: int | None = None) -> ResolvedStudy:
    """Return the study with everything filled in: the optimiser's settings, and the duration of its model [ms].

    `in_flight` is the number of outstanding points of an asynchronous search that gives none. Raises StudyError where
    something is wrong with the settings, or where a target does not fit the duration.
    """
    optimizer = settings_of(study)
    if optimizer.asynchronous and optimizer.in_flight is None and in_flight is not None:
        optimizer = replace(optimizer, own={**optimizer.own, "in_flight": in_flight})
    duration_ms = study.duration_ms or duration_ms
    if duration_ms is None:
        raise study.place.at("duration_ms").error(
            "is missing; the model could not be built, or the manifest of its run is damaged, so nothing else tells it"
        )
    return resolved.resolved(study, optimizer, duration_ms)


def resume(study: Study, recorded: Mapping[str, Any], workers: int) -> ResolvedStudy:
    """Return the study of a run that goes on: with the duration and the outstanding points that were recorded."""
    in_flight = recorded.get("optimizer", {}).get("in_flight", workers)
    return resolve(study, recorded.get("duration_ms"), in_flight)


def settings_of(study: Study) -> OptimizerSettings:
    """Return the settings of a study's optimiser; StudyError where one of them is wrong."""
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
    # A default is no mistake of the study's, also where a run folder's study has it filled in.
    if size > most and size != kind.SETTINGS["population_size"].default:
        raise place.at("population_size").error(f"is {size}, must be at most {most}, the budget's evaluations")
    for key, (holds, words) in kind.conditions(table, len(study.objectives)).items():
        if not holds:
            raise place.at(key).error(f"is {table[key]}, {words}" if key in table else words)


def _check_owner(settings: Mapping[str, Any], name: str, place: Place) -> None:
    """Settings that a study has for one optimiser are no mistake in their spelling where another is to run."""
    own = OPTIMIZER_KEYS | OPTIMIZERS[name].SETTINGS
    for key in settings:
        if key not in own and any(key in kind.SETTINGS for kind in OPTIMIZERS.values()):
            hint = 'drop it, or clear all of the study\'s with --set "optimizer={}" before --set optimizer.name=...'
            raise place.at(key).error(f"is another optimiser's, {name} has no such setting; {hint}")


def _check_first(study: Study, settings: OptimizerSettings, place: Place) -> None:
    """Candidates that are given must be some that the search could come to, and no more than a first generation."""
    most = (settings.population_size or 1) - settings.start_point
    if len(settings.first) > most:
        given = f"has {len(settings.first)} candidates"
        raise place.error(f"{given}, the first generation takes {most} (population_size)")
    if settings.first and settings.start_from is not None:
        raise place.error("stands beside start_from; keep one of the two")
    if settings.first and math.isfinite(_n_points(study, settings)):
        raise place.error(f"stands beside {settings.name}, which has points of its own; drop it")
    parameters = {parameter.name: parameter for parameter in study.space.parameters}
    for number, values in enumerate(settings.first):
        here = place.at(number)
        for name, value in Key("table").check(values, here).items():
            if name not in parameters:
                raise here.at(name).error(f"is no free parameter; {nearest(name, parameters)}")
            if not parameters[name].holds(value):
                raise here.at(name).error(f"is {value!r}, which lies outside the parameter's bounds")


def _check_racing(study: Study, settings: OptimizerSettings) -> None:
    """Racing compares one loss with the best of the generations before."""
    if not study.simulation.racing:
        return
    place = study.place.at("simulation").at("racing")
    if settings.asynchronous:
        raise place.error("is true, but an asynchronous optimiser has no generations to race in; drop one of the two")
    if len(_objectives(study, settings).names) > 1:
        raise place.error("is true, but with several objectives no candidate is the best; drop it")
    for target in study.targets:
        if target.is_endless and target.counts:
            words = f"is true, but nobody knows how low the loss of targets.{target.name} ({target.form}) may become"
            raise place.error(f"{words}, so that no candidate is out of the race; drop it")


def _name(study: Study, place: Place) -> str:
    several = len(study.objectives) > 1
    written = study.optimizer_table.get("name", "nsga2" if several else "least_squares")
    name: str = OPTIMIZER_KEYS["name"].check(written, place)
    if name in REFUSED:
        raise place.error(f"is {name!r}, which {REFUSED[name]}; choose genetic or least_squares")
    if name not in OPTIMIZERS:
        raise place.error(f"no optimiser is called {name!r}; {nearest(name, OPTIMIZERS)}")
    if several and not OPTIMIZERS[name].MULTI_OBJECTIVE:
        raise place.error(
            f"{name} has one objective, but the targets name {len(study.objectives)} ({', '.join(study.objectives)});"
            f" choose {' or '.join(multi_objective())}, or drop the targets' objective"
        )
    return name


def objectives(study: ResolvedStudy) -> Objectives:
    """Return the objectives that a study's targets add up to for its optimiser."""
    return _objectives(study, study.optimizer)


def _objectives(study: Study, settings: OptimizerSettings) -> Objectives:
    return Objectives(study.targets, OPTIMIZERS[settings.name].splits(settings.own))


def keeps_fixed(study: ResolvedStudy) -> bool:
    """Whether the optimiser varies fixed parameters among those of a start population."""
    return OPTIMIZERS[study.optimizer.name].KEEPS_FIXED


def n_first(study: ResolvedStudy) -> int:
    """Return how many given points serve the optimiser as its first generation."""
    return study.optimizer.population_size if OPTIMIZERS[study.optimizer.name].TAKES_POPULATION else 1


def most_evaluations(study: ResolvedStudy) -> float:
    """Return the most evaluations that a run makes: its budget's, or fewer where a design ends before."""
    return min(study.most_evaluations, _n_points(study, study.optimizer) + study.optimizer.start_point)


def _n_points(study: Study, settings: OptimizerSettings) -> float:
    return OPTIMIZERS[settings.name].n_points(study.space, settings.own)


def make(study: ResolvedStudy, first: dict[str, Any] | None, start: dict[str, Any]) -> Optimizer:
    """Return the optimiser of a study; it begins at the values `first`, anywhere if that is None.

    Fixed parameters have their values of `start`, the model's start point, unless the optimiser keeps them itself.
    """
    problem = Problem(
        study.space,
        targets=tuple(target for target in study.targets if target.weight),
        objectives=tuple(objectives(study).names),
        start=None if first is None else study.space.encode(first),
        base=study.space.encode(start),
        given=len(study.optimizer.first),
    )
    return of_kind(OPTIMIZERS[study.optimizer.name], problem, study.seed, study.optimizer.own)


def of_kind(kind: type[Optimizer], problem: Problem, seed: int, settings: Mapping[str, Any]) -> Optimizer:
    """Return the optimiser of a class, which leaves fixed parameters where they are."""
    if kind.KEEPS_FIXED or not problem.space.fixed.any():
        return kind(problem, seed, **settings)
    return Pinned(kind, problem, seed, **settings)
