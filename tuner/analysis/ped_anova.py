"""Compute the importance of parameters for a low loss over a design, by PED-ANOVA in Optuna.

The importance of a parameter is the Pearson divergence between its values in the best tenth of the evaluations and
uniform values.

Source: Watanabe, Bansal & Hutter 2023, IJCAI: 4388.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tuner.analysis.indices import Share, shares, varied
from tuner.evaluation import Evaluation
from tuner.optimizers.samplers import Axis
from tuner.study.space import SearchSpace

if TYPE_CHECKING:
    from optuna import Study

# Optuna's documentation recommends five evaluations in the best tenth. The others are chosen: evaluations that are
# used at most, and resamples of the bootstrap.
FEWEST, MOST, RESAMPLES = 50, 400, 30
BEST_PART = 0.1
# Random orders of the losses; an importance below one of them may be chance. This is the level of 5 %.
ORDERS = 19


@dataclass(frozen=True)
class Importance:
    """Store the importance of a parameter as a share of the sum, and whether chance alone explains the share."""

    parameter: str
    share: Share
    is_chance: bool


def usable(design: Sequence[Evaluation]) -> list[Evaluation]:
    """Return the evaluations of a design that have a loss, 400 at most; empty below 50."""
    ran = [evaluation for evaluation in design if evaluation.loss is not None]
    return ran[:MOST] if len(ran) >= FEWEST else []


def importances(space: SearchSpace, evaluations: Sequence[Evaluation]) -> list[Importance]:
    """Return the importance of each free parameter for a low loss. Optuna must be installed."""
    free = varied(space)
    losses = np.array([evaluation.ranking_loss for evaluation in evaluations])
    points = np.array([free.encode(evaluation.values) for evaluation in evaluations])
    random = np.random.default_rng(0)
    with _quiet():
        study = _study(free, points, losses)
        found = _evaluate(study, free)
        by_chance = [_evaluate(study, free, random.permutation(losses)) for _ in range(ORDERS)]
        drawn = [random.integers(len(points), size=len(points)) for _ in range(RESAMPLES)]
        resampled = [_evaluate(_study(free, points[rows], losses[rows]), free) for rows in drawn]
    found_shares = shares(_normed(found), _normed(np.array(resampled)))
    are_chance = (found <= np.max(by_chance, axis=0)).tolist()
    names = [parameter.name for parameter in free.parameters]
    return [Importance(*row) for row in zip(names, found_shares, are_chance, strict=True)]


def _normed(values: np.ndarray) -> np.ndarray:
    normed: np.ndarray = values / np.maximum(values.sum(axis=-1, keepdims=True), np.finfo(float).tiny)
    return normed


def _study(space: SearchSpace, points: np.ndarray, losses: np.ndarray) -> "Study":
    """Return a study of Optuna with a trial for each point."""
    import optuna

    axes = [Axis(parameter) for parameter in space.parameters]
    distributions = {axis.name: axis.distribution() for axis in axes}
    study = optuna.create_study()
    for point, loss in zip(points.tolist(), losses.tolist(), strict=True):
        values = {axis.name: axis.suggestion(x) for axis, x in zip(axes, point, strict=True)}
        study.add_trial(optuna.trial.create_trial(value=loss, params=values, distributions=distributions))
    return study


def _evaluate(study: "Study", space: SearchSpace, losses: np.ndarray | None = None) -> np.ndarray:
    """Return the importances of a study (n_parameters,), for the losses in the study or for others."""
    from optuna.importance import PedAnovaImportanceEvaluator

    evaluator = PedAnovaImportanceEvaluator(target_quantile=BEST_PART, evaluate_on_local=False)
    found = evaluator.evaluate(study, target=None if losses is None else lambda trial: float(losses[trial.number]))
    return np.array([found.get(parameter.name, 0.0) for parameter in space.parameters])


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress Optuna's log lines and warnings."""
    from optuna import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(verbosity)
