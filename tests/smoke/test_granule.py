"""The study of the granule cell: as its notebook has it, and what its start vector does."""

import json

import pytest

from tests.commands import rows, tuner
from tuner.evaluate.evaluate import evaluate
from tuner.evaluate.task import template
from tuner.library.cells import granule
from tuner.optimizers import resolution
from tuner.study.study import Study

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
# A cell that goes into depolarisation block under 22 pA, at a time [ms] of the stimulus.
LAST = 209.0
BLOCKED = {
    "gcabar_GRC_CA_dend": 0.005941497118595906,
    "gkbar_GRC_KCA_dend": 0.0022528892722667834,
    "gl_GRC_LKG1_dend": 2.2437915936466933e-05,
    "ggaba_GRC_LKG2_dend": 0.00017450829123683936,
    "beta_GRC_CALC_dend": 0.6083277554053941,
    "cai0_GRC_CALC_dend": 0.002445831509241046,
    "gkbar_GRC_KIR_soma": 0.0030196554554248194,
    "gkbar_GRC_KA_soma": 0.006716031795963371,
    "gl_GRC_LKG1_soma": 4.3460597785570604e-05,
    "gkbar_GRC_KM_soma": 0.0010864558780146153,
    "beta_GRC_CALC_soma": 1.494840425570409,
    "cai0_GRC_CALC_soma": 0.00010940650853384505,
    "gnabar_GRC_NA_axon0": 0.6735570617620033,
    "gkbar_GRC_KV_axon0": 0.08711964438685416,
    "gl_GRC_LKG1_axon0": 0.00017065305505381458,
    "gnabar_GRC_NA_axon1": 0.00029662739101275044,
    "gkbar_GRC_KV_axon1": 0.0013424827596535262,
    "gl_GRC_LKG1_axon1": 7.545948951218816e-06,
}


def test_the_study_has_the_parameters_and_targets_of_the_original():
    study = Study.load("granule")
    found = {p.name: (p.low, p.high, p.scale) for p in study.space.parameters}
    assert found == {name: (*bounds, "log") for name, bounds in granule.BOUNDS.items()}
    published = [target for target in study.targets if target.counts]
    assert [target.name for target in published] == [f"{name}_{pA}" for pA in (10, 16, 22) for name in FEATURES]
    assert all(target.tolerance == pytest.approx(abs(target.value) / 10) for target in published)
    assert {protocol.values["current"] for protocol in study.protocols} == {0.010, 0.016, 0.022}


@pytest.mark.slow
@pytest.mark.simulation
def test_a_cell_that_stops_firing_is_refused_whatever_its_features():
    task = template(resolution.resolve(Study.load("granule")))
    found = evaluate(task.at(0, 0, BLOCKED)).evaluation
    assert found.loss == pytest.approx(108.98, abs=0.2)
    assert (found.features["last_spike_10"], found.features["last_spike_22"]) == pytest.approx((1980, LAST), abs=15)
    assert found.violation == pytest.approx((1900 - LAST) / 100, abs=0.4)


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
