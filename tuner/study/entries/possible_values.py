"""Check that the target values of a study are values that the features can have."""

from collections.abc import Mapping
from typing import Any

from tuner.features.registry import Feature
from tuner.study.schema import Place
from tuner.words import with_unit

# A feature of a reference may lie beyond its bounds by rounding.
ROUNDING = 1e-9


def check_possible(entry: Mapping[str, Any], feature: Feature, place: Place) -> None:
    """Raise StudyError if `value`, `low` or `high` of a target is a value that the feature cannot have."""
    for key in ("value", "low", "high"):
        if key in entry and not feature.lowest - ROUNDING <= entry[key] <= feature.highest + ROUNDING:
            unit = "" if feature.unit == "1" else f" [{feature.unit}]"
            words = f"is {with_unit(f'{entry[key]:g}', feature.unit)}, but {feature.name}{unit} can only be"
            raise place.at(key).error(f"{words} {feature.possible}")
