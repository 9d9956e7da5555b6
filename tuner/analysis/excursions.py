"""Measure the moves of each target along the range of one parameter, with the others at an evaluation.

The simulations on such a line are the probes of the run, and the evaluations that differ from the evaluation in one
parameter, as in a grid.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuner.analysis.scatter import Scatter
from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.runs.probe_file import Probe
from tuner.study.space import Parameter, SearchSpace, same_choice

# Chosen: a target moves by more than this [tolerances].
MOVES = 0.5
SAME = 1e-9  # relative differences below this count as rounding errors


@dataclass(frozen=True)
class Move:
    """Store how far a target moves along the range of a parameter.

    Attributes
    ----------
    change
        Change from the lower to the upper end of the simulated range; None for a choice, or without two values.
    largest
        Largest difference between two simulations of the range. Both are in tolerances, or in the unit of the feature
        if the target is minimised or maximised.
    undefined
        Places where the feature is undefined, if it is defined at others.
    moves
        True if the target moves by more than half a tolerance and by more than its scatter between seeds.
    is_scatter
        True if the target moves by more than half a tolerance, but not by more than its scatter between seeds.
    unit
        Unit of both numbers; "" for tolerances.
    """

    target: str
    change: float | None
    largest: float
    undefined: tuple[str, ...]
    moves: bool
    is_scatter: bool
    unit: str = ""

    @property
    def is_one_way(self) -> bool:
        """Return whether the change between the ends is the largest one, within half a tolerance if there is one."""
        if self.change is None:
            return False
        if self.unit:
            return self.largest <= abs(self.change) * (1.0 + SAME)
        return not (self.moves and abs(self.change) <= MOVES) and self.largest <= abs(self.change) + MOVES


@dataclass(frozen=True)
class Broken:
    """Store a place of a parameter where the simulation failed, was aborted or timed out."""

    place: str
    status: str
    reason: str


@dataclass(frozen=True)
class Excursion:
    """Store the moves of all targets along the range of a parameter, with the others at evaluation `base`.

    `values` are the simulated values of the parameter beside its value in the evaluation, and `missing` are the ends of
    the range that were not simulated.
    """

    parameter: str
    base: int
    moves: tuple[Move, ...]
    broken: tuple[Broken, ...]
    missing: tuple[str, ...]
    values: tuple[Any, ...]
    is_choice: bool

    @property
    def matters(self) -> bool:
        """Return whether a target moves, or a simulation of the range breaks."""
        return bool(self.broken) or any(move.moves for move in self.moves)

    @property
    def is_still(self) -> bool:
        """Return whether the whole range was simulated, and no target moves by more than half a tolerance."""
        return not (self.missing or self.matters or any(move.is_scatter for move in self.moves))


@dataclass(frozen=True)
class _Point:
    """Store a simulation on the line: the place of the value on the parameter's scale, and a name of the place."""

    scaled: float
    name: str
    value: Any
    of: Evaluation | Probe


def bases(evaluations: Sequence[Evaluation], best: Evaluation) -> tuple[Evaluation, ...]:
    """Return the evaluations around which parameters are probed: the best, or with several objectives the best of each.

    Evaluations that violate constraints more than others are left out.
    """
    done = [evaluation for evaluation in evaluations if evaluation.done]
    if len(best.objectives) < 2:
        return (best,)
    least = min((evaluation.violation for evaluation in done), default=0.0)
    allowed = [evaluation for evaluation in done if evaluation.violation == least]
    firsts = (min(allowed, key=lambda e: (e.objectives[name], e.number), default=best) for name in best.objectives)
    return tuple({evaluation.number: evaluation for evaluation in firsts}.values())


def excursions(
    space: SearchSpace,
    targets: Sequence[Target],
    evaluations: Sequence[Evaluation],
    base: Evaluation,
    probes: Iterable[Probe],
    scatters: Mapping[str, Scatter],
) -> Iterator[Excursion]:
    """Yield an excursion for each free parameter, around the evaluation `base`; `scatters` are given by target."""
    lines = _lines(space, base, [*evaluations, *(probe for probe in probes if probe.best == base.number)])
    for parameter in space.parameters:
        if parameter.varies:
            yield _excursion(parameter, targets, base, lines[parameter.name], scatters)


def _lines(
    space: SearchSpace, base: Evaluation, found: Iterable[Evaluation | Probe]
) -> dict[str, list[Evaluation | Probe]]:
    """Return the simulations that differ from the evaluation in one parameter alone, by parameter."""
    lines: dict[str, list[Evaluation | Probe]] = {parameter.name: [] for parameter in space.parameters}
    for each in found:
        changed = [p.name for p in space.parameters if not same_choice(each.values.get(p.name), base.values[p.name])]
        if len(changed) == 1 and changed[0] in each.values:
            lines[changed[0]].append(each)
    return lines


def _excursion(
    parameter: Parameter,
    targets: Sequence[Target],
    base: Evaluation,
    line: Sequence[Evaluation | Probe],
    scatters: Mapping[str, Scatter],
) -> Excursion:
    own = base.values[parameter.name]
    points = [_point(parameter, each.values[parameter.name], each) for each in line]
    if not any(point.name in _ends(parameter) for point in points):
        # Small steps of a search along one parameter say nothing of its range.
        points = []
    begin = _Point(parameter.to_scaled(own), "the best", own, base)
    # Of an evaluation and a probe of the same values, one is enough.
    points = sorted({point.scaled: point for point in [*points, begin]}.values(), key=lambda point: point.scaled)
    ran = [point for point in points if point.of.status == "done"]
    here = {point.name for point in points} | {_point(parameter, own, base).name}
    return Excursion(
        parameter=parameter.name,
        base=base.number,
        moves=tuple(_move(parameter, target, ran, scatters.get(target.name)) for target in targets),
        broken=tuple(Broken(p.name, p.of.status, p.of.reason) for p in points if p.of.status != "done"),
        missing=tuple(name for name in _ends(parameter) if name not in here),
        values=tuple(point.value for point in points if point is not begin),
        is_choice=parameter.kind == "choice",
    )


def _ends(parameter: Parameter) -> tuple[str, ...]:
    if parameter.kind == "choice":
        return tuple(map(str, parameter.choices))
    return "its lower bound", "its upper bound"


def _point(parameter: Parameter, value: Any, of: Evaluation | Probe) -> _Point:
    scaled = parameter.to_scaled(value)
    if parameter.kind == "choice":
        return _Point(scaled, str(value), value, of)
    low, high = map(parameter.to_scaled, parameter.bounds)
    for name, end in zip(_ends(parameter), (low, high), strict=True):
        if abs(scaled - end) <= SAME * (high - low):
            return _Point(scaled, name, value, of)
    return _Point(scaled, f"{value:.4g}", value, of)


def _move(parameter: Parameter, target: Target, points: Sequence[_Point], scatter: Scatter | None) -> Move:
    seen = [(point.name, _number(point.of.features.get(target.name))) for point in points]
    values = np.array([feature for _, feature in seen if math.isfinite(feature)])
    if not len(values):
        return Move(target.name, None, 0.0, (), False, False)
    undefined = tuple(name for name, feature in seen if not math.isfinite(feature))
    unit, limit = (1.0, SAME * np.abs(values).max()) if target.is_endless else (target.tolerance, MOVES)
    largest = float(np.ptp(values)) / unit
    above = bool(largest > limit * (1.0 + SAME))
    is_scatter = above and scatter is not None and largest * unit <= scatter.largest(len(values))
    change = None if parameter.kind == "choice" or len(values) < 2 else float(values[-1] - values[0]) / unit
    moves = bool(undefined) or (above and not is_scatter)
    words = (target.unit or "1") if target.is_endless else ""
    return Move(target.name, change, largest, undefined, moves, is_scatter, words)


def _number(feature: float | None) -> float:
    return math.nan if feature is None else feature
