"""CoreNEURON on a warm network with shared synapses, after each kind of change: the raster of plain NetPyNE."""

from functools import cache

import pytest

from tests.equality.models import MODELS, START, coreneuron_library, fresh_raster, same, settings_of, specs
from tuner.executors import registry
from tuner.mechanisms import libraries
from tuner.recording import Recording
from tuner.simulation.network.warm import Network
from tuner.simulation.simulate import simulate, warm_up

pytestmark = pytest.mark.simulation


def walk(name: str) -> dict[str, Recording]:
    """What CoreNEURON records of a model after each of its changes, one after the other on the same network."""
    libraries.load_coreneuron(coreneuron_library(name))
    network, found = Network(), {}
    for change in (START, *MODELS[name].changes):
        made = specs(name, "shared", settings_of(name, change))
        made[1].coreneuron = True
        network.bring_to(made)
        found[change] = simulate(network)
    return found


@cache
def walked(name: str) -> dict[str, Recording]:
    """`walk` in a process of its own: CoreNEURON takes one library a process."""
    with registry.make("serial", 1, warm_up) as pool:
        (outcome,) = pool.map(walk, [name])
    assert outcome.status == "done", outcome.reason
    return outcome.value


# Cells with a voltage of their own, whose spikes CoreNEURON does not detect.
REFUSED = ("nine_cells", "all_cells")
SAMPLES = [pytest.param(name, marks=sample.marks) for name, sample in MODELS.items() if name not in REFUSED]


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
def test_coreneuron_gives_the_plain_raster_after_every_change(name):
    for change, recording in walked(name).items():
        plain = fresh_raster(name, "plain", change)
        if MODELS[name].exact:
            assert same(recording, plain), change
        for population in plain.populations:
            spikes = len(plain.spikes(population).times)
            assert len(recording.spikes(population).times) == pytest.approx(spikes, rel=0.01), change
