"""The searched space: parameters with bounds, units and scales, and their places in the unit cube."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

SCALES = ("linear", "log")
KINDS = ("float", "int", "choice")


def same_choice(one: object, other: object) -> bool:
    """Whether two values are the same choice: 1 and 1.0 are, true and 1 are not."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


@dataclass(frozen=True)
class Parameter:
    """A free parameter: `low` to `high` in `unit`, or one of `choices`.

    `paths` are (path into netParams or simConfig, factor) pairs; where there are none, the parameter's name is one of
    the model's values. `zipped` are (path, values) pairs, a value for each of the choices. A `relative` value
    multiplies what the model has at each path, where * stands for any label. A `fixed` one is not varied: its values
    are those that a search begins with.
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
        """Whether it lies somewhere in the specs, and is none of the model's named values."""
        return bool(self.paths or self.zipped)

    def settings(self, value: Any) -> list[tuple[str, Any]]:
        """Paths, and what a value of the parameter is there; of a relative one the factor."""
        place = round(self.to_scaled(value)) if self.zipped else 0
        tied = [(path, value if factor == 1.0 else value * factor) for path, factor in self.paths]
        return tied + [(path, values[place]) for path, values in self.zipped]

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the largest value; a choice has none, which is a TypeError."""
        if self.low is None or self.high is None:
            raise TypeError(f"{self.name} has no bounds")
        return self.low, self.high

    @property
    def whole_bounds(self) -> tuple[int, int]:
        """The bounds of a whole number."""
        low, high = self.bounds
        return int(low), int(high)

    @property
    def scaled_bounds(self) -> tuple[float, float]:
        """Bounds on the parameter's own scale: its unit, decades if `scale` is log, places among the choices.

        Whole numbers and choices own an equal stretch each, so their bounds lie half a step outside.
        """
        if self.kind == "choice":
            return -0.5, len(self.choices) - 0.5
        half = 0.5 if self.kind == "int" else 0.0
        low, high = self.bounds[0] - half, self.bounds[1] + half
        return (math.log10(low), math.log10(high)) if self.scale == "log" else (low, high)

    def from_scaled(self, scaled: float) -> Any:
        """The parameter's value at a place on its own scale; beyond the bounds it is the bound's."""
        if self.kind == "choice":
            return self.choices[min(max(round(scaled), 0), len(self.choices) - 1)]
        value = 10.0**scaled if self.scale == "log" else float(scaled)
        low, high = self.bounds
        value = min(max(value, low), high)
        return round(value) if self.kind == "int" else value

    def to_scaled(self, value: Any) -> float:
        """The place of a value on the parameter's own scale; inverse of `from_scaled`."""
        if self.kind == "choice":
            return float(next(i for i, choice in enumerate(self.choices) if same_choice(choice, value)))
        return math.log10(value) if self.scale == "log" else float(value)

    def unit_among(self, units: Mapping[str, str]) -> str:
        """The parameter's unit; where the study gives none, that of the model's value of its name."""
        return self.unit or ("" if self.has_path else units.get(self.name, ""))

    def holds(self, value: object) -> bool:
        """Whether a value lies within the bounds, or is one of the choices."""
        if self.kind == "choice":
            return any(same_choice(choice, value) for choice in self.choices)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        low, high = self.bounds
        return low <= value <= high and (self.kind != "int" or float(value).is_integer())

    def elsewhere(self, value: Any) -> Any:
        """Another value of the parameter: half of the way to the bound that is farther."""
        low, high = self.scaled_bounds
        scaled = self.to_scaled(value)
        return self.from_scaled((low + scaled) / 2 if scaled - low > high - scaled else (high + scaled) / 2)

    def start_value(self, model_value: Any) -> Any:
        """Where a search starts: `start`, else the model's own value if it is allowed, else the middle of the scale."""
        for value in (self.start, model_value):
            if value is not None and self.holds(value):
                return value if self.kind == "choice" else type(self.from_scaled(self.to_scaled(value)))(value)
        return self.from_scaled(sum(self.scaled_bounds) / 2)


@dataclass(frozen=True)
class SearchSpace:
    """The free parameters in the study's order; a point is their (n_parameters,) place in the unit cube."""

    parameters: tuple[Parameter, ...]

    def __len__(self) -> int:
        return len(self.parameters)

    @property
    def fixed(self) -> np.ndarray:
        """Which parameters are fixed, (n_parameters,)."""
        return np.array([parameter.fixed for parameter in self.parameters])

    @property
    def scaled_bounds(self) -> np.ndarray:
        """Lower and upper bounds on the parameters' own scales, (2, n_parameters)."""
        return np.array([parameter.scaled_bounds for parameter in self.parameters]).T

    def to_scaled(self, points: np.ndarray) -> np.ndarray:
        """Places on the parameters' own scales of points in the unit cube, both (..., n_parameters)."""
        low, high = self.scaled_bounds
        scaled: np.ndarray = low + (high - low) * np.asarray(points, float)
        return scaled

    def from_scaled(self, scaled: np.ndarray) -> np.ndarray:
        """Points in the unit cube of places on the parameters' own scales, both (..., n_parameters)."""
        low, high = self.scaled_bounds
        points: np.ndarray = np.clip((np.asarray(scaled, float) - low) / (high - low), 0.0, 1.0)
        return points

    @property
    def discrete(self) -> np.ndarray:
        """Which parameters are whole numbers or choices, (n_parameters,)."""
        return np.array([parameter.kind != "float" for parameter in self.parameters])

    def snap(self, points: np.ndarray) -> np.ndarray:
        """The points, (..., n_parameters), with discrete parameters where `encode` puts their values."""
        snapped = np.array(points, float)
        for place in np.flatnonzero(self.discrete):
            parameter, (low, high) = self.parameters[place], self.scaled_bounds[:, place]
            column = low + (high - low) * snapped[..., place]
            values = [parameter.to_scaled(parameter.from_scaled(x)) for x in column.ravel().tolist()]
            snapped[..., place] = (np.reshape(values, column.shape) - low) / (high - low)
        return snapped

    def decode(self, point: np.ndarray) -> dict[str, Any]:
        """The values, by name, of a point in the unit cube."""
        scaled = self.to_scaled(point)
        return {p.name: p.from_scaled(float(x)) for p, x in zip(self.parameters, scaled, strict=True)}

    def encode(self, values: Mapping[str, Any]) -> np.ndarray:
        """The point in the unit cube of values by name."""
        return self.from_scaled(np.array([p.to_scaled(values[p.name]) for p in self.parameters]))
