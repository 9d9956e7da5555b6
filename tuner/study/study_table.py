"""Define the keys of a study's table, and read the entries that depend on several of these keys."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tuner.objective.targets import Target, grouped
from tuner.protocols import DEFAULT, Protocol
from tuner.study.entries.read_protocols import DURATION_MS
from tuner.study.entries.read_targets import read_targets
from tuner.study.schema import REQUIRED, Key, Place, fill
from tuner.study.space import SearchSpace

STUDY_KEYS = {
    "name": Key("text"),
    "model": Key("text", REQUIRED),
    "duration_ms": DURATION_MS,
    "seed": Key("whole", 1, at_least=0, at_most=2**31 - 1),
    "values": Key("table", {}),
    "parameters": Key("table", REQUIRED),
    "targets": Key("table", REQUIRED),
    "objectives": Key("text", one_of=("protocol", "population", "feature")),
    "protocols": Key("table", {}),
    "optimizer": Key("table", {}),
    "budget": Key("table", REQUIRED),
    "simulation": Key("table", {}),
    "validation": Key("list"),
}
# Keys of a study that a validation may change.
VALIDATION_KEYS = ("name", "duration_ms", "seed", "values", "targets", "protocols")
# Settings that may change between two starts of one run; any other change makes another run.
CHANGEABLE_SIMULATION = (
    "timeout_s",
    "workers",
    "executor",
    "launcher",
    "verify",
    "fresh_seeds",
    "probes",
    "keep_spikes",
    "keep_going",
    "recycle_after",
    "recycle_growth_mb",
)
# Optimisers that ignore the loss: their studies need no target that adds to the loss.
DESIGNS = ("grid", "random", "sobol", "latin_hypercube")
# Entries for people only.
TEXTS = ("doc", "source")


def check_values(space: SearchSpace, tables: Mapping[Place, Mapping[str, Any]]) -> None:
    """Raise StudyError if a parameter is also one of the fixed values, given as tables by place."""
    for parameter in space.parameters:
        for here, values in tables.items():
            if parameter.name in values:
                raise here.at(parameter.name).error("is a free parameter too; keep one of the two")


def without_values(protocol: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of a protocol without the values that a held-out test changes."""
    changed = changes.get("values", {})
    return protocol | {"values": {name: v for name, v in protocol["values"].items() if name not in changed}}


def protocol_tables(protocols: Sequence[Protocol], duration_ms: float | None) -> dict[str, Any]:
    """Return the tables of protocols by name; empty for the default protocol alone.

    An equal duration is left out, so that a held-out test with another duration changes this protocol too.
    """
    default = Protocol(DEFAULT, duration_ms) if len(protocols) == 1 else None
    return {
        p.name: {**({} if p.duration_ms == duration_ms else {"duration_ms": p.duration_ms}), "values": p.values}
        for p in protocols
        if p != default
    }


def read_targets_of(
    table: Mapping[str, Any], protocols: tuple[Protocol, ...], folder: str, place: Place, *, imports: bool = True
) -> tuple[Target, ...]:
    """Return the targets of a study, with the objectives that the key `objectives` groups.

    Without `imports`, no file of the user is imported (see `Target`).
    """
    must_count = table.get("optimizer", {}).get("name") not in DESIGNS
    how = {"must_count": must_count, "imports": imports}
    targets = read_targets(table["targets"], protocols, folder, place.at("targets"), **how)
    return grouped(targets, table.get("objectives"))


def read_validations(tables: Sequence[Any], place: Place) -> tuple[dict[str, Any], ...]:
    """Return the tables of the held-out tests; raise StudyError for a key that a test may not change."""
    for number, table in enumerate(tables, 1):
        fill(table, {key: replace(STUDY_KEYS[key], default=None) for key in VALIDATION_KEYS}, place.at(number))
    return tuple(dict(table) for table in tables)
