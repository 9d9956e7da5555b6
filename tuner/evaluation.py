"""The one record: what was asked of the model, and what came of it."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, TypeVar

STATUSES = ("done", "failed", "timeout", "aborted")
# Above every loss: what violates a constraint is behind what does not.
BARRIER = 1e12
NUMBER = int | float


@dataclass(frozen=True)
class Evaluation:
    """One candidate; features that are undefined are nan.

    `loss` is None unless the simulation ran. One that was aborted has a loss behind every one that came to its end,
    and neither parts nor features. `violation` is by how many tolerances targets are missed that must be met. `repeats`
    counts the seeds under which the candidate ran; where there are several, `runs` has seed, loss, violation and
    features of each. `order` is its place among those told, where there are no generations.
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

    @property
    def ranking_loss(self) -> float:
        """The loss for an optimiser of one objective: behind all others where a target is missed that must be met; inf
        where there is none."""
        return math.inf if self.loss is None else self._behind(self.loss)

    @property
    def ranking_objectives(self) -> dict[str, float]:
        """The same for each objective; empty where there is no loss."""
        return {name: self._behind(value) for name, value in self.objectives.items()}

    def _behind(self, loss: float) -> float:
        return loss + BARRIER * (1.0 + self.violation) if self.violation > 0 else loss

    def shown_loss(self) -> str:
        """The loss for people."""
        if self.loss is None:
            return self.status
        return f"{self.loss:.4g}" + (f" (constraints violated by {self.violation:.3g})" if self.violation else "")

    @property
    def done(self) -> bool:
        """Whether the simulation came to its end."""
        return self.status == "done"

    def to_line(self) -> str:
        """One line of JSON; numbers that are not finite are null."""
        return json.dumps(finite(asdict(self)), allow_nan=False)

    @classmethod
    def from_line(cls, line: str | bytes) -> "Evaluation":
        """The evaluation of a line; raises ValueError if it is none."""
        table = json.loads(line)
        try:
            table["features"] = _undefined(table["features"])
            table["runs"] = [{**run, "features": _undefined(run["features"])} for run in table.get("runs", [])]
            evaluation = cls(**table)
            whole = all(type(n) is int for n in (evaluation.number, evaluation.generation, evaluation.seed))
            if not whole or evaluation.status not in STATUSES or not isinstance(evaluation.values, dict):
                raise TypeError("number, generation, seed, status or values are none")
            if not isinstance(evaluation.loss, NUMBER | None) or not isinstance(evaluation.violation, NUMBER):
                raise TypeError("loss or violation are none")
            return evaluation
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"no evaluation: {error}") from None


def _undefined(features: dict[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else value for name, value in features.items()}


class Rated(Protocol):
    """Anything that can be ranked: an evaluation, or the verification of one by plain NetPyNE."""

    @property
    def number(self) -> int:
        """Number of the evaluation, -1 - n where it is evaluation n of another run."""

    @property
    def done(self) -> bool:
        """Whether the simulation came to its end."""

    @property
    def loss(self) -> float | None:
        """Loss; None unless the simulation ran."""

    @property
    def violation(self) -> float:
        """Sum over the constraints of the tolerances by which each is missed."""


AnyRated = TypeVar("AnyRated", bound=Rated)


def ranked(evaluations: Iterable[AnyRated]) -> list[AnyRated]:
    """Return the evaluations that ran, best first: by violation, then by loss, then by number.

    Aborted evaluations are returned only where no simulation came to its end: plain NetPyNE simulates them to the end,
    and then they must not win. Failed ones are never returned.
    """
    ran = [each for each in evaluations if each.loss is not None]
    return sorted([each for each in ran if each.done] or ran, key=_rank)


def best_of(evaluations: Iterable[AnyRated]) -> AnyRated | None:
    """Return the evaluation that ranks first; None if no simulation ran."""
    return next(iter(ranked(evaluations)), None)


def _rank(rated: Rated) -> tuple[float, float, int]:
    loss = math.inf if rated.loss is None else rated.loss
    return rated.violation, loss, max(rated.number, -1 - rated.number)


def not_done(evaluations: Sequence[Evaluation], of_them: str = "") -> str:
    """How many failed and how many were aborted, in words that follow the number of all; "" if none."""
    numbers = {
        "failed": sum(evaluation.loss is None for evaluation in evaluations),
        "aborted": sum(evaluation.status == "aborted" for evaluation in evaluations),
    }
    return "".join(f", {number}{of_them} {ending}" for ending, number in numbers.items() if number)


def are_hopeless(evaluations: Sequence[Evaluation]) -> bool:
    """Whether none came to its end and none was better than another: a search has nothing to go by."""
    return not any(e.done for e in evaluations) and len({e.loss for e in evaluations} - {None}) <= 1


def failure_of_all(evaluations: Sequence[Evaluation]) -> str:
    """What has become of all, in words, where they are hopeless."""
    aborted = any(evaluation.status == "aborted" for evaluation in evaluations)
    return f"failed{' or were aborted alike' if aborted else ''}; the first: {evaluations[0].reason}"


def finite(data: Any) -> Any:
    """The same plain data with None for every number that is not finite."""
    if isinstance(data, dict):
        return {key: finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
