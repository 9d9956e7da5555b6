"""DFO-LS on residuals as our own least squares sees them, in place of its single number, with its defaults.

It owns the loop: whoever has seen enough raises an exception in `evaluate`.
"""

import warnings
from collections.abc import Callable

import dfols
import numpy as np
from landscapes import Landscape

from tuner.evaluation import Evaluation
from tuner.optimizers.least_squares.residuals import Wishes


def search(
    landscape: Landscape,
    evaluate: Callable[[np.ndarray], Evaluation],
    begin: Callable[[], np.ndarray],
    seed: int,
) -> None:
    """Searches from `begin()`, and again from another one whenever DFO-LS stops, until `evaluate` raises."""
    wishes = Wishes(landscape.targets)

    def residuals(point: np.ndarray) -> np.ndarray:
        return wishes.residuals(wishes.read(evaluate(np.clip(point, 0.0, 1.0)).features))

    # DFO-LS draws from numpy's global state.
    np.random.seed(seed)
    bounds = np.zeros(len(landscape.space)), np.ones(len(landscape.space))
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dfols.solve(residuals, begin(), bounds=bounds, objfun_has_noise=landscape.noisy, do_logging=False)
