"""What the entries of parameters and targets have in common."""

from typing import Any

from tuner.study.schema import Place


def check_label(name: str, place: Place) -> None:
    """StudyError if a name says nothing."""
    if not name.strip():
        raise place.error("has an empty name")


def drop_empty(table: dict[str, Any]) -> dict[str, Any]:
    """The table without what is None or empty text."""
    return {key: value for key, value in table.items() if value is not None and value != ""}
