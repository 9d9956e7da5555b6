"""Make the cells of a network without sections, as NetPyNE does, and choose cells by conditions."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tuner.interfaces.netpyne_private import Tags, matching_cells, meets
from tuner.interfaces.netpyne_types import Net, simulator
from tuner.simulation import ranks
from tuner.simulation.network.warm import release
from tuner.simulation.simulate import quiet
from tuner.study.paths import Specs

COMPARTMENTS = "CompartCell"
# Settings of simConfig without which cells have no sections.
OFF = ("createNEURONObj", "createPyStruct", "validateNetParams")


@dataclass(frozen=True)
class Cells:
    """Hold the tags of all cells by gid, and the gids of the cells that NetPyNE builds from cell rules."""

    net: Net
    tags: Tags
    of_rules: frozenset[int]
    populations: dict[str, list[int]]
    _chosen: dict[str, frozenset[int]] = field(default_factory=dict, repr=False)

    def chosen(self, conditions: Mapping[str, Any]) -> frozenset[int]:
        """Return the gids of the cells that the conditions of a connection rule choose."""
        key = repr(conditions)
        if key not in self._chosen:
            found, _ = matching_cells(self.net, self.tags, {"preConds": conditions, "postConds": {}})
            self._chosen[key] = frozenset(found)
        return self._chosen[key]

    def meeting(self, conditions: Mapping[str, Any]) -> frozenset[int]:
        """Return the gids of the cells that meet the conditions of a cell rule, or of an entry of recordTraces."""
        key = f"rule {conditions!r}"
        if key not in self._chosen:
            self._chosen[key] = frozenset(gid for gid, tags in self.tags.items() if meets(tags, gid, conditions))
        return self._chosen[key]

    def of_rule(self, label: Any) -> frozenset[int]:
        """Return the gids of the cells to which a cell rule applies."""
        rule = self.net.params.cellParams[label]
        if conditions := rule.get("conds"):
            return self.meeting(conditions) & self.of_rules
        named = {gid for gid, tags in self.tags.items() if tags.get("cellType") == label}
        return frozenset(named if rule.get("cellModel") else named & self.of_rules)


@contextmanager
def made(specs: Specs) -> Iterator[Cells]:
    """Make populations and cells without sections in the `with` block; the process's network is given up.

    Positions and all other tags are NetPyNE's, because NetPyNE makes them.
    """
    sim = simulator()
    release(sim)
    config = vars(specs.sim_config)
    before = {name: config[name] for name in OFF if name in config}
    config.update(dict.fromkeys(OFF, False))
    try:
        with quiet():
            sim.initialize(netParams=specs.net_params, simConfig=specs.sim_config)
            vars(sim.net.params)["defineCellShapes"] = False
            sim.net.createPops()
            sim.net.createCells()
        yield _cells(sim.net)
    finally:
        config.update(before)
        if hasattr(sim, "net"):
            del sim.net


def _cells(net: Net) -> Cells:
    tags = ranks.united({cell.gid: cell.tags for cell in net.cells})
    kinds = ranks.united({cell.gid: type(cell).__name__ for cell in net.cells})
    own = {str(name): list(pop.cellGids) for name, pop in net.pops.items()}
    of_rules = frozenset(gid for gid, kind in kinds.items() if kind == COMPARTMENTS)
    return Cells(net, tags, of_rules, ranks.merged(ranks.gathered(own)))
