"""A built NetPyNE network that can be brought to new specs."""

import gc
import logging

from tuner.interfaces.netpyne_types import Net, Sim, Table, simulator
from tuner.simulation import ranks
from tuner.simulation.network.difference import Change, differences, plain_table, without_own
from tuner.simulation.network.in_place import Built, Refusal, Way
from tuner.simulation.network.ledger import Ledger
from tuner.simulation.network.ways import NET_PARAMS, SIM_CONFIG, way
from tuner.simulation.network.wiring import rewire
from tuner.simulation.simulate import quiet
from tuner.study.paths import Specs

log = logging.getLogger(__name__)

UNTOUCHED, IN_PLACE, REWIRED, REBUILT = "untouched", "in place", "rewired", "rebuilt"


class Network:
    """The one NetPyNE network of this process.

    NetPyNE keeps its network in module globals, so there is never a second one. `populations` gives the cell ids of
    each population once it is built; `reason` says why the last change went the way it did.
    """

    def __init__(self) -> None:
        self._specs: tuple[Table, Table] | None = None
        self._net: Net | None = None
        self._ledger = Ledger()
        self.populations: dict[str, list[int]] = {}
        self.reason = ""

    def bring_to(self, specs: Specs) -> str:
        """Makes the network that of specs (netParams, simConfig); says how: untouched, in place, rewired or rebuilt.

        Whatever NetPyNE raises while it builds passes through; the next call then builds from nothing.
        """
        # A model may hand out the same tables again, changed.
        plain = plain_table(specs.net_params), without_own(plain_table(specs.sim_config), specs.net_params)
        previous, self._specs = self._specs, None
        change = self._change(previous, plain, specs)
        self._specs = plain
        return change

    def _change(self, previous: tuple[Table, Table] | None, plain: tuple[Table, Table], specs: Specs) -> str:
        sim = simulator()
        if previous is None or getattr(sim, "net", None) is not self._net:
            return self._build(specs, "there was no network")
        rules = (*specs.net_params.connParams.values(), *specs.net_params.stimTargetParams.values())
        if any("plast" in rule for rule in rules):
            return self._build(specs, "a run leaves other weights behind: a rule has plast")
        changes = [list(differences(old, new)) for old, new in zip(previous, plain, strict=True)]
        if not any(changes):
            self.reason = "nothing differs"
            return UNTOUCHED
        # What one rank can change and another cannot would leave half a network.
        if ranks.count() > 1:
            return self._build(specs, "the network lies on several ranks")
        if specs.net_params.subConnParams or specs.net_params.rxdParams:
            return self._build(specs, "the model has subConnParams or rxdParams")
        steps: list[tuple[Way, Change]] = []
        for table, found in zip((NET_PARAMS, SIM_CONFIG), changes, strict=True):
            for change in found:
                if (made := way(table, change)) is None:
                    return self._build(specs, f"{change} differs")
                steps.append((made, change))
        built = Built(sim, self._ledger, *specs)
        try:
            _change_in_place(built, steps)
            if built.rewire:
                rewire(built, built.rewire)
        except Exception as refusal:
            # Whatever cannot be changed is built; if that fails too, it says why.
            return self._build(specs, str(refusal))
        self.reason = ", ".join(str(change) for _, change in steps)
        return REWIRED if built.rewire else IN_PLACE

    def _build(self, specs: Specs, reason: str) -> str:
        sim = simulator()
        self.reason = reason
        self._ledger = Ledger()
        release(sim)
        with quiet():
            sim.initialize(netParams=specs.net_params, simConfig=specs.sim_config)
            self._ledger.attach(sim.net)
            sim.net.createPops()
            sim.net.createCells()
            sim.net.connectCells()
            sim.net.addStims()
            sim.net.addRxD()
            sim.setupRecording()
        self._net = sim.net
        own = {str(name): list(pop.cellGids) for name, pop in sim.net.pops.items()}
        self.populations = ranks.merged(ranks.gathered(own)) if ranks.count() > 1 else own
        return REBUILT


def _change_in_place(built: Built, steps: list[tuple[Way, Change]]) -> None:
    for made, change in steps:
        try:
            made(built, change)
        except Refusal as refusal:
            raise Refusal(f"{change}: {refusal}") from None
    # What NetPyNE reads when a run begins.
    built.sim.setSimCfg(built.sim_config)


def release(sim: Sim) -> None:
    """Lets go of the old network's sections: as long as they exist, NEURON simulates them too.

    NetPyNE's own clearAll does the same in ten times the time of a small network's build.
    """
    if not hasattr(sim, "net"):
        return
    if sim.net.params.rxdParams:
        with quiet():
            sim.clearAll()
        return
    # Spike detectors go before the sections that they watch.
    sim.pc.gid_clear()
    for cell in sim.net.cells:
        vars(cell).clear()
    for holder in (vars(sim.net), sim.simData, sim.fih):
        holder.clear()
    del sim.net
    if any(True for _ in sim.h.allsec()):
        gc.collect()
