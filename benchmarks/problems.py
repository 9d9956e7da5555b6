"""Functions of several objectives whose best compromises are known, and the hypervolume that searches are judged by.

Rows are points, columns parameters or objectives, throughout; objectives are minimised. T1 to T6 are those of Zitzler,
Deb & Thiele 2000, Evol. Comput. 8:173.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Where the shifted functions have the optimum of every parameter but the first, away from the bounds.
OPTIMUM = 0.3

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class FrontProblem:
    """A function from points (n, n_parameters), each parameter from `low` to `high`, to values (n, n_objectives).

    `reference` is the corner up to which its hypervolume is measured, one number an objective.
    """

    name: str
    function: Function
    n_parameters: int
    reference: tuple[float, ...]
    low: float = 0.0
    high: float = 1.0

    @property
    def objectives(self) -> tuple[str, ...]:
        """Names of the objectives: f1, f2 ..."""
        return tuple(f"f{number}" for number in range(1, len(self.reference) + 1))


def zdt1(points: np.ndarray) -> np.ndarray:
    """T1: a convex front, f2 = 1 - sqrt(f1), where all parameters but the first are 0."""
    return _zdt(points[:, 0], _distance(points), lambda first, ratio: 1.0 - np.sqrt(ratio))


def zdt2(points: np.ndarray) -> np.ndarray:
    """T2: a concave front, f2 = 1 - f1^2, where all parameters but the first are 0."""
    return _zdt(points[:, 0], _distance(points), lambda first, ratio: 1.0 - ratio**2)


def zdt3(points: np.ndarray) -> np.ndarray:
    """T3: a front of five pieces, where all parameters but the first are 0."""
    return _zdt(points[:, 0], _distance(points), lambda f, ratio: 1.0 - np.sqrt(ratio) - ratio * np.sin(10 * np.pi * f))


def zdt6(points: np.ndarray) -> np.ndarray:
    """T6: a concave front, f2 = 1 - f1^2, thinly covered; it is near only where all parameters but the first are."""
    first = 1.0 - np.exp(-4.0 * points[:, 0]) * np.sin(6.0 * np.pi * points[:, 0]) ** 6
    return _zdt(first, _distance(points, 0.25), lambda first, ratio: 1.0 - ratio**2)


def _distance(points: np.ndarray, power: float = 1.0) -> np.ndarray:
    """g of T1 to T3 and T6: 1 on the front, up to 10."""
    return 1.0 + 9.0 * points[:, 1:].mean(axis=1) ** power


def _zdt(first: np.ndarray, g: np.ndarray, shape: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    return np.column_stack([first, g * shape(first, first / g)])


def dtlz2(points: np.ndarray) -> np.ndarray:
    """Three objectives, whose front is an octant of the unit sphere, where all parameters but the first two are 0.5.

    Source: Deb, Thiele, Laumanns & Zitzler 2002, IEEE Congr. Evol. Comput.: 825.
    """
    radius = 1.0 + np.sum((points[:, 2:] - 0.5) ** 2, axis=1)
    one, other = points[:, :2].T * np.pi / 2.0
    directions = [np.cos(one) * np.cos(other), np.cos(one) * np.sin(other), np.sin(one)]
    return radius[:, None] * np.column_stack(directions)


def schaffer(points: np.ndarray) -> np.ndarray:
    """x^2 and (x - 2)^2: the front is where x is between 0 and 2.

    Source: Schaffer 1985, Int. Conf. Genetic Algorithms: 93.
    """
    return np.column_stack([points[:, 0] ** 2, (points[:, 0] - 2.0) ** 2])


def kursawe(points: np.ndarray) -> np.ndarray:
    """A front of several pieces, one of them a single point, (-20, 0) where all parameters are 0.

    Source: Kursawe 1991, Parallel Problem Solving from Nature: 193.
    """
    neighbours = np.hypot(points[:, :-1], points[:, 1:])
    waves = np.abs(points) ** 0.8 + 5.0 * np.sin(points**3)
    return np.column_stack([np.sum(-10.0 * np.exp(-0.2 * neighbours), axis=1), np.sum(waves, axis=1)])


def shifted(function: Function) -> Function:
    """The function of x1 and |xj - 0.3| / 0.7 for all others: the same front, at xj = 0.3 instead of on the bound 0.

    Children that are clipped at the bounds hit the optimum of the function itself by chance, but not of this one.
    """

    def moved(points: np.ndarray) -> np.ndarray:
        others = np.abs(points[:, 1:] - OPTIMUM) / (1.0 - OPTIMUM)
        return function(np.column_stack([points[:, 0], others]))

    return moved


# No search comes within (1.1, 1.1) of the shifted T6 in 5000 evaluations: all would have the volume 0.
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
    """Volume between the reference and the values (n, n_objectives) that are nowhere beyond it; needs pymoo."""
    from pymoo.indicators.hv import HV

    return float(HV(ref_point=np.array(reference))(np.asarray(values, float)))
