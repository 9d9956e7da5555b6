"""Random sequences of changes: wherever a warm network has been, it ends in the raster of a fresh build."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.equality.models import MODELS, ROADS, fresh, same, settings_of, specs, values
from tuner.simulation.network.warm import Network
from tuner.simulation.simulate import simulate
from tuner.study import paths

pytestmark = pytest.mark.simulation


def step(name: str) -> st.SearchStrategy:
    """A key of the model's settings and what it becomes: between its start and its change if these are numbers.

    Each way comes as often as the others, however few its changes.
    """
    by_way: dict[str, list] = {}
    for change, (_, way) in MODELS[name].changes.items():
        by_way.setdefault(way, []).append(_step(name, change))
    return st.sampled_from(sorted(by_way)).flatmap(lambda way: st.one_of(by_way[way]))


def _step(name: str, change: str) -> st.SearchStrategy:
    ((key, changed),) = settings_of(name, change).items()
    start = values(name)[key] if key in values(name) else paths.read(specs(name), key)
    ends = (start, changed)
    if all(isinstance(end, int) for end in ends):
        return st.tuples(st.just(key), st.integers(min(ends), max(ends)))
    if all(isinstance(end, int | float) for end in ends):
        return st.tuples(st.just(key), st.floats(min(ends), max(ends)))
    return st.tuples(st.just(key), st.sampled_from(ends))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sensory_motor", "plasticity"])
@given(data=st.data())
@settings(max_examples=12)
def test_sequence_of_changes_ends_in_the_fresh_raster(name, data):
    road = data.draw(st.sampled_from(sorted(ROADS)))
    warm, settled = Network(), {}
    for key, value in [(None, None), *data.draw(st.lists(step(name), min_size=1, max_size=6))]:
        settled |= {} if key is None else {key: value}
        way = warm.bring_to(specs(name, road, settled))
        ended = simulate(warm)
    assert same(ended, fresh(specs(name, road, settled))), f"{way}: {warm.reason}"
