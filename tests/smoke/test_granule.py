"""The study of the granule cell: as its notebook has it, and what its start vector does."""

import json

import pytest

from cells import granule
from tests.commands import rows, tuner
from tuner.study import Study

FEATURES = (
    "AP_height", "ISI_CV", "AHP_depth_abs_slow", "AP_width", "voltage_base", "AHP_depth_abs", "time_to_first_spike",
    "adaptation_index2", "mean_frequency",
)  # fmt: skip
# At 10, 16 and 22 pA: the original geometry at a variable step, 2 s.
RECORDED = {
    "mean_frequency": (73.1, 99.4, 122.7),
    "time_to_first_spike": (9.7, 5.5, 3.9),
    "AP_height": (0.43, 3.36, 3.35),
}
NEAR = {"mean_frequency": 0.1, "time_to_first_spike": 0.11, "AP_height": 0.06}
TOTAL = 169.6


def test_the_study_has_the_parameters_and_targets_of_the_original():
    study = Study.load("granule")
    found = {p.name: (p.low, p.high, p.scale) for p in study.space.parameters}
    assert found == {name: (*bounds, "log") for name, bounds in granule.BOUNDS.items()}
    assert [target.name for target in study.targets] == [f"{name}_{pA}" for pA in (10, 16, 22) for name in FEATURES]
    assert all(target.tolerance == pytest.approx(abs(target.value) / 10) for target in study.targets)
    assert {protocol.values["current"] for protocol in study.protocols} == {0.010, 0.016, 0.022}


@pytest.mark.slow
@pytest.mark.simulation
def test_the_start_vector_has_the_recorded_total(tmp_path):
    one = "optimizer={name = 'random', population_size = 1}"
    short = ("optimizer={}", one, "budget.evaluations=1", "simulation.fresh_seeds=0")
    done = tuner("run", "granule", "--runs", tmp_path, *(word for entry in short for word in ("--set", entry)))
    assert done.returncode == 0, done.stderr
    (start,) = rows(tmp_path / "granule").values()
    assert start["loss"] == pytest.approx(TOTAL, abs=0.2)
    for feature, values in RECORDED.items():
        found = [start["features"][f"{feature}_{pA}"] for pA in (10, 16, 22)]
        assert found == pytest.approx(values, abs=NEAR[feature])
    assert json.loads((tmp_path / "granule" / "best.json").read_text())["verified"]["equal"]
