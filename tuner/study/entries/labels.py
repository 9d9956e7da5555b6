"""Provide helpers that the entries of parameters and targets share."""

from typing import Any

from tuner.study.schema import Place

LONGEST = 1000


def check_label(name: str, place: Place) -> None:
    """Raise StudyError if a name is empty, blank or too long."""
    if not name.strip():
        raise place.error("has an empty name")
    if len(name) > LONGEST:
        raise place.error(f"is a name of {len(name)} characters, must have at most {LONGEST}")


def drop_empty(table: dict[str, Any]) -> dict[str, Any]:
    """Return the table without empty values. A value is empty if it is None or an empty text."""
    return {key: value for key, value in table.items() if value is not None and value != ""}
