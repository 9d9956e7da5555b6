"""NetPyNE in one process, as its tutorial on optimisation runs a candidate: create, simulate, gather."""

from dataclasses import dataclass

import numpy as np
from common import Cost, timed, timing_calls

from tuner.evaluate.task import Task
from tuner.model import models
from tuner.recording import Recording
from tuner.simulation.simulate import quiet


@dataclass(frozen=True)
class Cycle:
    """What NetPyNE's cycle of specs, build, run and gather left and took, and what its `connectCells` alone took."""

    recording: Recording
    whole: Cost
    connecting: Cost
    n_connections: int


def create_simulate(task: Task) -> Cycle:
    """One candidate by plain NetPyNE; a task with shared synapses has them here too, by NetPyNE's own setting."""
    from netpyne import sim

    with timing_calls(sim.Network, "connectCells") as connecting:
        _, whole = timed(_cycle, task)
    populations = {str(name): np.array(pop.cellGids, int) for name, pop in sim.net.pops.items()}
    recording = Recording(
        np.array(sim.simData["spkt"]), np.array(sim.simData["spkid"]), populations, float(sim.cfg.duration)
    )
    n_connections = sum(connection["preGid"] != "NetStim" for cell in sim.net.cells for connection in cell.conns)
    return Cycle(recording, whole, connecting[0], n_connections)


def _cycle(task: Task) -> None:
    from netpyne import sim

    net_params, sim_config = models.of(task.study).specs(task.study, task.values)
    sim_config.oneSynPerNetcon = not task.shared
    with quiet():
        sim.createSimulate(netParams=net_params, simConfig=sim_config)
