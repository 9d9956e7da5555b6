"""Define test problems with several objectives and known Pareto fronts, and compute the hypervolume of a search.

In all arrays, rows are points and columns are parameters or objectives. Objectives are minimised. T1 to T6 are the
functions of Zitzler, Deb & Thiele 2000, Evol. Comput. 8:173.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Optimum of every parameter but the first in the shifted functions, away from the bounds.
OPTIMUM = 0.3

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class FrontProblem:
    """Represent a function with several objectives.

    `function` maps points (n, n_parameters), with each parameter from `low` to `high`, to values (n, n_objectives).
    `reference` is the corner up to which the hypervolume is measured, with one number per objective.
    """

    name: str
    function: Function
    n_parameters: int
    reference: tuple[float, ...]
    low: float = 0.0
    high: float = 1.0

    @property
    def objectives(self) -> tuple[str, ...]:
        """Return the names of the objectives: f1, f2 ..."""
        return tuple(f"f{number}" for number in range(1, len(self.reference) + 1))


def zdt1(points: np.ndarray) -> np.ndarray:
    """Compute T1, with the convex front f2 = 1 - sqrt(f1).

    On the front all parameters but the first are 0.
    """
    return _zdt(points[:, 0], _distance(points), lambda first, ratio: 1.0 - np.sqrt(ratio))


def zdt2(points: np.ndarray) -> np.ndarray:
    """Compute T2, with the concave front f2 = 1 - f1^2.

    On the front all parameters but the first are 0.
    """
    return _zdt(points[:, 0], _distance(points), lambda first, ratio: 1.0 - ratio**2)


def zdt3(points: np.ndarray) -> np.ndarray:
    """Compute T3, with a front of five pieces.

    On the front all parameters but the first are 0.
    """
    return _zdt(points[:, 0], _distance(points), lambda f, ratio: 1.0 - np.sqrt(ratio) - ratio * np.sin(10 * np.pi * f))


def zdt6(points: np.ndarray) -> np.ndarray:
    """Compute T6, with the concave front f2 = 1 - f1^2, which is thinly covered.

    Values are near the front only if all parameters but the first are near 0.
    """
    first = 1.0 - np.exp(-4.0 * points[:, 0]) * np.sin(6.0 * np.pi * points[:, 0]) ** 6
    return _zdt(first, _distance(points, 0.25), lambda first, ratio: 1.0 - ratio**2)


def _distance(points: np.ndarray, power: float = 1.0) -> np.ndarray:
    """Compute g of T1 to T3 and T6, from 1 on the front up to 10."""
    return 1.0 + 9.0 * points[:, 1:].mean(axis=1) ** power


def _zdt(first: np.ndarray, g: np.ndarray, shape: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    return np.column_stack([first, g * shape(first, first / g)])


def dtlz2(points: np.ndarray) -> np.ndarray:
    """Compute DTLZ2 with three objectives.

    The front is an octant of the unit sphere. On the front all parameters but the first two are 0.5.

    Source: Deb, Thiele, Laumanns & Zitzler 2002, IEEE Congr. Evol. Comput.: 825.
    """
    radius = 1.0 + np.sum((points[:, 2:] - 0.5) ** 2, axis=1)
    one, other = points[:, :2].T * np.pi / 2.0
    directions = [np.cos(one) * np.cos(other), np.cos(one) * np.sin(other), np.sin(one)]
    return radius[:, None] * np.column_stack(directions)


def schaffer(points: np.ndarray) -> np.ndarray:
    """Compute the objectives x^2 and (x - 2)^2.

    On the front x is between 0 and 2.

    Source: Schaffer 1985, Int. Conf. Genetic Algorithms: 93.
    """
    return np.column_stack([points[:, 0] ** 2, (points[:, 0] - 2.0) ** 2])


def kursawe(points: np.ndarray) -> np.ndarray:
    """Compute Kursawe's function, with a front of several pieces.

    One piece is the single point (-20, 0), where all parameters are 0.

    Source: Kursawe 1991, Parallel Problem Solving from Nature: 193.
    """
    neighbours = np.hypot(points[:, :-1], points[:, 1:])
    waves = np.abs(points) ** 0.8 + 5.0 * np.sin(points**3)
    return np.column_stack([np.sum(-10.0 * np.exp(-0.2 * neighbours), axis=1), np.sum(waves, axis=1)])


def shifted(function: Function) -> Function:
    """Return the function with the optimum moved from the bound 0 to 0.3.

    The new function is the function of x1 and of |xj - 0.3| / 0.7 for all other parameters. The front is the same, but
    at xj = 0.3. Children that are clipped at the bounds hit the optimum of the original function by chance. They do not
    hit the optimum of the shifted function.
    """

    def moved(points: np.ndarray) -> np.ndarray:
        others = np.abs(points[:, 1:] - OPTIMUM) / (1.0 - OPTIMUM)
        return function(np.column_stack([points[:, 0], others]))

    return moved


# No search of the shifted T6 comes within (1.1, 1.1) in 5000 evaluations, so all hypervolumes would be 0.
WIDE = (1.1, 11.0)

PROBLEMS = (
    FrontProblem("zdt1", zdt1, 30, (1.1, 1.1)),
    FrontProblem("zdt2", zdt2, 30, (1.1, 1.1)),
    FrontProblem("zdt3", zdt3, 30, (1.1, 1.1)),
    FrontProblem("zdt6", zdt6, 10, (1.1, 1.1)),
    FrontProblem("dtlz2", dtlz2, 12, (1.1, 1.1, 1.1)),
    FrontProblem("schaffer", schaffer, 1, (5.0, 5.0), -1000.0, 1000.0),
    FrontProblem("kursawe", kursawe, 3, (-14.0, 1.0), -5.0, 5.0),
    FrontProblem("shifted_zdt1", shifted(zdt1), 30, (1.1, 1.1)),
    FrontProblem("shifted_zdt6", shifted(zdt6), 10, WIDE),
)


def hypervolume(values: np.ndarray, reference: tuple[float, ...]) -> float:
    """Compute the volume between the reference and the values (n, n_objectives).

    Values that exceed the reference in any objective do not count. The package pymoo is necessary.
    """
    from pymoo.indicators.hv import HV

    return float(HV(ref_point=np.array(reference))(np.asarray(values, float)))
