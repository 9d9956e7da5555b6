"""The expected time of a run, from closed forms, and the number of verifications."""

import math

import pytest

from tests.loops import loop_over
from tests.samples import evaluation, make_study
from tuner.optimizers import resolution
from tuner.search import estimate
from tuner.search.estimate import LEADER_S, PROGRAM, REPORT, Measured, n_verified

MEASURED = Measured(interpreter_s=4.0, model_s=3.0, fresh_s=5.0, evaluation_s=1.0, proof_s=7.0)


def expected(workers=2, most=20, probes=0, measured=MEASURED, **changes):
    filled = {"optimizer": {"name": "genetic", "population_size": 5}, "budget": {"evaluations": 20}, **changes}
    return estimate.seconds(resolution.resolve(make_study(**filled)), measured, workers, most, probes)


def test_every_stage_is_counted(monkeypatch):
    monkeypatch.setattr(estimate, "all_cores", lambda: 2)
    # Four generations of five on two workers are twelve rounds; the second worker builds its network first.
    assert expected(simulation={"verify": 3, "fresh_seeds": 2}, probes=3, validation=[{"seed": 9}]) == {
        "start": (1.0 + PROGRAM) * 4.0 + 3.0 + 5.0,
        "speed-up tests": 7.0,
        "search": pytest.approx(4.0 + 12.0 + 20 * LEADER_S),
        "probes": 2.0,
        "verification": 2 * (4.0 + 5.0 + 1.0),
        "held-out tests": 7.5,
        "report": REPORT * 4.0,
    }


def test_one_worker_has_one_network():
    found = expected(workers=1, simulation={"verify": 3, "fresh_seeds": 2})
    assert found["search"] == pytest.approx(20.0 + 20 * LEADER_S)
    assert found["verification"] == 3 * (4.0 + 6.0) and found["held-out tests"] == 10.0


def test_workers_that_start_at_once_share_the_cores(monkeypatch):
    monkeypatch.setattr(estimate, "all_cores", lambda: 4)
    assert expected(workers=12)["start"] - expected(workers=4)["start"] == pytest.approx(2 * 4.0)


def test_held_out_seeds_have_one_seed_each():
    assert expected(workers=1, simulation={"repeats": 5, "fresh_seeds": 2})["held-out tests"] == 2.0


def test_longest_held_out_test_is_waited_for():
    assert expected(workers=8, simulation={"fresh_seeds": 2})["held-out tests"] == 5.0


@loop_over(
    ("budget", "most", "search_s"),
    [
        ({"generations": 2}, math.inf, 6.0),
        ({"wall_time_s": 50.0}, math.inf, 50.0),
        ({"evaluations": 20, "wall_time_s": 9.0}, 20, 9.0),
        ({"evaluations": 7}, 7, 4.0),
    ],
)
def test_budget_that_ends_the_search(budget, most, search_s):
    measured = Measured(4.0, 3.0, 1.0, 1.0)
    found = expected(most=most, budget=budget, measured=measured)["search"]
    assert found == pytest.approx(search_s, abs=20 * LEADER_S)


def test_loss_alone_limits_no_time():
    assert expected(most=math.inf, budget={"loss": 1.0}) is None


@loop_over(
    ("wanted", "search_s", "number"),
    [(0, 0.1, 1), (0, 49.9, 1), (0, 100.0, 2), (0, 249.0, 4), (0, 1e6, 5), (5, 0.1, 5), (7, 1e6, 7)],
)
def test_verifications_take_a_fifth_of_the_search(wanted, search_s, number):
    assert n_verified(wanted, search_s, 10.0) == number


def test_verifications_of_a_run_follow_from_its_evaluations():
    study = resolution.resolve(make_study(optimizer={}))
    # Each verification takes 2 s for the interpreter, 4 s for a fresh network and about 1 s: 7.03 s.
    evaluations = [evaluation(0, seconds=4.0), *(evaluation(n, seconds=1.0) for n in range(1, 100))]
    assert estimate.verified_of(study, evaluations) == 2
    assert estimate.verified_of(study, evaluations[:20]) == 1
    wanted = resolution.resolve(make_study(optimizer={}, simulation={"verify": 4}))
    assert estimate.verified_of(wanted, evaluations[:2]) == 4
