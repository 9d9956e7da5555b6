"""CoreNEURON on a warm network with shared synapses, after each kind of change: the raster of plain NetPyNE."""

import pytest

from tests.equality.models import MODELS, START, coreneuron_library, fresh_raster, same, settings_of, specs, walks
from tuner.executors import registry
from tuner.mechanisms import libraries
from tuner.recording import Recording
from tuner.simulation.network.warm import Network
from tuner.simulation.simulate import simulate, warm_up

pytestmark = pytest.mark.simulation


def walk(task: tuple[str, tuple[str, ...]]) -> dict[str, Recording]:
    """Return what CoreNEURON records of a model after each change, one after the other on the same network."""
    name, changes = task
    libraries.load_coreneuron(coreneuron_library(name))
    network, found = Network(), {}
    for change in (START, *changes):
        made = specs(name, "shared", settings_of(name, change))
        made[1].coreneuron = True
        network.bring_to(made)
        found[change] = simulate(network)
    return found


# One whose mechanisms keep nothing, one of synapses with a state of their own; the others before releases.
EVERYDAY = ("sensory_motor", "plasticity")
# Cells with a voltage of their own, whose spikes CoreNEURON does not detect.
REFUSED = ("nine_cells", "all_cells")
SAMPLES = [
    pytest.param(
        *each.values, id=each.id, marks=[*each.marks, pytest.mark.slow if name in EVERYDAY else pytest.mark.exhaustive]
    )
    for each in walks()
    if (name := each.values[0]) not in REFUSED
]


@pytest.mark.parametrize(("name", "changes"), SAMPLES)
def test_coreneuron_gives_the_plain_raster_after_every_change(name, changes, subtests):
    # CoreNEURON takes one library a process.
    with registry.make("serial", 1, warm_up) as pool:
        (outcome,) = pool.map(walk, [(name, changes)])
    assert outcome.status == "done", outcome.reason
    for change, recording in outcome.value.items():
        plain = fresh_raster(name, "plain", change)
        with subtests.test(change):
            if MODELS[name].exact:
                assert same(recording, plain)
            for population in plain.populations:
                spikes = len(plain.spikes(population).times)
                assert len(recording.spikes(population).times) == pytest.approx(spikes, rel=0.01)
