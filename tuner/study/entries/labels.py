"""Provide helpers that the entries of parameters and targets share."""

from typing import Any

from tuner.study.schema import Place


def check_label(name: str, place: Place) -> None:
    """Raise StudyError if a name is empty or blank."""
    if not name.strip():
        raise place.error("has an empty name")


def drop_empty(table: dict[str, Any]) -> dict[str, Any]:
    """Return the table without empty values. A value is empty if it is None or an empty text."""
    return {key: value for key, value in table.items() if value is not None and value != ""}
