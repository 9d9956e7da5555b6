"""Define the record of an evaluation, and rank evaluations."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, TypeVar

STATUSES = ("done", "failed", "timeout", "aborted")
# Larger than every loss: evaluations that violate a constraint rank behind all others.
BARRIER = 1e12
NUMBER = int | float


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
    def from_line(cls, line: str | bytes) -> "Evaluation":
        """Return the evaluation of a line of JSON; raise ValueError if the line holds no valid evaluation."""
        table = json.loads(line)
        try:
            table["features"] = _undefined(table["features"])
            table["runs"] = [{**run, "features": _undefined(run["features"])} for run in table.get("runs", [])]
            evaluation = cls(**table)
            whole = all(type(n) is int for n in (evaluation.number, evaluation.generation, evaluation.seed))
            if not whole or evaluation.status not in STATUSES or not isinstance(evaluation.values, dict):
                raise TypeError("number, generation, seed, status or values are invalid")
            if not isinstance(evaluation.loss, NUMBER | None) or not isinstance(evaluation.violation, NUMBER):
                raise TypeError("loss or violation are invalid")
            if not isinstance(evaluation.n_spikes, int | None) or not isinstance(evaluation.raster, str):
                raise TypeError("n_spikes or raster are invalid")
            return evaluation
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"not an evaluation: {error}") from None


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
