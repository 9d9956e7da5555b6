"""Define the record of an evaluation, and rank evaluations."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Protocol, TypedDict, TypeVar

import msgspec

STATUSES = ("done", "failed", "timeout", "aborted")
# Statuses of a simulation that has a loss.
RATED = ("done", "aborted")
# Larger than every loss: evaluations that violate a constraint rank behind all others.
BARRIER = 1e12
# Whole numbers that a float holds exactly.
LARGEST = 2**53
Whole = Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]
# Numbers of evaluations of another run are negative.
Number = Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=LARGEST)]
# A whole number stays one, so that a line that is read and written again is the same.
Integer = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Real = Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)] | float
NotNegative = Annotated[int, msgspec.Meta(ge=0)] | Annotated[float, msgspec.Meta(ge=0)]
Values = Annotated[dict[str, Integer | float | str | bool], msgspec.Meta(min_length=1)]
# None stands for a feature that the simulation does not define.
Features = dict[str, Real | None]


class _Measured(TypedDict):
    features: Features


class SeedRun(_Measured, total=False):
    """Describe an entry of `runs`: an evaluation under one of several seeds."""

    seed: Whole
    loss: Real | None
    violation: NotNegative


@dataclass(frozen=True)
class Evaluation:
    """Record one evaluated candidate: values, status, loss and features.

    Attributes
    ----------
    number : int
        Number of the evaluation in its run, from 0 on.
    generation : int
        Generation of the search, from 0 on.
    values : dict
        Values of the parameters by name, each in the parameter's unit.
    seed : int
        Seed of the simulation.
    repeats : int
        Number of seeds under which the candidate was simulated.
    status : str
        "done"; "failed" (an error or a crash); "timeout"; or "aborted" (a hopeless simulation, stopped early).
    loss : float or None
        Loss; None for "failed" and "timeout". The loss of an aborted simulation is above that of every finished one.
    objectives : dict
        Loss of each objective by name; a study that names no objective has one, "loss".
    violation : float
        Weighted sum over the constraints of the tolerances by which each is missed; 0 if all constraints are met.
    parts : dict
        Unweighted terms of the loss by the name of the target; empty for an aborted simulation.
    features : dict
        Features by the name of the target, in the feature's unit; nan where the simulation does not define a feature.
        Empty for an aborted simulation.
    reason : str
        Reason why the simulation failed or was aborted.
    runs : list of dict
        Seed, loss, violation and features under each seed; empty for a single seed.
    seconds : float
        Wall time of the evaluation [s].
    order : int or None
        Place in the order in which results reached the optimiser; None for a search with generations.
    n_spikes : int or None
        Number of spikes in all simulations of the candidate. None unless "done", and for a run of an older version.
    raster : str
        Digest of the spikes of all simulations (`tuner.runs.raster_digest`); "" where `n_spikes` is None.
    owner : str
        Token of the process that stored the evaluation; "" for a run of an older version.
    """

    number: int
    generation: int
    values: dict[str, Any]
    seed: int
    repeats: int = 1
    status: str = "done"
    loss: float | None = None
    objectives: dict[str, float] = field(default_factory=dict)
    violation: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    features: dict[str, float] = field(default_factory=dict)
    reason: str = ""
    runs: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    order: int | None = None
    n_spikes: int | None = None
    raster: str = ""
    owner: str = ""

    @property
    def ranking_loss(self) -> float:
        """Return the loss for an optimiser with one objective; inf without a loss.

        Evaluations that violate a constraint rank behind all that violate no constraint.
        """
        return math.inf if self.loss is None else self._behind(self.loss)

    @property
    def ranking_objectives(self) -> dict[str, float]:
        """Return the loss of each objective for an optimiser, ranked as `ranking_loss`; empty without a loss."""
        return {name: self._behind(value) for name, value in self.objectives.items()}

    def _behind(self, loss: float) -> float:
        return loss + BARRIER * (1.0 + self.violation) if self.violation > 0 else loss

    def shown_loss(self) -> str:
        """Return the loss as text for people, or the status of an evaluation without a loss."""
        if self.loss is None:
            return self.status
        return f"{self.loss:.4g}" + (f" (constraints violated by {self.violation:.3g})" if self.violation else "")

    @property
    def done(self) -> bool:
        """Return whether the simulation ran to the end."""
        return self.status == "done"

    def to_line(self) -> str:
        """Return the evaluation as one line of JSON; null stands for numbers that are not finite."""
        return json.dumps(finite(asdict(self)), allow_nan=False)

    @classmethod
    def of(cls, table: object) -> "Evaluation":
        """Return the evaluation of a table; raise ValueError, with key and allowed type, if an entry is wrong."""
        line = msgspec.convert(table, _Line)
        if line.number >= 0 and line.generation > line.number:
            raise ValueError(f"generation: is {line.generation}, must be at most the number, {line.number}")
        if line.status not in STATUSES:
            raise ValueError(f"status: is {line.status!r:.80}, must be {', '.join(STATUSES)}")
        if (line.loss is None) == (line.status in RATED):
            words = "a number" if line.status in RATED else "null"
            raise ValueError(f"loss: is {line.loss}, must be {words} for the status {line.status!r}")
        fields = {name: getattr(line, name) for name in _Line.__struct_fields__}
        runs = [{**run, "features": _undefined(run["features"])} for run in line.runs]
        return cls(**{**fields, "features": _undefined(line.features), "runs": runs})

    @classmethod
    def from_line(cls, line: str | bytes) -> "Evaluation":
        """Return the evaluation of a line of JSON; raise ValueError if the line holds no valid evaluation."""
        return cls.of(json.loads(line))


class _Line(msgspec.Struct):
    """Describe the types of a line of evaluations.jsonl; the keys are the fields of `Evaluation`."""

    number: Number
    generation: Whole
    values: Values
    seed: Whole
    repeats: Positive = 1
    status: str = "done"
    loss: Real | None = None
    objectives: dict[str, Real] = {}
    violation: NotNegative = 0.0
    parts: dict[str, Real] = {}
    features: Features = {}
    reason: str = ""
    runs: list[SeedRun] = []
    seconds: NotNegative = 0.0
    order: Whole | None = None
    n_spikes: Whole | None = None
    raster: str = ""
    owner: str = ""


def _undefined(features: dict[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else value for name, value in features.items()}


class Rated(Protocol):
    """Represent anything that can be ranked: an evaluation, or the verification of an evaluation by plain NetPyNE."""

    @property
    def number(self) -> int:
        """Return the number of the evaluation; -1 - n stands for evaluation n of another run."""

    @property
    def done(self) -> bool:
        """Return whether the simulation ran to the end."""

    @property
    def loss(self) -> float | None:
        """Return the loss. The result is None for a simulation that failed or timed out."""

    @property
    def violation(self) -> float:
        """Return the weighted sum over the constraints of the tolerances by which each is missed."""


AnyRated = TypeVar("AnyRated", bound=Rated)


def ranked(evaluations: Iterable[AnyRated]) -> list[AnyRated]:
    """Return the evaluations that ran, best first: by violation, then by loss, then by number.

    Aborted evaluations are returned only if no simulation ran to the end. Plain NetPyNE simulates aborted candidates to
    the end for the verification, where such a candidate must not win. Failed evaluations are never returned.
    """
    ran = [each for each in evaluations if each.loss is not None]
    return sorted([each for each in ran if each.done] or ran, key=_rank)


def best_of(evaluations: Iterable[AnyRated]) -> AnyRated | None:
    """Return the evaluation that ranks first. The result is None if no simulation ran."""
    return next(iter(ranked(evaluations)), None)


def _rank(rated: Rated) -> tuple[float, float, int]:
    loss = math.inf if rated.loss is None else rated.loss
    return rated.violation, loss, max(rated.number, -1 - rated.number)


def not_done(evaluations: Sequence[Evaluation], of_them: str = "") -> str:
    """Return the counts of failed and aborted evaluations as text to append to the count of all; "" for zero."""
    numbers = {
        "failed": sum(evaluation.loss is None for evaluation in evaluations),
        "aborted": sum(evaluation.status == "aborted" for evaluation in evaluations),
    }
    return "".join(f", {number}{of_them} {ending}" for ending, number in numbers.items() if number)


def are_hopeless(evaluations: Sequence[Evaluation]) -> bool:
    """Return whether no simulation ran to the end and all losses are equal, which gives a search no direction."""
    return not any(e.done for e in evaluations) and len({e.loss for e in evaluations} - {None}) <= 1


def failure_of_all(evaluations: Sequence[Evaluation]) -> str:
    """Return the end of a message about hopeless evaluations: the status of all, and the reason of the first."""
    aborted = any(evaluation.status == "aborted" for evaluation in evaluations)
    end = " or were aborted with equal losses" if aborted else ""
    return f"failed{end}; reason of the first: {evaluations[0].reason}"


def finite(data: Any) -> Any:
    """Return a copy of plain data in which every number that is not finite is replaced. The replacement is None."""
    if isinstance(data, dict):
        return {key: finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
