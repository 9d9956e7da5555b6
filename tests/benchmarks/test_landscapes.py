from dataclasses import replace
from math import e, exp
from pathlib import Path

import numpy as np
import pytest

from benchmarks.landscapes import SigmoidRates, all_reached, wishing
from tests.loops import loop_over
from tuner.objective.targets import Target
from tuner.study.study import Study

BENCHMARKS = Path(__file__).resolve().parent.parent.parent / "benchmarks"
SIX = SigmoidRates(6, 6, 42)
SIZES = [SIX, SigmoidRates(12, 6, 7), SigmoidRates(6, 12, 7), SigmoidRates(18, 18, 7)]
MIDDLE_HZ = 60 / (1 + e)


def evaluation(landscape, point, seed=1):
    return landscape.evaluation(0, 0, point, np.random.default_rng(seed))


class TestSigmoidRates:
    def test_the_weights_are_of_the_distribution(self):
        weights = SigmoidRates(300, 200, 1).weights
        assert weights.shape == (200, 300)
        assert np.diag(weights).mean() == pytest.approx(3, abs=4 * 1.2 / 200**0.5)
        others = weights[~np.eye(200, 300, dtype=bool)]
        assert (others.mean(), others.std()) == pytest.approx((0, 1.2), abs=0.02)

    @loop_over("landscape", SIZES)
    def test_all_targets_are_reached_at_the_known_point(self, landscape):
        assert landscape.known.shape == (landscape.n_parameters,)
        assert np.all((landscape.known > 0.2) & (landscape.known < 0.8))
        found = evaluation(landscape, landscape.known)
        assert len(found.features) == landscape.n_rates and found.loss == 0
        assert all_reached(landscape.targets, found.features)

    def test_rates_at_the_middle_and_at_two_corners(self):
        assert SIX.rates(np.full(6, 0.5)) == pytest.approx([MIDDLE_HZ] * 6)
        sums = SIX.weights.sum(axis=1)
        for corner, sign in ((np.ones(6), 1), (np.zeros(6), -1)):
            assert SIX.rates(corner) == pytest.approx([60 / (1 + exp(1 - sign * total)) for total in sums])

    def test_the_loss_is_the_sum_of_distances_in_tolerances(self):
        goals = SIX.rates(SIX.known)
        expected = sum(abs(MIDDLE_HZ - goal) / max(0.1 * goal, 0.5) for goal in goals)
        found = evaluation(SIX, np.full(6, 0.5))
        assert found.loss == pytest.approx(expected) and found.values == {f"x{i}": 0.5 for i in range(1, 7)}

    def test_noise_is_of_the_stated_size_and_drawn_from_what_is_given(self):
        noisy, point = replace(SIX, noise_hz=0.3), np.full(6, 0.5)
        random = np.random.default_rng(3)
        rates = [list(noisy.evaluation(n, 0, point, random).features.values()) for n in range(500)]
        assert (np.mean(rates), np.std(rates)) == pytest.approx((MIDDLE_HZ, 0.3), abs=0.02)
        assert evaluation(noisy, point, 1).features == evaluation(noisy, point, 1).features
        assert evaluation(SIX, point, 1).features == evaluation(SIX, point, 2).features
        assert noisy.noisy and not SIX.noisy

    @pytest.mark.parametrize(("form", "least"), [("z", 20 / 8 + 15 / 7.5), ("exponential", exp(2.5) + exp(2) + 4)])
    def test_no_point_is_below_the_least_loss_of_wishes_above_the_ceiling(self, form, least):
        landscape = replace(SIX, form=form, instead=(80.0, 75.0))
        points = np.random.default_rng(4).random((300, 6))
        losses = [evaluation(landscape, point).loss for point in points]
        assert least < min(losses)
        # The goals' share of the loss where their rates are: all the others are as they were.
        assert [target.value for target in landscape.targets[2:]] == pytest.approx(SIX.rates(SIX.known)[2:].tolist())
        part = {"z": lambda z: z, "exponential": lambda z: min(exp(z), 1000)}[form]
        parts = evaluation(landscape, np.full(6, 0.5)).parts
        assert parts["rate1"] == pytest.approx(part((80 - MIDDLE_HZ) / 8))
        assert parts["rate2"] == pytest.approx(part((75 - MIDDLE_HZ) / 7.5))


@loop_over(("rate_hz", "tolerance_hz"), [(0.0, 0.5), (4.0, 0.5), (5.0, 0.5), (20.0, 2.0)])
def test_the_tolerance_of_a_wish(rate_hz, tolerance_hz):
    target = wishing(Target("r", "rate", population="A", unit="Hz"), rate_hz)
    assert (target.value, target.tolerance, target.width) == pytest.approx((rate_hz, tolerance_hz, tolerance_hz))
    assert target.population == "A"


@loop_over(
    ("features", "reached"),
    [
        ({"a": 22.0, "b": 3.5}, True),
        ({"a": 18.0, "b": 4.5}, True),
        ({"a": 22.01, "b": 4.0}, False),
        ({"a": 20.0, "b": 4.51}, False),
        ({"a": 20.0, "b": float("nan")}, False),
        ({"a": 20.0}, False),
        ({}, False),
    ],
)
def test_all_targets_must_be_reached(features, reached):
    targets = wishing(Target("a", "rate"), 20.0), wishing(Target("b", "rate"), 4.0)
    assert all_reached(targets, features) is reached


class TestNetwork6:
    def test_it_has_22_rules_of_six_populations(self):
        from benchmarks.network_6 import DEFAULTS, net_params, rules

        drives = {name: 0.001 * place for place, name in enumerate(DEFAULTS, 1)}
        params = net_params(drives)
        assert len(rules()) == len(params.connParams) == 22
        assert sum(population["numCells"] for population in params.popParams.values()) == 120
        assert [params.stimTargetParams[f"background->{p}"]["weight"] for p in "ABCDEF"] == list(drives.values())
        weights = {(rule["synMech"], rule["weight"], label[0] in "ACE") for label, rule in params.connParams.items()}
        assert weights == {("exc", 0.0005, True), ("inh", 0.002, False)}

    def test_the_study_frees_all_its_drives_and_wishes_for_all_its_rates(self):
        from benchmarks.network_6 import DEFAULTS, POPULATIONS, UNITS

        study = Study.load(BENCHMARKS / "network_6.toml")
        middle = study.space.decode(np.full(6, 0.5))
        assert middle == pytest.approx(dict.fromkeys(DEFAULTS, (0.0005 * 0.01) ** 0.5))
        assert {parameter.name: parameter.unit for parameter in study.space.parameters} == UNITS
        assert [target.population for target in study.targets] == list(POPULATIONS)
