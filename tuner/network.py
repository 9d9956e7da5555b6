"""A built NetPyNE network that can be brought to new specs."""

import gc
import logging

from tuner.simulate import quiet

log = logging.getLogger(__name__)


class Network:
    """The one NetPyNE network of this process.

    NetPyNE keeps its network in module globals, so there is never a second one. `populations` gives the cell ids of
    each population once it is built.
    """

    def __init__(self) -> None:
        self._specs: tuple[dict, dict] | None = None
        self.populations: dict[str, list[int]] = {}

    def bring_to(self, specs: tuple) -> str:
        """Makes the network that of specs (netParams, simConfig); says which way it took: untouched or rebuilt.

        Whatever NetPyNE raises while it builds passes through; the next call then builds from nothing.
        """
        plain = tuple(spec.todict() if hasattr(spec, "todict") else spec.__dict__ for spec in specs)
        if self._specs == plain:
            return "untouched"
        self._specs = None
        self._build(*specs)
        self._specs = plain
        return "rebuilt"

    def _build(self, net_params: object, sim_config: object) -> None:
        from netpyne import sim

        _release(sim)
        with quiet():
            sim.initialize(netParams=net_params, simConfig=sim_config)
            sim.net.createPops()
            sim.net.createCells()
            sim.net.connectCells()
            sim.net.addStims()
            sim.net.addRxD()
            sim.setupRecording()
        self.populations = {str(name): list(pop.cellGids) for name, pop in sim.net.pops.items()}


def _release(sim: object) -> None:
    """Lets go of the old network's sections: as long as they exist, NEURON simulates them too."""
    if hasattr(sim, "net"):
        with quiet():
            sim.clearAll()
    gc.collect()
