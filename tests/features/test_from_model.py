import math
from dataclasses import replace

from tests.samples import recording
from tuner.features.registry import FEATURES


def test_is_the_models_own_number_by_its_name():
    fitness = FEATURES["fitness"]
    raster = replace(recording([1.0, 2.0]), numbers={"fitness": 3.5, "score": -1.0})
    assert [fitness.compute(raster, population, (0.0, 1.5)) for population in ("S", "all", "nobody")] == [3.5] * 3
    assert fitness.compute(raster, "S", None, name="score") == -1.0
    assert math.isnan(fitness.compute(raster, "S", None, name="nothing"))
    assert math.isnan(fitness.compute(recording([1.0]), "S"))


def test_is_the_only_one_that_is_given():
    assert [name for name, each in FEATURES.items() if each.is_given] == ["fitness"]
    assert not FEATURES["fitness"].needs_trace and not FEATURES["fitness"].needs_reference
