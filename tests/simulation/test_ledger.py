"""Weights are set where NetPyNE has put them: at their receptor's place, and onto cells that have no sections."""

import pytest

from tests.loops import loop_over
from tuner.library import cells
from tuner.mechanisms import libraries
from tuner.simulation.network.warm import IN_PLACE, REBUILT, Network
from tuner.study.paths import Specs

pytestmark = pytest.mark.simulation
RECEPTORS = {"AMPA": 0, "NMDA": 1, "GABAA": 2, "GABAB": 3}


def specs(synapse: str, section: object, weight: float) -> tuple:
    """Two cells of Izhikevich's 2007a that reach each other by a receptor, and an IntFire1 that hears them."""
    from netpyne import specs

    params, config = specs.NetParams(), specs.SimConfig({"duration": 50.0, "dt": 0.025})
    params.cellParams["A"] = cells.load("izhikevich2007a", Iin=200.0)
    params.popParams["A"] = {"cellType": "A", "numCells": 2}
    params.popParams["P"] = {"cellModel": "IntFire1", "numCells": 1}
    params.synMechParams["exc"] = {"mod": "ExpSyn", "tau": 2.0, "e": 0.0}
    for post, rule in {"A": {"synMech": synapse, "sec": section}, "P": {"sec": "soma"}}.items():
        conditions = {"preConds": {"pop": "A"}, "postConds": {"pop": post}}
        params.connParams[f"A->{post}"] = {**conditions, "weight": weight, "delay": 1.0, **rule}
    return Specs(params, config)


def weights(population: str) -> list[list[float]]:
    """All weights of every connection onto a population."""
    from netpyne import sim

    onto = [cell for cell in sim.net.cells if cell.tags["pop"] == population]
    netcons = [connection["hObj"] for cell in onto for connection in cell.conns]
    return [[netcon.weight[i] for i in range(int(netcon.wcnt()))] for netcon in netcons]


@loop_over("section", ["soma", ["soma"]])
@loop_over("synapse", RECEPTORS)
def test_a_weight_changes_at_its_receptor(synapse, section):
    libraries.load(libraries.build(libraries.OWN))
    network = Network()
    assert network.bring_to(specs(synapse, section, 1.0)) == REBUILT
    assert network.bring_to(specs(synapse, section, 3.0)) == IN_PLACE, network.reason
    expected = [3.0 if i == RECEPTORS[synapse] else 0.0 for i in range(5)]
    assert weights("A") == [expected] * 2
    assert weights("P") == [[3.0]] * 2
