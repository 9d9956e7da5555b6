"""A warm network after each kind of change, on each road: the raster of plain NetPyNE's fresh build, bit for bit."""

import pytest

from tests.equality.models import MODELS, PLAIN, ROADS, START, fresh_raster, names, same, settings_of, specs
from tuner.simulation.network.warm import Network
from tuner.simulation.simulate import simulate

pytestmark = pytest.mark.simulation
# Fewer spikes would prove little.
FEWEST_SPIKES = 80
CHANGES = [
    pytest.param(name, road, change, marks=sample.marks, id=f"{name}-{road}-{change}")
    for name, sample in MODELS.items()
    for road in ROADS
    for change in sample.changes
]


@pytest.mark.parametrize(("name", "road", "change"), CHANGES)
def test_change_gives_the_fresh_raster_and_back(name, road, change):
    start, changed = fresh_raster(name, road), fresh_raster(name, road, change)
    assert min(len(start.spike_times), len(changed.spike_times)) >= FEWEST_SPIKES
    assert not same(start, changed)
    warm, ways = Network(), []
    for now, wanted in ((START, start), (change, changed), (change, changed), (START, start)):
        ways.append(warm.bring_to(specs(name, road, settings_of(name, now))))
        assert same(simulate(warm), wanted), f"{now}, {ways[-1]}: {warm.reason}"
    way = MODELS[name].changes[change][1]
    assert ways == ["rebuilt", way, "untouched", way], warm.reason


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("road", [road for road in ROADS if road != PLAIN])
def test_road_gives_the_plain_raster(name, road):
    plain, other = fresh_raster(name, PLAIN), fresh_raster(name, road)
    if MODELS[name].exact:
        assert same(other, plain)
    for population in plain.populations:
        spikes = len(plain.spikes(population).times)
        assert spikes > 0
        assert len(other.spikes(population).times) == pytest.approx(spikes, rel=0.01)
