"""Collect the data of a simulation for fitness functions of NetPyNE's batch mode, as saved and read by NetPyNE."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tuner.interfaces.netpyne_types import Sim, Table, simulator
from tuner.simulation import ranks


def gathered(sim: Sim) -> Table:
    """Return the data of a simulation on one rank, equal to `simData` in NetPyNE's <label>_data.json.

    These are spikes and times [ms], rates [Hz] and traces: all data that simConfig records or has NetPyNE compute, such
    as popRates and fI. NetPyNE's functions compute them. Cells and connections are not gathered, and the network is not
    changed, so that the network can run again. `sim` is netpyne.sim.
    """
    data = {key: _plain(values) for key, values in sim.simData.items()}
    with _lent(sim, data):
        if sim.cfg.printPopAvgRates and not sim.cfg.gatherOnlySimData:
            windows = sim.cfg.printPopAvgRates if isinstance(sim.cfg.printPopAvgRates, list) else None
            data["popRates"] = sim.analysis.popAvgRates(tranges=windows, show=False)
        if "plotfI" in sim.cfg.analysis:
            sim.analysis.calculatefI()
    data["avgRate"] = _average_rate(len(data["spkt"]), len(sim.net.cells), sim.cfg.duration)
    return _plain_table(data)


@contextmanager
def _lent(sim: Sim, data: Table) -> Iterator[None]:
    """Provide the attributes that NetPyNE's analysis reads, as NetPyNE's gatherData would, for the `with` block."""
    cells = [{"tags": cell.tags} for cell in sim.net.cells]
    populations = {name: {"cellGids": population.cellGids} for name, population in sim.net.pops.items()}
    lent: list[tuple[Any, str, Any]] = [(sim, "allSimData", data)]
    lent += [(sim.net, "allCells", cells), (sim.net, "allPops", populations)]
    before = [vars(owner).get(name) for owner, name, _ in lent]
    for owner, name, value in lent:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for (owner, name, _), value in zip(lent, before, strict=True):
            delattr(owner, name) if value is None else setattr(owner, name, value)


def _average_rate(n_spikes: int, n_cells: int, duration_ms: float) -> float:
    """Return the mean rate over all cells [Hz], with the same rounding as NetPyNE."""
    return float(n_spikes) / n_cells / duration_ms * 1e3 if n_spikes > 0 else 0


def _plain_table(data: Mapping[Any, Any]) -> Table:
    """Return the data as read back from JSON, with sorted keys as NetPyNE writes JSON."""
    return {str(key): _plain(data[key]) for key in sorted(data)}


def _plain(data: Any) -> Any:
    if isinstance(data, Mapping):
        return _plain_table(data)
    if hasattr(data, "as_numpy"):
        return data.as_numpy().tolist()
    if hasattr(data, "tolist"):
        return data.tolist()
    return [_plain(each) for each in data] if isinstance(data, list | tuple) else data


def of_this_process() -> Table:
    """Return the data of the network that this process has simulated; see `gathered`.

    If the network is distributed over several ranks, the first rank has all data, and the other ranks return an empty
    table.
    """
    from tuner.simulation.simulate import quiet

    sim = simulator()
    with quiet():
        if ranks.count() == 1:
            return gathered(sim)
        # Each evaluation on several ranks builds a new network, so gatherData may change this one.
        sim.gatherData()
        return _plain_table(sim.allSimData) if ranks.is_first() else {}
