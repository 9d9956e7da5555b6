"""Find the rules of a model that match no cell: NetPyNE ignores such rules without a word."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from tuner.errors import nearest
from tuner.interfaces.netpyne_types import is_number
from tuner.simulation.network.difference import plain_table
from tuner.simulation.network.tags import Cells
from tuner.simulation.traces import VOLTAGE
from tuner.study.paths import Specs

# Tags that name what a model consists of, and the word for their values.
NAMED = {"pop": "populations", "cellType": "cell types", "cellModel": "cell models"}
MOST_NAMES = 12
EVERY = ("all", "allCells")
# Entries of `include` in simConfig.analysis that name no population.
OF_PICTURES = (*EVERY, "allNetStims", "eachPop")


Reader = Callable[[Cells, Any, Mapping[str, Any]], Iterator[str]]


class Rule(NamedTuple):
    """Name a rule by table and label, or an entry of a list by table and text."""

    table: str
    label: Any
    entry: str = ""

    def __str__(self) -> str:
        return f"{self.table}: {self.entry}" if self.entry else f"{self.table}[{self.label!r}]"


def empty_rules(specs: Specs, cells: Cells) -> dict[Rule, str]:
    """Return the rules that match no cell, with the reason as text."""
    net_params, sim_config = (plain_table(spec) for spec in specs)
    found: dict[Rule, str] = {}
    for table, read in _READERS.items():
        for label, rule in net_params.get(table, {}).items():
            if reason := _first(read, cells, label, rule):
                found[Rule(table, label)] = reason
    if not net_params.get("stimSourceParams"):
        named = (Rule("stimTargetParams", label) for label in net_params.get("stimTargetParams", {}))
        found |= dict.fromkeys(named, "has no effect, because the model has no stimSourceParams")
    return found | dict(_records(cells, sim_config))


def _first(read: Reader, cells: Cells, label: Any, rule: Mapping[str, Any]) -> str:
    """Return the first reason why a rule matches no cell; "" for a rule that NetPyNE could not read."""
    try:
        return next(read(cells, label, rule), "")
    except (TypeError, KeyError, AttributeError, IndexError, ValueError):
        return ""


def _population(cells: Cells, label: Any, rule: Mapping[str, Any]) -> Iterator[str]:
    if not cells.populations.get(str(label)):
        number = f"numCells {rule['numCells']} gives" if "numCells" in rule else "has"
        yield f"{number} no cell"


def _connection(cells: Cells, label: Any, rule: Mapping[str, Any]) -> Iterator[str]:
    for side in ("preConds", "postConds"):
        conditions = rule.get(side, {})
        if not cells.chosen(conditions):
            yield f"{side} {shown(conditions)} matches no cell{_advice(cells, conditions)}"


def _stimulus(cells: Cells, label: Any, rule: Mapping[str, Any]) -> Iterator[str]:
    conditions = {key: value for key, value in rule.get("conds", {}).items() if key != "cellList"}
    if not cells.chosen(conditions):
        yield f"conds {shown(conditions)} matches no cell{_advice(cells, conditions)}"
    elif rule.get("conds", {}).get("cellList") == []:
        yield "cellList is empty, so the stimulus reaches no cell"


def _cell_rule(cells: Cells, label: Any, rule: Mapping[str, Any]) -> Iterator[str]:
    if not cells.of_rule(label):
        conditions = rule.get("conds") or {"cellType": label}
        yield f"conds {shown(conditions)} matches no cell{_advice(cells, conditions)}"


_READERS: dict[str, Reader] = {
    "popParams": _population,
    "connParams": _connection,
    "stimTargetParams": _stimulus,
    "subConnParams": _connection,
    "cellParams": _cell_rule,
}


def _records(cells: Cells, sim_config: Mapping[str, Any]) -> Iterator[tuple[Rule, str]]:
    for name, trace in (sim_config.get("recordTraces") or {}).items():
        is_own = name.startswith(f"{VOLTAGE} of ")
        if not is_own and (reason := _first(_trace, cells, name, trace)):
            yield Rule("simConfig.recordTraces", name), reason
    for entry in _list(sim_config.get("recordCells")):
        if reason := _unrecorded(cells, entry, EVERY):
            yield Rule("simConfig.recordCells", None, repr(entry)), reason
    for plot, settings in (sim_config.get("analysis") or {}).items():
        for entry in _list(settings.get("include")) if isinstance(settings, Mapping) else ():
            if reason := _unrecorded(cells, entry, OF_PICTURES):
                yield Rule(f"simConfig.analysis[{plot!r}]['include']", None, repr(entry)), reason


def _trace(cells: Cells, label: Any, trace: Mapping[str, Any]) -> Iterator[str]:
    conditions = trace.get("conds")
    if conditions and not cells.meeting(conditions):
        yield f"conds {shown(conditions)} matches no cell{_advice(cells, conditions)}"


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _unrecorded(cells: Cells, entry: Any, words: tuple[str, ...]) -> str:
    """Return the reason why an entry of recordCells or `include` names no cell; "" if the entry names one."""
    if isinstance(entry, int) and not isinstance(entry, bool):
        return "" if entry in cells.tags else f"matches no cell; the network has {len(cells.tags)} cells"
    if not isinstance(entry, list | tuple) or len(entry) != 2:
        return ""
    population, which = entry
    number = len(cells.populations.get(str(population), ()))
    places = which if isinstance(which, list) else [which]
    if any(not isinstance(place, int) or 0 <= place < number for place in places):
        return ""
    known = str(population) in cells.populations
    return f"matches no cell; {f'{population} has {number} cells' if known else _names(cells, 'pop')}"


def shown(conditions: Mapping[str, Any]) -> str:
    """Return conditions as text, at most 100 characters long."""
    text = repr({key: _rounded(value) for key, value in conditions.items()})
    return text if len(text) <= 100 else f"{text[:97]}..."


def _rounded(value: Any) -> Any:
    """Return a value with NumPy's numbers as Python's, and with floats of at most six significant digits."""
    if isinstance(value, list | tuple):
        return type(value)(map(_rounded, value))
    plain = value.item() if isinstance(value, np.generic) else value
    return float(f"{plain:.6g}") if isinstance(plain, float) else plain


def _advice(cells: Cells, conditions: Mapping[str, Any]) -> str:
    """Return advice as text to append: the names that exist, or the tag that no cell has."""
    for key, value in conditions.items():
        if cells.chosen({key: value}) if key != "gid" else True:
            continue
        if key == "pop" and (known := [each for each in _wanted(value) if str(each) in cells.populations]):
            return f"; {' and '.join(map(str, known))} {'has' if len(known) == 1 else 'have'} no cells"
        return f"; {_names(cells, key, value)}" if key in NAMED else f"; {_values(cells, key)}"
    return ""


def _values(cells: Cells, key: str) -> str:
    """Return the range of a tag of all cells as text."""
    values = [tags[key] for tags in cells.tags.values() if is_number(tags.get(key))]
    return f"the cells have {key} {min(values):.4g} to {max(values):.4g}" if values else f"no cell has this {key}"


def _wanted(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _names(cells: Cells, key: str, wrong: Any = "") -> str:
    names = sorted({str(tags[key]) for tags in cells.tags.values() if key in tags})
    more = ", ..." if len(names) > MOST_NAMES else ""
    _, _, meant = nearest(_wanted(wrong)[0] if _wanted(wrong) else "", names).partition("; did")
    end = f"; did{meant}" if meant else ""
    return f"the {NAMED[key]} are {', '.join(names[:MOST_NAMES])}{more}{end}" if names else f"no cell has a {key}"
