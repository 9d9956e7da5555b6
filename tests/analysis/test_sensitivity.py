"""What is said of each parameter: which evidence counts, and what stays not resolved."""

from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.accounts import NAN, SEEDS, account_of, errors_of, evaluated, probed, space, target
from tests.loops import loop_over
from tuner.analysis.finding_lines import lines
from tuner.analysis.findings import account
from tuner.evaluation import Evaluation
from tuner.study.space import Parameter, SearchSpace

COMMAND = "netpyne-tuner probe runs/x"


def around(model, targets, search=None, point=(0.5, 0.5, 0.5), change=list, slopes=None, more=(), **fields):
    """The account of one evaluation and its probes, which `change` changes."""
    search = search or space(*"abc"[: len(point)])
    best = replace(evaluated(model, search, targets, [point])[0], **fields)
    probes = change(probed(model, search, targets, best))
    return account(search, targets, [best, *more], best, best.features, slopes, {}, probes)


def said(found):
    return [line for line in lines(found, COMMAND) if "reached" not in line and "missed" not in line]


class TestProbes:
    ONE = (target("rate", 0.5),)

    def test_a_pair_of_probes_shows_what_moves_and_what_does_not(self):
        found = around(lambda a, b, c: [a - 0.3 * b + 0.04 * c, 5.0], [*self.ONE, target("other", 5.0)])
        assert found.sensitivity.still == ("c",)
        assert said(found) == [
            "Change from the lower to the upper bound, with the others at the best, in tolerances, under one seed:",
            "  a: rate +10",
            "  b: rate -3",
            "Between its bounds, with the others at the best, c moves no target by more than half a tolerance"
            " (2 simulations)",
        ]

    def test_equal_ends_hide_no_effect_that_the_best_shows(self):
        found = around(lambda a, b, c: [(a - 0.5) ** 2], self.ONE)
        assert found.sensitivity.still == ("b", "c")
        assert said(found)[1] == "  a: rate up to 2.5 (not monotonic)"

    @loop_over("status", ["aborted", "failed", "timeout"])
    def test_a_bound_that_breaks_the_simulation_is_said_and_is_no_absence_of_an_effect(self, status):
        def broken(probes):
            return [replace(probes[0], status=status, features={}, reason="runaway"), *probes[1:]]

        found = around(lambda a, b, c: [0.5], self.ONE, change=broken)
        assert found.sensitivity.still == ("b", "c") and found.sensitivity.unresolved == ()
        word = "timed out" if status == "timeout" else status
        assert said(found)[1] == f"  a: {word} at its lower bound (runaway)"

    def test_a_feature_that_is_lost_at_a_bound_moves(self):
        found = around(lambda a, b, c: [0.5 if a > 0.1 else NAN], self.ONE)
        assert said(found)[1] == "  a: rate undefined at its lower bound"

    def test_one_probe_of_two_resolves_nothing(self):
        found = around(lambda a, b, c: [0.5], self.ONE, change=lambda probes: probes[1:])
        assert (found.sensitivity.still, found.sensitivity.unresolved) == (("b", "c"), ("a",))
        assert said(found)[-1] == f"Not resolved: whether a matters; {COMMAND} simulates it at its bounds"

    def test_without_probes_nothing_is_resolved(self):
        found = around(lambda a, b, c: [a], self.ONE, change=lambda probes: [])
        assert said(found) == [
            f"Not resolved: whether a, b and c matter; {COMMAND} simulates them at their bounds"
        ]
        assert list(lines(found))[-1] == "Not resolved: whether a, b and c matter"

    def test_a_best_value_at_its_bound_needs_no_probe_there(self):
        found = around(lambda a, b, c: [0.5], self.ONE, point=(0.0, 0.5, 0.5), change=lambda probes: probes[1:])
        assert found.sensitivity.still == ("a", "b", "c")

    def test_probes_of_an_earlier_best_show_what_moves_but_not_what_is_still(self):
        def of_earlier(probes):
            values = {"a": 0.4, "b": 0.5, "c": 0.5}
            return [replace(p, best=7, values={**values, p.parameter: p.values[p.parameter]}) for p in probes]

        earlier = Evaluation(7, 0, {"a": 0.4, "b": 0.5, "c": 0.5}, 1, loss=9.0, features={"rate": 0.5})
        found = around(lambda a, b, c: [a], self.ONE, change=of_earlier, more=[earlier])
        assert (found.sensitivity.still, found.sensitivity.unresolved) == ((), ("b", "c"))
        assert said(found)[1] == "  a: rate +10 (around evaluation 7)"

    def test_choices(self):
        choices = Parameter("kind", kind="choice", choices=("x", "y", "z"))
        search = SearchSpace((choices, Parameter("a", 0.0, 1.0)))
        point = (search.encode({"kind": "y", "a": 0.5})[0], 0.5)
        found = around(lambda kind, a: [kind], self.ONE, search, point)
        assert said(found)[1] == f"  kind: rate up to {20 / 3:.3g}"
        still = around(lambda kind, a: [a], self.ONE, search, point)
        assert "Between its choices, with the others at the best, kind moves no target" in said(still)[-1]
        left = around(lambda kind, a: [a], self.ONE, search, point, change=lambda probes: probes[1:])
        assert said(left)[-1] == (
            "Not resolved: whether kind matters; it moves no target at z, but x was not simulated"
        )

    def test_nothing_is_said_of_a_single_choice(self):
        search = SearchSpace((Parameter("kind", kind="choice", choices=("x",)), Parameter("a", 0.0, 1.0)))
        found = around(lambda kind, a: [a], self.ONE, search, (0.5, 0.5))
        assert {each.parameter for each in found.sensitivity.excursions} == {"a"}
        assert (found.sensitivity.still, found.sensitivity.unresolved) == ((), ())

    def test_a_change_within_the_scatter_of_the_seeds_is_not_resolved(self):
        def runs(width):
            return [{"features": {"rate": 0.5 + width * x}} for x in (-1.0, 0.0, 0.0, 1.0)]

        sure = around(lambda a, b, c: [a], self.ONE, runs=runs(0.1)).sensitivity
        assert (sure.unresolved, sure.still) == ((), ("b", "c"))
        found = around(lambda a, b, c: [a], self.ONE, runs=runs(1.0))
        assert (found.sensitivity.unresolved, found.sensitivity.still) == (("a",), ("b", "c"))
        assert said(found)[-1].startswith("Not resolved: whether a matters; the changes are within the scatter of the")

    def test_a_feature_without_a_tolerance_moves_with_any_change(self):
        found = around(lambda a, b, c: [a, 1e-3 * b], [*self.ONE, target("gain", form="maximize")])
        assert found.sensitivity.still == ("c",)
        assert said(found)[2] == "  b: gain +0.001 Hz"
        unitless = replace(target("gain", form="minimize"), unit="1")
        found = around(lambda a, b, c: [(a - 0.5) ** 2 + b], [unitless])
        assert said(found)[1:3] == [
            "  a: gain up to 0.25 (dimensionless, not monotonic)",
            "  b: gain +1 (dimensionless)",
        ]

    def test_on_a_front_both_bests_must_have_been_probed(self):
        search, targets = space(*"ab"), [target("one", 0.0, objective="one"), target("two", 1.0, objective="two")]
        model = lambda a, b: [a, a]  # noqa: E731
        evaluations = evaluated(model, search, targets, [(0.0, 0.5), (1.0, 0.5), (0.5, 0.5)])
        ends = [probe for best in evaluations[:2] for probe in probed(model, search, targets, best)]
        best = evaluations[2]
        found = account(search, targets, evaluations, best, best.features, probes=ends).sensitivity
        assert (found.bases, found.still) == ((0, 1), ("b",))
        assert "with the others at the best of each objective, b moves no" in said(
            account(search, targets, evaluations, best, best.features, probes=ends)
        )[-1]
        half = account(search, targets, evaluations, best, best.features, probes=ends[:4]).sensitivity
        assert half.unresolved == ("b",)


class TestSlopes:
    ONE = (target("one", 5.0, 0.5),)

    def listed(self, slope, error=0.001, freedom=50.0, number=0):
        search = space("a")
        table = {"one": {"a": slope}}
        evaluations = evaluated(lambda a: [a], search, self.ONE, [[0.5], [0.55], [0.7]])
        slopes = {"number": number, "slopes": table, "errors": {"one": {"a": error}}, "freedom": {"one": freedom}}
        found = account(search, self.ONE, evaluations, evaluations[0], {"one": 1.0}, slopes).sensitivity
        return [(each.parameter, each.change, each.error) for each in found.slopes]

    def test_a_slope_is_believed_beyond_two_errors_and_half_a_tolerance(self):
        assert self.listed(15.0) == [("a", 30.0, 0.002)]
        assert self.listed(15.0, error=7.0) == [("a", 30.0, 14.0)]
        assert self.listed(15.0, error=7.6) == []
        assert self.listed(0.26) == [("a", 0.52, 0.002)] and self.listed(0.24) == []
        # With one degree of freedom the error itself is hardly known.
        assert self.listed(15.0, error=2.0, freedom=1.0) == [] and self.listed(15.0, freedom=None) == []

    def test_slopes_far_from_the_best_do_not_count(self):
        assert self.listed(15.0, number=1) != []
        assert self.listed(15.0, number=2) == [] and self.listed(15.0, number=None) == []

    def test_slopes_without_errors_do_not_count(self):
        """They are from an older version; with enough evaluations the slopes are fitted again."""
        slopes = {"number": 0, "slopes": {"one": {"a": 15.0}}}
        few = evaluated(lambda a: [a], space("a"), self.ONE, [[0.5], [0.55]])
        assert account(space("a"), self.ONE, few, few[0], {"one": 1.0}, slopes).sensitivity.slopes == ()
        many = evaluated(lambda a: [4 * a], space("a"), self.ONE, 0.5 + np.linspace(0, 0.2, 20)[:, None])
        (slope,) = account(space("a"), self.ONE, many, many[0], {"one": 1.0}, slopes).sensitivity.slopes
        assert slope.change == pytest.approx(8.0, abs=1.0)

    def test_a_believed_slope_matters_whatever_ranks_say(self):
        """The slopes of a drive of +15 Hz were once set aside, since ranks along the walk called it idle."""
        slopes = {"one": {"a": 15.0, "b": 0.0, "c": 0.0}}
        found = account_of(lambda a, b, c: [a], self.ONE, slopes=slopes)
        assert found.sensitivity.unresolved == ("b", "c")
        assert "  a: one +30 +- 0.01" in said(found)

    def test_slopes_say_nothing_of_a_parameter_that_they_do_not_show(self):
        slopes = {"one": {"a": 15.0, "b": 0.1, "c": 1.0}}
        errors = {"one": {"a": 0.1, "b": 0.01, "c": 1.0}}
        found = account_of(lambda a, b, c: [a], self.ONE, slopes=slopes, errors=errors).sensitivity
        assert (found.still, found.unresolved) == ((), ("b", "c"))

    def test_many_slopes_need_more_errors_each(self):
        targets = [target(f"t{n}", 0.5) for n in range(10)]
        slopes = {t.name: {"a": 10.0, "b": 0.0, "c": 0.0} for t in targets}
        table = errors_of(slopes, 10.0 / 2.5)["errors"]
        assert account_of(lambda *x: [0.5] * 10, targets, slopes=slopes, errors=table).sensitivity.slopes == ()


class TestDesigns:
    TWO = (target("one", 9.0), target("two", 9.0))

    def test_ranks_over_a_design_show_monotonic_effects(self):
        for seed in SEEDS:
            found = account_of(lambda a, b, c: [np.exp(9 * a), np.exp(-9 * b)], self.TWO, n=60, seed=seed).sensitivity
            assert {(rank.parameter, rank.target) for rank in found.ranks} == {("a", "one"), ("b", "two")}
            assert (found.still, found.unresolved) == ((), ("c",))

    def test_no_ranks_along_a_walk(self):
        walk = account_of(lambda a, b, c: [a, b], self.TWO, n=100, slopes={"one": {}, "two": {}}).sensitivity
        assert walk.ranks == () and walk.unresolved == ("a", "b", "c")

    def test_an_effect_below_half_a_tolerance_is_none(self):
        found = account_of(lambda a, b, c: [0.04 * a, b], self.TWO, n=100).sensitivity
        assert {rank.parameter for rank in found.ranks} == {"b"}

    def test_few_evaluations_say_nothing(self):
        assert account_of(lambda a, b, c: [np.exp(9 * a), 1.0], self.TWO, n=33).sensitivity.ranks == ()
        assert account_of(lambda a, b, c: [np.exp(9 * a), 1.0], self.TWO, n=34).sensitivity.ranks != ()

    def test_parameters_that_were_varied_together_have_no_ranks(self):
        points = np.repeat(np.random.default_rng(1).random((100, 1)), 2, axis=1)
        assert account_of(lambda a, b: [a], self.TWO[:1], "ab", points=points).sensitivity.ranks == ()

    def test_fixed_ones_and_choices_have_no_ranks(self):
        fixed, choice = Parameter("fixed", 0.0, 1.0, fixed=True), Parameter("k", kind="choice", choices=("x", "y"))
        search = SearchSpace((fixed, choice, Parameter("a", 0.0, 1.0), Parameter("idle", 0.0, 1.0)))
        points = np.random.default_rng(1).random((150, 4))
        points[:, 0] = 0.5
        found = account_of(lambda f, k, a, i: [np.exp(9 * a)], self.TWO[:1], search=search, points=points).sensitivity
        assert ({rank.parameter for rank in found.ranks}, found.unresolved) == ({"a"}, ("k", "idle"))

    def test_the_lines_of_a_grid_are_its_probes(self):
        axis = np.linspace(0, 1, 3)
        points = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(-1, 3)
        found = account_of(lambda a, b, c: [9 * a, 9 * a * b], self.TWO, points=points)
        assert found.sensitivity.still == ("c",)
        assert said(found)[-1].endswith("c moves no target by more than half a tolerance (2 simulations)")


def test_nothing_is_said_where_no_target_counts():
    points = np.random.default_rng(1).random((60, 3))
    for seen in (target("seen", weight=0.0), target("held", high=0.9, must=True)):
        found = account_of(lambda a, b, c: [a], [seen], points=np.vstack([[[0.0, 0.0, 0.0]], points]))
        assert (found.at_bounds, found.conflicts, found.sensitivity.unresolved) == ((), (), ())
        assert said(found) == []
