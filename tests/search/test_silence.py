"""A silent start point is said, and a search in which all targets stand at their cap ends with advice."""

import math

import numpy as np
import pytest

from tests.loops import loop_over
from tests.samples import make_study, recording
from tuner.errors import TunerError
from tuner.evaluation import Evaluation
from tuner.optimizers import resolution
from tuner.search import silence

RATES = {
    "e": {"feature": "rate", "population": "E", "value": 5, "tolerance": 0.01},
    "i": {"feature": "rate", "population": "I", "value": 9, "tolerance": 0.01},
}
DESIGN = {"name": "sobol"}


def study_of(targets=RATES, **changes):
    filled = {"optimizer": {}, "parameters": {"x": {"low": 0, "high": 1}}, **changes}
    return resolution.resolve(make_study(targets=targets, **filled))


def warned(e=(), i=(), targets=RATES):
    recorded = recording(list(e), list(i), E=np.array([0]), I=np.array([1]))
    return silence.at_start(study_of(targets), {"default": recorded})


def test_silent_population_is_said_with_advice():
    (line,) = warned(e=[100.0])
    assert line.startswith("population I does not spike at the start point: its targets say nothing until it does; r")
    assert warned(e=[100.0], i=[200.0]) == []


def test_network_without_a_spike_is_said_once():
    (line,) = warned()
    assert line.startswith("nothing spikes at the start point: raise the drive")


def test_silent_populations_are_said_together():
    others = {**RATES, "all": {"feature": "rate", "population": "E", "value": 7}}
    recorded = recording([], [], [5.0], E=np.array([0]), I=np.array([1]), X=np.array([2]))
    (line,) = silence.at_start(study_of(others), {"default": recorded})
    assert line.startswith("populations E, I do not spike at the start point: their targets")


@loop_over(
    "target",
    [
        {"value": 0, "tolerance": 1},
        {"low": 0, "high": 5},
        {"form": "minimize"},
        {"value": 9, "weight": 0},
        {"feature": "trace_minimum", "trace": "v", "population": "all", "value": -60, "tolerance": 1},
    ],
)
def test_silence_that_satisfies_a_target_is_not_said(target):
    targets = {"e": RATES["e"], "i": {"feature": "rate", "population": "I", **target}}
    assert warned(e=[100.0], targets=targets) == []


def done(number, e=0.0, i=0.0, study=None, **fields):
    study = study or study_of()
    features = {"e": e, "i": i}
    loss = resolution.objectives(study).judge(features)
    filled = {"loss": loss.total, "parts": loss.parts, "violation": loss.violation, "features": features, **fields}
    return Evaluation(number, 0, {"x": 0.5}, 1, **filled)


def aborted(number, loss=800.0, reason="silence: no spike since 0 ms"):
    return Evaluation(number, 0, {"x": 0.5}, 1, status="aborted", loss=loss, reason=reason)


def failed(number):
    return Evaluation(number, 0, {"x": 0.5}, 1, status="failed", reason="no")


def ends(study, evaluations):
    try:
        silence.check(study, evaluations)
    except TunerError as error:
        assert error.exit_status == 1
        return str(error)
    return ""


def test_search_without_a_spike_ends_with_what_was_seen():
    words = ends(study_of(), [done(number) for number in range(12)])
    assert "all targets stand at their cap in all 12 evaluations so far (e is 0 Hz, i is 0 Hz)" in words
    assert "--keep-going" in words
    assert ends(study_of(), [done(number) for number in range(9)]) == ""


def test_search_of_undefined_features_ends():
    evaluations = [done(number, math.nan, 300.0 + number) for number in range(10)]
    assert "(e is undefined, i is 300 to 309 Hz)" in ends(study_of(), evaluations)


ALL = [done(number) for number in range(9)]


@loop_over(
    ("last", "ended"),
    [
        (done(9), True),
        (failed(9), True),
        (aborted(9), True),
        (done(9, i=8.0), False),
        (aborted(9, reason="runaway: E had 9 spikes by 300 ms"), False),
    ],
)
def test_one_evaluation_below_a_cap_is_a_direction(last, ended):
    assert bool(ends(study_of(), [*ALL, last])) == ended


def test_losses_of_silent_candidates_give_a_direction_if_they_differ():
    assert ends(study_of(), [aborted(number) for number in range(10)])
    assert ends(study_of(), [aborted(number, 800.0 + 0.1 * number) for number in range(10)])
    assert not ends(study_of(), [aborted(number, 800.0 + 10.0 * number) for number in range(10)])
    assert not ends(study_of(), [failed(number) for number in range(10)])


def test_constraint_that_changes_is_a_direction():
    study = study_of({**RATES, "must": {"feature": "rate", "population": "E", "high": 3, "must": True}})
    evaluations = [done(number, violation=float(number), study=None) for number in range(10)]
    assert not ends(study, evaluations)


@loop_over(
    "changes",
    [
        {"simulation": {"keep_going": True}},
        {"optimizer": DESIGN},
        {"optimizer": {"name": "grid"}},
        {"optimizer": {"start_from": "other"}},
    ],
)
def test_search_that_was_asked_to_look_everywhere_goes_on(changes):
    assert ends(study_of(**changes), [done(number) for number in range(20)]) == ""


def test_study_that_records_only_goes_on():
    targets = {"e": {**RATES["e"], "weight": 0}}
    study = study_of(targets, optimizer=DESIGN)
    assert not silence.has_direction(study) and silence.has_direction(study_of())


def test_keeping_on_makes_no_other_run():
    study = make_study(optimizer={}, simulation={"keep_going": True})
    assert study.identity() == make_study(optimizer={}).identity()
    assert study.simulation.keep_going


@pytest.mark.parametrize("sampler", ["qmc", "random"])
def test_samplers_that_ignore_the_loss_are_designs(sampler):
    pytest.importorskip("optuna")
    assert not silence.has_direction(study_of(optimizer={"name": "optuna", "sampler": sampler}))
