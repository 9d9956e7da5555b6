"""Find names in a model's rules that the model does not define, and with which NetPyNE fails or builds no cell."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tuner.errors import nearest
from tuner.interfaces.netpyne_types import NetParams, SimConfig
from tuner.interfaces.neuron_types import interpreter
from tuner.model.empty_rules import EVERY
from tuner.simulation.network.tags import Cells
from tuner.study.paths import Specs

MOST_RULES = 4
# Entries of a rule that make no connection if they are 0 or empty.
NUMBERS = ("probability", "convergence", "divergence", "connList")


class Unknown(NamedTuple):
    """Name a wrong entry: the path, and the rest of the message."""

    path: str
    words: str

    def __str__(self) -> str:
        return f"{self.path}: {self.words}"


def unknown_names(specs: Specs, cells: Cells) -> Iterator[Unknown]:
    """Yield the wrong names of rules that match cells, in the order in which NetPyNE would meet the rules."""
    yield from _cell_types(specs.net_params, cells)
    yield from _of_connections(specs.net_params, cells)
    yield from _of_stimuli(specs.net_params, cells)
    yield from _of_records(specs.sim_config, cells)


def untyped(net_params: NetParams) -> Iterator[Unknown]:
    """Yield the populations without a cellType, where NetPyNE needs one to choose a cell rule."""
    if all(rule.get("conds") for rule in net_params.cellParams.values()):
        return
    for label, rule in net_params.popParams.items():
        is_point = bool(rule.get("cellModel")) and hasattr(interpreter(), str(rule["cellModel"]))
        if not rule.get("cellType") and not is_point and "originalFormat" not in rule:
            yield Unknown(f"popParams[{label!r}]", f"has no cellType; {nearest('', _types(net_params))}")


def default_synapses(specs: Specs, cells: Cells) -> str:
    """Return a note on the rules without a synMech, where NetPyNE takes the first of several; "" without such rules."""
    labels = list(map(str, specs.net_params.synMechParams))
    rules = [path for path, rule, targets in _synaptic(specs.net_params, cells) if targets and not rule.get("synMech")]
    if len(labels) < 2 or not rules:
        return ""
    shown = ", ".join(rules[:MOST_RULES]) + (f" and {len(rules) - MOST_RULES} more" if len(rules) > MOST_RULES else "")
    return f"no synMech is given, so NetPyNE takes {labels[0]!r}, the first of {', '.join(labels)}: {shown}"


def _cell_types(net_params: NetParams, cells: Cells) -> Iterator[Unknown]:
    built = _built(net_params, cells)
    for label, rule in net_params.popParams.items():
        gids = frozenset(cells.populations.get(str(label), ())) & cells.of_rules
        if not gids or gids & built:
            continue
        key = next((key for key in ("cellType", "cellModel") if key in rule), "")
        named = f"{key} is {rule[key]!r}, but " if key else ""
        known = _types(net_params) if key == "cellType" else []
        allowed = f"; {nearest(rule[key], known)}" if known else ""
        yield Unknown(f"popParams[{label!r}]", f"{named}no rule of cellParams applies to the cells{allowed}")


def _types(net_params: NetParams) -> list[str]:
    """Return the cell types that rules of cellParams name, by a condition or by the label."""
    found: list[str] = []
    for label, rule in net_params.cellParams.items():
        conditions = rule.get("conds") or {"cellType": label}
        types = conditions.get("cellType", [])
        found += map(str, types if isinstance(types, list | tuple) else [types])
    return list(dict.fromkeys(found))


def _built(net_params: NetParams, cells: Cells) -> frozenset[int]:
    """Return the gids of the cells that get sections."""
    labels = [label for label, rule in net_params.cellParams.items() if rule.get("secs")]
    return frozenset().union(*(cells.of_rule(label) for label in labels)) & cells.of_rules


def _synaptic(net_params: NetParams, cells: Cells) -> Iterator[tuple[str, Mapping[str, Any], frozenset[int]]]:
    """Yield path, rule, and the cells in which NetPyNE certainly makes synapses for the rule."""
    synaptic = _built(net_params, cells) - _with_own_voltage(net_params, cells)
    for label, rule in net_params.connParams.items():
        idle = any(key in rule and _is_nothing(rule[key]) for key in NUMBERS)
        pre, post = (cells.chosen(rule.get(side, {})) for side in ("preConds", "postConds"))
        # A cell is not connected with itself.
        is_pair = bool(pre) and len(pre | post) > 1
        yield f"connParams[{label!r}]", rule, post & synaptic if is_pair and not idle else frozenset()
    for label, rule in net_params.stimTargetParams.items():
        source = net_params.stimSourceParams.get(rule.get("source"), {})
        conditions = {key: value for key, value in rule.get("conds", {}).items() if key != "cellList"}
        is_synaptic = source.get("type") == "NetStim" and rule.get("conds", {}).get("cellList") != []
        targets = cells.chosen(conditions) & synaptic if is_synaptic else frozenset()
        yield f"stimTargetParams[{label!r}]", rule, targets


def _is_nothing(value: Any) -> bool:
    return isinstance(value, int | float | list | tuple) and not value


def _with_own_voltage(net_params: NetParams, cells: Cells) -> frozenset[int]:
    """Return the gids of cells with a point process that has a separate voltage; no synapse is made there."""
    found: set[int] = set()
    for label, rule in net_params.cellParams.items():
        processes = [each for section in rule.get("secs", {}).values() for each in section.get("pointps", {}).values()]
        if any("vref" in process for process in processes):
            found |= cells.of_rule(label)
    return frozenset(found)


def _of_connections(net_params: NetParams, cells: Cells) -> Iterator[Unknown]:
    labels = list(net_params.synMechParams)
    for path, rule, targets in _synaptic(net_params, cells):
        named = rule.get("synMech")
        for name in (named if isinstance(named, list) else [named]) if targets else ():
            if name and name not in labels:
                yield Unknown(path, f"synMech {name!r} is not in synMechParams; {nearest(name, labels)}")
            elif not name and not labels:
                yield Unknown(path, "has no synMech, and the model has no synMechParams")


def _of_stimuli(net_params: NetParams, cells: Cells) -> Iterator[Unknown]:
    sources = list(net_params.stimSourceParams)
    for label, rule in net_params.stimTargetParams.items() if sources else ():
        if rule.get("source") not in sources:
            words = f"source {rule.get('source')!r} is not in stimSourceParams; {nearest(rule.get('source'), sources)}"
            yield Unknown(f"stimTargetParams[{label!r}]", words)


def _of_records(sim_config: SimConfig, cells: Cells) -> Iterator[Unknown]:
    if not sim_config.recordTraces:
        return
    # NetPyNE records the cells of one picture, too.
    plots = [name for name in ("plotTraces", "iplotTraces") if "include" in (sim_config.analysis.get(name) or ())]
    included = {f"analysis[{name!r}]['include']": sim_config.analysis[name]["include"] for name in plots[:1]}
    for path, entries in {"recordCells": sim_config.recordCells, **included}.items():
        for entry in entries:
            if entry in EVERY:
                break
            if isinstance(entry, str) and entry not in cells.populations:
                allowed = nearest(entry, (*EVERY, *cells.populations))
                yield Unknown(f"simConfig.{path}", f"{entry!r} is no population; {allowed}")
