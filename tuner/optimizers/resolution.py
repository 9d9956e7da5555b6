"""Optimisers: each asks for points in the unit cube and is told their evaluations (`base.Optimizer`).

A class gives SETTINGS, its keys in a study, and is made by `Class(problem, seed, **settings)`.
"""

import math
from collections.abc import Mapping

from tuner.errors import nearest
from tuner.objective.loss import names_of_objectives
from tuner.optimizers.asd import ASD
from tuner.optimizers.base import Optimizer, Problem
from tuner.optimizers.cma_es import CmaEs
from tuner.optimizers.designs import Grid, LatinHypercube, Random, Sobol
from tuner.optimizers.inspyred.evolution import (
    DifferentialEvolution,
    EstimationOfDistribution,
    EvolutionStrategy,
    NetPyNEGenetic,
    ParticleSwarm,
    SimulatedAnnealing,
)
from tuner.optimizers.inspyred.genetic import Genetic
from tuner.optimizers.inspyred.netpyne_evolution import Custom, NetPyNECustom
from tuner.optimizers.inspyred.pareto_evolution import PAES, InspyredNSGA2
from tuner.optimizers.least_squares.least_squares import LeastSquares
from tuner.optimizers.pareto.emoo import Emoo
from tuner.optimizers.pareto.nsga2 import NSGA2, NSGA3
from tuner.optimizers.pinned import Pinned
from tuner.optimizers.samplers import Optuna
from tuner.study.schema import Key, Place, fill
from tuner.study.settings import OPTIMIZER_KEYS
from tuner.study.study import Study

__all__ = ["OPTIMIZERS", "Optimizer", "Problem", "each_its_own", "make", "n_first", "resolve", "with_in_flight"]

OPTIMIZERS: dict[str, type[Optimizer]] = {
    "least_squares": LeastSquares,
    "genetic": Genetic,
    "nsga2": NSGA2,
    "nsga3": NSGA3,
    "emoo": Emoo,
    "netpyne_genetic": NetPyNEGenetic,
    "custom": Custom,
    "netpyne_custom": NetPyNECustom,
    "asd": ASD,
    "evolutionStrategy": EvolutionStrategy,
    "simulatedAnnealing": SimulatedAnnealing,
    "diffEvolution": DifferentialEvolution,
    "estimationDist": EstimationOfDistribution,
    "particleSwarm": ParticleSwarm,
    "inspyred_nsga2": InspyredNSGA2,
    "paes": PAES,
    "cma_es": CmaEs,
    "random": Random,
    "sobol": Sobol,
    "latin_hypercube": LatinHypercube,
    "grid": Grid,
    "optuna": Optuna,
}
MULTI_OBJECTIVE = tuple(name for name, kind in OPTIMIZERS.items() if kind.MULTI_OBJECTIVE)
REFUSED = {"antColony": "needs discrete components, which no parameter of a network is"}


def resolve(study: Study) -> Study:
    """The study with its optimiser's name and settings filled in; what is wrong with them is a StudyError."""
    place = study.place.at("optimizer")
    name = _name(study, place.at("name"))
    kind = OPTIMIZERS[name]
    _check_owner(study.optimizer, name, place)
    settings = fill(study.optimizer, OPTIMIZER_KEYS | kind.SETTINGS, place)
    size, most = settings.get("population_size", 0), study.most_evaluations
    # A default is no mistake of the study's, also where a run folder's study has it filled in.
    if size > most and size != kind.SETTINGS["population_size"].default:
        raise place.at("population_size").error(f"is {size}, must be at most {most}, the budget's evaluations")
    for key, (holds, words) in kind.conditions(settings, len(study.objectives)).items():
        if not holds:
            raise place.at(key).error(f"is {settings[key]}, {words}" if key in settings else words)
    resolved = study.with_optimizer({**settings, "name": name})
    _check_racing(resolved)
    _check_first(resolved, place.at("first"))
    return resolved


def _check_owner(settings: Mapping[str, object], name: str, place: Place) -> None:
    """Settings that a study has for one optimiser are no mistake in their spelling where another is to run."""
    own = OPTIMIZER_KEYS | OPTIMIZERS[name].SETTINGS
    for key in settings:
        if key not in own and any(key in kind.SETTINGS for kind in OPTIMIZERS.values()):
            hint = 'drop it, or clear all of the study\'s with --set "optimizer={}" before --set optimizer.name=...'
            raise place.at(key).error(f"is another optimiser's, {name} has no such setting; {hint}")


def _check_first(study: Study, place: Place) -> None:
    """Candidates that are given must be some that the search could come to, and no more than a first generation."""
    given = study.optimizer.get("first", [])
    most = study.optimizer.get("population_size", 1) - study.optimizer["start_point"]
    if len(given) > most:
        raise place.error(f"has {len(given)} candidates, the first generation takes {most} (population_size)")
    if given and "start_from" in study.optimizer:
        raise place.error("stands beside start_from; keep one of the two")
    if given and math.isfinite(_n_points(study)):
        raise place.error(f"stands beside {study.optimizer['name']}, which has points of its own; drop it")
    parameters = {parameter.name: parameter for parameter in study.space.parameters}
    for number, values in enumerate(given):
        here = place.at(number)
        for name, value in Key("table").check(values, here).items():
            if name not in parameters:
                raise here.at(name).error(f"is no free parameter; {nearest(name, parameters)}")
            if not parameters[name].holds(value):
                raise here.at(name).error(f"is {value!r}, which lies outside the parameter's bounds")


def _check_racing(study: Study) -> None:
    """Racing compares one loss with the best of the generations before."""
    if not study.simulation["racing"]:
        return
    place = study.place.at("simulation").at("racing")
    if study.optimizer.get("asynchronous"):
        raise place.error("is true, but an asynchronous optimiser has no generations to race in; drop one of the two")
    if len(names_of_objectives(study.targets, each_its_own(study))) > 1:
        raise place.error("is true, but with several objectives no candidate is the best; drop it")
    for target in study.targets:
        if target.is_endless and target.counts:
            words = f"is true, but nobody knows how low the loss of targets.{target.name} ({target.form}) may become"
            raise place.error(f"{words}, so that no candidate is out of the race; drop it")


def _name(study: Study, place: Place) -> str:
    several = len(study.objectives) > 1
    name = OPTIMIZER_KEYS["name"].check(study.optimizer.get("name", "nsga2" if several else "least_squares"), place)
    if name in REFUSED:
        raise place.error(f"is {name!r}, which {REFUSED[name]}; choose genetic or least_squares")
    if name not in OPTIMIZERS:
        raise place.error(f"no optimiser is called {name!r}; {nearest(name, OPTIMIZERS)}")
    if several and name not in MULTI_OBJECTIVE:
        raise place.error(
            f"{name} has one objective, but the targets name {len(study.objectives)} ({', '.join(study.objectives)});"
            f" choose {' or '.join(MULTI_OBJECTIVE)}, or drop the targets' objective"
        )
    return name


def with_in_flight(study: Study, recorded: Mapping, workers: int) -> Study:
    """The study with its number of outstanding points: its own, that of the run that goes on, else one a worker."""
    settings = study.optimizer
    if not settings.get("asynchronous") or "in_flight" in settings:
        return study
    return study.with_optimizer({**settings, "in_flight": recorded.get("optimizer", {}).get("in_flight", workers)})


def each_its_own(study: Study) -> bool:
    """Whether targets without an objective's name are an objective each."""
    return OPTIMIZERS[study.optimizer["name"]].splits(study.optimizer)


def keeps_fixed(study: Study) -> bool:
    """Whether the optimiser varies fixed parameters among those of a start population."""
    return OPTIMIZERS[study.optimizer["name"]].KEEPS_FIXED


def n_first(study: Study) -> int:
    """How many given points serve the optimiser as its first generation."""
    takes_population = OPTIMIZERS[study.optimizer["name"]].TAKES_POPULATION
    return study.optimizer["population_size"] if takes_population else 1


def most_evaluations(study: Study) -> float:
    """The most evaluations that a run of a resolved study makes: its budget's, or fewer where a design ends before."""
    return min(study.most_evaluations, _n_points(study) + study.optimizer["start_point"])


def _n_points(study: Study) -> float:
    return OPTIMIZERS[study.optimizer["name"]].n_points(study.space, study.optimizer)


def make(study: Study, first: dict[str, object] | None, start: dict[str, object]) -> Optimizer:
    """The optimiser of a resolved study; it begins at the values `first`, anywhere if that is None.

    Fixed parameters have their values of `start`, the model's start point, unless the optimiser keeps them itself.
    """
    settings = {key: value for key, value in study.optimizer.items() if key not in OPTIMIZER_KEYS}
    objectives = names_of_objectives(study.targets, each_its_own(study))
    begin = None if first is None else study.space.encode(first)
    base = study.space.encode(start)
    counting = tuple(target for target in study.targets if target.weight)
    given = len(study.optimizer.get("first", ()))
    problem = Problem(study.space, counting, tuple(objectives), begin, base, given)
    return of_kind(OPTIMIZERS[study.optimizer["name"]], problem, study.seed, settings)


def of_kind(kind: type[Optimizer], problem: Problem, seed: int, settings: Mapping[str, object]) -> Optimizer:
    """The optimiser of a class, which leaves fixed parameters where they are."""
    if kind.KEEPS_FIXED or not problem.space.fixed.any():
        return kind(problem, seed, **settings)
    return Pinned(kind, problem, seed, **settings)
