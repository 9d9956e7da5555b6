"""Between points in the unit cube and places on the parameters' own scales, bit for bit there and back."""

import numpy as np

from tuner.study.space import SearchSpace


class Scales:
    """Turns an optimiser's places into points, and points that come back unchanged into the very same places.

    Some algorithms compare places, or draw again for one that has not moved; rounding must not decide that.
    """

    def __init__(self, space: SearchSpace) -> None:
        self._space = space
        self._places = self._points = np.empty((0, len(space)))

    def points(self, places: np.ndarray) -> np.ndarray:
        """Points in the unit cube, both (n_points, n_parameters)."""
        self._places, self._points = places, self._space.from_scaled(places)
        return self._points.copy()

    def places(self, points: np.ndarray) -> np.ndarray:
        """The places of points, both (n_points, n_parameters), those of the last `points` if they are the same."""
        places = self._space.to_scaled(points)
        if points.shape == self._points.shape:
            same = (points == self._points).all(axis=1)
            places[same] = self._places[same]
        return places
