"""Fit a polynomial of degree 2 to a feature over a design, and derive slopes and Sobol' indices.

With x a point in the unit cube, P_1 and P_2 the orthonormal Legendre polynomials there, and c the coefficients of the
products of degree 2 at most:

    y(x) = sum c_k P_k(x), variance over the cube = sum c_k^2 without the constant             (1)
    first index of j = sum of c_k^2 of the terms in x_j alone / variance                        (2)
    total index of j = sum of c_k^2 of all terms with x_j / variance                            (3)

Source: Sudret 2008, Reliab. Eng. Syst. Saf. 93:964. The error Q^2 leaves one evaluation out in turn.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

# Chosen: evaluations per coefficient, and least Q^2 of a surrogate that is used.
PER_TERM, LEAST_Q2 = 2.0, 0.8


@dataclass(frozen=True)
class Surrogate:
    """Hold a fitted polynomial; `terms` (n_terms, n_parameters) are the degrees of each product, the constant first.

    `covariance` is that of the coefficients. `missed` is the root mean square of the feature's error in evaluations
    that are left out of the fit, and `q2` the share of the variance that the polynomial predicts there.
    """

    terms: np.ndarray
    coefficients: np.ndarray
    covariance: np.ndarray
    missed: float
    q2: float

    def slopes(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the slopes at a point, over the whole range of each parameter, and the standard errors."""
        rows = np.array([_rows(point[None], self.terms, place)[0] for place in range(len(point))])
        errors: np.ndarray = np.sqrt(np.einsum("ij,jk,ik->i", rows, self.covariance, rows).clip(0.0))
        return rows @ self.coefficients, errors

    def indices(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the first and the total Sobol' index of each parameter (eq. 2, 3)."""
        return indices_of(self.coefficients, self.terms)


def indices_of(coefficients: np.ndarray, terms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the total indices of coefficients (..., n_terms); both are (..., n_parameters)."""
    squares, used = coefficients[..., 1:] ** 2, terms[1:] > 0
    variance = np.maximum(squares.sum(axis=-1, keepdims=True), np.finfo(float).tiny)
    alone = used & (used.sum(axis=1) == 1)[:, None]
    return squares @ alone / variance, squares @ used / variance


def terms_of(n_parameters: int) -> np.ndarray:
    """Return the degrees of all products of degree 2 at most, (n_terms, n_parameters)."""
    ones = np.eye(n_parameters, dtype=int)
    pairs = [ones[i] + ones[j] for i, j in combinations(range(n_parameters), 2)]
    terms: np.ndarray = np.vstack([np.zeros((1, n_parameters), int), ones, 2 * ones, *[pair[None] for pair in pairs]])
    return terms


def fit_surrogate(points: np.ndarray, feature: np.ndarray) -> Surrogate | None:
    """Return the surrogate of a feature (n,) at points (n, n_parameters); None if these points do not determine one."""
    terms = terms_of(points.shape[1])
    if len(points) < PER_TERM * len(terms) or not np.ptp(feature):
        return None
    rows = _rows(points, terms)
    left, sizes, right = np.linalg.svd(rows, full_matrices=False)
    if sizes[-1] < 1e-6 * sizes[0]:
        return None
    inverse = (right.T / sizes) @ left.T
    coefficients = inverse @ feature
    free = np.maximum(1.0 - np.sum(left**2, axis=1), 1e-6)
    left_out = (feature - rows @ coefficients) / free
    # Each residual gives the variance of its evaluation (MacKinnon & White 1985, J. Econom. 29:305, HC3).
    covariance = (inverse * left_out**2) @ inverse.T
    missed = float(np.sqrt(np.mean(left_out**2)))
    return Surrogate(terms, coefficients, covariance, missed, 1.0 - missed**2 / float(np.var(feature)))


def resampled(points: np.ndarray, features: np.ndarray, terms: np.ndarray, number: int) -> np.ndarray:
    """Return the coefficients through evaluations that are drawn with repetition, (number, n_terms, n_features).

    `points` are (n, n_parameters) and `features` (n, n_features).
    """
    random, rows = np.random.default_rng(0), _rows(points, terms)
    found = np.empty((number, len(terms), features.shape[1]))
    for place in range(number):
        counts = np.bincount(random.integers(len(rows), size=len(rows)), minlength=len(rows))
        weighted = rows.T * counts
        moments = weighted @ rows
        # A draw of few different evaluations may leave a coefficient open: the ridge keeps it 0.
        ridge = 1e-9 * np.trace(moments) / len(moments) * np.eye(len(moments))
        found[place] = np.linalg.solve(moments + ridge, weighted @ features)
    return found


def _rows(points: np.ndarray, terms: np.ndarray, slope_of: int | None = None) -> np.ndarray:
    """Return the products at points, (n, n_terms), or the derivatives along parameter `slope_of`."""
    x = 2.0 * points - 1.0
    values = np.stack([np.ones_like(x), np.sqrt(3.0) * x, np.sqrt(5.0) * (3.0 * x**2 - 1.0) / 2.0])
    slopes = np.stack([np.zeros_like(x), np.full_like(x, 2.0 * np.sqrt(3.0)), np.sqrt(5.0) * 6.0 * x])
    factors = np.empty((len(points), *terms.shape))
    for place in range(points.shape[1]):
        factors[:, :, place] = (slopes if place == slope_of else values)[terms[:, place], :, place].T
    rows: np.ndarray = factors.prod(axis=2)
    return rows
