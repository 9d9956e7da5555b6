"""When a budget ends a run."""

from dataclasses import make_dataclass

from tests.loops import loop_over
from tests.samples import evaluation, make_study
from tuner.search.budget import Ending
from tuner.search.loop import Plan


def ending(budget, **simulation):
    study = make_study(budget=budget, simulation=simulation, optimizer={})
    return Ending(study, 0.0)


@loop_over(
    ("budget", "repeats", "number", "saved", "left"),
    [
        ({"evaluations": 10}, 1, 4, 0, 6),
        ({"evaluations": 10}, 1, 12, 0, 0),
        ({"simulations": 30}, 3, 4, 0, 6),
        # Four evaluations of three, of which racing has spared five simulations: 30 - 7 are left.
        ({"simulations": 30}, 3, 4, 5, 7),
        ({"simulations": 30, "evaluations": 6}, 3, 4, 5, 2),
        ({"loss": 1.0}, 3, 4, 0, None),
    ],
)
def test_what_can_be_afforded(budget, repeats, number, saved, left):
    assert ending(budget, repeats=repeats).affordable(number, saved) == left


def test_racing_spares_what_did_not_run():
    told = [evaluation(n, repeats=repeats) for n, repeats in enumerate((3, 1, 2, 3))]
    assert ending({"simulations": 30}, repeats=3).saved(told) == 3


@loop_over(("simulations", "entry"), [(9, "budget.simulations"), (11, "budget.simulations"), (12, ""), (100, "")])
def test_simulations_end_a_run_that_cannot_afford_another_candidate(simulations, entry):
    told = [evaluation(n, repeats=3) for n in range(3)]
    assert ending({"simulations": simulations}, repeats=3).after_generation(1, told, told) == entry


def test_a_loss_is_not_reached_where_a_constraint_is_violated():
    told = [evaluation(0, loss=0.1, violation=0.5)]
    assert ending({"loss": 0.2}).after_generation(1, told, told) == ""
    assert ending({"loss": 0.2}).after_generation(1, [evaluation(0, loss=0.1)], told) == "budget.loss"


def test_racing_is_against_the_best_that_ran_under_all_seeds():
    study = make_study(simulation={"repeats": 3, "racing": True}, optimizer={})

    template = make_dataclass("Task", [("race_below", float, float("inf"))])
    plan = Plan(study, template, 1.0)
    told = [evaluation(0, loss=5.0, repeats=3), evaluation(1, loss=2.0, repeats=1), evaluation(2, loss=4.0, repeats=3)]
    assert plan.racing_against(told).race_below == 4.0
    assert plan.racing_against([]).race_below == float("inf")
    assert plan.racing_against([*told, evaluation(3, loss=1.0, violation=1.0, repeats=3)]).race_below == 4.0
