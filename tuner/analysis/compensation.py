"""Find parameters that can compensate for each other, from the slopes of features with standard errors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

# All values are chosen where no source is given; tests/analysis/test_sensitivity.py holds them against false alarms.
# A direction is open if its eigenvalue (for two parameters 1 - |cosine| of the slopes) is below COLLINEAR, and if the
# features change by less than RESOLVED tolerances along its whole length.
COLLINEAR, RESOLVED = 0.05, 5.0
# A parameter belongs to the open directions with a SHARE above this. Two such parameters are in one group if their
# correlation within the open directions is above LINK.
SHARE, LINK = 0.05, 0.3
# The finding must hold in the share SURE of DRAWS of the slopes within their errors.
DRAWS, SURE = 100, 0.95
SAME = 1e-9  # relative differences below this count as rounding errors


@dataclass(frozen=True)
class Tie:
    """Store parameters that can compensate for each other: the targets fix only `directions` directions.

    `sure` is the share of draws of the slopes, within their standard errors, that give the same result.
    """

    parameters: tuple[str, ...]
    directions: int
    sure: float = 1.0


def draws(slopes: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Return draws of slopes (n_targets, n_parameters) within the standard errors, (n_draws, ...).

    The errors of two slopes of one target are not independent. So the draws have twice the variance, which holds for
    the difference of two slopes whatever the correlation.
    """
    random = np.random.default_rng(0).normal(size=(DRAWS, *slopes.shape))
    drawn: np.ndarray = slopes + np.sqrt(2.0) * errors * random
    return drawn


def sure_ties(slopes: np.ndarray, errors: np.ndarray, names: Sequence[str]) -> Iterator[Tie]:
    """Yield the groups of `ties` that the standard errors of the slopes leave no doubt about.

    Both arrays are (n_targets, n_parameters), in tolerances over the whole range of the parameter.
    """
    found = ties(slopes, names)
    if not found:
        return
    drawn = [ties(each, names) for each in draws(slopes, errors)]
    for tie in found:
        sure = float(np.mean([tie in each for each in drawn]))
        if sure >= SURE:
            yield Tie(tie.parameters, tie.directions, sure)


def ties(matrix: np.ndarray, names: Sequence[str]) -> tuple[Tie, ...]:
    """Return groups of parameters that can compensate for each other.

    `matrix` holds the slopes in tolerances, (n_targets, n_parameters); no column is 0. The open directions are the
    eigenvectors with small eigenvalues of the matrix of cosines between columns. This is the matrix J'J of the fit,
    scaled; its inverse is the covariance of the parameters. An eigenvalue of 0.05 is a collinearity index of 4.5,
    1 / sqrt(eigenvalue), in the source. Two parameters are in one group if they are correlated within the open
    directions.

    Source: Brun, Reichert & Kuensch 2001, Water Resour. Res. 37:1015, eq. 12.
    """
    if len(names) < 2:
        return ()
    norms = np.linalg.norm(matrix, axis=0)
    values, vectors = np.linalg.eigh((matrix / norms).T @ (matrix / norms))  # eq. 12: index = 1 / sqrt(value)
    moved = np.sqrt(np.maximum(values, 0.0)) / np.abs(vectors / norms[:, None]).max(axis=0)
    free = vectors[:, (values < COLLINEAR) & (moved < RESOLVED)]
    inside = free @ free.T
    from scipy.sparse.csgraph import connected_components

    _, groups = connected_components(_linked(inside), directed=False)
    found = []
    for group in np.unique(groups):
        members = groups == group
        n_free = round(float(np.trace(inside[np.ix_(members, members)])))
        if members.sum() > 1 and n_free:
            chosen = tuple(name for name, is_one in zip(names, members, strict=True) if is_one)
            found.append(Tie(chosen, int(members.sum()) - n_free))
    return tuple(found)


def _linked(inside: np.ndarray) -> np.ndarray:
    """Return which parameters are correlated, by the projector `inside` on the open directions."""
    shares = np.diag(inside)
    fixed = np.maximum(1.0 - shares, SAME)
    scale = np.sqrt(np.maximum(np.minimum(np.outer(shares, shares), np.outer(fixed, fixed)), SAME))
    taking = shares >= SHARE
    linked: np.ndarray = (np.abs(inside) > LINK * scale) & np.outer(taking, taking)
    return linked
