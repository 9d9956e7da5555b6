"""Search with DFO-LS on the residuals that netpyne-tuner's least squares uses.

DFO-LS gets one residual per target, not a single loss, and has its default settings. DFO-LS controls the loop. To end a
search, `evaluate` raises an exception.
"""

import warnings
from collections.abc import Callable

import dfols
import numpy as np
from landscapes import Landscape

from tuner.evaluation import Evaluation
from tuner.optimizers.least_squares.residuals import Goals


def search(
    landscape: Landscape,
    evaluate: Callable[[np.ndarray], Evaluation],
    begin: Callable[[], np.ndarray],
    seed: int,
) -> None:
    """Search until `evaluate` raises an exception.

    `begin` returns a start point. Whenever DFO-LS stops, it starts again from another start point.
    """
    goals = Goals(landscape.targets)

    def residuals(point: np.ndarray) -> np.ndarray:
        return goals.residuals(goals.read(evaluate(np.clip(point, 0.0, 1.0)).features))

    # DFO-LS draws random numbers from numpy's global state.
    np.random.seed(seed)
    bounds = np.zeros(len(landscape.space)), np.ones(len(landscape.space))
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dfols.solve(residuals, begin(), bounds=bounds, objfun_has_noise=landscape.noisy, do_logging=False)
