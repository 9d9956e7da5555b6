"""Add the traces that targets need to NetPyNE's specs, and read the recorded traces.

With the changed specs, plain NetPyNE records the same traces. A trace is an entry of the model's
`simConfig.recordTraces`, or "V": the voltage at which NetPyNE detects the spikes of a cell. Traces have a sample every
`simConfig.recordStep`; NetPyNE's default is 0.1 ms. Rounding of NEURON's sum of steps decides whether there is a sample
at the very end of the run. With an "adaptive" recordStep, which NetPyNE supports with `use_local_dt` only, the solver's
time points are interpolated linearly.
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
# Tags in the conditions of a cell rule that are known only after the cell has been built.
UNKNOWN = {"x", "y", "z", "xnorm", "ynorm", "znorm", "fraction", "gid", "label"}


@dataclass(frozen=True)
class Wanted:
    """Describe a trace to record, from a number of cells spread over a population; without a number, from all cells."""

    trace: str
    population: str
    cells: int | None


def wanted(targets: Iterable[Target]) -> tuple[Wanted, ...]:
    """Return the traces that the targets' features read, each once."""
    found = [(lookup.find(target.feature, target.folder), target) for target in targets]
    return tuple(dict.fromkeys(_wanted(*each) for each in found if each[0].needs_trace))


def names_of(targets: Iterable[Target]) -> set[str]:
    """Return the names of the traces that the targets' features read."""
    return {each.trace for each in wanted(targets)}


def _wanted(feature: Feature, target: Target) -> Wanted:
    given: dict[str, Any] = dict(target.arguments)
    parameters = inspect.signature(feature.compute).parameters
    read = {name: given.get(name, parameters[name].default) for name in ("trace", "cells") if name in parameters}
    return Wanted(read["trace"], target.population, read.get("cells"))


def add(specs: Specs, traces: Iterable[Wanted]) -> None:
    """Add these traces to the recordings of the specs (netParams, simConfig).

    If NetPyNE computes the size of a population during the build (from a density), all cells are recorded.

    Raises
    ------
    StudyError
        If a name is neither in the model's recordTraces nor "V", if recordStep is not a number, or if the cells have no
        voltage.
    """
    net_params, sim_config = specs
    own = list(sim_config.recordTraces)
    for each in traces:
        if each.trace not in (*own, VOLTAGE):
            raise StudyError(f"the model records no trace {each.trace!r}; {nearest(each.trace, (*own, VOLTAGE))}")
        if not (is_number(sim_config.recordStep) or _is_adaptive(sim_config)):
            raise StudyError(f"simConfig.recordStep is {sim_config.recordStep!r}; features of traces need a number")
        cells = _cells(net_params, each)
        if each.trace not in own:
            sim_config.recordTraces = {**sim_config.recordTraces, **_voltages(net_params, each.population, cells)}
        new = [cells[name] for name in cells if cells[name] not in sim_config.recordCells]
        sim_config.recordCells = [*sim_config.recordCells, *new]


def step_ms(record_step: float | str) -> float:
    """Return the step of a trace [ms] for a recordStep of simConfig."""
    return ADAPTIVE_STEP_MS if record_step == ADAPTIVE else float(record_step)


def _is_adaptive(sim_config: SimConfig) -> bool:
    return sim_config.recordStep == ADAPTIVE and sim_config.cvode_active and sim_config.use_local_dt


def _cells(net_params: NetParams, each: Wanted) -> dict[str, str | list[Any]]:
    """Return the entry of recordCells for each population with recorded cells."""
    # A population that does not exist is reported elsewhere, as an error of the study.
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
    """Return the number of cells of a population; `None` if NetPyNE computes this number during the build."""
    tags = net_params.popParams[population]
    if "cellsList" in tags:
        return len(tags["cellsList"])
    if "numCells" in tags:
        return int(net_params.scale * tags["numCells"])
    return None if "density" in tags or "gridSpacing" in tags else 1


def _voltages(net_params: NetParams, population: str, names: Collection[str]) -> dict[str, Table]:
    """Return entries of recordTraces for the voltage, one for each of these populations with a voltage."""
    places = {name: _place(net_params, name) for name in names}
    found = {_key(name): {**place, "conds": {"pop": name}} for name, place in places.items() if place}
    if not found and names:
        more = " among the cells that would be recorded; name another population" if population == ALL else ""
        raise StudyError(f"no cell of {population!r} has a voltage{more}")
    return found


def _key(population: str) -> str:
    return f"{VOLTAGE} of {population}"


def _place(net_params: NetParams, population: str) -> Table:
    """Return the place where NetPyNE detects the spikes of a population's cells, as an entry of recordTraces.

    The section is the one with a `spikeGenLoc`, otherwise the first section without a parent. The voltage is the `vref`
    of a point process there, otherwise the membrane's. The entry is empty if the cells have no voltage.
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
    """Return the sections that the cell rules define for cells with these tags."""
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
    """Return the keys of recordTraces or simData that hold traces of these names."""
    return [key for key in recorded if key in names or _name(key) in names]


def _name(key: str) -> str:
    return VOLTAGE if key.startswith(_key("")) else key


def collect(sim_data: Mapping[str, Any], names: Collection[str]) -> dict[str, np.ndarray]:
    """Return the traces of these names from NetPyNE's simData, or from simData in a JSON file.

    The names and arrays are in the format of a Recording. A record of several synapses of one cell is not a trace and
    is left out.
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
