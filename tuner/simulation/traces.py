"""Which traces targets want, written into NetPyNE's specs, so that plain NetPyNE records the same; and read back.

A trace is one of the model's own `simConfig.recordTraces`, or "V": the voltage at which NetPyNE detects the spikes of a
cell, recorded here. A trace has a sample every `simConfig.recordStep`, NetPyNE's default being 0.1 ms; whether there is
one at the run's very end depends on how NEURON's sum of the steps is rounded. Where it is "adaptive" (NetPyNE has that
with `use_local_dt` alone) the solver's own points are interpolated linearly.
"""

import inspect
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from tuner.errors import StudyError, nearest
from tuner.features import lookup
from tuner.features.registry import Feature
from tuner.interfaces.netpyne_types import NetParams, SimConfig, Table, is_number
from tuner.objective.targets import Target
from tuner.recording import ALL, spread
from tuner.study.paths import Specs

VOLTAGE = "V"
ADAPTIVE, ADAPTIVE_STEP_MS = "adaptive", 0.1
# What a cell rule may ask for and only a built cell knows.
UNKNOWN = {"x", "y", "z", "xnorm", "ynorm", "znorm", "fraction", "gid", "label"}


@dataclass(frozen=True)
class Wanted:
    """A trace of so many cells, spread over a population; None are all of them."""

    trace: str
    population: str
    cells: int | None


def wanted(targets: Iterable[Target]) -> tuple[Wanted, ...]:
    """What the targets' features read, each once."""
    found = [(lookup.find(target.feature, target.folder), target) for target in targets]
    return tuple(dict.fromkeys(_wanted(*each) for each in found if each[0].needs_trace))


def names_of(targets: Iterable[Target]) -> set[str]:
    """The traces that the targets' features read."""
    return {each.trace for each in wanted(targets)}


def _wanted(feature: Feature, target: Target) -> Wanted:
    given: dict[str, Any] = dict(target.arguments)
    parameters = inspect.signature(feature.compute).parameters
    read = {name: given.get(name, parameters[name].default) for name in ("trace", "cells") if name in parameters}
    return Wanted(read["trace"], target.population, read.get("cells"))


def add(specs: Specs, traces: Iterable[Wanted]) -> None:
    """Has the specs (netParams, simConfig) record these traces as well.

    Cells of a population whose size only its build decides (a density) are recorded one and all. StudyError where a
    name is neither in the model's recordTraces nor "V", or where there is no voltage.
    """
    net_params, sim_config = specs
    own = list(sim_config.recordTraces)
    for each in traces:
        if each.trace not in (*own, VOLTAGE):
            raise StudyError(f"no trace is called {each.trace!r}; {nearest(each.trace, (*own, VOLTAGE))}")
        if not (is_number(sim_config.recordStep) or _is_adaptive(sim_config)):
            raise StudyError(f"the model's recordStep is {sim_config.recordStep!r}; features of traces need a number")
        cells = _cells(net_params, each)
        if each.trace not in own:
            sim_config.recordTraces = {**sim_config.recordTraces, **_voltages(net_params, each.population, cells)}
        new = [cells[name] for name in cells if cells[name] not in sim_config.recordCells]
        sim_config.recordCells = [*sim_config.recordCells, *new]


def step_ms(record_step: float | str) -> float:
    """The step of a trace [ms], by simConfig's recordStep."""
    return ADAPTIVE_STEP_MS if record_step == ADAPTIVE else float(record_step)


def _is_adaptive(sim_config: SimConfig) -> bool:
    return sim_config.recordStep == ADAPTIVE and sim_config.cvode_active and sim_config.use_local_dt


def _cells(net_params: NetParams, each: Wanted) -> dict[str, str | list[Any]]:
    """For each population of which cells are recorded, what stands for them in recordCells."""
    # A population that is not there is an error of the study, not of its traces.
    names = [name for name in net_params.popParams if each.population in (ALL, name)]
    sizes = [size for name in names if (size := _size(net_params, name)) is not None]
    if each.cells is None or len(sizes) < len(names):
        return {name: name for name in names}
    places = spread(sum(sizes), each.cells)
    begins = accumulate(sizes, initial=0)
    own = {
        name: (places[(places >= begin) & (places < begin + size)] - begin).tolist()
        for name, begin, size in zip(names, begins, sizes, strict=False)
    }
    return {name: [name, chosen] for name, chosen in own.items() if chosen}


def _size(net_params: NetParams, population: str) -> int | None:
    """Cells of a population; None where NetPyNE counts them while it builds."""
    tags = net_params.popParams[population]
    if "cellsList" in tags:
        return len(tags["cellsList"])
    if "numCells" in tags:
        return int(net_params.scale * tags["numCells"])
    return None if "density" in tags or "gridSpacing" in tags else 1


def _voltages(net_params: NetParams, population: str, names: Collection[str]) -> dict[str, Table]:
    """Entries of recordTraces: the voltage of each of these populations that has one."""
    places = {name: _place(net_params, name) for name in names}
    found = {_key(name): {**place, "conds": {"pop": name}} for name, place in places.items() if place}
    if not found and names:
        more = ", of those that would be chosen; name another population" if population == ALL else ""
        raise StudyError(f"no cell of {population!r} has a voltage{more}")
    return found


def _key(population: str) -> str:
    return f"{VOLTAGE} of {population}"


def _place(net_params: NetParams, population: str) -> Table:
    """Where NetPyNE detects the spikes of a population's cells, as in recordTraces; empty where it is no voltage.

    That is the section with a `spikeGenLoc`, else the first that hangs on no other; and there the voltage of a point
    process with a `vref`, else the membrane's.
    """
    tags = net_params.popParams[population]
    sections = _sections(net_params, {**tags, "pop": population})
    if not sections:
        return {"var": tags["vref"]} if "vref" in tags else {}
    roots = [name for name, section in sections.items() if not section.get("topol")]
    detectors = [name for name, section in sections.items() if "spikeGenLoc" in section]
    name = [*detectors, *roots, *sections][0]
    place = {"sec": name, "loc": sections[name].get("spikeGenLoc", 0.5)}
    for label, process in sections[name].get("pointps", {}).items():
        if "vref" in process:
            return {**place, "pointp": label, "var": process["vref"]}
    return {**place, "var": "v"}


def _sections(net_params: NetParams, tags: Mapping[str, Any]) -> dict[str, Table]:
    """The sections that the cell rules give to cells with these tags."""
    sections: dict[str, Table] = {}
    for label, rule in net_params.cellParams.items():
        conditions = rule.get("conds") or {"cellType": label}
        if all(key in UNKNOWN or _holds(allowed, tags.get(key)) for key, allowed in conditions.items()):
            for name, section in rule.get("secs", {}).items():
                sections.setdefault(name, {}).update(section)
    return sections


def _holds(allowed: Any, value: Any) -> bool:
    if isinstance(allowed, list) and is_number(allowed[0]):
        return value is not None and bool(allowed[0] <= value <= allowed[1])
    return bool(value in allowed if isinstance(allowed, list) else value == allowed)


def keys(names: Collection[str], recorded: Iterable[str]) -> list[str]:
    """Those keys of recordTraces or simData that hold traces of these names."""
    return [key for key in recorded if key in names or _name(key) in names]


def _name(key: str) -> str:
    return VOLTAGE if key.startswith(_key("")) else key


def collect(sim_data: Mapping[str, Any], names: Collection[str]) -> dict[str, np.ndarray]:
    """The traces of these names from NetPyNE's simData, or from its JSON, as a Recording has them.

    What records several synapses of a cell at once is no trace.
    """
    return {f"{_name(key)}:{cell}": values for key in keys(names, sim_data) for cell, values in _by_cell(sim_data[key])}


def _by_cell(trace: Mapping[str, Any]) -> Iterator[tuple[int, np.ndarray]]:
    for label, values in trace.items():
        if label.startswith("cell_") and label[5:].isdigit() and not isinstance(values, Mapping):
            times = trace.get(f"cell_time_{label[5:]}")
            yield int(label[5:]), np.array(values, float) if times is None else _resampled(times, values)


def _resampled(times: Sequence[float], values: Sequence[float]) -> np.ndarray:
    points = np.asarray(times, float)
    grid = np.arange(0.0, points[-1] + ADAPTIVE_STEP_MS / 2.0, ADAPTIVE_STEP_MS)
    found: np.ndarray = np.interp(grid, points, np.asarray(values, float))
    return found
