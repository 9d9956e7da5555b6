"""Find the values in a model's specs that each parameter of a study changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tuner.interfaces.netpyne_types import Table
from tuner.model import models
from tuner.model.base import Model
from tuner.simulation.network.difference import Change, differences, plain_table, without_own
from tuner.study import paths
from tuner.study.space import Parameter, same_choice
from tuner.study.study import Study

ROOTS = ("netParams", "simConfig")
# netParams and simConfig as plain tables.
Tables = tuple[Table, Table]


@dataclass(frozen=True)
class Effect:
    """Represent the differences in the specs after a parameter has been moved away from the start point.

    Attributes
    ----------
    parameter
        The parameter.
    start, moved
        Value at the start point, and the other value.
    changes
        Values that differ, over all protocols; each path begins with "netParams" or "simConfig".
    is_known
        False if the model raises at the other value.
    """

    parameter: Parameter
    start: Any
    moved: Any
    changes: tuple[Change, ...]
    is_known: bool = True

    @property
    def leaves(self) -> Iterator[Change]:
        """Return the changes; a list that differs is split into elements."""
        for change in self.changes:
            yield from _elements(change)

    @property
    def passed_on(self) -> dict[str, Any]:
        """Return the new values by path, where the specs hold exactly the value of the parameter."""
        return {
            paths.joined(change.path): change.new
            for change in self.leaves
            if _is_same(change.old, self.start) and _is_same(change.new, self.moved)
        }


def _elements(change: Change) -> Iterator[Change]:
    lists = isinstance(change.old, list | tuple) and isinstance(change.new, list | tuple)
    if not lists or len(change.old) != len(change.new):
        yield change
        return
    for place, (old, new) in enumerate(zip(change.old, change.new, strict=True)):
        if old is not new and old != new:
            yield from _elements(Change((*change.path, place), old, new))


def _is_same(value: object, other: object) -> bool:
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (value, other))
    return numbers and value == other


def effects(study: Study, start: dict[str, Any]) -> list[Effect]:
    """Return the effect of each parameter that can have another value than the start value.

    Choices of a native model are not tried: the model may do anything with them. Empty if the model raises at the start
    point.
    """
    model = models.of(study)
    tried = [p for p in study.space.parameters if not (model.defaults and p.kind == "choice")]
    try:
        before = _tables(study, model, start)
    except (Exception, SystemExit):
        return []
    moved = [(parameter, parameter.elsewhere(start[parameter.name])) for parameter in tried]
    return [
        _effect(study, model, before, start, *each) for each in moved if not same_choice(start[each[0].name], each[1])
    ]


def _effect(
    study: Study, model: Model, before: list[Tables], start: dict[str, Any], parameter: Parameter, moved: Any
) -> Effect:
    value = start[parameter.name]
    try:
        after = _tables(study, model, {**start, parameter.name: moved})
    except (Exception, SystemExit):
        return Effect(parameter, value, moved, (), is_known=False)
    return Effect(parameter, value, moved, tuple(_changes(before, after)))


def _tables(study: Study, model: Model, values: dict[str, Any]) -> list[Tables]:
    """Return netParams and simConfig as plain tables, for each protocol."""
    found = []
    for trial in study.trials(study.seeds[0]):
        specs = model.specs(study, values, trial)
        found.append((plain_table(specs.net_params), without_own(plain_table(specs.sim_config), specs.net_params)))
    return found


def _changes(before: list[Tables], after: list[Tables]) -> Iterator[Change]:
    for pair in zip(before, after, strict=True):
        for root, old, new in zip(ROOTS, *pair, strict=True):
            yield from differences(old, new, (root,))


def idle(study: Study, found: list[Effect]) -> list[str]:
    """Return the names of the parameters that change nothing in netParams and simConfig.

    A model that raises at another value reads the parameter. A parameter with a single value cannot change anything.
    Native models and scripts that act on the network are not judged: their code may use a value in other ways.
    """
    model = models.of(study)
    silent = [effect for effect in found if effect.is_known and not effect.changes]
    return [] if model.defaults or model.live_steps.reason else [effect.parameter.name for effect in silent]
