"""Searches in models of which the truth is known: what is found, and that nothing false is said."""

import numpy as np
import pytest

from tests.analysis.accounts import SEEDS, searched, target
from tests.loops import loop_over
from tuner.analysis.finding_lines import lines

TWO = (target("one", 0.5, 0.05), target("two", 0.5, 0.05))
# Evaluations of each search, which is enough to converge.
WALKS = {"least_squares": 60, "cma_es": 100, "nsga2": 160}


def with_an_idle_one(a, b, c):
    """c does nothing; a and b are curved."""
    return [2 * a * a + b / 2, np.exp(a) - 1 - b * b / 2]


def only_together(a, b, c):
    """b matters only beside c = 0.3, and c only beside b = 0.2."""
    return [a, 4 * (b - 0.2) * (c - 0.3) + 0.5]


def product(a, b, c):
    """a and b compensate exactly."""
    return [2 * a * b, 2 * a * b + c - 0.5]


def apart(a, b, c):
    """Each target has parameters of its own; no conflict, no compensation."""
    return [0.2 + 0.8 * a + 0.1 * c, 0.2 + 0.8 * b - 0.1 * c]


def moved(model, best, name):
    """The largest change of a target [tolerances] while a parameter moves, the others at the best."""
    point, place = np.array([best.values[each] for each in "abc"]), "abc".index(name)
    along = [model(*np.where(np.arange(3) == place, x, point)) for x in np.linspace(0, 1, 101)]
    return np.ptp(np.array(along), axis=0).max() / 0.05


@pytest.mark.long
@loop_over("optimizer", WALKS)
@loop_over("model", [with_an_idle_one, only_together, product, apart])
def test_what_is_still_or_moves_by_the_probes_does_so(optimizer, model):
    for seed in SEEDS if optimizer == "least_squares" else range(2):
        found = searched(optimizer, model, TWO, n=WALKS[optimizer], seed=seed)
        sensitivity = found.account.sensitivity
        truth = {name: moved(model, found.best, name) for name in "abc"}
        assert {*sensitivity.still} == {name for name, size in truth.items() if size <= 0.5}
        moving = {each.parameter for each in sensitivity.excursions if each.matters}
        assert moving <= {name for name, size in truth.items() if size > 0.5}
        # A small change in one direction may be within the scatter of the fit to a curved feature.
        assert {*"abc"} == moving | {*sensitivity.still, *sensitivity.unresolved}
        assert all(truth[name] < 5.0 for name in sensitivity.unresolved)


@pytest.mark.long
@loop_over("optimizer", ["least_squares", "cma_es"])
def test_without_probes_the_fit_finds_what_matters_and_leaves_the_idle_one_open(optimizer):
    for seed in SEEDS if optimizer == "least_squares" else range(4):
        found = searched(optimizer, with_an_idle_one, TWO, n=WALKS[optimizer], seed=seed, with_probes=False)
        sensitivity = found.account.sensitivity
        assert {slope.parameter for slope in sensitivity.slopes} <= {"a", "b"}
        assert sensitivity.still == () and "c" in sensitivity.unresolved
        assert not any("moves no target" in line for line in lines(found.account))
        if optimizer == "least_squares":
            assert sensitivity.unresolved == ("c",)


@pytest.mark.long
def test_the_fit_near_the_best_finds_the_two_that_compensate():
    found = [searched("least_squares", product, TWO, n=60, seed=seed).account for seed in SEEDS]
    ties = [[(tie.parameters, tie.directions) for tie in each.sensitivity.ties] for each in found]
    assert {tie for each in ties for tie in each} == {(("a", "b"), 1)}
    assert sum(map(bool, ties)) >= 16
    assert not any(each.conflicts for each in found)


@pytest.mark.long
@loop_over("optimizer", [*WALKS, "random", "grid"])
def test_no_false_tie_and_no_false_conflict(optimizer):
    for seed in SEEDS if optimizer == "least_squares" else range(4):
        found = searched(optimizer, apart, TWO, n=WALKS.get(optimizer, 60), seed=seed).account
        assert (found.conflicts, found.sensitivity.still) == ((), ())
        # c moves each target by 2 tolerances, the others by 16: two targets leave one direction of three open.
        assert {tie.parameters for tie in found.sensitivity.ties} <= {("a", "b", "c")}


@pytest.mark.long
@loop_over("size", [0.3, 2.0])
def test_noise_makes_no_effect_of_the_idle_one(size):
    """Noise in tolerances, at every simulation: the scatter around the fit is known."""
    false = 0
    for seed in range(10):
        random = np.random.default_rng(seed)

        def noisy(*point, random=random):
            return with_an_idle_one(*point) + random.normal(0, 0.05 * size, 2)

        found = searched("least_squares", noisy, TWO, n=60, seed=seed).account
        assert "c" not in {slope.parameter for slope in found.sensitivity.slopes} and found.conflicts == ()
        false += any(each.parameter == "c" and each.matters for each in found.sensitivity.excursions)
    # The scatter of three simulations is larger than its estimate in one of 100 cases, for each of two targets.
    assert false <= 1


def test_a_front_of_opposed_targets_is_a_conflict_and_one_of_others_is_not():
    opposed = [target("one", 0.2, objective="one"), target("two", 0.8, objective="two")]
    found = searched("nsga2", lambda a, b, c: [a, a + 0.01 * b], opposed, n=300, with_probes=False).account
    assert [(conflict.targets, conflict.evidence) for conflict in found.conflicts] in (
        [(("one", "two"), "near the best")], [(("one", "two"), "front")],
    )  # fmt: skip
    for n in (60, 300):
        for seed in range(4):
            apart_ = searched("nsga2", apart, opposed, n=n, seed=seed, with_probes=False).account
            assert apart_.conflicts == ()


def test_the_models_are_as_they_are_said_to_be():
    assert with_an_idle_one(0.3, 0.4, 0.0) == with_an_idle_one(0.3, 0.4, 1.0)
    assert only_together(0.1, 0.2, 0.0) == only_together(0.1, 0.2, 1.0)
    assert only_together(0.1, 0.9, 0.0) != only_together(0.1, 0.9, 1.0)
