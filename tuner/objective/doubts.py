"""Find targets that a simulation cannot measure well, or that give a search no direction."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol as Shape

from tuner.objective.loss import largest_part
from tuner.objective.targets import Target
from tuner.protocols import Protocol
from tuner.words import quantity

SHORTEST_WINDOW_MS = 10.0
# Features that count spikes per time, or need several spikes of a cell within the window.
COUNTING = ("rate", "rate_std", "rate_median", "rate_cv", "rate_percentile", "burst_rate", "rate_distance")


class Timed(Shape):
    """Describe a study with targets and protocols of known durations."""

    @property
    def targets(self) -> tuple[Target, ...]:
        """Return the targets."""

    @property
    def protocols(self) -> Sequence[Protocol]:
        """Return the protocols."""


def short_windows(study: Timed) -> Iterator[str]:
    """Yield a note for each rate that is measured within less than 10 ms."""
    durations = {protocol.name: protocol.duration_ms for protocol in study.protocols}
    for target in study.targets:
        end_ms = durations[target.protocol]
        start_ms, end_ms = target.window_ms or (0.0, end_ms or math.inf)
        if target.feature in COUNTING and end_ms - start_ms < SHORTEST_WINDOW_MS:
            length_ms = end_ms - start_ms
            words = f"is measured within {length_ms:g} ms, in which a cell with one spike has {1000 / length_ms:g} Hz"
            yield f"targets.{target.name}: {target.feature} {words}; give a longer window_ms or duration_ms"


def at_cap(targets: Sequence[Target], features: Mapping[str, float]) -> Iterator[str]:
    """Yield a note for each target with a tolerance so small that the term is the largest possible."""
    for target in targets:
        feature = features.get(target.name, math.nan)
        if not target.has_goal or math.isnan(feature) or not _is_capped(target, feature):
            continue
        key, size = ("width", target.width) if target.form == "exponential" else ("tolerance", target.tolerance)
        distance = quantity(abs(target.miss(feature)), target.unit)
        yield (
            f"targets.{target.name}: at the start point, the {key} of {quantity(size, target.unit)} is small against"
            f" the distance of {distance}, and the term is at its cap; all values as far away look equally bad"
        )


def _is_capped(target: Target, feature: float) -> bool:
    if target.must:
        return target.violation(feature) >= target.cap
    # Below `min`, an exponential term is the largest, whatever the width.
    return target.part(feature) >= largest_part(target) and feature > target.min
