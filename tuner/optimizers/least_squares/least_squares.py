"""Least squares on features: steps towards the targets along the slopes of every feature.

A Gauss-Newton search without derivatives in a region of trust, as POUNDERS (Wild 2017, in Terlaky et al., Advances and
Trends in Optimization with Engineering Applications) and DFO-LS (Cartis, Fiala, Marteau & Roberts 2019, ACM Trans.
Math. Softw. 45:32), with slopes by regression on all points around, weights of the loss's own form, and generations.
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
from tuner.optimizers.least_squares.residuals import Wishes
from tuner.optimizers.least_squares.slopes import fit
from tuner.optimizers.least_squares.trust_region import best_step, spread
from tuner.optimizers.registry import OPTIMIZERS
from tuner.study.schema import Key
from tuner.study.space import Parameter

# Radii of a generation's steps, over the walk's radius.
RADII = (1.0, 0.5, 2.0, 0.25, 1.4, 0.7, 3.0, 0.1)
FIRST_STEP = 0.1
EXTRA_STEP = 0.3
SMALLEST_RADIUS, LARGEST_RADIUS = 0.01, 0.5
SHRINKING = 0.6
# Over the radius: what is no new point, and the random step made in its place.
SAME, RANDOM_STEP = 0.02, 0.7
GAIN = 0.01
FEWEST_STALLED = 4
FEWEST_VALUES = 10
# CMA-ES goes on as wide in each direction as raises the loss by this share of it, and at most this wide.
RISE, WIDEST = 0.01, 0.1

log = logging.getLogger(__name__)


@dataclass
class Walk:
    """One search from one start: the rows that it goes by begin at `first`; `loss` is that of its last gain of 1 %."""

    first: int
    best: int
    radius: float
    loss: float
    stalled: int = 0


@OPTIMIZERS.entering("least_squares", place=1)
class LeastSquares(Optimizer):
    """Least squares on features: a star of points around the start, then steps to where all features fit best.

    A walk that gains nothing starts again elsewhere; when `restarts` of these in a row find nothing better, CMA-ES goes
    on from the best point, wide along what the features do not see there; and at once where this method cannot serve
    (see `refusal`). Evaluations that failed or were aborted have no features: they teach no slopes, and no step ends
    nearer to them than to the best point.
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
        self._wishes = Wishes(problem.targets)
        self._points = np.empty((0, len(problem.space)))
        self._mapped = np.empty((0, len(problem.targets)))
        self._losses = np.empty(0)
        self._numbers = np.empty(0, int)
        # What is asked for where no walk goes on, and what a walk begins with.
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
            self._hand_over(f"least squares cannot serve, since {reason}; CMA-ES runs", problem)

    def ask(self) -> np.ndarray:
        """A star of points, steps, scattered points where nothing ran, or what CMA-ES asks."""
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
        """Takes the features of those that ran; a walk begins, goes on or ends."""
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
        """How each target's feature changes with each parameter at the best point, per whole range of the parameter.

        {"number": the evaluation's, None if it is another run's, "slopes": {target: {parameter: slope in the feature's
        unit}}}; None while too little is known.
        """
        if self._later:
            points, evaluations = zip(*self._later, strict=True)
            self._remember(np.concatenate(points), list(chain.from_iterable(evaluations)))
            self._later = []
        if np.isfinite(self._losses).sum() <= len(self._problem.space):
            return None
        # Of the same evaluation in another run and in this one, this one's.
        best = int(np.lexsort((-self._numbers, self._losses))[0])
        plane = fit(self._points, self._mapped, best, FIRST_STEP)
        # Of a feature that was never defined nothing is known.
        plane.slopes[np.isnan(plane.values)] = np.nan
        slopes = plane.slopes / self._wishes.slopes_of_map(plane.values)[:, None]
        names = [parameter.name for parameter in self._problem.space.parameters]
        rows = zip(self._problem.targets, slopes.tolist(), strict=True)
        table = {target.name: dict(zip(names, row, strict=True)) for target, row in rows}
        number = int(self._numbers[best])
        return {"number": number if number >= 0 else None, "slopes": table}

    def _remember(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        mapped = [self._wishes.read(evaluation.features) for evaluation in evaluations]
        self._points = np.vstack([self._points, points])
        self._mapped = np.vstack([self._mapped, np.reshape(mapped, (len(points), -1))])
        self._losses = np.append(self._losses, [e.ranking_loss if e.done else np.inf for e in evaluations])
        self._numbers = np.append(self._numbers, [evaluation.number for evaluation in evaluations])

    def _begin(self) -> None:
        """A walk where a star ran, or where enough is known; a star around the best of few; else scattered points."""
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
        """Moves to the best of a generation if it is better, trusts further or less far, ends a walk that stalls."""
        new = begin + int(np.argmin(self._losses[begin:]))
        before, now = self._losses[[walk.best, new]]
        if now < before:
            wider = self._radii[new - begin] * (2.0 if now < _less(before, 0.5) else 1.3)
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
        """Starts again, or hands over where that was fruitless."""
        gains = self._losses[walk.best] < _less(self._least, GAIN)
        self._fruitless = 0 if gains else self._fruitless + 1
        self._least = min(self._least, self._losses[walk.best])
        self._stage, self._walk, self._centre, self._first = "star", None, None, len(self._points)
        if self._fruitless >= self._restarts:
            words = f"least squares has come to a loss of {self._least:.4g}, no better in {self._restarts} restarts"
            self._hand_over(f"{words}; CMA-ES goes on from there", *self._around_best())

    def _around_best(self) -> tuple[Problem, np.ndarray]:
        """The problem that starts at the best point, and the covariance of a search around it."""
        best = int(np.argmin(self._losses))
        plane = fit(self._points, self._mapped, best, FIRST_STEP)
        # Without what a missed constraint adds to it.
        loss = abs(float(self._wishes.losses(self._mapped[best])))
        covariance = spread(self._wishes, plane, RISE * loss, WIDEST)
        return replace(self._problem, start=self._points[best]), covariance

    def _hand_over(self, words: str, problem: Problem, covariance: np.ndarray | None = None) -> None:
        log.info(words)
        self._successor = CmaEs(problem, self._seed, covariance=covariance)

    def _star(self) -> np.ndarray:
        """The centre, if it is not known yet, and orthogonal directions from it, turned round at the cube's bounds."""
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
        """The best steps for several radii; a random one instead of a point that is known."""
        centre = self._points[walk.best]
        rows = slice(walk.first, None)
        plane = fit(self._points[rows], self._mapped[rows], walk.best - walk.first, walk.radius)
        points = np.empty((0, len(centre)))
        for factor in np.resize(RADII, self._size):
            radius = min(max(factor * walk.radius, SMALLEST_RADIUS / 2), 1.0)
            point = self._off_failures(centre, centre + best_step(self._wishes, plane, centre, radius))
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
    """Why least squares cannot serve; "" if it can."""
    if not problem.targets:
        return "there are no targets"
    if not any(target.counts and target.has_wish for target in problem.targets):
        return "no target has a value or range to reach"
    for parameter in problem.space.parameters:
        if parameter.kind == "choice":
            return f"{parameter.name} is a choice"
        if parameter.kind == "int" and (n_values := _n_values(parameter)) < FEWEST_VALUES:
            return f"{parameter.name} has only {n_values} values"
    return ""


def _n_values(parameter: Parameter) -> int:
    low, high = parameter.whole_bounds
    return high - low + 1


def _less(loss: float, share: float) -> float:
    """A loss that is smaller by a share of its size."""
    return loss * (1.0 - share if loss > 0.0 else 1.0 + share)


def _holds(points: np.ndarray, point: np.ndarray) -> bool:
    return bool((points == point).all(axis=1).any())
