"""Targets that pull against each other, and no false alarm."""

import numpy as np
import pytest

from tests.analysis.accounts import SEEDS, account_of, target
from tuner.analysis.finding_lines import lines


class TestConflicts:
    def test_opposing_targets(self):
        targets = [target("low", 0.0), target("high", 1.0), target("other", 0.5)]
        for seed in range(5):
            found = account_of(lambda a, b, c: [a + 0.1 * b, a - 0.1 * b, c], targets, n=60, seed=seed)
            assert [conflict.targets for conflict in found.conflicts] == [("low", "high")]
            assert found.conflicts[0].correlation < -0.8
        assert any(line.startswith("low and high are in conflict near the best: ") for line in lines(found))

    def test_a_trade_that_only_the_better_half_shows(self):
        """Far from the best both are bad together; near it one is paid for by the other."""
        targets = [target("one", 0.0), target("two", 0.0)]
        for seed in range(5):
            points = np.random.default_rng(seed).random((80, 2))
            far = 5 * np.maximum(points[:, :1] - 0.5, 0)
            both = np.hstack([far + points[:, 1:], far + 1 - points[:, 1:]])
            assert np.corrcoef(both.T)[0, 1] > 0.2
            found = account_of(lambda one, two: [one, two], targets, "ab", points=both / 4)
            assert len(found.conflicts) == 1

    def test_what_has_no_end_may_pull_against_a_target_that_is_missed(self):
        targets = [target("rate", -1.0), target("gain", form="maximize"), target("other", 0.5)]
        found = account_of(lambda a, b, c: [a + 0.1 * b, a - 0.1 * b, c], targets, n=60)
        assert [conflict.targets for conflict in found.conflicts] == [("rate", "gain")]
        # Two of them are a choice, and no failure.
        assert account_of(lambda a, b, c: [a, a], [target("cost", form="minimize"), targets[1]]).conflicts == ()

    def test_targets_that_are_reached_do_not_pull(self):
        targets = [target("low", 0.0, 2.0), target("high", 1.0, 2.0)]
        assert account_of(lambda a, b, c: [a, a], targets).conflicts == ()

    @pytest.mark.parametrize("weight", [1.0, 5.0])
    def test_no_false_alarm_for_targets_of_their_own_parameters(self, weight):
        """By their sum alone the better half of these correlates by about -0.5."""
        targets = [target("one", 1.2), target("two", 1.2, weight=weight), target("three", 1.2)]
        assert [account_of(lambda a, b, c: [a, b, c], targets, seed=seed).conflicts for seed in SEEDS] == [()] * 20

    def test_no_false_alarm_on_noise(self):
        targets = [target("one", 5.0), target("two", 5.0), target("three", 5.0)]
        noise = np.random.default_rng(1)
        assert [account_of(lambda *_: noise.normal(size=3), targets, seed=seed).conflicts for seed in SEEDS] == [
            ()
        ] * 20

    def test_constant_parts_and_few_evaluations(self):
        targets = [target("low", 0.0), target("high", 1.0)]
        assert account_of(lambda a, b, c: [a, 5.0], targets).conflicts == ()
        # Curved, so that no polynomial shows the conflict.
        few, more = (account_of(lambda a: [a**9, a**9], targets, "a", n=n).conflicts for n in (23, 24))
        assert few == () and [conflict.evidence for conflict in more] == ["design"]

    def test_a_correlation_along_a_walk_is_no_conflict(self):
        """The walk goes from one target to the other, and the fit of so few values is not believed."""
        targets = [target("low", 0.0), target("high", 1.0)]
        walk = np.linspace(0, 1, 60)[:, None] * [1.0, 0.3]
        unsure = {"low": {"a": 1.0, "b": 1.0}, "high": {"a": 1.0, "b": 1.0}}
        errors = {name: dict.fromkeys("ab", 5.0) for name in unsure}
        found = account_of(lambda a, b: [a, a], targets, "ab", points=walk, slopes=unsure, errors=errors)
        assert found.conflicts == ()
