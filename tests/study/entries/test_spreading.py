"""One entry for several targets."""

import math

import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import study_table
from tuner.errors import StudyError
from tuner.objective.loss import Objectives
from tuner.study.schema import Place
from tuner.study.study import Study

POPS = {
    "S": {"target": 5, "width": 2, "min": 2},
    "M": {"target": 15, "width": 2, "min": 0.2, "max": 40},
}
WINDOWS = [[500, 750], [750, 1000]]


def read(**entries):
    return Study.from_table({**study_table(), "targets": entries}, Place("sample.toml"), ".")


def netpyne_fitness(sim_data, pops, maxFitness, tranges=None):
    """The fitness function as NetPyNE's users write it, for one window and for several."""
    values = []
    for trange in tranges or [None]:
        for name, goal in pops.items():
            rate = sim_data["popRates"][name]
            if trange:
                rate = rate[f"{trange[0]}_{trange[1]}"]
            distance = abs(goal["target"] - rate) / goal["width"]
            values.append(min(np.exp(distance), maxFitness) if rate > goal["min"] else maxFitness)
    return np.mean(values)


@loop_over("max_fitness", [1000, 50])
@loop_over("rates", [(5.0, 15.0), (9.97, 3.0), (2.0, 15.0), (2.0001, 0.1), (300.0, 0.0), (6.5, 14.0)])
def test_pops_are_netpynes_own_fitness(rates, max_fitness):
    study = read(rates={"pops": POPS, "maxFitness": max_fitness})
    assert [target.name for target in study.targets] == ["rates.S", "rates.M"]
    features = dict(zip(("rates.S", "rates.M"), rates, strict=True))
    expected = netpyne_fitness({"popRates": dict(zip("SM", rates, strict=True))}, POPS, max_fitness)
    assert Objectives(study.targets).judge(features).total == pytest.approx(expected, rel=1e-12)


def test_pops_in_several_windows():
    study = read(rates={"pops": POPS, "maxFitness": 500, "tranges": WINDOWS})
    rates = {"S": {"500_750": 4.0, "750_1000": 12.0}, "M": {"500_750": 0.1, "750_1000": 16.0}}
    features = {f"rates.{name}.{window.replace('_', '-')}": r for name, of in rates.items() for window, r in of.items()}
    assert [(t.name, t.window_ms) for t in study.targets[:2]] == [
        ("rates.S.500-750", (500.0, 750.0)), ("rates.S.750-1000", (750.0, 1000.0)),
    ]  # fmt: skip
    expected = netpyne_fitness({"popRates": rates}, POPS, 500, WINDOWS)
    assert Objectives(study.targets).judge(features).total == pytest.approx(expected, rel=1e-12)


def test_windows_share_the_weight():
    study = read(cv={"feature": "cv_isi", "value": 1.0, "windows_ms": WINDOWS, "weight": 3.0, "population": "M"})
    assert [(t.name, t.window_ms, t.weight) for t in study.targets] == [
        ("cv.500-750", (500.0, 750.0), 1.5), ("cv.750-1000", (750.0, 1000.0), 1.5),
    ]  # fmt: skip
    again = Study.from_table(study.to_table(), Place("study.toml"), ".")
    assert again.targets == study.targets


@loop_over(
    ("entries", "words"),
    [
        ({"r": {"pops": {}}}, "targets.r.pops: is empty"),
        ({"r": {"pops": {"S": {"target": 5}}}}, "targets.r.pops.S.width: is missing; must be a finite number"),
        ({"r": {"pops": {"S": {"target": 5, "width": 0}}}}, "targets.r.pops.S.width: is 0, must be above 0"),
        (
            {"r": {"pops": POPS, "feature": "cv_isi"}},
            "targets.r.feature: is 'cv_isi', but pops are targets of the feature 'rate'",
        ),
        ({"r": {"pops": POPS, "value": 3}}, "targets.r.value: unknown key"),
        ({"r": {"pops": POPS, "tranges": [[1, 2, 3]]}}, "targets.r.tranges: is [1, 2, 3], must be [first, second]"),
        ({"r": {"pops": POPS, "tranges": [[900, 1100]]}}, "must lie within the run, 0 to 1000 ms"),
        ({"r": {"feature": "rate", "windows_ms": [[0, 9]], "window_ms": [0, 9]}}, "cannot be combined with window_ms"),
        ({"r": {"feature": "rate", "windows_ms": [[0, 9], [0, 9]]}}, "targets.r.windows_ms: has the window 0-9 twice"),
        ({"r": {"feature": "rate", "windows_ms": []}}, "targets.r.windows_ms: is [], must be a non-empty list"),
        ({"r": {"pops": POPS}, "r.S": {"feature": "rate", "value": 1}}, "targets.'r.S': is defined twice"),
    ],
)
def test_what_is_wrong_is_named(entries, words):
    with pytest.raises(StudyError) as caught:
        read(**entries)
    assert words in str(caught.value)


def test_a_min_that_is_not_given_is_none():
    (target,) = read(r={"pops": {"S": {"target": 5, "width": 2}}}).targets
    assert target.part(0.0) == pytest.approx(math.exp(2.5))
