"""Compare a stored evaluation with plain NetPyNE's simulation of the same values."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.words import count, with_unit

# Equal simulations give features that differ by rounding at most, which is below 1e-12 of the feature. A spike more
# or less, or a spike one step later, changes a feature by far more than 1e-9.
FEATURE_DIGITS = 1e-9
# A loss divides the rounding of a feature by the target's tolerance, so the loss has fewer digits in common.
LOSS_DIGITS = 1e-6
MOST_SHOWN = 3


@dataclass(frozen=True)
class Measured:
    """Hold the measured results of simulations: of a stored evaluation, or of plain NetPyNE.

    `runs` are the features under each seed. `n_spikes` is None and `raster` is "" if the spikes are not known.
    """

    loss: float
    violation: float
    features: Mapping[str, float]
    runs: Sequence[Mapping[str, float]] = ()
    n_spikes: int | None = None
    raster: str = ""

    @classmethod
    def of(cls, evaluation: Evaluation) -> "Measured":
        """Return the stored results of an evaluation."""
        runs = [run["features"] for run in evaluation.runs]
        loss = math.nan if evaluation.loss is None else evaluation.loss
        return cls(loss, evaluation.violation, evaluation.features, runs, evaluation.n_spikes, evaluation.raster)


class Difference(NamedTuple):
    """Represent one number that differs, with both values as text."""

    name: str
    stored: str
    plain: str


def reason(number: int, stored: Measured, plain: Measured, targets: tuple[Target, ...]) -> str:
    """Return how a stored evaluation differs from plain NetPyNE, with both numbers; "" if both are equal.

    Compared are the features, the loss, the violation of constraints, the number of spikes, and the raster.
    """
    features = _all_features(stored, plain, targets)
    others = [
        Difference(name, *_as_texts(getattr(stored, name), getattr(plain, name))) for name in _losses(stored, plain)
    ]
    same_number = stored.n_spikes in (None, plain.n_spikes)
    if features or others or not same_number:
        return f"evaluation {number} {_sentence(features, others, stored, plain)}"
    if stored.raster in ("", plain.raster):
        return ""
    spikes = count(plain.n_spikes or 0, "spike")
    return (
        f"evaluation {number} and plain NetPyNE have {spikes} each, the same features and the same loss,"
        " but the spikes are at other times or in other cells"
    )


def _losses(stored: Measured, plain: Measured) -> list[str]:
    """Return which of loss and violation differ."""
    names = ("loss", "violation")
    return [name for name in names if not _alike(getattr(stored, name), getattr(plain, name), LOSS_DIGITS, 1.0)]


def _sentence(features: list[Difference], others: list[Difference], stored: Measured, plain: Measured) -> str:
    """Return both results as text: the features that differ, then in any case the loss and the number of spikes."""
    names = [other.name for other in others]
    if "loss" not in names:
        others = [Difference("loss", f"{stored.loss:.4g}", f"{plain.loss:.4g}"), *others]
    if stored.n_spikes is not None:
        others = [*others, Difference("", *(count(each.n_spikes or 0, "spike") for each in (stored, plain)))]
    shown, more = features[:MOST_SHOWN], len(features) - MOST_SHOWN
    rest = [f"{count(more, 'other feature')}"] if more > 0 else []
    ours, theirs = (
        ", ".join(
            [
                *(f"{each.name} {each[place]}" for each in shown),
                *rest,
                *(f"{o.name} {o[place]}".strip() for o in others),
            ]
        )
        for place in (1, 2)
    )
    return f"is stored with {ours}; plain NetPyNE gives {theirs}"


def _all_features(stored: Measured, plain: Measured, targets: tuple[Target, ...]) -> list[Difference]:
    found = list(_of_features(stored.features, plain.features, targets))
    # Features under several seeds may differ although their mean is the same.
    for place, (ours, theirs) in enumerate(zip(stored.runs, plain.runs, strict=False), 1):
        found = found or list(_of_features(ours, theirs, targets, f" (simulation {place})"))
    return found


def _of_features(
    stored: Mapping[str, float], plain: Mapping[str, float], targets: tuple[Target, ...], where: str = ""
) -> Iterator[Difference]:
    for target in targets:
        ours, theirs = (_number(features.get(target.name)) for features in (stored, plain))
        if not _alike(ours, theirs, FEATURE_DIGITS, target.tolerance):
            yield Difference(f"{target.name}{where}", *_as_texts(ours, theirs, target.unit))


def _number(value: Any) -> float:
    """Return a feature; nan for a number that is not finite, because the stored line has null for all of these."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else math.nan


def _alike(some: float, other: float, digits: float, scale: float) -> bool:
    """Return whether two numbers are equal but for rounding; differences below `scale` times `digits` do not count."""
    if math.isnan(some) or math.isnan(other):
        return math.isnan(some) and math.isnan(other)
    return math.isclose(some, other, rel_tol=digits, abs_tol=digits * scale)


def _as_texts(some: float, other: float, unit: str = "") -> tuple[str, str]:
    """Return two numbers as texts that differ if the numbers differ."""
    for digits in (4, 6, 9, 17):
        texts = [f"{each:.{digits}g}" for each in (some, other)]
        if texts[0] != texts[1]:
            break
    first, second = ("undefined" if math.isnan(float(text)) else with_unit(text, unit) for text in texts)
    return first, second
