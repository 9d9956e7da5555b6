"""Run a candidate with NetPyNE in one process, as NetPyNE's tutorial on optimisation does: create, simulate, gather."""

from dataclasses import dataclass

import numpy as np
from common import Cost, timed, timing_calls

from tuner.evaluate.task import Task
from tuner.model import models
from tuner.recording import Recording
from tuner.simulation.simulate import quiet


@dataclass(frozen=True)
class Cycle:
    """Store the recording and the cost of NetPyNE's cycle: specs, build, run and gather.

    `connecting` is the cost of NetPyNE's `connectCells` alone.
    """

    recording: Recording
    whole: Cost
    connecting: Cost
    n_connections: int


def create_simulate(task: Task) -> Cycle:
    """Simulate one candidate with plain NetPyNE.

    If synapses are shared in the task, NetPyNE's own setting (oneSynPerNetcon) shares them here too.
    """
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
