"""What a fitness function of NetPyNE's batch mode is given: a simulation's data as NetPyNE saves and reads them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tuner.interfaces.netpyne_types import Sim, Table, simulator
from tuner.simulation import ranks


def gathered(sim: Sim) -> Table:
    """`simData` of NetPyNE's <label>_data.json after runSim on one rank: spikes and times [ms], rates [Hz], traces.

    `sim` is netpyne.sim. Whatever simConfig records and has NetPyNE compute is there, by NetPyNE's own functions
    (popRates, fI), but cells and connections are not gathered, and nothing is changed: the network may run again.
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
    """As long as it lasts NetPyNE finds what its analysis reads, where its gatherData leaves it."""
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
    """All spikes over all cells [Hz], with NetPyNE's rounding."""
    return float(n_spikes) / n_cells / duration_ms * 1e3 if n_spikes > 0 else 0


def _plain_table(data: Mapping[Any, Any]) -> Table:
    """The data as they come back from JSON, in which NetPyNE sorts the keys."""
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
    """The same of the network that this process has simulated, or all ranks together: that is the first's then."""
    from tuner.simulation.simulate import quiet

    sim = simulator()
    with quiet():
        if ranks.count() == 1:
            return gathered(sim)
        # Each evaluation of several ranks builds its network anew, so it may be gathered whole.
        sim.gatherData()
        return _plain_table(sim.allSimData) if ranks.is_first() else {}
