"""Compute Sobol' indices of the targets over a design, from fitted polynomials, with bootstrap intervals."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tuner.analysis.surrogate import LEAST_Q2, Surrogate, fit_surrogate, indices_of, resampled, terms_of
from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.study.space import SearchSpace

# Chosen: resamples of a bootstrap, and the percentiles of its intervals.
RESAMPLES, INTERVAL = 60, (5.0, 95.0)


@dataclass(frozen=True)
class Share:
    """Store a share with the interval of 90 % of a bootstrap."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class SobolIndices:
    """Store the first and total Sobol' index of each parameter for a target, from n `evaluations`.

    `q2` is the share of the variance that the polynomial predicts in evaluations that are left out of the fit. The
    indices are empty if it is below 0.8, or if too few evaluations define the feature; `q2` is nan then.
    """

    target: str
    evaluations: int
    q2: float
    first: tuple[Share, ...] = ()
    total: tuple[Share, ...] = ()


def varied(space: SearchSpace) -> SearchSpace:
    """Return the free parameters."""
    return SearchSpace(tuple(parameter for parameter in space.parameters if parameter.varies))


def sobol_indices(
    space: SearchSpace, targets: Sequence[Target], design: Sequence[Evaluation]
) -> Iterator[SobolIndices]:
    """Yield the Sobol' indices of each target; the space holds at least two free parameters, and no choice."""
    free = varied(space)
    done = [evaluation for evaluation in design if evaluation.done]
    points = np.array([free.encode(evaluation.values) for evaluation in done]).reshape(len(done), len(free))
    features = np.array([[e.features.get(target.name, np.nan) for target in targets] for e in done], float)
    features = features.reshape(len(done), len(targets))
    fitted: dict[str, tuple[int, Surrogate | None]] = {}
    for target, values in zip(targets, features.T, strict=True):
        rows = np.isfinite(values)
        fitted[target.name] = int(rows.sum()), fit_surrogate(points[rows], values[rows]) if rows.any() else None
    # The targets that all evaluations define share the fits of the bootstrap.
    whole = np.isfinite(features).all(axis=0)
    drawn = _drawn(points, features[:, whole]) if any(surrogate for _, surrogate in fitted.values()) else {}
    for target, values, place in zip(targets, features.T, np.cumsum(whole) - 1, strict=True):
        n, surrogate = fitted[target.name]
        q2 = surrogate.q2 if surrogate else math.nan
        if surrogate is None or not q2 >= LEAST_Q2:
            yield SobolIndices(target.name, n, q2)
            continue
        rows = np.isfinite(values)
        several = drawn[int(place)] if rows.all() else _drawn(points[rows], values[rows, None])[0]
        pairs = zip(surrogate.indices(), several, strict=True)
        yield SobolIndices(target.name, n, q2, *(shares(one, others) for one, others in pairs))


def _drawn(points: np.ndarray, features: np.ndarray) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Return the resampled first and total indices, (n_resamples, n_parameters), by the column of `features`."""
    terms = terms_of(points.shape[1])
    coefficients = resampled(points, features, terms, RESAMPLES)
    return {column: indices_of(coefficients[:, :, column], terms) for column in range(features.shape[1])}


def shares(values: np.ndarray, others: np.ndarray) -> tuple[Share, ...]:
    """Return values (n,) with the intervals of values from resamples (n_resamples, n), which include the value."""
    low, high = np.percentile(others, INTERVAL, axis=0)
    rows = np.column_stack([values, np.minimum(low, values), np.maximum(high, values)])
    return tuple(Share(*row) for row in rows.tolist())
