"""The one record: what was asked of the model, and what came of it."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

STATUSES = ("done", "failed", "timeout", "aborted")


@dataclass(frozen=True)
class Evaluation:
    """One candidate; features that are undefined are nan.

    `loss` is None unless the simulation ran. One that was aborted has a loss behind every one that came to its end,
    and neither parts nor features. `order` is its place among those told, where there are no generations.
    """

    number: int
    generation: int
    values: dict[str, object]
    seed: int
    repeats: int = 1
    status: str = "done"
    loss: float | None = None
    objectives: dict[str, float] = field(default_factory=dict)
    violation: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    features: dict[str, float] = field(default_factory=dict)
    reason: str = ""
    seconds: float = 0.0
    order: int | None = None

    @property
    def ranking_loss(self) -> float:
        """The loss, inf where there is none: behind every evaluation that has one."""
        return math.inf if self.loss is None else self.loss

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
            table["features"] = {k: math.nan if v is None else v for k, v in table["features"].items()}
            evaluation = cls(**table)
            whole = all(type(n) is int for n in (evaluation.number, evaluation.generation, evaluation.seed))
            if not whole or evaluation.status not in STATUSES or not isinstance(evaluation.values, dict):
                raise TypeError("number, generation, seed, status or values are none")
            return evaluation
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"no evaluation: {error}") from None


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


def finite(data: object) -> object:
    """The same plain data with None for every number that is not finite."""
    if isinstance(data, dict):
        return {key: finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
