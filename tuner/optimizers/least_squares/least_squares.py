"""Search by least squares on features: steps towards the targets along the slopes of every feature.

The method is a derivative-free Gauss-Newton search in a trust region, like POUNDERS (Wild 2017, in Terlaky et al.,
Advances and Trends in Optimization with Engineering Applications) and DFO-LS (Cartis, Fiala, Marteau & Roberts 2019,
ACM Trans. Math. Softw. 45:32). Three things differ: slopes come from a regression on all points of the walk, weights
come from the loss function of each target, and a generation has several steps. Equations: `residuals` (1 to 4),
`slopes` (5, 6) and `trust_region` (7 to 9).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from tuner.evaluation import Evaluation
from tuner.optimizers.base import Optimizer, Problem
from tuner.optimizers.cma_es import CmaEs
from tuner.optimizers.least_squares.residuals import Goals
from tuner.optimizers.least_squares.slope_errors import slope_table
from tuner.optimizers.least_squares.slopes import fit
from tuner.optimizers.least_squares.trust_region import best_step, spread
from tuner.optimizers.registry import OPTIMIZERS
from tuner.study.schema import Key
from tuner.study.space import Parameter
from tuner.words import count

# Lengths are in the unit cube. Where no other origin is given, the value was chosen in a prototype on random sigmoid
# rates. benchmarks/search.py measures all values together, not one by one: docs/explanation/optimizers-measured.md.
# Radii of the steps of a generation, as multiples of the radius of the walk.
RADII = (1.0, 0.5, 2.0, 0.25, 1.4, 0.7, 3.0, 0.1)
FIRST_STEP = 0.1  # length of the steps of a star
EXTRA_STEP = 0.3  # length of the random steps that fill up a star; chosen: the default of `radius`
SMALLEST_RADIUS, LARGEST_RADIUS = 0.01, 0.5
# Factors of the radius: after no gain, after a gain, after a gain that halves the loss.
SHRINKING, WIDENING, DOUBLING = 0.6, 1.3, 2.0
# A step that ends closer than SAME radii to a known point becomes a random step of RANDOM_STEP radii.
SAME, RANDOM_STEP = 0.02, 0.7
GAIN = 0.01  # a walk stalls without a gain of 1 % in 2n + 4 evaluations
FEWEST_STALLED = 4  # generations; chosen, since a large generation has 2n + 4 evaluations at once
FEWEST_VALUES = 10  # of a whole number; chosen: with fewer values a feature is a staircase, without slopes
# First standard deviation of CMA-ES in each direction: the step that raises the loss by the fraction RISE, at most
# WIDEST. Chosen; on the granule cell a fifth of WIDEST was faster (one run, docs/studies/granule.md).
RISE, WIDEST = 0.01, 0.1

log = logging.getLogger(__name__)


@dataclass
class Walk:
    """Store the state of one walk, the search from one start.

    `first` is the first row (point) of the walk, `best` the row of the best point. `loss` is the loss at the last gain
    of 1 %, and `stalled` counts the generations since then.
    """

    first: int
    best: int
    radius: float
    loss: float
    stalled: int = 0


@OPTIMIZERS.entering("least_squares", place=1)
class LeastSquares(Optimizer):
    """Search by least squares on features: a star of points around the start, then steps to the best fit.

    A walk without gain ends, and a new walk starts at a random point. When `restarts` new walks in a row find nothing
    better, CMA-ES continues from the best point. Its first distribution is wide in the directions that change no
    feature. CMA-ES also runs from the beginning if this method cannot be used (see `refusal`).

    Evaluations that failed or were aborted have no features. They give no slopes, and no step ends closer to such a
    point than to the best point. If a whole star fails, random points follow until one runs. With points known from
    another run, more than n of which ran, the first walk begins at the best of them. With fewer, a star around it.
    """

    SETTINGS = {
        "population_size": Key("whole", 4, at_least=1),
        "radius": Key("number", 0.3, above=0, at_most=1),
        "restarts": Key("whole", 2, at_least=0),
    }

    def __init__(self, problem: Problem, seed: int, population_size: int, radius: float, restarts: int) -> None:
        self._problem, self._seed = problem, seed
        self._size, self._radius, self._restarts = population_size, radius, restarts
        self._random = np.random.default_rng(seed)
        self._goals = Goals(problem.targets)
        self._points = np.empty((0, len(problem.space)))
        self._mapped = np.empty((0, len(problem.targets)))
        self._losses = np.empty(0)
        self._numbers = np.empty(0, int)
        # The state between walks: the kind of the next points, the start point, and the centre of the next star.
        self._stage = "star"
        self._has_asked = False
        self._start = self._centre = problem.start
        self._first = 0
        self._walk: Walk | None = None
        self._radii: list[float] = []
        self._least, self._fruitless = np.inf, 0
        self._successor: Optimizer | None = None
        self._later: list[tuple[np.ndarray, Sequence[Evaluation]]] = []
        if reason := refusal(problem):
            self._hand_over(f"least_squares not used: {reason}; cma_es runs instead", problem)

    def ask(self) -> np.ndarray:
        """Return a star of points, steps of the walk, random points if no point ran yet, or the points of CMA-ES."""
        if self._successor:
            return self._successor.ask()
        self._has_asked, self._radii = True, []
        if self._walk:
            points = self._steps(self._walk)
        else:
            points = self._star() if self._stage == "star" else self._scatter()
        if self._start is not None and not _holds(points, self._start):
            points, self._radii = np.vstack([self._start, points]), [self._radius, *self._radii]
        self._start = None
        return self._problem.space.snap(points)

    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Store features and losses, then begin, continue or end a walk."""
        if self._successor:
            self._later.append((points.copy(), evaluations))
            self._successor.tell(points, evaluations)
            return
        begin = len(self._points)
        self._remember(points, evaluations)
        if self._walk:
            self._go_on(self._walk, begin)
        else:
            self._begin()

    def slopes(self) -> dict[str, Any] | None:
        """Return the slope of each target's feature at the best point, over the whole range of each parameter.

        Returns
        -------
        {"number": number of the best evaluation (None for another run's), "slopes": {target: {parameter: slope [unit of
        the feature]}}, "errors": their standard errors likewise, "scatter": {target: standard deviation around the fit
        near the best}, "freedom": {target: degrees of freedom}}; None until more than n evaluations have run. Slopes
        are nan for a feature without any value, and errors for too few points.
        """
        if self._later:
            points, evaluations = zip(*self._later, strict=True)
            self._remember(np.concatenate(points), list(chain.from_iterable(evaluations)))
            self._later = []
        if np.isfinite(self._losses).sum() <= len(self._problem.space):
            return None
        # If this run repeats an evaluation of another run, the number of this run counts.
        best = int(np.lexsort((-self._numbers, self._losses))[0])
        number = int(self._numbers[best])
        table = slope_table(self._problem, self._goals, self._points, self._mapped, best, FIRST_STEP)
        return {"number": number if number >= 0 else None, **table}

    def _remember(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        mapped = [self._goals.read(evaluation.features) for evaluation in evaluations]
        self._points = np.vstack([self._points, points])
        self._mapped = np.vstack([self._mapped, np.reshape(mapped, (len(points), -1))])
        self._losses = np.append(self._losses, [e.ranking_loss if e.done else np.inf for e in evaluations])
        self._numbers = np.append(self._numbers, [evaluation.number for evaluation in evaluations])

    def _begin(self) -> None:
        """Begin a walk if a star or enough known points ran; else plan a star around the best, or random points."""
        ran = self._first + np.flatnonzero(np.isfinite(self._losses[self._first :]))
        if not len(ran):
            self._stage = "scatter"
            return
        best = int(ran[np.argmin(self._losses[ran])])
        if self._stage == "star" and (self._has_asked or len(ran) > len(self._problem.space)):
            self._walk = Walk(self._first, best, self._radius, self._losses[best])
        else:
            self._stage, self._centre = "star", self._points[best]

    def _go_on(self, walk: Walk, begin: int) -> None:
        """Move to a new point of lower loss, adapt the radius, and end a walk that stalls."""
        new = begin + int(np.argmin(self._losses[begin:]))
        before, now = self._losses[[walk.best, new]]
        if now < before:
            wider = self._radii[new - begin] * (DOUBLING if now < _less(before, 0.5) else WIDENING)
            walk.best, walk.radius = new, min(max(wider, SHRINKING * walk.radius), LARGEST_RADIUS)
        else:
            walk.radius = max(SMALLEST_RADIUS, SHRINKING * walk.radius)
        if now < _less(walk.loss, GAIN):
            walk.loss, walk.stalled = now, 0
        else:
            walk.stalled += 1
        if walk.stalled * self._size >= 2 * len(self._problem.space) + 4 and walk.stalled >= FEWEST_STALLED:
            self._end(walk)

    def _end(self, walk: Walk) -> None:
        """Plan a new walk, or hand over to CMA-ES after `restarts` walks without gain."""
        gains = self._losses[walk.best] < _less(self._least, GAIN)
        self._fruitless = 0 if gains else self._fruitless + 1
        self._least = min(self._least, self._losses[walk.best])
        self._stage, self._walk, self._centre, self._first = "star", None, None, len(self._points)
        if self._fruitless >= self._restarts:
            tries = count(self._restarts, "restart") if self._restarts else "its last steps"
            words = f"least_squares stopped at loss {self._least:.4g}, without a gain of 1 % in {tries}"
            self._hand_over(f"{words}; cma_es continues from the best point", *self._around_best())

    def _around_best(self) -> tuple[Problem, np.ndarray]:
        """Return the problem with the best point as start, and the covariance of a search around this point."""
        best = int(np.argmin(self._losses))
        plane = fit(self._points, self._mapped, best, FIRST_STEP)
        # The losses of `Evaluation` contain a barrier if a constraint is violated; these do not.
        loss = abs(float(self._goals.losses(self._mapped[best])))
        covariance = spread(self._goals, plane, RISE * loss, WIDEST)
        return replace(self._problem, start=self._points[best]), covariance

    def _hand_over(self, words: str, problem: Problem, covariance: np.ndarray | None = None) -> None:
        log.info(words)
        self._successor = CmaEs(problem, self._seed, covariance=covariance)

    def _star(self) -> np.ndarray:
        """Return the centre, if not evaluated yet, and a step in n orthogonal directions, reversed at the bounds."""
        n = len(self._problem.space)
        centre = self._random.uniform(0.2, 0.8, n) if self._centre is None else self._centre
        directions = FIRST_STEP * np.linalg.qr(self._random.normal(size=(n, n)))[0].T
        outside = np.any(np.abs(centre + directions - 0.5) > 0.5, axis=1)
        star = centre + np.where(outside[:, None], -directions, directions)
        points = star if _holds(self._points, centre) else np.vstack([centre, star])
        more = [centre + self._direction(EXTRA_STEP) for _ in range(self._size - len(points))]
        within: np.ndarray = np.clip(np.vstack([points, *more]), 0.0, 1.0)
        return within

    def _scatter(self) -> np.ndarray:
        n = len(self._problem.space)
        return self._random.random((max(n + 1, self._size), n))

    def _steps(self, walk: Walk) -> np.ndarray:
        """Return the best step for each radius of a generation; a random step replaces a known point."""
        centre = self._points[walk.best]
        rows = slice(walk.first, None)
        plane = fit(self._points[rows], self._mapped[rows], walk.best - walk.first, walk.radius)
        points = np.empty((0, len(centre)))
        for factor in np.resize(RADII, self._size):
            radius = min(max(factor * walk.radius, SMALLEST_RADIUS / 2), 1.0)
            point = self._off_failures(centre, centre + best_step(self._goals, plane, centre, radius))
            known = np.vstack([self._points, points])
            if np.linalg.norm(known - point, axis=1).min() < SAME * walk.radius:
                point = centre + self._direction(RANDOM_STEP * radius)
                point = self._off_failures(centre, np.clip(point, 0.0, 1.0))
            points = np.vstack([points, point])
            self._radii.append(radius)
        return points

    def _off_failures(self, centre: np.ndarray, point: np.ndarray) -> np.ndarray:
        failed = self._points[np.isinf(self._losses)]
        while len(failed) and np.linalg.norm(failed - point, axis=1).min() < np.linalg.norm(centre - point):
            point = (centre + point) / 2.0
        return point

    def _direction(self, length: float) -> np.ndarray:
        direction = self._random.normal(size=len(self._problem.space))
        scaled: np.ndarray = length / np.linalg.norm(direction) * direction
        return scaled


def refusal(problem: Problem) -> str:
    """Return the reason for not using least squares on features; "" if there is no reason."""
    if not problem.targets:
        return "there are no targets"
    if not any(target.counts and target.has_goal for target in problem.targets):
        return "no target of the loss has a value or a range"
    for parameter in problem.space.parameters:
        if parameter.kind == "choice":
            return f"parameter {parameter.name} is a choice"
        if parameter.kind == "int" and (n_values := _n_values(parameter)) < FEWEST_VALUES:
            return f"parameter {parameter.name} has only {n_values} values, {FEWEST_VALUES} are needed"
    return ""


def _n_values(parameter: Parameter) -> int:
    low, high = parameter.whole_bounds
    return high - low + 1


def _less(loss: float, share: float) -> float:
    """Return a loss reduced by the fraction `share` of the absolute value."""
    return loss * (1.0 - share if loss > 0.0 else 1.0 + share)


def _holds(points: np.ndarray, point: np.ndarray) -> bool:
    return bool((points == point).all(axis=1).any())
