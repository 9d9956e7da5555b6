"""Define the search space: parameters with bounds, units and scales, and the mapping to the unit cube."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

SCALES = ("linear", "log")
KINDS = ("float", "int", "choice")


def same_choice(one: object, other: object) -> bool:
    """Return whether two values are the same choice: 1 and 1.0 are the same, true and 1 are not."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


@dataclass(frozen=True)
class Parameter:
    """Represent one parameter of the search: a range from `low` to `high`, or one of `choices`.

    Attributes
    ----------
    name : str
        Name of the parameter. Without paths, it names a value of the model.
    low, high : float or None
        Bounds in `unit`; None for a choice.
    unit : str
        Unit of the values; "" if not given.
    scale : str
        "linear" or "log".
    kind : str
        "float", "int" or "choice".
    choices : tuple
        Allowed values of a choice.
    start : object
        Value at the start point; None for the model's own value.
    fixed : bool
        If True, the search does not vary the parameter, which keeps the value with which the search starts.
    paths : tuple of (str, float)
        Paths into netParams or simConfig, each with a factor.
    zipped : tuple of (str, tuple)
        Paths that change together, each with one value for each of the choices.
    relative : bool
        If True, a value multiplies the model's own value at each path, in which * stands for any label.
    doc : str
        Description for people.
    """

    name: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    scale: str = "linear"
    kind: str = "float"
    choices: tuple[Any, ...] = ()
    start: Any = None
    fixed: bool = False
    paths: tuple[tuple[str, float], ...] = ()
    zipped: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    relative: bool = False
    doc: str = ""

    @property
    def has_path(self) -> bool:
        """Return whether the parameter sets values at paths into the specs, not a named value of the model."""
        return bool(self.paths or self.zipped)

    def settings(self, value: Any) -> list[tuple[str, Any]]:
        """Return pairs of a path and the value to set there; for a relative parameter, the factor to apply there."""
        place = round(self.to_scaled(value)) if self.zipped else 0
        tied = [(path, value if factor == 1.0 else value * factor) for path, factor in self.paths]
        return tied + [(path, values[place]) for path, values in self.zipped]

    @property
    def bounds(self) -> tuple[float, float]:
        """Return the lower and the upper bound; raise TypeError for a choice."""
        if self.low is None or self.high is None:
            raise TypeError(f"{self.name} has no bounds")
        return self.low, self.high

    @property
    def whole_bounds(self) -> tuple[int, int]:
        """Return the bounds of a parameter of kind int."""
        low, high = self.bounds
        return int(low), int(high)

    @property
    def scaled_bounds(self) -> tuple[float, float]:
        """Return the bounds on the parameter's own scale.

        The scale is the unit of the parameter, decades if `scale` is log, or the index for a choice. Each whole number
        and each choice covers an interval of equal length, so their bounds lie half a step outside.
        """
        if self.kind == "choice":
            return -0.5, len(self.choices) - 0.5
        half = 0.5 if self.kind == "int" else 0.0
        low, high = self.bounds[0] - half, self.bounds[1] + half
        return (math.log10(low), math.log10(high)) if self.scale == "log" else (low, high)

    @property
    def varies(self) -> bool:
        """Return whether the search can change the parameter; fixed parameters and single choices stay."""
        return not self.fixed and len(self.choices) != 1

    def from_scaled(self, scaled: float) -> Any:
        """Return the value at a place on the parameter's own scale; places beyond the bounds give the bound."""
        if self.kind == "choice":
            return self.choices[min(max(round(scaled), 0), len(self.choices) - 1)]
        value = 10.0**scaled if self.scale == "log" else float(scaled)
        low, high = self.bounds
        value = min(max(value, low), high)
        return round(value) if self.kind == "int" else value

    def to_scaled(self, value: Any) -> float:
        """Return the place of a value on the parameter's own scale; inverse of `from_scaled`."""
        if self.kind == "choice":
            return float(next(i for i, choice in enumerate(self.choices) if same_choice(choice, value)))
        return math.log10(value) if self.scale == "log" else float(value)

    def unit_among(self, units: Mapping[str, str]) -> str:
        """Return the unit of the parameter; by default, the unit of the model's value with the same name."""
        return self.unit or ("" if self.has_path else units.get(self.name, ""))

    def holds(self, value: object) -> bool:
        """Return whether a value lies within the bounds, or is one of the choices."""
        if self.kind == "choice":
            return any(same_choice(choice, value) for choice in self.choices)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        low, high = self.bounds
        return low <= value <= high and (self.kind != "int" or float(value).is_integer())

    def elsewhere(self, value: Any, step: float = 1.0) -> Any:
        """Return another value of the parameter: half way to the more distant bound, or a share `step` of this."""
        low, high = self.scaled_bounds
        scaled = self.to_scaled(value)
        bound = low if scaled - low > high - scaled else high
        return self.from_scaled(scaled + step * (bound - scaled) / 2)

    def start_value(self, model_value: Any) -> Any:
        """Return the start value: `start`, else the model's own value if allowed, else the middle of the scale."""
        for value in (self.start, model_value):
            if value is not None and self.holds(value):
                own = self.from_scaled(self.to_scaled(value))
                # A choice is the study's own, so that 1.0 of the model becomes the choice 1.
                return own if self.kind == "choice" else type(own)(value)
        return self.from_scaled(sum(self.scaled_bounds) / 2)


@dataclass(frozen=True)
class SearchSpace:
    """Represent the search space: the parameters in the order of the study.

    A point is an array (n_parameters,) in the unit cube; each coordinate is the place on the parameter's own scale.
    """

    parameters: tuple[Parameter, ...]

    def __len__(self) -> int:
        return len(self.parameters)

    @property
    def fixed(self) -> np.ndarray:
        """Return a mask of the fixed parameters, (n_parameters,)."""
        return np.array([parameter.fixed for parameter in self.parameters])

    @property
    def scaled_bounds(self) -> np.ndarray:
        """Return the lower and upper bounds on the parameters' own scales, (2, n_parameters)."""
        return np.array([parameter.scaled_bounds for parameter in self.parameters]).T

    def to_scaled(self, points: np.ndarray) -> np.ndarray:
        """Convert points in the unit cube to places on the parameters' own scales, both (..., n_parameters)."""
        low, high = self.scaled_bounds
        scaled: np.ndarray = low + (high - low) * np.asarray(points, float)
        return scaled

    def from_scaled(self, scaled: np.ndarray) -> np.ndarray:
        """Convert places on the parameters' own scales to points in the unit cube, both (..., n_parameters)."""
        low, high = self.scaled_bounds
        points: np.ndarray = np.clip((np.asarray(scaled, float) - low) / (high - low), 0.0, 1.0)
        return points

    @property
    def discrete(self) -> np.ndarray:
        """Return a mask of the parameters that are whole numbers or choices, (n_parameters,)."""
        return np.array([parameter.kind != "float" for parameter in self.parameters])

    def snap(self, points: np.ndarray) -> np.ndarray:
        """Return the points, (..., n_parameters), with discrete coordinates moved to the nearest encoded value."""
        snapped = np.array(points, float)
        for place in np.flatnonzero(self.discrete):
            parameter, (low, high) = self.parameters[place], self.scaled_bounds[:, place]
            column = low + (high - low) * snapped[..., place]
            values = [parameter.to_scaled(parameter.from_scaled(x)) for x in column.ravel().tolist()]
            snapped[..., place] = (np.reshape(values, column.shape) - low) / (high - low)
        return snapped

    def decode(self, point: np.ndarray) -> dict[str, Any]:
        """Return the values of a point in the unit cube, by name of the parameter."""
        scaled = self.to_scaled(point)
        return {p.name: p.from_scaled(float(x)) for p, x in zip(self.parameters, scaled, strict=True)}

    def encode(self, values: Mapping[str, Any]) -> np.ndarray:
        """Return the point in the unit cube for values by name, (n_parameters,)."""
        return self.from_scaled(np.array([p.to_scaled(values[p.name]) for p in self.parameters]))
