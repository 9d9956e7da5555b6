"""Choose the numbers of a model that a search is likely to vary, with names and bounds."""

import keyword
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tuner.drafts.quantities import (
    CELLS,
    CONDITION,
    CONDUCTANCE,
    COUNT,
    CURRENT,
    DELAY,
    NOISE,
    OTHER,
    PLACE,
    POTENTIAL,
    PROBABILITY,
    RATE,
    TIME,
    WEIGHT,
    kind_by_words,
    kind_of,
    last_name,
    steps_of,
)
from tuner.drafts.survey import Entry, Survey
from tuner.errors import StudyError
from tuner.study import paths

MOST_ACTIVE = 8
# Kinds of numbers that a search usually varies, sometimes varies, and seldom varies (settings of the experiment).
RANKS = (
    (WEIGHT, PROBABILITY, RATE, CONDUCTANCE, COUNT),
    (CURRENT, DELAY, POTENTIAL, NOISE, OTHER),
    (TIME, PLACE, CELLS, CONDITION),
)
UNLIKELY = len(RANKS) - 1
# Entries of netParams that are offered if no setting sets them, by table.
DIRECT = {
    "connParams": ("weight", "probability", "convergence", "divergence"),
    "subConnParams": (),
    "stimTargetParams": ("weight",),
    "stimSourceParams": ("rate", "amp"),
    "popParams": ("rate",),
}
DECADE_AROUND = (WEIGHT, CONDUCTANCE, RATE)
FRACTIONS = (PROBABILITY, NOISE, PLACE)
POTENTIAL_AROUND_MV = 10.0
# Upper bound of a number with the present value 0.
FROM_ZERO = {WEIGHT: 0.01, RATE: 100.0, CONDUCTANCE: 0.001, COUNT: 10, CELLS: 10, DELAY: 5.0}
LARGEST = 1e15


@dataclass(frozen=True)
class Likely:
    """Represent a parameter of a draft.

    Attributes
    ----------
    name : str
        Name of the parameter.
    entry : Entry
        Number of the model.
    table : dict
        Entry of the study: path, bounds, scale, kind and unit.
    rank : int
        Place in RANKS; parameters of rank 0 are the likeliest.
    """

    name: str
    entry: Entry
    table: dict[str, Any]
    rank: int


def likely(survey: Survey) -> list[Likely]:
    """Return the parameters that a search is likely to vary, the likeliest first."""
    entries = [entry for entry in survey.entries if entry.is_number and abs(entry.value) < LARGEST]
    settings = [entry for entry in entries if entry.has_effect and not _is_netpynes(entry)]
    follow = {path for entry in settings for path in entry.sets or ()}
    direct = [entry for entry in entries if _is_direct(entry) and not _follows(entry.path, follow)]
    conductances = [entry for entry in entries if not entry.is_setting and _kind(entry) == CONDUCTANCE]
    chosen = [*settings, *direct] or conductances
    found = [_likely(entry, name, survey.dt_ms) for entry, name in zip(chosen, _names(chosen), strict=True)]
    return sorted(found, key=lambda each: each.rank)


def active(found: Sequence[Likely]) -> list[Likely]:
    """Return the parameters that a draft leaves free: the first likely ones, or else the first of all, at most 8."""
    return ([each for each in found if each.rank < UNLIKELY] or list(found))[:MOST_ACTIVE]


def _is_netpynes(entry: Entry) -> bool:
    """Return whether NetPyNE reads a setting directly."""
    return entry.path in (entry.sets or ())


def _is_direct(entry: Entry) -> bool:
    if entry.is_setting:
        return False
    root, table, *_ = steps_of(entry.path)
    return root == "netParams" and last_name(entry.path) in DIRECT.get(table, ())


def _follows(path: str, settings: set[str]) -> bool:
    """Return whether a setting sets the value at a path, or a table that contains the value."""
    return any(path == set_ or path.startswith((f"{set_}.", f"{set_}[")) for set_ in settings)


def _likely(entry: Entry, name: str, dt_ms: float) -> Likely:
    kind = _kind(entry)
    unit = {"unit": entry.unit} if entry.unit else {}
    path = {} if _is_name(entry, name) else {"path": entry.path}
    rank = next(rank for rank, kinds in enumerate(RANKS) if kind in kinds)
    table = {**path, **bounds(kind, entry.value, dt_ms), **unit}
    return Likely(name, entry, table, UNLIKELY if entry.is_switch or entry.value == 0 else rank)


def _kind(entry: Entry) -> str:
    """Return the kind of the values that an entry sets; for several kinds, the kind that the entry's name suggests."""
    kinds = {kind_of(path) for path in entry.sets or (entry.path,) if _is_path(path)}
    return kinds.pop() if len(kinds) == 1 else kind_by_words(entry.path)


def _is_path(path: str) -> bool:
    try:
        return bool(steps_of(path))
    except StudyError:
        return False


def _is_name(entry: Entry, name: str) -> bool:
    """Return whether a parameter of this name needs no path, as a named value of the model or of simConfig."""
    reads_as_itself = not keyword.iskeyword(name) and name not in paths.ROOTS
    return entry.path == name or (entry.is_setting and entry.path == f"cfg.{name}" and reads_as_itself)


def _names(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield a different name for each entry."""
    taken: set[str] = set()
    for entry in entries:
        name = base = _name(entry)
        number = 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        yield name


def _name(entry: Entry) -> str:
    """Return the name of an entry: label and last steps in netParams, else all steps."""
    if entry.is_setting and "." not in entry.path and "[" not in entry.path:
        return entry.path
    root, *steps = steps_of(entry.path)
    if root == "netParams":
        table, *steps = steps
        if not isinstance(steps[0], str):
            steps[0] = f"{table.removesuffix('Params')}{steps[0]}"
    return "_".join(map(str, steps))


def bounds(kind: str, value: int | float, dt_ms: float) -> dict[str, Any]:
    """Return bounds, scale and kind for a parameter with this present value."""
    if kind in FRACTIONS and 0 <= value <= 1:
        return {"low": 0.0, "high": _rounded(min(1.0, 4 * value)) if kind == PROBABILITY and value else 1.0}
    if kind == POTENTIAL or kind == CONDITION and value < 0:
        return {"low": _rounded(value - POTENTIAL_AROUND_MV), "high": _rounded(value + POTENTIAL_AROUND_MV)}
    if isinstance(value, int) and kind in (COUNT, CELLS, OTHER):
        return _whole(kind, value)
    if value == 0:
        return {"low": 0.0, "high": float(FROM_ZERO.get(kind, 1.0))}
    if value > 0 and kind in DECADE_AROUND:
        return {"low": _rounded(value / 10), "high": _rounded(value * 10), "scale": "log"}
    low, high = sorted((value / 2, value * 2))
    return {"low": _rounded(max(low, min(dt_ms, value)) if kind == DELAY else low), "high": _rounded(high)}


def _whole(kind: str, value: int) -> dict[str, Any]:
    low, high = sorted((value // 2, 2 * value)) if value else (0, FROM_ZERO.get(kind, 10))
    return {"low": max(low, 1) if kind == CELLS and value > 0 else low, "high": high, "kind": "int"}


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
