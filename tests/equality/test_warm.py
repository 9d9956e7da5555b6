"""A warm network walks over a model's changes, on each road: always the raster of plain NetPyNE, bit for bit."""

import pytest

from tests.equality.models import MODELS, PLAIN, ROADS, START, fresh_raster, names, same, settings_of, specs, walks
from tuner.simulation.network.warm import Network
from tuner.simulation.simulate import simulate

pytestmark = pytest.mark.simulation
# Fewer spikes would prove little.
FEWEST_SPIKES = 80
# A large network is walked on the shared road alone every day.
WALKS = [
    pytest.param(
        *each.values, road, id=f"{each.id}-{road}",
        marks=[*each.marks, *([pytest.mark.exhaustive] if MODELS[each.values[0]].few and road == PLAIN else [])],
    )
    for each in walks()
    for road in ROADS
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "road"), WALKS)
def test_every_change_gives_the_fresh_raster_and_back(name, changes, road, subtests):
    # A fresh build takes the place of the warm network: all of them come first.
    fresh = {change: fresh_raster(name, road, change) for change in (START, *changes)}
    warm = Network()
    assert warm.bring_to(specs(name, road)) == "rebuilt"
    assert same(simulate(warm), fresh[START])
    for change in changes:
        _, way = MODELS[name].changes[change]
        with subtests.test(change):
            assert min(len(fresh[each].spike_times) for each in (START, change)) >= FEWEST_SPIKES
            assert not same(fresh[START], fresh[change])
        for now, going in ((change, way), (change, "untouched"), (START, way)):
            with subtests.test(f"{change}: {now}, {going}"):
                assert warm.bring_to(specs(name, road, settings_of(name, now))) == going, warm.reason
                assert same(simulate(warm), fresh[now]), warm.reason


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
