"""Judge a study and a model at the start point, before anything is simulated."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from tuner.errors import ModelError, TunerError
from tuner.model import models
from tuner.model.base import Model
from tuner.model.effects import Effect, effects, idle
from tuner.model.empty_rules import Rule, empty_rules
from tuner.model.parameter_checks import check_units, not_whole
from tuner.model.unknown_names import Unknown, default_synapses, unknown_names, untyped
from tuner.objective.doubts import short_windows
from tuner.simulation.network import tags
from tuner.simulation.network.difference import MISSING, Change
from tuner.study.paths import Specs
from tuner.study.study import Study
from tuner.words import count

MOST_NOTES, MOST_NAMED = 8, 3
# At most this many choices of a parameter are tried.
MOST_CHOICES = 10
# Tables whose values, apart from conditions, have no part in the choice of cells.
VALUES = ("cellParams", "synMechParams", "connParams", "subConnParams", "stimSourceParams", "stimTargetParams")
CONDITIONS = {"conds", "preConds", "postConds"}
# Entries of simConfig from which NetPyNE takes positions, and the recorded cells.
OF_CONFIG = {"seeds", "recordTraces", "recordCells", "analysis"}
IDLE = "has no effect: the model does not read it, or overwrites it"


class Suspicions(NamedTuple):
    """Hold notes for the user, and the names of the parameters that change only rules without cells."""

    notes: tuple[str, ...] = ()
    without_cells: tuple[str, ...] = ()


def suspicions(study: Study, start: dict[str, Any]) -> Suspicions:
    """Return notes on entries that change nothing, or that mean something else than the user may think.

    Raises
    ------
    StudyError
        For a unit that contradicts the model's.
    ModelError
        For a name that the model does not define, and with which NetPyNE would fail.
    """
    model = models.of(study)
    found = effects(study, start)
    notes = [f"parameter {name} {IDLE}" for name in idle(study, found)]
    notes += not_whole(study, found)
    try:
        specs = model.specs(study, start)
    except (Exception, SystemExit):
        # The evaluation of the start point reports the error.
        return Suspicions(tuple(notes))
    check_units(study, found, specs.net_params)
    duration_ms = study.duration_ms or float(specs.sim_config.duration)
    notes += short_windows(study.lasting(duration_ms))
    try:
        empty, synapses = _judged(study, model, start)
        if empty:
            empty = _always(study, model, start, found, empty)
    except TunerError:
        raise
    except (Exception, SystemExit):
        return Suspicions(tuple(notes))
    changed = _changed_by(found, empty)
    without_cells = tuple(dict.fromkeys(name for names in changed.values() for name in names))
    return Suspicions((*notes, *_of_rules(empty, changed), *filter(None, [synapses])), without_cells)


def _of_rules(empty: dict[Rule, str], changed: dict[Rule, list[str]]) -> Iterator[str]:
    """Yield the notes on rules without cells; `changed` gives the parameters that change nothing else."""
    ends = {rule: f"; parameter {', '.join(names)} changes nothing" for rule, names in changed.items()}
    alike: dict[tuple[bool, str, str], list[Rule]] = {}
    for rule, reason in empty.items():
        alike.setdefault((rule not in ends, rule.table, f"{reason}{ends.get(rule, '')}"), []).append(rule)
    # Rules that a parameter changes come first.
    lines = sorted(alike.items(), key=lambda item: item[0][0])
    for (_, _, reason), rules in lines[:MOST_NOTES]:
        yield f"{_listed(rules)}: {reason}"
    if rest := Counter(rule.table for _, rules in lines[MOST_NOTES:] for rule in rules):
        words = ", ".join(f"{number} of {table}" for table, number in rest.items())
        yield f"{count(rest.total(), 'more rule')} without cells: {words}"


def _listed(rules: list[Rule]) -> str:
    named = ", ".join(map(str, rules[:MOST_NAMED]))
    return f"{named} and {len(rules) - MOST_NAMED} more" if len(rules) > MOST_NAMED else named


def _judged(study: Study, model: Model, values: dict[str, Any]) -> tuple[dict[Rule, str], str]:
    """Return the rules that match no cell in any protocol, and a note on synapses.

    Raises ModelError for a name that the model does not define.
    """
    empties: list[dict[Rule, str]] = []
    synapses = ""
    for trial in study.trials(study.seeds[0]):
        specs = model.specs(study, values, trial)
        _refuse(study, untyped(specs.net_params))
        with model.at_home(), tags.made(specs) as cells:
            _refuse(study, unknown_names(specs, cells))
            empties.append(empty_rules(specs, cells))
            synapses = synapses or default_synapses(specs, cells)
    return _in_all(empties), synapses


def _refuse(study: Study, wrong: Iterable[Unknown]) -> None:
    for unknown in wrong:
        raise ModelError(f"{study.model}: {unknown}")


def _in_all(empties: list[dict[Rule, str]]) -> dict[Rule, str]:
    return {rule: reason for rule, reason in empties[0].items() if all(rule in each for each in empties[1:])}


def _always(
    study: Study, model: Model, start: dict[str, Any], found: list[Effect], empty: dict[Rule, str]
) -> dict[Rule, str]:
    """Return the rules that match no cell for other values of the parameters either."""
    others = [(effect.parameter.name, effect.moved) for effect in found if any(map(_chooses, effect.changes))]
    choices = {p.name: p.choices[:MOST_CHOICES] for p in study.space.parameters if p.kind == "choice"}
    others += [(name, choice) for name in choices for choice in choices[name] if choice != start[name]]
    for values in ({**start, name: value} for name, value in others):
        for trial in study.trials(study.seeds[0]) if empty else ():
            empty = _in_all([empty, _empty_at(model.specs(study, values, trial), model)])
    return empty


def _empty_at(specs: Specs, model: Model) -> dict[Rule, str]:
    with model.at_home(), tags.made(specs) as cells:
        return empty_rules(specs, cells)


def _chooses(change: Change) -> bool:
    """Return whether a difference in the specs may change which cells a rule matches."""
    root, table = (*change.path, "")[:2]
    if root == "simConfig":
        return table in OF_CONFIG
    is_whole = MISSING in (change.old, change.new)
    return table not in VALUES or is_whole or bool(CONDITIONS & {*map(str, change.path)})


def _changed_by(found: list[Effect], empty: dict[Rule, str]) -> dict[Rule, list[str]]:
    """Return the names of the parameters that change nothing but rules without cells, by rule."""
    named: dict[Rule, list[str]] = {}
    for effect in found:
        rules = [_rule_of(change) for change in effect.changes]
        if rules and all(rule in empty for rule in rules):
            for rule in dict.fromkeys(rules):
                named.setdefault(rule, []).append(effect.parameter.name)
    return named


def _rule_of(change: Change) -> Rule:
    _, table, label, *_ = (*change.path, "", "")
    return Rule(str(table), label)
