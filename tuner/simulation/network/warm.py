"""Build a NetPyNE network, and bring the network to new specs."""

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
    """Represent the single NetPyNE network of this process.

    NetPyNE keeps its network in module globals, so a process has only one. `populations` gives the cell ids of each
    population after the build. `reason` explains the last result of `bring_to`.
    """

    def __init__(self) -> None:
        self._specs: tuple[Table, Table] | None = None
        self._net: Net | None = None
        self._ledger = Ledger()
        self.populations: dict[str, list[int]] = {}
        self.reason = ""

    def bring_to(self, specs: Specs) -> str:
        """Change the network to these specs (netParams, simConfig).

        Returns
        -------
        str
            "untouched", "in place", "rewired" or "rebuilt".

        Notes
        -----
        Exceptions that NetPyNE raises during a build are passed on. The next call then builds a new network.
        """
        # A model may return the same tables again with changes, so they are copied.
        plain = plain_table(specs.net_params), without_own(plain_table(specs.sim_config), specs.net_params)
        previous, self._specs = self._specs, None
        change = self._change(previous, plain, specs)
        self._specs = plain
        return change

    def let_go(self, reason: str) -> None:
        """Release the record of the network, because a script builds the next network; `reason` says why."""
        self._specs, self._net, self._ledger, self.reason = None, None, Ledger(), reason

    def adopt(self) -> None:
        """Take the network that a script has built; later specs need a new build."""
        self.populations = _populations(simulator())

    def _change(self, previous: tuple[Table, Table] | None, plain: tuple[Table, Table], specs: Specs) -> str:
        sim = simulator()
        if previous is None or getattr(sim, "net", None) is not self._net:
            return self._build(specs, "no network has been built yet")
        rules = (*specs.net_params.connParams.values(), *specs.net_params.stimTargetParams.values())
        if any("plast" in rule for rule in rules):
            return self._build(specs, "a rule has plast, so a run changes the weights")
        changes = [list(differences(old, new)) for old, new in zip(previous, plain, strict=True)]
        if not any(changes):
            self.reason = "nothing differs"
            return UNTOUCHED
        # If one rank could make a change and another could not, the network would be inconsistent.
        if ranks.count() > 1:
            return self._build(specs, "the network is distributed over several ranks")
        if specs.net_params.subConnParams or specs.net_params.rxdParams:
            return self._build(specs, "the model has subConnParams or rxdParams")
        steps: list[tuple[Way, Change]] = []
        for table, found in zip((NET_PARAMS, SIM_CONFIG), changes, strict=True):
            for change in found:
                if (made := way(table, change)) is None:
                    return self._build(specs, f"{change} differs, which needs a new build")
                steps.append((made, change))
        built = Built(sim, self._ledger, *specs)
        try:
            _change_in_place(built, steps)
            if built.rewire:
                rewire(built, built.rewire)
        except Exception as refusal:
            # The network is built instead. If the build fails too, its exception gives the cause.
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
        self.populations = _populations(sim)
        return REBUILT


def _populations(sim: Sim) -> dict[str, list[int]]:
    own = {str(name): list(pop.cellGids) for name, pop in sim.net.pops.items()}
    return ranks.merged(ranks.gathered(own)) if ranks.count() > 1 else own


def _change_in_place(built: Built, steps: list[tuple[Way, Change]]) -> None:
    for made, change in steps:
        try:
            made(built, change)
        except Refusal as refusal:
            raise Refusal(f"{change}: {refusal}") from None
    # NetPyNE reads simConfig at the start of a run.
    built.sim.setSimCfg(built.sim_config)


def release(sim: Sim) -> None:
    """Release the sections of the old network, which NEURON would simulate as well.

    NetPyNE's clearAll does the same, but takes ten times as long as building a small network.
    """
    if not hasattr(sim, "net"):
        return
    if sim.net.params.rxdParams:
        with quiet():
            sim.clearAll()
        return
    # Spike detectors must be deleted before the sections that they observe.
    sim.pc.gid_clear()
    for cell in sim.net.cells:
        vars(cell).clear()
    for holder in (vars(sim.net), sim.simData, sim.fih):
        holder.clear()
    del sim.net
    if any(True for _ in sim.h.allsec()):
        gc.collect()
