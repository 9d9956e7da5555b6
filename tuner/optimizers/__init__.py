"""Optimisers: each asks for points in the unit cube and is told their evaluations.

A class gives SETTINGS (its keys in a study) and is made by `Class(space, seed, objectives, **settings)`; `ask()`
gives the next generation's points (n, n_parameters), `tell(points, evaluations)` takes their evaluations in order,
`done` says that there is nothing left to ask. What it asks depends on its seed and on what it was told, on nothing
else; `tell` may be given other points than were asked for (a start point). What a failed evaluation means is each
optimiser's affair.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from tuner.errors import nearest
from tuner.evaluation import Evaluation
from tuner.optimizers.genetic import Genetic
from tuner.optimizers.nsga2 import NSGA2
from tuner.schema import Key, fill
from tuner.space import SearchSpace
from tuner.study import Study

OPTIMIZERS = {"genetic": Genetic, "nsga2": NSGA2}
MULTI_OBJECTIVE = ("nsga2",)
COMMON_KEYS = {"name": Key("text"), "start_point": Key("flag", True)}


class Optimizer(Protocol):
    """What the loop needs of an optimiser."""

    SETTINGS: dict[str, Key]
    done: bool

    def __init__(self, space: SearchSpace, seed: int, objectives: Sequence[str], **settings: object) -> None: ...

    def ask(self) -> np.ndarray:
        """The points of the next generation, (n_points, n_parameters), in the unit cube."""

    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Takes the evaluations of a whole generation, in the order of the points (n_points, n_parameters)."""


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
    if settings["population_size"] > study.budget.most_evaluations:
        most = study.budget.most_evaluations
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


def make(study: Study) -> Optimizer:
    """The optimiser of a resolved study."""
    settings = {key: value for key, value in study.optimizer.items() if key not in COMMON_KEYS}
    own = [target.objective or (target.name if each_its_own(study) else "loss") for target in study.targets]
    return OPTIMIZERS[study.optimizer["name"]](study.space, study.seed, list(dict.fromkeys(own)), **settings)
