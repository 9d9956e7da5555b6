"""Optimisers: each asks for points in the unit cube and is told their evaluations (`base.Optimizer`).

A class gives SETTINGS, its keys in a study, and is made by `Class(problem, seed, **settings)`.
"""


from tuner.errors import nearest
from tuner.optimizers.base import Optimizer, Problem
from tuner.optimizers.genetic import Genetic
from tuner.optimizers.nsga2 import NSGA2
from tuner.optimizers.pinned import Pinned
from tuner.schema import Key, fill
from tuner.study import Study

__all__ = ["OPTIMIZERS", "Optimizer", "Problem", "each_its_own", "make", "resolve"]

OPTIMIZERS: dict[str, type[Optimizer]] = {"genetic": Genetic, "nsga2": NSGA2}
MULTI_OBJECTIVE = tuple(name for name, kind in OPTIMIZERS.items() if kind.MULTI_OBJECTIVE)
COMMON_KEYS = {"name": Key("text"), "start_point": Key("flag", True)}


def resolve(study: Study) -> Study:
    """The study with its optimiser's name and settings filled in; what is wrong with them is a StudyError."""
    place = study.place.at("optimizer")
    several = len(study.objectives) > 1
    name = COMMON_KEYS["name"].check(study.optimizer.get("name", "nsga2" if several else "genetic"), place.at("name"))
    if name not in OPTIMIZERS:
        raise place.at("name").error(f"no optimiser is called {name!r}; {nearest(name, OPTIMIZERS)}")
    if several and name not in MULTI_OBJECTIVE:
        raise place.at("name").error(
            f"{name} has one objective, but the targets name {len(study.objectives)} ({', '.join(study.objectives)});"
            f" choose {' or '.join(MULTI_OBJECTIVE)}, or drop the targets' objective"
        )
    settings = fill(study.optimizer, COMMON_KEYS | OPTIMIZERS[name].SETTINGS, place)
    most = study.budget.most_evaluations
    if study.optimizer.get("population_size", 0) > most:
        raise place.at("population_size").error(
            f"is {settings['population_size']}, must be at most {most}, the budget's evaluations"
        )
    if settings.get("num_elites", 0) >= settings["population_size"]:
        elites, size = settings["num_elites"], settings["population_size"]
        raise place.at("num_elites").error(f"is {elites}, must be below population_size ({size})")
    return study.with_optimizer({**settings, "name": name})


def each_its_own(study: Study) -> bool:
    """Whether targets without an objective's name are an objective each."""
    return study.optimizer["name"] in MULTI_OBJECTIVE


def make(study: Study, start: dict[str, object]) -> Optimizer:
    """The optimiser of a resolved study, which begins at the values `start` unless the study leaves them out.

    Fixed parameters have their values of `start`.
    """
    settings = {key: value for key, value in study.optimizer.items() if key not in COMMON_KEYS}
    own = [target.objective or (target.name if each_its_own(study) else "loss") for target in study.targets]
    point = study.space.encode(start)
    begin = point if study.optimizer["start_point"] else None
    problem = Problem(study.space, study.targets, tuple(dict.fromkeys(own)), begin)
    kind = OPTIMIZERS[study.optimizer["name"]]
    if kind.KEEPS_FIXED or not study.space.fixed.any():
        return kind(problem, study.seed, **settings)
    return Pinned(kind, problem, point, study.seed, **settings)
