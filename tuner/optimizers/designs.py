"""Lay out points in advance, independent of the evaluations: random points, Sobol', Latin hypercube and grid."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tuner.evaluation import Evaluation
from tuner.optimizers.base import Optimizer, Problem
from tuner.optimizers.registry import OPTIMIZERS
from tuner.study.schema import Key
from tuner.study.space import Parameter, SearchSpace

# Places in the unit cube that differ by less are the same; encoding a value rounds.
SAME_PLACE = 1e-9


class Design(Optimizer):
    """Ask for the next `population_size` points of a design; evaluations, failed ones included, change nothing."""

    SETTINGS = {"population_size": Key("whole", 10, at_least=1)}

    def __init__(self, problem: Problem, seed: int, population_size: int) -> None:
        self._size, self._n_parameters = population_size, len(problem.space)

    @classmethod
    def fills_space(cls, settings: Mapping[str, Any]) -> bool:
        """Return True."""
        return True

    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Ignore the evaluations."""


@OPTIMIZERS.entering("random", place=18)
class Random(Design):
    """Draw uniform random points."""

    def __init__(self, problem: Problem, seed: int, population_size: int) -> None:
        super().__init__(problem, seed, population_size)
        self._random = np.random.default_rng(seed)

    def ask(self) -> np.ndarray:
        """Return the next random points."""
        return self._random.random((self._size, self._n_parameters))


@OPTIMIZERS.entering("sobol", place=19)
class Sobol(Design):
    """Sample the scrambled Sobol' sequence, which fills the cube more evenly than random points.

    The points are most even where their number is a power of two.

    Source: Owen 1998, J. Complexity 14:466; direction numbers of Joe & Kuo 2008, SIAM J. Sci. Comput. 30:2635.
    """

    def __init__(self, problem: Problem, seed: int, population_size: int) -> None:
        from scipy.stats import qmc

        super().__init__(problem, seed, population_size)
        self._sequence = qmc.Sobol(self._n_parameters, seed=np.random.default_rng(seed))

    def ask(self) -> np.ndarray:
        """Return the next points of the sequence."""
        # Point by point, since SciPy warns if the number of points of the first draw is not a power of two.
        return np.vstack([self._sequence.random() for _ in range(self._size)])


@OPTIMIZERS.entering("latin_hypercube", place=20)
class LatinHypercube(Design):
    """Sample a Latin hypercube in every generation.

    The range of each parameter is divided into `population_size` equal intervals; each interval has one point.

    Source: McKay, Beckman & Conover 1979, Technometrics 21:239.
    """

    def __init__(self, problem: Problem, seed: int, population_size: int) -> None:
        from scipy.stats import qmc

        super().__init__(problem, seed, population_size)
        self._hypercube = qmc.LatinHypercube(self._n_parameters, seed=np.random.default_rng(seed))

    def ask(self) -> np.ndarray:
        """Return the next hypercube."""
        return self._hypercube.random(self._size)


@OPTIMIZERS.entering("grid", place=21)
class Grid(Design):
    """Enumerate all combinations of a few values per parameter; the search ends after the last combination.

    A float parameter has `points` values, evenly spaced on its scale from bound to bound. A choice parameter has all
    its choices, and an integer parameter with at most `points` values has all of them. The last parameter changes
    fastest. A start point comes before the combinations. A grid of whole numbers and choices leaves out the
    combination that equals the start point.
    """

    SETTINGS = Design.SETTINGS | {"points": Key("whole", 5, at_least=2)}

    def __init__(self, problem: Problem, seed: int, population_size: int, points: int) -> None:
        super().__init__(problem, seed, population_size)
        self._axes = [_axis(parameter, points) for parameter in problem.space.parameters]
        self._n_combinations = math.prod(len(axis) for axis in self._axes)
        self._start = problem.start
        self._next = 0 if problem.start is None else -1
        self._repeated = math.inf if problem.repeats_start else self._repeated_by(problem)

    @classmethod
    def n_points(cls, space: SearchSpace, settings: Mapping[str, Any]) -> float:
        """Return the number of combinations."""
        return math.prod(len(_axis(each, settings["points"])) for each in space.parameters if not each.fixed)

    @classmethod
    def has_start(cls, space: SearchSpace, settings: Mapping[str, Any]) -> bool:
        """Return whether the grid has all values of all parameters."""
        free = [parameter for parameter in space.parameters if not parameter.fixed]
        return all(_is_whole(parameter, settings["points"]) for parameter in free)

    @property
    def done(self) -> bool:
        """Return whether all combinations have been asked for."""
        return self._next >= self._end

    @property
    def _end(self) -> int:
        """Return the number of combinations, less the combination of the start point."""
        return self._n_combinations - (self._repeated < self._n_combinations)

    def ask(self) -> np.ndarray:
        """Return the next combinations; fewer than `population_size` at the end."""
        begin, self._next = self._next, min(self._next + self._size, self._end)
        points = [self._point(number + (number >= self._repeated)) for number in range(begin, self._next)]
        return np.reshape(points, (-1, self._n_parameters))

    def _repeated_by(self, problem: Problem) -> float:
        """Return the number of the combination that the start point repeats, inf without one.

        Floats are left alone: on a range, a start point is a point of its own.
        """
        if problem.start is None or any(parameter.kind == "float" for parameter in problem.space.parameters):
            return math.inf
        digits = _digits(self._axes, problem.start.tolist())
        return math.inf if digits is None else self._number(digits)

    def _number(self, digits: Sequence[int]) -> int:
        """Return the number of the combination with these places on the axes; inverse of `_point`."""
        number = 0
        for axis, digit in zip(self._axes, digits, strict=True):
            number = number * len(axis) + digit
        return number

    def _point(self, number: int) -> np.ndarray:
        """Return the combination of a number (the digits are places on the axes); -1 is the start point."""
        if number < 0 and self._start is not None:
            return self._start
        point = np.empty(self._n_parameters)
        for place in reversed(range(self._n_parameters)):
            number, digit = divmod(number, len(self._axes[place]))
            point[place] = self._axes[place][digit]
        return point


def _axis(parameter: Parameter, points: int) -> np.ndarray:
    """Return the places of a parameter's grid values in the unit cube, each once."""
    if parameter.kind == "float":
        return np.linspace(0.0, 1.0, points)
    space = SearchSpace((parameter,))
    return np.array([space.encode({parameter.name: value})[0] for value in _values(parameter, points)])


def _values(parameter: Parameter, points: int) -> Iterable[Any]:
    if parameter.kind == "choice":
        return parameter.choices
    low, high = parameter.whole_bounds
    if _is_whole(parameter, points):
        return range(low, high + 1)
    places = np.linspace(parameter.to_scaled(low), parameter.to_scaled(high), points)
    # Near the lower end of a log scale several places may round to the same whole number.
    return dict.fromkeys(map(parameter.from_scaled, places.tolist()))


def _digits(axes: Sequence[np.ndarray], point: Sequence[float]) -> list[int] | None:
    """Return the places of a point on the axes of a grid; None for a point that is no combination."""
    digits = [int(np.argmin(np.abs(axis - place))) for axis, place in zip(axes, point, strict=True)]
    distances = [abs(axis[digit] - place) for axis, digit, place in zip(axes, digits, point, strict=True)]
    return digits if max(distances) <= SAME_PLACE else None


def combination(parameters: Sequence[Parameter], points: int, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the combination of a grid that equals the values of these parameters; None without such a combination."""
    space, axes = SearchSpace(tuple(parameters)), [_axis(parameter, points) for parameter in parameters]
    digits = _digits(axes, space.encode(values).tolist())
    if digits is None:
        return None
    return space.decode(np.array([axis[digit] for axis, digit in zip(axes, digits, strict=True)]))


def _is_whole(parameter: Parameter, points: int) -> bool:
    """Return whether the grid has all values of a parameter."""
    if parameter.kind != "int":
        return parameter.kind == "choice"
    low, high = parameter.whole_bounds
    return high - low < points
