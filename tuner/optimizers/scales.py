"""Convert between points in the unit cube and places on the scales of the parameters, without rounding errors."""

import numpy as np

from tuner.study.space import SearchSpace


class Scales:
    """Convert places to points, and points that come back unchanged to exactly the same places.

    A place is a parameter's value in its unit, in decades where the scale is log. Some algorithms compare places, or
    draw again if a place has not moved. Rounding errors of the conversion must not decide that.
    """

    def __init__(self, space: SearchSpace) -> None:
        self._space = space
        self._places = self._points = np.empty((0, len(space)))

    def points(self, places: np.ndarray) -> np.ndarray:
        """Return the points in the unit cube of places, both (n_points, n_parameters), and remember both."""
        self._places, self._points = places, self._space.from_scaled(places)
        return self._points.copy()

    def places(self, points: np.ndarray) -> np.ndarray:
        """Return the places of points, both (n_points, n_parameters); unchanged points get the remembered places."""
        places = self._space.to_scaled(points)
        if points.shape == self._points.shape:
            same = (points == self._points).all(axis=1)
            places[same] = self._places[same]
        return places
