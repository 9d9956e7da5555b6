"""Search for the Pareto front with NSGA-II, and with NSGA-III from four objectives on.

Source: Deb, Pratap, Agarwal & Meyarivan 2002, IEEE Trans. Evol. Comput. 6:182. All functions of Emoo are included
(Bahl, Stemmler, Herz & Roth 2012, J. Neurosci. Methods 210:22); Emoo's original rules are in `emoo`.
"""

from collections.abc import Container, Mapping, Sequence
from typing import Any

import numpy as np

from tuner.evaluation import Evaluation
from tuner.optimizers.base import Optimizer, Problem
from tuner.optimizers.pareto import ranking, reference_points
from tuner.optimizers.pareto.variation import crossover, mutate, tournament
from tuner.optimizers.registry import OPTIMIZERS
from tuner.study.schema import Key

# From four objectives on nearly all rows are on the first front, and crowding distances give no order. Deb & Jain 2014
# (see `reference_points`) define many-objective problems by the same number.
OBJECTIVES_FOR_REFERENCE_POINTS = 4
# Largest default of mutation_rate. Chosen: with one parameter a rate of 1 / n would mutate every child.
LARGEST_DEFAULT_RATE = 0.5
# Attempts to find a new point by mutation, and then by random points. Chosen.
TRIES_FOR_NEW = 10


@OPTIMIZERS.entering("nsga2", place=3)
class NSGA2(Optimizer):
    """Search with NSGA-II (Deb et al. 2002): survivors are the best of parents and children together.

    A generation has `capacity` - `population_size` children. With `mutate_parents` it also has a mutant of every
    survivor. Evaluations that violate a constraint rank behind all that violate no constraint. Evaluations without a
    loss rank last. No point is asked for twice, and no known point, as long as new points are found; of equal points
    one is kept.

    Children inherit all fixed parameters from one parent. Whole numbers are blended and rounded, choices are only
    exchanged. eta_c and eta_m change linearly to eta_c_end and eta_m_end in the `anneal_over` generations after
    `anneal_from`; with 0 generations they jump.

    With `asynchronous` children are asked for one by one, from the survivors at that moment (steady state: Durillo,
    Nebro, Luna & Alba 2009, EMO: 183). `in_flight` children are being evaluated at any time.
    """

    # crossover_rate, mutation_rate (1 / n), eta_c and eta_m: Deb et al. 2002, section IV. The others are chosen: a
    # small population, since every evaluation is a simulation, and the options off.
    SETTINGS = {
        "population_size": Key("whole", 20, at_least=4),
        "capacity": Key("whole", at_least=5),
        "crossover_rate": Key("number", 0.9, at_least=0, at_most=1),
        "mutation_rate": Key("number", above=0, at_most=1),
        "eta_c": Key("number", 20.0, at_least=0),
        "eta_m": Key("number", 20.0, at_least=0),
        "eta_c_end": Key("number", at_least=0),
        "eta_m_end": Key("number", at_least=0),
        "anneal_from": Key("whole", 0, at_least=0),
        "anneal_over": Key("whole", 0, at_least=0),
        "mutate_parents": Key("flag", False),
        "asynchronous": Key("flag", False),
        "in_flight": Key("whole", at_least=1),
    }
    MULTI_OBJECTIVE = KEEPS_FIXED = TAKES_POPULATION = True
    FEWEST_FOR_REFERENCE_POINTS = OBJECTIVES_FOR_REFERENCE_POINTS

    @classmethod
    def conditions(cls, settings: Mapping[str, Any], objectives: int) -> dict[str, tuple[bool, str]]:
        """Check that the capacity leaves room for children, and the settings that depend on `asynchronous`."""
        size, capacity = settings["population_size"], settings.get("capacity", 2 * settings["population_size"])
        return {
            "capacity": (capacity > size, f"must be above population_size ({size})"),
            "in_flight": (settings["asynchronous"] or "in_flight" not in settings, "needs asynchronous = true"),
            "mutate_parents": (
                not (settings["asynchronous"] and settings["mutate_parents"]),
                "needs generations (asynchronous = false)",
            ),
        }

    def __init__(self, problem: Problem, seed: int, **settings: Any) -> None:
        self._space, self._objectives = problem.space, problem.objectives
        self._base = np.full(len(problem.space), 0.5) if problem.base is None else problem.base
        self._settings = settings
        self._size: int = settings["population_size"]
        self._children: int = settings.get("capacity", 2 * self._size) - self._size
        n_free = int((~problem.space.fixed).sum())
        self._rate: float = settings.get("mutation_rate", min(1.0 / n_free, LARGEST_DEFAULT_RATE))
        self._random = np.random.default_rng(seed)
        self._points = np.empty((0, len(problem.space)))
        self._values = np.empty((0, len(problem.objectives)))
        self._violations = np.empty(0)
        self._rank = self._numbers = np.empty(0, int)
        self._choices = np.array([parameter.kind == "choice" for parameter in problem.space.parameters])
        # Keys of all points told so far, and (asynchronous) of the points under way, by number of the evaluation.
        self._seen: set[bytes] = set()
        self._in_flight: dict[int, bytes] = {}
        self._asks = self._known = 0

    def ask(self) -> np.ndarray:
        """Return random points until the population is full, then children of the survivors."""
        points = self._random_points(missing) if (missing := self._missing()) else self._offspring()
        points = self._without_repeats(points)
        if self._settings["asynchronous"]:
            (self._in_flight[self._asks],) = _keys(points)
        self._asks += 1
        return points

    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Keep the best `population_size` of survivors and children."""
        self._seen.update(_keys(points))
        for evaluation in evaluations:
            self._in_flight.pop(evaluation.number, None)
        old = self._points, self._values, self._violations, self._numbers
        new = points, *_columns(evaluations, self._objectives)
        points, values, violations, numbers = map(np.concatenate, zip(old, new, strict=True))
        # Failures last: if a point failed once and ran once, the evaluation that ran is kept.
        rows = np.argsort(np.isinf(violations), kind="stable")
        rows = rows[~_repeats(points[rows])]
        rank = ranking.ranks(values[rows], violations[rows], self._size)
        kept = self._survivors(values[rows], rank)
        self._rank, rows = rank[kept], rows[kept]
        self._points, self._values = points[rows], values[rows]
        self._violations, self._numbers = violations[rows], numbers[rows]
        if not self._asks:
            self._known = int(np.isfinite(self._violations).sum())

    @property
    def survivors(self) -> list[int]:
        """Return the numbers of the evaluations in the population, the best rank first."""
        return self._numbers.tolist()

    def _missing(self) -> int:
        """Return the number of random points to ask for: until the population is full and two points have run."""
        first = max(self._size - self._known, 0)
        too_few = np.isfinite(self._violations).sum() < 2
        if self._settings["asynchronous"]:
            return int(self._asks < first or too_few)
        return self._children * too_few if self._asks else first

    def _survivors(self, values: np.ndarray, rank: np.ndarray) -> np.ndarray:
        if len(self._objectives) >= self.FEWEST_FOR_REFERENCE_POINTS:
            return reference_points.survivors(values, rank, self._size, self._random)
        return ranking.survivors(values, rank, self._size)

    def _random_points(self, n: int) -> np.ndarray:
        points = self._space.snap(self._random.random((n, len(self._space))))
        blocks = self._points if len(self._points) else self._base[None]
        fixed = self._space.fixed
        points[:, fixed] = blocks[self._random.integers(len(blocks), size=n)][:, fixed]
        return points

    def _offspring(self) -> np.ndarray:
        n = 1 if self._settings["asynchronous"] else self._children
        place = np.argsort(ranking.order(self._values, self._rank))
        parents = self._points[tournament(place, n, self._random)]
        rate, fixed = self._settings["crossover_rate"], self._space.fixed
        blended = ~(self._choices | fixed)
        children = crossover(parents, rate, self._eta("eta_c"), self._random, blended, together=fixed)
        mutants = self._mutants(self._space.snap(children[:n]), self._rate)
        if self._settings["mutate_parents"]:
            mutants = np.vstack([mutants, self._mutants(self._points, self._rate)])
        return mutants

    def _eta(self, name: str) -> float:
        """Return the distribution index `name` of this generation."""
        generation = self._asks // self._size if self._settings["asynchronous"] else self._asks
        start, begin = self._settings["anneal_from"], self._settings[name]
        end = self._settings.get(f"{name}_end", begin)
        return float(np.interp(generation, (start, start + self._settings["anneal_over"]), (begin, end)))

    def _mutants(self, points: np.ndarray, rate: float) -> np.ndarray:
        """Return mutated points; a choice, and a whole number that a mutation does not change, is drawn at random."""
        changed = (self._random.random(points.shape) < rate) & ~self._space.fixed
        mutants = self._space.snap(mutate(points, changed, self._eta("eta_m"), self._random))
        if not self._space.discrete.any():
            return mutants
        anew = changed & (self._choices | (self._space.discrete & (mutants == points)))
        return np.where(anew, self._space.snap(self._random.random(points.shape)), mutants)

    def _without_repeats(self, points: np.ndarray) -> np.ndarray:
        """Return the points without repeats: a repeated point is mutated again, or replaced by a random point."""
        rate = max(self._rate, LARGEST_DEFAULT_RATE)
        for attempt in range(2 * TRIES_FOR_NEW):
            repeats = _repeats(points, self._seen, self._in_flight.values())
            if not repeats.any():
                break
            is_last = attempt >= TRIES_FOR_NEW
            again = points[repeats]
            points[repeats] = self._random_points(len(again)) if is_last else self._mutants(again, rate)
        return points


@OPTIMIZERS.entering("nsga3", place=4)
class NSGA3(NSGA2):
    """Search with NSGA-III (Deb & Jain 2014): NSGA-II with reference points instead of crowding distances.

    Reference points are used from two objectives on; under `nsga2` from four objectives on.
    """

    FEWEST_FOR_REFERENCE_POINTS = 2


def _columns(evaluations: Sequence[Evaluation], names: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return objectives, violation and number of each evaluation; the violation is inf without a loss."""
    rows = [[evaluation.objectives.get(name, np.inf) for name in names] for evaluation in evaluations]
    values = np.array(rows, float).reshape(len(evaluations), len(names))
    ran = np.array([evaluation.loss is not None for evaluation in evaluations], bool) & np.isfinite(values).all(axis=1)
    violations = np.array([evaluation.violation for evaluation in evaluations], float)
    return values, np.where(ran, violations, np.inf), np.array([evaluation.number for evaluation in evaluations], int)


def _keys(points: np.ndarray) -> list[bytes]:
    """Return a key for each point; only equal points have equal keys."""
    data, width = points.tobytes(), points.itemsize * points.shape[1]
    return [data[begin : begin + width] for begin in range(0, len(data), width)]


def _repeats(points: np.ndarray, *known: Container[bytes]) -> np.ndarray:
    """Return whether each point equals a point before, or a point with a known key."""
    before: set[bytes] = set()
    repeats = np.zeros(len(points), bool)
    for place, key in enumerate(_keys(points)):
        repeats[place] = any(key in keys for keys in (before, *known))
        before.add(key)
    return repeats
