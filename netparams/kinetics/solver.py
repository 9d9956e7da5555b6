"""Solve a reaction scheme with SciPy's LSODA, without a compiler and without NMODL.

Right side and Jacobian are computed here, as an independent check of the NMODL mechanism.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.integrate import solve_ivp

from tuner.library.netparams.kinetics.table import Scheme


class Rates:
    """Compute the right side and the Jacobian of a scheme's equations, in mM and ms.

    `factors` multiply the rate constants, by the number of the rate.
    """

    def __init__(self, scheme: Scheme, factors: Mapping[int, float] | None = None) -> None:
        directions = scheme.directions
        places = {name: place for place, name in enumerate(scheme.species)}
        orders = [[places[name] for name in direction.order.elements()] for direction, _ in directions]
        # All products of concentrations have the same number of factors. A factor that a product does not need is the 1
        # that is appended to the concentrations.
        self._n = len(places)
        longest = max(map(len, orders))
        self._factors = np.array([each + [self._n] * (longest - len(each)) for each in orders])
        self._constants = np.array([d.constant * (factors or {}).get(d.number, 1.0) for d, _ in directions])
        self._changes = np.stack([scheme.vector(change) for _, change in directions], axis=1)
        self._influx = np.zeros(self._n)

    def set_influx(self, influx: np.ndarray) -> None:
        """Set the influx of each species from now on [mM/ms], (n_species,)."""
        self._influx = influx

    def derivative(self, time: float, concentrations: np.ndarray) -> np.ndarray:
        """Return the change of each species [mM/ms], (n_species,)."""
        terms = np.append(concentrations, 1.0)[self._factors]
        return (  # type: ignore[no-any-return]  # NumPy has no type for the product of two arrays
            self._changes @ (self._constants * terms.prod(axis=1)) + self._influx
        )

    def jacobian(self, time: float, concentrations: np.ndarray) -> np.ndarray:
        """Return the derivative of each species' change by each concentration [1/ms], (n_species, n_species)."""
        terms = np.append(concentrations, 1.0)[self._factors]
        slopes = np.zeros((len(terms), self._n + 1))
        for place in range(terms.shape[1]):
            others = np.delete(terms, place, axis=1).prod(axis=1)
            np.add.at(slopes, (np.arange(len(terms)), self._factors[:, place]), self._constants * others)
        return self._changes @ slopes[:, : self._n]


def solve(
    rates: Rates,
    initial: np.ndarray,
    pulses: Sequence[tuple[float, float]],
    influx: np.ndarray,
    times: Sequence[float],
    rtol: float = 1e-8,
    atol: float = 1e-12,
) -> np.ndarray:
    """Return the concentrations at the given times [mM], (n_times, n_species).

    Parameters
    ----------
    initial
        Concentrations at time 0 [mM], (n_species,).
    pulses
        Start and end of each pulse [ms], in order of time and without overlap.
    influx
        Influx during a pulse [mM/ms], (n_species,).
    times
        Times in ascending order [ms].
    rtol
        Relative tolerance of LSODA.
    atol
        Absolute tolerance of LSODA [mM].

    Raises
    ------
    ArithmeticError
        If LSODA stops before the last time.
    """
    found, state, now = [], np.array(initial, float), 0.0
    for end, is_on, is_asked in _stops(pulses, times):
        rates.set_influx(influx if is_on else np.zeros_like(influx))
        if end > now:
            state = _advance(rates, now, end, state, rtol, atol)
        now = end
        if is_asked:
            found.append(state)
    return np.array(found)


def _stops(pulses: Sequence[tuple[float, float]], times: Sequence[float]) -> Iterator[tuple[float, bool, bool]]:
    """Yield each stop of the solver: time, whether a pulse is on before the stop, whether the time is in `times`."""
    edges = {edge for pulse in pulses for edge in pulse}
    for stop in sorted({*edges, *times}):
        if stop <= times[-1]:
            yield stop, any(start < stop <= end for start, end in pulses), stop in times


def _advance(rates: Rates, start: float, end: float, state: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    solved = solve_ivp(
        rates.derivative, (start, end), state, "LSODA", [end], jac=rates.jacobian, rtol=rtol, atol=atol
    )  # fmt: skip
    if not solved.success:
        raise ArithmeticError(f"LSODA stopped at {solved.t[-1]:g} ms: {solved.message}")
    return solved.y[:, -1]
