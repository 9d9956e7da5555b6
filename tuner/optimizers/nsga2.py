"""NSGA-II (Deb, Pratap, Agarwal & Meyarivan 2002, IEEE Trans. Evol. Comput. 6:182), written in numpy.

Objectives are minimised. Rows are candidates, columns objectives, throughout.
"""

from collections.abc import Sequence

import numpy as np

from tuner.evaluation import Evaluation
from tuner.optimizers.base import Optimizer, Problem
from tuner.schema import Key


class NSGA2(Optimizer):
    """Elitist search for the Pareto front: survivors come from parents and children together.

    Failed evaluations rank behind all that ran; of equal points one is kept.
    """

    SETTINGS = {
        "population_size": Key("whole", 20, at_least=4),
        "crossover_rate": Key("number", 0.9, at_least=0, at_most=1),
        "mutation_rate": Key("number", above=0, at_most=1),
        "eta_c": Key("number", 15.0, above=0),
        "eta_m": Key("number", 20.0, above=0),
    }
    MULTI_OBJECTIVE = True

    def __init__(
        self,
        problem: Problem,
        seed: int,
        population_size: int,
        crossover_rate: float,
        eta_c: float,
        eta_m: float,
        mutation_rate: float | None = None,
    ) -> None:
        self._objectives = list(problem.objectives)
        self._size = population_size
        self._crossover_rate = crossover_rate
        self._mutation_rate = mutation_rate or 1.0 / len(problem.space)
        self._eta_c, self._eta_m = eta_c, eta_m
        self._random = np.random.default_rng(seed)
        self._points = np.empty((0, len(problem.space)))
        self._values = np.empty((0, len(problem.objectives)))

    def ask(self) -> np.ndarray:
        """Random points at first, then children of the survivors."""
        if not len(self._points):
            return self._random.random((self._size, self._points.shape[1]))
        order = np.argsort(nsga2_order(self._values))
        parents = self._points[tournament(order, self._size, self._random)]
        children = crossover(parents, self._crossover_rate, self._eta_c, self._random)[: self._size]
        return mutate(children, self._mutation_rate, self._eta_m, self._random)

    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Keeps the best `population_size` of survivors and children."""
        values = [[e.objectives.get(name, np.inf) for name in self._objectives] for e in evaluations]
        points = np.vstack([self._points, points])
        values = np.vstack([self._values, values])
        different = np.sort(np.unique(points, axis=0, return_index=True)[1])
        points, values = points[different], values[different]
        best = nsga2_order(values)[: self._size]
        self._points, self._values = points[best], values[best]


def fronts(values: np.ndarray) -> np.ndarray:
    """The front of each row of (n, n_objectives), 0 for those that no other dominates (section III A).

    a dominates b if it is nowhere larger and somewhere smaller.
    """
    no_larger = np.all(values[:, None] <= values[None], axis=2)
    dominates = no_larger & ~no_larger.T
    front = np.full(len(values), -1)
    level = 0
    while (front < 0).any():
        left = front < 0
        front[left & ~dominates[left].any(axis=0)] = level
        level += 1
    return front


def crowding(values: np.ndarray) -> np.ndarray:
    """Crowding distance of each row of one front, inf at its borders (section III B)."""
    n = len(values)
    distance = np.zeros(n)
    for column in values.T:
        order = np.argsort(column, kind="stable")
        # A front of failures: inf - inf is nan, which is no distance.
        with np.errstate(invalid="ignore"):
            ends = column[order[-1]] - column[order[0]]
        distance[order[[0, -1]]] = np.inf
        if ends > 0 and np.isfinite(ends):
            distance[order[1:-1]] += (column[order[2:]] - column[order[:-2]]) / ends
    return distance


def nsga2_order(values: np.ndarray) -> np.ndarray:
    """Rows from best to worst: by front, then by crowding distance, then by place (eq. of section III B)."""
    front = fronts(values)
    distance = np.empty(len(values))
    for level in range(front.max() + 1):
        distance[front == level] = crowding(values[front == level])
    return np.lexsort((np.arange(len(values)), -distance, front))


def tournament(place: np.ndarray, n: int, random: np.random.Generator) -> np.ndarray:
    """At least n winners (an even number) of binary tournaments between neighbours of random permutations.

    `place` is each candidate's place in the order, 0 the best. Two permutations give everyone two fights, so the best
    wins twice and the worst never.
    """
    winners: list[int] = []
    while len(winners) < n + n % 2:
        shuffled = random.permutation(len(place))
        pairs = np.resize(shuffled, (-(-len(place) // 2), 2))
        winners.extend(pairs[np.arange(len(pairs)), np.argmin(place[pairs], axis=1)])
    return np.array(winners[: n + n % 2])


def crossover(parents: np.ndarray, rate: float, eta: float, random: np.random.Generator) -> np.ndarray:
    """Simulated binary crossover of neighbouring rows within the unit cube; as many children as parents.

    Bounded form: Deb & Agrawal 1995, Complex Syst. 9:115, with the spread cut so that no child leaves [0, 1]. A gene is
    crossed with chance 0.5 in a pair that is crossed with chance `rate`; then the children exchange it with chance 0.5.
    """
    first, second = parents[0::2], parents[1::2]
    low, high = np.minimum(first, second), np.maximum(first, second)
    u = random.random(low.shape)
    crossed = (random.random((len(low), 1)) < rate) & (random.random(low.shape) < 0.5) & (high - low > 1e-14)
    exchanged = random.random(low.shape) < 0.5
    gap = np.where(crossed, high - low, 1.0)
    child_low = 0.5 * (low + high - _spread(u, 1.0 + 2.0 * low / gap, eta) * gap)
    child_high = 0.5 * (low + high + _spread(u, 1.0 + 2.0 * (1.0 - high) / gap, eta) * gap)
    one = np.where(crossed, np.where(exchanged, child_high, child_low), first)
    other = np.where(crossed, np.where(exchanged, child_low, child_high), second)
    return np.clip(np.stack([one, other], axis=1).reshape(parents.shape), 0.0, 1.0)


def _spread(u: np.ndarray, widest: np.ndarray, eta: float) -> np.ndarray:
    """The spread factor beta of a uniform u, at most `widest`."""
    alpha = 2.0 - widest ** -(eta + 1.0)
    inner = (u * alpha) ** (1.0 / (eta + 1.0))
    outer = (1.0 / np.maximum(2.0 - u * alpha, 1e-300)) ** (1.0 / (eta + 1.0))
    return np.where(u <= 1.0 / alpha, inner, outer)


def mutate(points: np.ndarray, rate: float, eta: float, random: np.random.Generator) -> np.ndarray:
    """Polynomial mutation within the unit cube, each gene with chance `rate`.

    Bounded form of Deb & Goyal 1996, Comput. Sci. Inform. 26:30, as in Deb's own NSGA-II.
    """
    u = random.random(points.shape)
    changed = random.random(points.shape) < rate
    down = (2.0 * u + (1.0 - 2.0 * u) * (1.0 - points) ** (eta + 1.0)) ** (1.0 / (eta + 1.0)) - 1.0
    up = 1.0 - (2.0 * (1.0 - u) + (2.0 * u - 1.0) * points ** (eta + 1.0)) ** (1.0 / (eta + 1.0))
    step = np.where(u < 0.5, down, up)
    return np.clip(np.where(changed, points + step, points), 0.0, 1.0)
